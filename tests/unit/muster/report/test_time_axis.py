"""Seconds of the run, also of a run that was resumed after a reboot."""

from muster.drill.journal.events import JournalLine, NoteAdded, RunResumed
from muster.report.time_axis import TimeAxis, align_to_first_boot, make_time_axis
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.drill.fake_system import IDENTITY, build_run_opened

BOOTED_AT = 1_800_000_000.0
REBOOTED_AT = BOOTED_AT + 5_200.0
NOTE = NoteAdded(words="x")


def resumed(boot: str) -> RunResumed:
    return RunResumed(by="ann", host="desk", pid=2, boot=boot, rollback=False)


def make_lines(second_boot: str, second_booted_at: float) -> list[JournalLine]:
    """An opening at second 5000 of the first boot; a resumption at second 100 of another."""
    return [
        JournalLine(
            n=1, at_s=5000.0, at=BOOTED_AT + 5000, event=build_run_opened(build_plan("shift"))
        ),
        JournalLine(n=2, at_s=5010.0, at=BOOTED_AT + 5010, event=NOTE),
        JournalLine(n=3, at_s=100.0, at=second_booted_at + 100, event=resumed(second_boot)),
        JournalLine(n=4, at_s=103.0, at=second_booted_at + 103, event=NOTE),
    ]


def seconds_of(lines: list[JournalLine]) -> list[float]:
    axis = make_time_axis(lines)
    return [axis.second(line.at_s) for line in align_to_first_boot(lines, axis)]


def test_the_first_line_is_second_0() -> None:
    axis = make_time_axis(make_lines("boot-2", REBOOTED_AT))

    assert axis == TimeAxis(start_s=5000.0, start_at=BOOTED_AT + 5000, later_boots=(REBOOTED_AT,))
    assert axis.second(5012.5) == 12.5


def test_lines_after_a_reboot_are_placed_by_the_time_of_day() -> None:
    assert seconds_of(make_lines("boot-2", REBOOTED_AT)) == [0.0, 10.0, 300.0, 303.0]


def test_a_resumption_in_the_same_boot_keeps_the_monotonic_clock() -> None:
    """The time of day may have been set meanwhile."""
    opening, note, *_ = make_lines("boot-2", REBOOTED_AT)
    later = JournalLine(n=3, at_s=5060.0, at=BOOTED_AT + 9999, event=resumed(IDENTITY.boot))

    assert seconds_of([opening, note, later]) == [0.0, 10.0, 60.0]
    assert make_time_axis([opening, note, later]).later_boots == ()


def test_a_moment_belongs_to_the_boot_that_explains_both_its_clocks() -> None:
    axis = make_time_axis(make_lines("boot-2", REBOOTED_AT))

    assert axis.is_first_boot(5020.0, BOOTED_AT + 5020.0)
    assert axis.is_first_boot(5020.0, BOOTED_AT + 5021.0)
    assert not axis.is_first_boot(120.0, REBOOTED_AT + 120.0)
    assert not axis.is_first_boot(120.0, REBOOTED_AT + 121.0)

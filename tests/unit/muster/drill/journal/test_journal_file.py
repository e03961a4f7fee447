"""The journal: what survives, and what an unusable one says."""

import json
from pathlib import Path

import pytest

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    BaselineRecorded,
    GuardsEvaluated,
    JournalLine,
    NoteAdded,
    RunClosed,
    StepDone,
    StepStarted,
    decode_line,
)
from muster.drill.journal.journal_file import DrillJournal, read_journal
from muster.drill.journal.run_state import fold_journal
from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.instructions import InjectFault, SetDial
from muster.errors import InvalidJournal
from muster.levers import Fault
from muster.model import SwitchSetting
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.sample_clock import make_clock

ENTRIES = (
    build_run_opened(build_plan("evacuate")),
    BaselineRecorded(
        state=DrillBaseline(dials={AWAY: 60.0}, switches={AWAY: SwitchSetting(why="exam")})
    ),
    GuardsEvaluated(step="m1", verdicts=(GuardVerdict(guard="lease", ruling="ok", reason="free"),)),
    StepStarted(step="m1", do=SetDial(region=AWAY, percent=35.0)),
    StepStarted(
        step="m2", do=InjectFault(fault=Fault(kind="throttle", region=AWAY, parameters={"n": 1.0}))
    ),
    StepDone(step="m1", took_s=0.5),
    RunClosed(status="met", exit_code=0, why="fine"),
)


def written(path: Path) -> tuple[JournalLine, ...]:
    with DrillJournal.create(path, make_clock()) as open_journal:
        return tuple(open_journal.append(entry) for entry in ENTRIES)


def test_entries_come_back_as_they_went(tmp_path: Path) -> None:
    lines = written(tmp_path / "run" / "journal.jsonl")

    assert read_journal(tmp_path / "run" / "journal.jsonl") == lines
    assert [line.n for line in lines] == list(range(1, len(ENTRIES) + 1))
    assert [line.event for line in lines] == list(ENTRIES)


def test_an_entry_is_on_the_disk_when_append_returns(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    on_disk: list[int] = []

    with DrillJournal.create(
        path, make_clock(), sync=lambda _: on_disk.append(len(read_journal(path)))
    ) as open_journal:
        for entry in ENTRIES:
            open_journal.append(entry)

    assert on_disk == list(range(1, len(ENTRIES) + 1))


def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with (
        DrillJournal.create(tmp_path / "journal.jsonl", make_clock(), sync=fail) as open_journal,
        pytest.raises(InvalidJournal, match="line 1: can't be written: No space left"),
    ):
        open_journal.append(ENTRIES[0])


def test_every_line_is_flat_json_with_its_kind_and_times(tmp_path: Path) -> None:
    written(tmp_path / "journal.jsonl")

    for line in (tmp_path / "journal.jsonl").read_text().splitlines():
        assert {"n", "at_s", "at", "kind"} <= json.loads(line).keys()


def test_a_torn_tail_is_left_out_and_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lines = written(path)
    whole = path.read_bytes()
    for cut in (1, 20, 40):
        path.write_bytes(whole[:-cut])

        assert read_journal(path) == lines[:-1]
        reopened, found = DrillJournal.reopen(path, make_clock())
        with reopened:
            again = reopened.append(NoteAdded(words="on"))

        assert found == lines[:-1]
        assert again.n == len(lines)
        assert read_journal(path)[-1].event == NoteAdded(words="on")


def test_one_process_at_a_time_writes(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with (
        DrillJournal.create(path, make_clock()),
        pytest.raises(InvalidJournal, match="another process"),
    ):
        DrillJournal.reopen(path, make_clock())


def test_a_journal_is_never_begun_over_another(tmp_path: Path) -> None:
    written(tmp_path / "journal.jsonl")

    with pytest.raises(InvalidJournal, match="can't be made"):
        DrillJournal.create(tmp_path / "journal.jsonl", make_clock())


def test_a_journal_is_there_with_its_whole_beginning_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    seen: list[bool] = []

    with DrillJournal.create(
        path, make_clock(), ENTRIES[:3], sync=lambda _: seen.append(path.exists())
    ):
        pass

    assert seen == [False] * 3
    assert [line.event for line in read_journal(path)] == list(ENTRIES[:3])
    assert list(tmp_path.iterdir()) == [path]


def test_half_a_beginning_does_not_stand_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    calls = iter(range(3))

    def dies(_: int) -> None:
        if next(calls) == 1:
            raise OSError(28, "No space left on device")

    with pytest.raises(InvalidJournal, match="line 2: can't be written"):
        DrillJournal.create(path, make_clock(), ENTRIES, sync=dies)
    assert not path.exists()

    with DrillJournal.create(path, make_clock(), ENTRIES):
        assert [line.event for line in read_journal(path)] == list(ENTRIES)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"nonsense\n", "line 1: not JSON"),
        (b"[]\n", "is not an object"),
        (b'{"n":1,"at_s":0,"at":0,"kind":"dance"}\n', "kind: invalid value 'dance'"),
        (b'{"n":2,"at_s":0,"at":0,"kind":"note","words":"x"}\n', "numbered 2; a line is missing"),
        (b'{"n":1,"at":0,"kind":"note","words":"x"}\n', "must be numbers"),
        (b'{"n":1,"at_s":0,"at":0,"kind":"note"}\n', "words: missing"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line)

    with pytest.raises(InvalidJournal, match=message):
        read_journal(path)


def test_a_journal_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidJournal, match="can't be read"):
        read_journal(tmp_path / "journal.jsonl")
    with pytest.raises(InvalidJournal, match="can't be opened"):
        DrillJournal.reopen(tmp_path / "journal.jsonl", make_clock())


def test_the_first_reading_of_what_was_found_counts() -> None:
    first = DrillBaseline(dials={AWAY: 60.0})

    later = first.merge(DrillBaseline(dials={AWAY: 10.0}, switches={AWAY: SwitchSetting()}))

    assert later == DrillBaseline(dials={AWAY: 60.0}, switches={AWAY: SwitchSetting()})


def test_a_journal_of_an_older_tool_is_read() -> None:
    """Before it was noted which faults are found, and which are put back."""
    found = '{"n":1,"at_s":0,"at":0,"kind":"found","state":{"dials":{"us-west-2":60.0}}}'
    inject = (
        '{"n":2,"at_s":0,"at":0,"kind":"begun","step":"m1","do":{"kind":"inject",'
        '"fault":{"kind":"throttle","region":"us-west-2","parameters":{}}}}'
    )

    first, second = (decode_line(json.loads(line)).event for line in (found, inject))

    assert first == BaselineRecorded(state=DrillBaseline(dials={AWAY: 60.0}))
    assert second == StepStarted(
        step="m1", do=InjectFault(fault=Fault(kind="throttle", region=AWAY))
    )


def test_a_step_that_was_begun_may_have_been_taken(tmp_path: Path) -> None:
    lines = written(tmp_path / "journal.jsonl")

    state = fold_journal(lines[:5])

    assert state.changes.dials == (AWAY,)
    assert [fault.kind for fault in state.changes.faults] == ["throttle"]
    assert state.broken == {AWAY}
    assert [step.id for step in state.remaining_steps][:2] == ["m1", "m2"]
    assert fold_journal(lines).finished


def test_a_journal_without_an_opening_means_nothing() -> None:
    with pytest.raises(ValueError, match="is empty"):
        fold_journal(())
    with pytest.raises(ValueError, match="does not begin"):
        fold_journal((JournalLine(n=1, at_s=0.0, at=0.0, event=NoteAdded(words="x")),))

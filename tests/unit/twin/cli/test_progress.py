"""Progress lines of the twin's commands."""

import re

import pytest

from common.clock import SystemClock
from twin.cli.progress import Progress


class SlowClock(SystemClock):
    """Each look at the clock takes a second and a half."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        self.seconds += 1.5
        return self.seconds


def test_a_line_has_its_subject_and_what_happened_in_columns() -> None:
    lines: list[str] = []
    progress = Progress(SystemClock(), lines.append)

    progress.report("edge", "thawed")
    progress.report("region/eu-central-1", "killed")

    assert [line.split() for line in lines] == [
        ["edge", "thawed"],
        ["region/eu-central-1", "killed"],
    ]
    assert lines[0].index("thawed") == lines[1].index("killed")


def test_a_step_that_took_time_has_its_seconds() -> None:
    lines: list[str] = []

    with Progress(SlowClock(), lines.append).timed("control", "started"):
        assert lines == []

    (line,) = lines
    assert re.fullmatch(r"  control +started \(1\.5 s\)", line)


def test_a_step_that_failed_has_no_line() -> None:
    lines: list[str] = []

    with (
        pytest.raises(KeyError),
        Progress(SystemClock(), lines.append).timed("control", "started"),
    ):
        raise KeyError("no disk")

    assert lines == []


def test_an_interruption_says_how_to_go_on() -> None:
    lines: list[str] = []
    progress = Progress(SystemClock(), lines.append)

    with pytest.raises(KeyboardInterrupt), progress.telling_of_interruption("call it again"):
        raise KeyboardInterrupt

    assert lines == ["  interrupted            some processes may be missing; call it again"]

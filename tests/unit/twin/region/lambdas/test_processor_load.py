"""When the machine's processors count as busy."""

from pathlib import Path

import pytest

from twin.region.lambdas.processor_load import (
    STAT,
    WINDOW_S,
    ProcessorLoad,
    ProcessorTimes,
    parse_processor_times,
)


class FakeMachine:
    """A file of counters, and a clock."""

    def __init__(self, stat: Path) -> None:
        self.stat = stat
        self.now = 50.0
        self._busy = self._idle = 1000
        self.run(busy=0, idle=0)

    def run(self, *, busy: int, idle: int, seconds: float = WINDOW_S) -> None:
        self.now += seconds
        self._busy += busy
        self._idle += idle
        self.stat.write_text(f"cpu  {self._busy} 0 0 {self._idle} 0 0 0 0 0 0\ncpu0 1 2 3\n")

    def load(self) -> ProcessorLoad:
        return ProcessorLoad(lambda: self.now, self.stat)


@pytest.fixture
def machine(tmp_path: Path) -> FakeMachine:
    return FakeMachine(tmp_path / "stat")


def test_a_machine_with_idle_processors_is_not_saturated(machine: FakeMachine) -> None:
    load = machine.load()
    seen = [load.is_saturated()]
    for busy, idle in ((15, 5), (20, 0), (19, 1), (18, 2), (0, 20)):
        machine.run(busy=busy, idle=idle)
        seen.append(load.is_saturated())

    assert seen == [False, False, True, True, False, False]


def test_the_counters_are_looked_at_once_in_a_window(machine: FakeMachine) -> None:
    load = machine.load()
    load.is_saturated()
    machine.run(busy=20, idle=0)
    before = load.is_saturated()
    machine.run(busy=0, idle=20, seconds=WINDOW_S / 2)

    assert (before, load.is_saturated()) == (True, True)


@pytest.mark.parametrize("text", ["", "intr 1 2 3\n", "cpu 1 2\n", "cpu a b c d e f g h\n"])
def test_a_machine_without_counters_is_not_saturated(machine: FakeMachine, text: str) -> None:
    machine.stat.write_text(text)
    load = machine.load()
    load.is_saturated()
    machine.now += WINDOW_S

    assert not load.is_saturated()
    machine.stat.unlink()
    machine.now += WINDOW_S
    assert not load.is_saturated()


def test_waiting_for_the_disk_counts_as_idle() -> None:
    """https://man7.org/linux/man-pages/man5/proc_stat.5.html"""
    assert parse_processor_times("cpu  1 2 3 40 50 6 7 8 9 10\n") == ProcessorTimes(90, 117)


def test_this_machine_has_the_counters() -> None:
    assert parse_processor_times(STAT.read_text()).total > 0

"""Faults on disk, and a process that follows them."""

from pathlib import Path

import pytest

from tests.clocks import ManualClock
from twin.core.faults import Fault, FaultKind, Faults
from twin.errors import StateCorrupt
from twin.faults.store import read_faults, update_faults
from twin.faults.watch import FaultWatcher
from twin.runtime.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path, 0)


def cut(until_s: float | None = None) -> Fault:
    return Fault(
        kind=FaultKind.CUT,
        role="region/us-west-2",
        region="us-west-2",
        since_s=1000,
        until_s=until_s,
    )


def write(instance: Instance, *faults: Fault) -> None:
    update_faults(instance, lambda _: Faults(faults=faults))


def followed(instance: Instance, clock: ManualClock) -> tuple[FaultWatcher, list[Faults]]:
    told: list[Faults] = []
    feed = FaultWatcher(instance, clock, told.append)
    feed.look()
    return feed, told


def test_what_is_written_down_is_read_again(instance: Instance) -> None:
    write(instance, cut(1060.0))

    assert read_faults(instance) == Faults(faults=(cut(1060.0),))


def test_without_a_file_there_are_no_faults(instance: Instance) -> None:
    assert read_faults(instance) == Faults()


def test_a_broken_file_says_what_to_do(instance: Instance) -> None:
    instance.state_dir.mkdir(parents=True)
    instance.faults_path.write_text("{")

    with pytest.raises(StateCorrupt, match="delete it"):
        read_faults(instance)


def test_a_process_is_told_of_changes_alone(instance: Instance) -> None:
    feed, told = followed(instance, ManualClock(1000.0))
    feed.look()
    write(instance, cut())
    feed.look()
    feed.look()
    write(instance)
    feed.look()

    assert told == [Faults(), Faults(faults=(cut(),)), Faults()]


def test_a_process_that_starts_later_finds_what_holds(instance: Instance) -> None:
    write(instance, cut(1060.0))

    _, told = followed(instance, ManualClock(1000.0))

    assert told == [Faults(faults=(cut(1060.0),))]


def test_a_fault_ends_without_anybody_writing(instance: Instance) -> None:
    clock = ManualClock(1000.0)
    write(instance, cut(1060.0))
    feed, told = followed(instance, clock)

    clock.seconds = 1060.0
    feed.look()

    assert told[-1] == Faults()


def test_a_broken_file_leaves_what_holds(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    write(instance, cut())
    feed, told = followed(instance, ManualClock(1000.0))

    instance.faults_path.write_text("{")
    feed.look()

    assert told == [Faults(faults=(cut(),))]
    assert "faults.json" in caplog.text

"""A process that follows the stored faults."""

import resource
from pathlib import Path

import pytest

from tests.clocks import ManualClock
from tests.unit.twin.faults.builders import network_cut, store_faults
from twin.core.faults import Faults
from twin.faults.watch import FaultWatcher
from twin.runtime.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path, 0)


def start_watcher(instance: Instance, clock: ManualClock) -> tuple[FaultWatcher, list[Faults]]:
    """A watcher that has looked once, and the faults that it has handed over."""
    received: list[Faults] = []
    watcher = FaultWatcher(instance, clock, received.append)
    watcher.look()
    return watcher, received


def test_only_changes_are_handed_over(instance: Instance) -> None:
    watcher, received = start_watcher(instance, ManualClock(1000.0))
    watcher.look()
    store_faults(instance, network_cut())
    watcher.look()
    watcher.look()
    store_faults(instance)
    watcher.look()

    assert received == [Faults(), Faults(faults=(network_cut(),)), Faults()]


def test_a_process_that_starts_later_gets_the_active_faults(instance: Instance) -> None:
    store_faults(instance, network_cut(1060.0))

    _, received = start_watcher(instance, ManualClock(1000.0))

    assert received == [Faults(faults=(network_cut(1060.0),))]


def test_a_fault_ends_by_the_clock(instance: Instance) -> None:
    clock = ManualClock(1000.0)
    store_faults(instance, network_cut(1060.0))
    watcher, received = start_watcher(instance, clock)

    clock.seconds = 1060.0
    watcher.look()

    assert received[-1] == Faults()


def test_a_damaged_file_ends_all_faults(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    store_faults(instance, network_cut())
    watcher, received = start_watcher(instance, ManualClock(1000.0))

    instance.faults_path.write_text("{")
    watcher.look()

    assert received == [Faults(faults=(network_cut(),)), Faults()]
    assert "faults.json is damaged" in caplog.text


def test_a_file_that_can_not_be_read_now_changes_nothing_until_it_can(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    """With every descriptor in use, a process must go on, and read the file later."""
    watcher, received = start_watcher(instance, ManualClock(1000.0))
    store_faults(instance, network_cut())
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        watcher.look()
        watcher.look()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    unchanged = list(received)
    watcher.look()

    assert unchanged == [Faults()]
    assert received[-1] == Faults(faults=(network_cut(),))
    assert caplog.text.count("can't be read") == 1

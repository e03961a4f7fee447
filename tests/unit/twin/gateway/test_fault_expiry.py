"""Process faults end when their time is over."""

import os
from pathlib import Path

import pytest

from tests.clocks import ManualClock
from tests.no_threads import no_threads
from twin.core.faults import Fault, FaultKind, Faults
from twin.errors import StartFailed
from twin.faults.store import read_faults, update_faults
from twin.gateway.fault_expiry import RETRY_S, FaultExpiry
from twin.runtime.instance import Instance

OREGON = "region/us-west-2"


class FakeStarter:
    """Records the starts, and fails if the test says so."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.fails = False

    def start(self, role: str) -> None:
        self.started.append(role)
        if self.fails:
            raise StartFailed(f"{role} ended while starting; end of its log: no disk")


class ExpirySetup:
    """A FaultExpiry with its instance and its clock."""

    def __init__(self, home: Path) -> None:
        self.instance = Instance(home, 0)
        self.clock = ManualClock(1000.0)
        self.starter = FakeStarter()
        self.restarted: list[str] = []
        self.expiry = FaultExpiry(
            self.instance, self.starter.start, self.clock, self.restarted.append
        )

    def declare(self, *faults: Fault) -> None:
        update_faults(self.instance, lambda _: Faults(faults=faults))
        self.expiry.apply_faults(Faults(faults=faults))

    async def end_expired_at(self, seconds: float) -> list[str]:
        """The roles started so far."""
        self.clock.seconds = seconds
        await self.expiry.end_expired()
        return self.starter.started


@pytest.fixture
def setup(tmp_path: Path) -> ExpirySetup:
    return ExpirySetup(tmp_path)


def kill(
    until_s: float | None = 1030.0, kind: FaultKind = FaultKind.KILL, role: str = OREGON
) -> Fault:
    return Fault(kind=kind, role=role, region="us-west-2", since_s=1000.0, until_s=until_s)


@pytest.mark.parametrize("kind", [FaultKind.KILL, FaultKind.STOP, FaultKind.FREEZE])
async def test_at_the_end_of_a_fault_its_process_is_started_and_the_fault_removed(
    setup: ExpirySetup, kind: FaultKind
) -> None:
    setup.declare(kill(kind=kind))

    before = list(await setup.end_expired_at(1029.9))
    after = await setup.end_expired_at(1030.0)

    assert (before, after) == ([], [OREGON])
    assert read_faults(setup.instance) == Faults()
    assert setup.restarted == [OREGON]
    assert await setup.end_expired_at(2000.0) == [OREGON]


async def test_a_fault_without_an_end_does_not_expire(setup: ExpirySetup) -> None:
    setup.declare(kill(None))

    assert await setup.end_expired_at(1e9) == []


async def test_network_and_replication_faults_start_no_process(setup: ExpirySetup) -> None:
    setup.declare(kill(kind=FaultKind.CUT), kill(kind=FaultKind.PAUSE))

    assert await setup.end_expired_at(1e9) == []


async def test_a_failed_start_is_retried_and_keeps_the_fault(
    setup: ExpirySetup, caplog: pytest.LogCaptureFixture
) -> None:
    setup.declare(kill())
    setup.starter.fails = True
    await setup.end_expired_at(1030.0)
    await setup.end_expired_at(1030.1)
    first = list(setup.starter.started)

    setup.starter.fails = False
    await setup.end_expired_at(1030.1 + RETRY_S)

    assert first == [OREGON]
    assert setup.starter.started == [OREGON, OREGON]
    assert "no disk" in caplog.text
    assert read_faults(setup.instance) == Faults()


async def test_a_file_of_faults_that_can_t_be_written_is_tried_again(
    setup: ExpirySetup, caplog: pytest.LogCaptureFixture
) -> None:
    setup.declare(kill())
    draft = setup.instance.faults_path.with_name(f".faults.json.{os.getpid()}.new")
    draft.mkdir()  # in its place nothing can be written

    await setup.end_expired_at(1030.0)
    draft.rmdir()
    await setup.end_expired_at(1030.0 + RETRY_S)

    assert "could not be ended" in caplog.text
    assert setup.restarted == [OREGON]
    assert read_faults(setup.instance) == Faults()


async def test_a_fault_that_was_extended_meanwhile_is_kept(setup: ExpirySetup) -> None:
    setup.declare(kill())
    longer = kill(5000.0)
    update_faults(setup.instance, lambda _: Faults(faults=(longer,)))

    assert await setup.end_expired_at(1030.0) == []
    assert read_faults(setup.instance).faults == (longer,)


async def test_without_a_thread_a_fault_ends_later(
    setup: ExpirySetup, caplog: pytest.LogCaptureFixture
) -> None:
    setup.declare(kill())

    with no_threads():
        before = list(await setup.end_expired_at(1030.0))
    after = await setup.end_expired_at(1030.0 + RETRY_S)

    assert (before, after) == ([], [OREGON])
    assert "could not be ended" in caplog.text

"""Faults of processes end in time."""

from pathlib import Path

import pytest

from tests.clocks import ManualClock
from twin.core.faults import Fault, FaultKind, Faults
from twin.errors import StartFailed
from twin.faults.store import read_faults, update_faults
from twin.gateway.fault_expiry import RETRY_S, FaultExpiry
from twin.runtime.instance import Instance

OREGON = "region/us-west-2"


class FakeStarting:
    """Starts processes, or can't."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.fails = False

    def start(self, role: str) -> None:
        self.started.append(role)
        if self.fails:
            raise StartFailed(f"{role} ended while starting; end of its log: no disk")


class World:
    """A keeper, its twin and its clock."""

    def __init__(self, home: Path) -> None:
        self.instance = Instance(home, 0)
        self.clock = ManualClock(1000.0)
        self.starting = FakeStarting()
        self.ended: list[str] = []
        self.keeper = FaultExpiry(self.instance, self.starting, self.clock, self.ended.append)

    def declare(self, *faults: Fault) -> None:
        update_faults(self.instance, lambda _: Faults(faults=faults))
        self.keeper.follow_faults(Faults(faults=faults))

    async def look_at(self, seconds: float) -> list[str]:
        self.clock.seconds = seconds
        await self.keeper.look()
        return self.starting.started


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def kill(
    until_s: float | None = 1030.0, kind: FaultKind = FaultKind.KILL, role: str = OREGON
) -> Fault:
    return Fault(kind=kind, role=role, region="us-west-2", since_s=1000.0, until_s=until_s)


@pytest.mark.parametrize("kind", [FaultKind.KILL, FaultKind.STOP, FaultKind.FREEZE])
async def test_a_process_is_started_when_its_time_is_over_and_the_fault_forgotten(
    world: World, kind: FaultKind
) -> None:
    world.declare(kill(kind=kind))

    before = list(await world.look_at(1029.9))
    after = await world.look_at(1030.0)

    assert (before, after) == ([], [OREGON])
    assert read_faults(world.instance) == Faults()
    assert world.ended == [OREGON]
    assert await world.look_at(2000.0) == [OREGON]


async def test_a_fault_without_an_end_is_left_alone(world: World) -> None:
    world.declare(kill(None))

    assert await world.look_at(1e9) == []


async def test_faults_of_network_and_replication_are_none_of_its_business(world: World) -> None:
    world.declare(kill(kind=FaultKind.CUT), kill(kind=FaultKind.PAUSE))

    assert await world.look_at(1e9) == []


async def test_a_process_that_does_not_start_is_tried_again_and_stays_on_record(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.declare(kill())
    world.starting.fails = True
    await world.look_at(1030.0)
    await world.look_at(1030.1)
    first = list(world.starting.started)

    world.starting.fails = False
    await world.look_at(1030.1 + RETRY_S)

    assert first == [OREGON]
    assert world.starting.started == [OREGON, OREGON]
    assert "no disk" in caplog.text
    assert read_faults(world.instance) == Faults()


async def test_a_fault_that_was_begun_anew_meanwhile_stays(world: World) -> None:
    world.declare(kill())
    longer = kill(5000.0)
    update_faults(world.instance, lambda _: Faults(faults=(longer,)))

    assert await world.look_at(1030.0) == []
    assert read_faults(world.instance).faults == (longer,)

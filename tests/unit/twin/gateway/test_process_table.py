"""Cached states of processes, and the first start of a Region."""

import asyncio

import pytest

from tests.clocks import ManualClock
from tests.functional.twin.gateway.fakes import FakeProcesses
from tests.waiting import async_eventually
from twin.errors import StartFailed
from twin.gateway.process_table import STATE_CACHE_S, ProcessTable
from twin.runtime.roles import ProcessState

OREGON = "region/us-west-2"


class CountingProcesses(FakeProcesses):
    """Counts how often a state is looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.lookups = 0

    def state(self, role: str) -> ProcessState:
        self.lookups += 1
        return super().state(role)


def test_a_state_is_looked_up_again_only_when_it_is_old() -> None:
    processes, clock = CountingProcesses(), ManualClock(0.0)
    table = ProcessTable(processes, clock)
    processes.states[OREGON] = ProcessState.RUNNING
    table.state(OREGON)

    processes.states[OREGON] = ProcessState.DEAD
    clock.seconds += STATE_CACHE_S
    cached = table.state(OREGON)
    clock.seconds += 0.001

    assert (cached, table.state(OREGON)) == (ProcessState.RUNNING, ProcessState.DEAD)
    assert processes.lookups == 2


def test_a_refreshed_state_is_looked_up_at_once_and_cached() -> None:
    processes = CountingProcesses()
    table = ProcessTable(processes, ManualClock(0.0))
    table.state(OREGON)

    processes.states[OREGON] = ProcessState.DEAD

    assert table.refresh_state(OREGON) is table.state(OREGON) is ProcessState.DEAD
    assert processes.lookups == 2


async def test_a_region_that_never_ran_is_started_once() -> None:
    processes = FakeProcesses()
    table = ProcessTable(processes, ManualClock(0.0))

    states = await asyncio.gather(*(table.start_if_absent("us-west-2") for _ in range(5)))

    assert states == [ProcessState.RUNNING] * 5
    assert processes.started == [OREGON]


@pytest.mark.parametrize("state", [ProcessState.DEAD, ProcessState.FROZEN, ProcessState.RUNNING])
async def test_a_region_that_ran_before_is_left_as_it_is(state: ProcessState) -> None:
    processes = FakeProcesses()
    processes.states[OREGON] = state

    found = await ProcessTable(processes, ManualClock(0.0)).start_if_absent("us-west-2")

    assert found is state
    assert processes.started == []


async def test_a_failed_start_is_an_error_and_is_tried_again() -> None:
    processes = FakeProcesses()
    table = ProcessTable(processes, ManualClock(0.0))
    processes.start_fails = True
    with pytest.raises(StartFailed, match="no disk"):
        await table.start_if_absent("us-west-2")

    processes.start_fails = False

    assert await table.start_if_absent("us-west-2") is ProcessState.RUNNING


async def test_a_call_waits_for_a_first_start_and_not_for_another_region() -> None:
    processes = FakeProcesses()
    processes.may_start.clear()
    table = ProcessTable(processes, ManualClock(0.0))

    async def has_started() -> bool:
        return processes.started == [OREGON]

    async with asyncio.TaskGroup() as tasks:
        starting = tasks.create_task(table.start_if_absent("us-west-2"))
        await async_eventually(has_started)
        waiting = tasks.create_task(table.wait_for_first_start(OREGON))
        for role in ("region/eu-central-1", "control"):
            await table.wait_for_first_start(role)
        done_early = waiting.done() or starting.done()
        processes.may_start.set()

    assert not done_early
    assert table.state(OREGON) is ProcessState.RUNNING

"""Which Regions control has the gateway start; what it says of a process that is late or down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from tests.clocks import ManualClock
from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    NUMBER,
    ControlProcess,
    FakeProcess,
)
from tests.functional.twin.control.resources import create_service
from tests.waiting import eventually
from twin.control.process_client import LAST_ANSWER_S, ProcessClient
from twin.internal_api.schemas import TargetHealth, TargetHealthReport, TargetState
from twin.internal_api.server import json_response, serving
from twin.runtime.instance import Instance

HEALTHY = TargetHealth(target_group="group", target="function", state=TargetState.HEALTHY)


def test_a_region_with_something_to_serve_is_started_once(control: ControlProcess) -> None:
    gateway = FakeProcess(control.instance.gateway_address)
    control.instance.region_state(HOME_REGION).mkdir(parents=True)  # has been started before

    create_service(control, FRANKFURT)
    create_service(control, HOME_REGION)

    eventually(lambda: gateway.posts)
    control.client("globalaccelerator", HOME_REGION).create_accelerator(Name="a")
    assert gateway.posts == [f"/_twin/regions/{FRANKFURT}"]
    gateway.close()


class BusyRegion:
    """Answers requests for the health of its targets only while it is not busy."""

    def __init__(self) -> None:
        self.is_idle = asyncio.Event()
        self.is_idle.set()

    async def answer(self, _: web.Request) -> web.Response:
        await self.is_idle.wait()
        return json_response(TargetHealthReport(region=FRANKFURT, targets=(HEALTHY,)))


@asynccontextmanager
async def serving_targets(region: BusyRegion, instance: Instance) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_get("/_twin/targets", region.answer)
    async with serving(app, instance.region_address(FRANKFURT)):
        yield
        region.is_idle.set()


@asynccontextmanager
async def client_of(
    instance: Instance, clock: ManualClock, *, timeout_s: float, first_timeout_s: float
) -> AsyncIterator[ProcessClient]:
    async with aiohttp.ClientSession() as session:
        yield ProcessClient(
            instance, session, clock, timeout_s=timeout_s, first_timeout_s=first_timeout_s
        )


async def fetch_while_busy_for(
    seconds: float, region: BusyRegion, client: ProcessClient
) -> tuple[TargetHealth, ...]:
    """The targets that the client has of a Region which begins to answer this much later."""
    async with asyncio.TaskGroup() as group:
        fetched = group.create_task(client.fetch_targets(FRANKFURT))
        await asyncio.wait({fetched}, timeout=seconds)
        region.is_idle.set()
    return fetched.result()


async def test_the_last_health_counts_for_a_while_when_a_busy_process_answers_late(
    tmp_path: Path,
) -> None:
    region, clock, instance = BusyRegion(), ManualClock(100.0), Instance(tmp_path, NUMBER)
    async with (
        serving_targets(region, instance),
        client_of(instance, clock, timeout_s=0.05, first_timeout_s=30) as client,
    ):
        await client.fetch_targets(FRANKFURT)
        region.is_idle.clear()
        clock.seconds += LAST_ANSWER_S / 2
        late = await client.fetch_targets(FRANKFURT)
        clock.seconds += LAST_ANSWER_S / 2
        silent = await client.fetch_targets(FRANKFURT)

    assert (late, silent) == ((HEALTHY,), ())


async def test_the_first_answer_of_a_process_may_take_longer(tmp_path: Path) -> None:
    """As after a start of control on a busy machine."""
    region, clock, instance = BusyRegion(), ManualClock(100.0), Instance(tmp_path, NUMBER)
    region.is_idle.clear()
    async with (
        serving_targets(region, instance),
        client_of(instance, clock, timeout_s=0.05, first_timeout_s=30) as client,
    ):
        assert await fetch_while_busy_for(0.2, region, client) == (HEALTHY,)


async def test_only_the_first_answer_of_a_silent_process_may_take_longer(tmp_path: Path) -> None:
    region, clock, instance = BusyRegion(), ManualClock(100.0), Instance(tmp_path, NUMBER)
    region.is_idle.clear()
    async with (
        serving_targets(region, instance),
        client_of(instance, clock, timeout_s=30, first_timeout_s=0.05) as client,
    ):
        first = await client.fetch_targets(FRANKFURT)
        second = await fetch_while_busy_for(0.2, region, client)

        assert (first, second) == ((), (HEALTHY,))


async def test_a_process_that_is_down_has_no_health_at_once(tmp_path: Path) -> None:
    region, clock, instance = BusyRegion(), ManualClock(100.0), Instance(tmp_path, NUMBER)
    async with client_of(instance, clock, timeout_s=30, first_timeout_s=30) as client:
        async with serving_targets(region, instance):
            up = await client.fetch_targets(FRANKFURT)

        assert (up, await client.fetch_targets(FRANKFURT)) == ((HEALTHY,), ())

"""The edge as a process: with control, without it, and restarted."""

import asyncio
import contextlib
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    INSTANCE,
    OREGON,
    both_regions,
    connect_client,
    find_answering_region,
    health_report,
    run_load_balancer,
)
from tests.functional.twin.fake_control import FakeControl
from tests.waiting import async_eventually
from twin import codec
from twin.internal_api.schemas import EdgeStatus, EndpointState, LoadBalancerHealthReport
from twin.runtime.instance import Instance, internal_url
from twin.settings import TwinSettings, save_settings
from twin.topology.model import Topology

CHECKOUT = Path(__file__).parents[4]


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path, INSTANCE.number)
    save_settings(instance, TwinSettings(endpoint_fail_s=0.1, endpoint_recover_s=0.4))
    return instance


def store(instance: Instance, topology: Topology) -> None:
    instance.topology_path.write_text(codec.dumps(topology))


@contextlib.asynccontextmanager
async def edge_process(instance: Instance) -> AsyncIterator[asyncio.subprocess.Process]:
    own = {
        "TWIN_HOME": str(instance.home),
        "TWIN_INSTANCE": str(instance.number),
        "TWIN_LEASH": str(os.getpid()),
    }
    log = instance.home / "edge.log"
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "twin.edge", env=os.environ | own, stderr=stderr, cwd=CHECKOUT
        )
    try:
        await async_eventually(lambda: status(instance), 20)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert "Traceback" not in log.read_text()


async def status(instance: Instance) -> EdgeStatus:
    try:
        async with aiohttp.request(
            "GET", internal_url(instance.edge_address, "/_twin/status")
        ) as response:
            return codec.loads(EdgeStatus, await response.read())
    except aiohttp.ClientError as exc:
        raise ConnectionError(str(exc)) from exc


async def send_reports(instance: Instance, *reports: LoadBalancerHealthReport) -> None:
    for report in reports:
        await post(instance, codec.dumps(report))


async def post(instance: Instance, body: str) -> tuple[int, str]:
    address = internal_url(instance.edge_address, "/_twin/health")
    async with aiohttp.request("POST", address, data=body) as response:
        return response.status, await response.text()


async def until_version(instance: Instance, version: int) -> None:
    async def reached() -> bool:
        return (await status(instance)).topology_version == version

    await async_eventually(reached)


async def test_dials_follow_control_and_keep_their_value_without_it(instance: Instance) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html"""
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON), edge_process(instance):
        async with FakeControl().serving_at(instance) as control:
            control.publish(both_regions(version=1))
            await until_version(instance, 1)
            await send_reports(instance, health_report(FRANKFURT), health_report(OREGON))
            assert await find_answering_region() == FRANKFURT
            control.publish(both_regions(frankfurt=0, version=2))
            await until_version(instance, 2)
        assert await find_answering_region() == OREGON

        # Control has stopped; health failover goes on.
        await send_reports(instance, health_report(OREGON, EndpointState.UNHEALTHY))

        async def moved() -> bool:
            return await find_answering_region() == FRANKFURT

        await async_eventually(moved)

        async with FakeControl().serving_at(instance) as control:
            control.publish(both_regions(version=3))
            await until_version(instance, 3)


async def test_after_a_restart_without_control_it_uses_the_topology_on_disk(
    instance: Instance,
) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/static-stability.html"""
    store(instance, both_regions(version=5))
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):
        async with edge_process(instance) as first:
            assert await find_answering_region() == FRANKFURT
            first.kill()
        async with edge_process(instance):
            assert (await status(instance)).topology_version == 5
            assert await find_answering_region() == FRANKFURT


async def test_sigterm_ends_it_and_closes_its_connections(instance: Instance) -> None:
    store(instance, both_regions())
    async with (
        run_load_balancer(FRANKFURT),
        edge_process(instance) as process,
        connect_client() as connected,
    ):
        process.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(connected.reader.read(), 5) == b""
        assert await asyncio.wait_for(process.wait(), 5) == 0


async def test_a_malformed_health_report_is_refused_with_a_reason(
    instance: Instance,
) -> None:
    async with edge_process(instance):
        code, text = await post(instance, '{"region": "eu-central-1", "load_balancers": 3}')

    assert code == 400
    assert text == "not a health report: load_balancers: expected object, got int"


async def connect_clients(opened: contextlib.AsyncExitStack, count: int) -> None:
    async with asyncio.timeout(1):
        for _ in range(count):
            await opened.enter_async_context(connect_client())


async def test_without_file_descriptors_it_stops_accepting_until_there_are_some(
    instance: Instance,
) -> None:
    store(instance, both_regions())
    async with run_load_balancer(FRANKFURT), edge_process(instance) as process:
        used = len(os.listdir(f"/proc/{process.pid}/fd"))
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (used + 5, used + 5))
        async with contextlib.AsyncExitStack() as opened:
            for _ in range(2):
                await opened.enter_async_context(connect_client())
            with pytest.raises((ConnectionResetError, TimeoutError)):
                await connect_clients(opened, 3)

        async def answered() -> bool:
            async with asyncio.timeout(1):
                return await find_answering_region() == FRANKFURT

        await async_eventually(answered)

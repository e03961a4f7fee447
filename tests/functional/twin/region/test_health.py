"""Health checks of a Region's targets, and what the edge is told of them."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from common.clock import SystemClock
from tests.functional.twin.region.region_process import (
    BALANCER_ARN,
    CHECK,
    CONSTANT,
    GROUP_ARN,
    INSTANCE,
    LIVE,
    REGION,
    RegionDeployment,
    RegionProcess,
)
from tests.waiting import async_eventually
from twin import codec
from twin.internal_api.schemas import (
    EndpointState,
    LoadBalancerHealthReport,
    TargetHealthReport,
    TargetState,
)
from twin.internal_api.server import serving
from twin.region.alb.health_checks import HealthChecker
from twin.region.alb.health_reports import report_health
from twin.region.alb.lambda_targets import LambdaTargets
from twin.region.ids import IdGenerator
from twin.region.lambdas.functions import HostedFunction
from twin.runtime.instance import Instance, internal_url
from twin.settings import TwinSettings

SPEED = 20.0


class FakeEdge:
    """An edge that notes what it is told."""

    def __init__(self) -> None:
        self.reports: list[LoadBalancerHealthReport] = []

    async def answer(self, request: web.Request) -> web.Response:
        """What the edge does, without a consequence."""
        self.reports.append(codec.loads(LoadBalancerHealthReport, await request.read()))
        return web.Response()

    @contextlib.asynccontextmanager
    async def at(self, instance: Instance) -> AsyncIterator["FakeEdge"]:
        """Serve while the block runs."""
        app = web.Application()
        app.router.add_post("/_twin/health", self.answer)
        async with serving(app, instance.edge_address):
            yield self

    async def hears(self, state: EndpointState, within_s: float = 5.0) -> None:
        """Wait until the load balancer is said to be this."""

        async def said() -> bool:
            return bool(self.reports) and self.reports[-1].load_balancers == {BALANCER_ARN: state}

        await async_eventually(said, within_s=within_s)


class NoFunctions:
    """A Region that has no function."""

    def get(self, name: str) -> HostedFunction | None:
        """Not there."""
        del name
        return None


@pytest.fixture
async def fast(world: RegionProcess) -> RegionProcess:
    """A Region whose intervals are shorter."""
    await world.stop()
    world.configure(TwinSettings(speed=SPEED))
    await world.start()
    return world


class Switch:
    """A function that answers its health checks as a file says."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.say("200")

    def say(self, what: str) -> None:
        self._path.write_text(what)

    @property
    def source(self) -> str:
        return f"""
import time
def handler(event, context):
    said = open({str(self._path)!r}).read()
    if said == "raise" and event["path"] == "/health":
        raise ValueError("told to")
    if said == "hang" and event["path"] == "/health":
        time.sleep(3)
    status = int(said) if said.isdigit() and event["path"] == "/health" else 200
    return {{"statusCode": status, "isBase64Encoded": False, "headers": {{}}, "body": "x"}}
"""


@pytest.fixture
def switch(tmp_path: Path) -> Switch:
    """Says 200 until told otherwise."""
    return Switch(tmp_path / "switch")


async def test_a_new_target_is_healthy_after_one_check(
    world: RegionProcess, switch: Switch
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"""
    await world.deploy(RegionDeployment(code=world.zip(switch.source), check=CHECK))

    found = await world.until(TargetState.HEALTHY, within_s=4.0)  # less than one interval

    assert (found.target_group, found.target) == (GROUP_ARN, LIVE)


@pytest.mark.parametrize(
    ("said", "reason", "description"),
    [
        ("403", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [403]"),
        ("raise", "Target.FailedHealthChecks", "Health checks failed"),
    ],
)
async def test_a_target_fails_and_recovers(
    fast: RegionProcess, switch: Switch, said: str, reason: str, description: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    await fast.deploy(RegionDeployment(code=fast.zip(switch.source), check=CHECK))
    await fast.until(TargetState.HEALTHY)

    switch.say(said)
    failed = await fast.until(TargetState.UNHEALTHY)
    served = await fast.get()
    switch.say("200")

    assert (failed.reason, failed.description) == (reason, description)
    assert served[0] == 200  # fail open: the only target gets the request all the same
    await fast.until(TargetState.HEALTHY)


async def test_a_check_that_takes_too_long_fails(fast: RegionProcess, switch: Switch) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    switch.say("hang")
    slow = replace(CHECK, timeout_s=0.3)

    await fast.deploy(RegionDeployment(code=fast.zip(switch.source), check=slow, timeout_s=4.0))

    found = await fast.until(TargetState.UNHEALTHY)
    assert (found.reason, found.description) == ("Target.Timeout", "Request timed out")


@pytest.mark.parametrize(
    "broken", [{"permitted": False}, {"reserved": 0}], ids=["permission", "throttle"]
)
async def test_what_stands_in_a_requests_way_fails_the_check_too(
    fast: RegionProcess, broken: dict[str, bool | int]
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    good = RegionDeployment(code=fast.zip(CONSTANT), check=CHECK)
    change: Callable[..., RegionDeployment] = replace
    await fast.deploy(good)
    await fast.until(TargetState.HEALTHY)

    await fast.deploy(change(good, **broken))

    await fast.until(TargetState.UNHEALTHY)


async def test_targets_that_are_not_checked_say_why(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html"""
    deployed = RegionDeployment(code=world.zip(CONSTANT))
    await world.deploy(deployed)
    disabled = await world.target()

    await world.publish(replace(deployed.region(world.address), load_balancers=()))
    unused = await world.target()

    assert (disabled.state, disabled.reason) == (
        TargetState.UNAVAILABLE,
        "Target.HealthCheckDisabled",
    )
    assert (unused.state, unused.reason) == (TargetState.UNUSED, "Target.NotInUse")


async def test_targets_can_be_asked_for(world: RegionProcess) -> None:
    await world.deploy(RegionDeployment(code=world.zip(CONSTANT)))

    async with world.http.get(
        internal_url(world.instance.region_address(REGION), "/_twin/targets")
    ) as response:
        report = codec.loads(TargetHealthReport, await response.read())

    assert report == TargetHealthReport(region=REGION, targets=(await world.target(),))


async def test_the_edge_hears_of_each_change_and_a_heartbeat(
    fast: RegionProcess, switch: Switch
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    async with FakeEdge().at(fast.instance) as edge:
        await fast.deploy(RegionDeployment(code=fast.zip(switch.source), check=CHECK))
        await edge.hears(EndpointState.HEALTHY)
        switch.say("503")
        await edge.hears(EndpointState.UNHEALTHY)
        count = len(edge.reports)

        async def more() -> bool:
            return len(edge.reports) >= count + 5

        await async_eventually(more, within_s=3.0)

    assert {report.region for report in edge.reports} == {REGION}


async def test_the_edge_may_come_later(world: RegionProcess) -> None:
    await world.deploy(RegionDeployment(code=world.zip(CONSTANT), check=CHECK))
    await world.until(TargetState.HEALTHY)

    async with FakeEdge().at(world.instance) as edge:
        await edge.hears(EndpointState.HEALTHY)


async def test_a_change_does_not_wait_for_the_heartbeat(tmp_path: Path) -> None:
    instance, clock = Instance(tmp_path, INSTANCE), SystemClock()
    balancer = RegionDeployment(code="").region("127.0.0.1").load_balancers[0]
    async with FakeEdge().at(instance) as edge, asyncio.TaskGroup() as tasks:
        checks = HealthChecker(
            LambdaTargets(NoFunctions(), IdGenerator(clock, random.Random(1))),
            settings=TwinSettings(),
            clock=clock,
            spawn=tasks.create_task,
        )
        feeding = tasks.create_task(report_health(instance, REGION, checks))

        async def heard_of_it() -> bool:
            return len(edge.reports) > 0

        await async_eventually(heard_of_it)
        checks.follow((), (balancer,))

        await edge.hears(EndpointState.UNHEALTHY, within_s=0.7)  # the heartbeat comes after 1 s
        feeding.cancel()

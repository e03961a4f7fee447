"""Health checks of a Region's targets, and the reports to the edge."""

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
from twin.internal_api.schemas import EndpointState, LoadBalancerHealthReport, TargetState
from twin.internal_api.server import serving
from twin.region.alb.health_checks import HealthChecker, report_health
from twin.region.alb.lambda_targets import LambdaTargets
from twin.region.ids import IdGenerator
from twin.runtime.instance import Instance
from twin.settings import TwinSettings

SPEED = 20.0


class FakeEdge:
    """An edge, or a Route 53, that records the health reports."""

    def __init__(self) -> None:
        self.requests = 0
        self.is_frozen = False
        self.reports: list[LoadBalancerHealthReport] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.requests += 1
        if self.is_frozen:
            await asyncio.Event().wait()
        self.reports.append(codec.loads(LoadBalancerHealthReport, await request.read()))
        return web.Response()

    @contextlib.asynccontextmanager
    async def at(self, address: tuple[str, int]) -> AsyncIterator["FakeEdge"]:
        app = web.Application()
        app.router.add_post("/_twin/health", self.answer)
        async with serving(app, address):
            yield self

    async def await_report(self, state: EndpointState, within_s: float = 5.0) -> None:
        """Wait until a report has this state of the load balancer."""

        async def reported() -> bool:
            return bool(self.reports) and self.reports[-1].load_balancers == {BALANCER_ARN: state}

        await async_eventually(reported, within_s=within_s)


@pytest.fixture
async def fast_region(region: RegionProcess) -> RegionProcess:
    """A Region with shorter intervals."""
    await region.stop()
    region.configure(TwinSettings(speed=SPEED))
    await region.start()
    return region


class HealthSwitch:
    """A function whose response to health checks is set by a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.set("200")

    def set(self, behaviour: str) -> None:
        self._path.write_text(behaviour)

    @property
    def source(self) -> str:
        return f"""
import time
def handler(event, context):
    behaviour = open({str(self._path)!r}).read()
    if behaviour == "raise" and event["path"] == "/health":
        raise ValueError("on request")
    if behaviour == "hang" and event["path"] == "/health":
        time.sleep(3)
    status = int(behaviour) if behaviour.isdigit() and event["path"] == "/health" else 200
    return {{"statusCode": status, "isBase64Encoded": False, "headers": {{}}, "body": "x"}}
"""


@pytest.fixture
def switch(tmp_path: Path) -> HealthSwitch:
    return HealthSwitch(tmp_path / "switch")


async def test_a_new_target_is_healthy_after_one_check(
    region: RegionProcess, switch: HealthSwitch
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"""
    await region.deploy(RegionDeployment(code=region.zip(switch.source), check=CHECK))

    found = await region.await_target_state(
        TargetState.HEALTHY, within_s=4.0
    )  # less than one interval

    assert (found.target_group, found.target) == (GROUP_ARN, LIVE)


@pytest.mark.parametrize(
    ("behaviour", "reason", "description"),
    [
        ("403", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [403]"),
        ("raise", "Target.FailedHealthChecks", "Health checks failed"),
    ],
)
async def test_a_target_fails_and_recovers(
    fast_region: RegionProcess, switch: HealthSwitch, behaviour: str, reason: str, description: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    await fast_region.deploy(RegionDeployment(code=fast_region.zip(switch.source), check=CHECK))
    await fast_region.await_target_state(TargetState.HEALTHY)

    switch.set(behaviour)
    failed = await fast_region.await_target_state(TargetState.UNHEALTHY)
    served = await fast_region.get()
    switch.set("200")

    assert (failed.reason, failed.description) == (reason, description)
    assert served[0] == 200  # fail open: the only target gets the request all the same
    await fast_region.await_target_state(TargetState.HEALTHY)


async def test_a_check_that_takes_too_long_fails(
    fast_region: RegionProcess, switch: HealthSwitch
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    switch.set("hang")
    slow = replace(CHECK, timeout_s=0.3)

    await fast_region.deploy(
        RegionDeployment(code=fast_region.zip(switch.source), check=slow, timeout_s=4.0)
    )

    found = await fast_region.await_target_state(TargetState.UNHEALTHY)
    assert (found.reason, found.description) == ("Target.Timeout", "Request timed out")


@pytest.mark.parametrize(
    "broken", [{"permitted": False}, {"reserved": 0}], ids=["permission", "throttle"]
)
async def test_a_missing_permission_or_a_throttle_fails_the_check(
    fast_region: RegionProcess, broken: dict[str, bool | int]
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    good = RegionDeployment(code=fast_region.zip(CONSTANT), check=CHECK)
    change: Callable[..., RegionDeployment] = replace
    await fast_region.deploy(good)
    await fast_region.await_target_state(TargetState.HEALTHY)

    await fast_region.deploy(change(good, **broken))

    await fast_region.await_target_state(TargetState.UNHEALTHY)


async def test_targets_that_are_not_checked_have_a_reason(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html"""
    deployed = RegionDeployment(code=region.zip(CONSTANT))
    await region.deploy(deployed)
    disabled = await region.target()

    await region.publish(replace(deployed.topology(region.address), load_balancers=()))
    unused = await region.target()

    assert (disabled.state, disabled.reason) == (
        TargetState.UNAVAILABLE,
        "Target.HealthCheckDisabled",
    )
    assert (unused.state, unused.reason) == (TargetState.UNUSED, "Target.NotInUse")


async def test_the_edge_gets_each_change_and_a_heartbeat(
    fast_region: RegionProcess, switch: HealthSwitch
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    async with FakeEdge().at(fast_region.instance.edge_address) as edge:
        await fast_region.deploy(RegionDeployment(code=fast_region.zip(switch.source), check=CHECK))
        await edge.await_report(EndpointState.HEALTHY)
        switch.set("503")
        await edge.await_report(EndpointState.UNHEALTHY)
        count = len(edge.reports)

        async def more() -> bool:
            return len(edge.reports) >= count + 5

        await async_eventually(more, within_s=3.0)

    assert {report.region for report in edge.reports} == {REGION}


async def test_the_edge_may_start_after_the_region(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT), check=CHECK))
    await region.await_target_state(TargetState.HEALTHY)

    async with FakeEdge().at(region.instance.edge_address) as edge:
        await edge.await_report(EndpointState.HEALTHY)


async def test_route_53_gets_the_reports_too_and_the_edge_does_not_wait_for_it(
    fast_region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html"""
    await fast_region.deploy(RegionDeployment(code=fast_region.zip(CONSTANT), check=CHECK))
    instance, edge, route53 = fast_region.instance, FakeEdge(), FakeEdge()

    async with edge.at(instance.edge_address), route53.at(instance.route53_address):
        await route53.await_report(EndpointState.HEALTHY)
        route53.is_frozen = True

        async def edge_hears_twice_meanwhile() -> bool:
            waiting = route53.requests
            enough = len(edge.reports) + 2
            await async_eventually(lambda: _has_reports(edge, enough))
            return route53.requests == waiting

        await async_eventually(edge_hears_twice_meanwhile)


async def _has_reports(edge: FakeEdge, count: int) -> bool:
    return len(edge.reports) >= count


async def test_a_change_does_not_wait_for_the_heartbeat(tmp_path: Path) -> None:
    instance, clock = Instance(tmp_path, INSTANCE), SystemClock()
    balancer = RegionDeployment(code="").topology("127.0.0.1").load_balancers[0]
    async with FakeEdge().at(instance.edge_address) as edge, asyncio.TaskGroup() as tasks:
        health = HealthChecker(
            LambdaTargets(lambda _: None, IdGenerator(clock, random.Random(1))),
            settings=TwinSettings(),
            clock=clock,
            spawn=tasks.create_task,
        )
        feeding = tasks.create_task(report_health(instance, REGION, health))

        async def first_report_sent() -> bool:
            return len(edge.reports) > 0

        await async_eventually(first_report_sent)
        health.configure((), (balancer,))

        await edge.await_report(
            EndpointState.UNHEALTHY, within_s=0.7
        )  # the heartbeat comes after 1 s
        feeding.cancel()

"""Health checks of targets: a task for each checked target, and the targets' states.

A check invokes the target as a request does, so that a missing permission or a throttle fails the
check too. The states and their transitions are in twin.core.alb.target_health.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html

The interval is scaled by the twin's speed; the time-out is real time.

The health of the Region's load balancers is reported to the edge. A report is sent at each change,
and as a heartbeat, because the edge treats silence as a failure. While the edge is down, reports
are dropped.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aiohttp

from common.clock import Clock
from twin import codec
from twin.core.alb import target_health
from twin.core.alb.event import build_health_check_event
from twin.core.alb.response import LambdaTargetError
from twin.core.alb.target_health import (
    CheckOutcome,
    CheckResult,
    TargetStatus,
    apply_check,
    matcher_accepts,
)
from twin.internal_api.connector import own_user_connector
from twin.internal_api.schemas import (
    EndpointState,
    LoadBalancerHealthReport,
    TargetHealth,
    TargetState,
)
from twin.region.alb.lambda_targets import LAMBDA_TARGET_TYPE, LambdaTarget, LambdaTargets
from twin.runtime.instance import Instance, internal_url
from twin.settings import TwinSettings
from twin.topology.model import LoadBalancer, TargetGroup

TargetKey = tuple[str, str]
"""(ARN of the target group, id of the target)."""
SpawnTask = Callable[..., asyncio.Task[None]]

NO_DATA_PLANE = TargetStatus(
    state=TargetState.UNHEALTHY,
    reason="Elb.InternalError",
    description="The twin has a data plane for Lambda targets only",
)


@dataclass(slots=True, kw_only=True)
class _TrackedTarget:
    group: TargetGroup
    health: TargetStatus
    task: asyncio.Task[None] | None = None


class HealthChecker:
    """Checks the targets of all target groups of a Region, and knows their states."""

    def __init__(
        self, targets: LambdaTargets, *, settings: TwinSettings, clock: Clock, spawn: SpawnTask
    ) -> None:
        self.changed = asyncio.Event()
        """Set at each change of a state; the waiting task clears it."""
        self._targets = targets
        self._settings = settings
        self._clock = clock
        self._spawn = spawn
        self._tracked: dict[TargetKey, _TrackedTarget] = {}
        self._load_balancers: tuple[LoadBalancer, ...] = ()

    # -- configuration

    def configure(
        self, groups: Iterable[TargetGroup], load_balancers: tuple[LoadBalancer, ...]
    ) -> None:
        """Track the targets of these groups; targets that were tracked before keep their state."""
        self._load_balancers = load_balancers
        in_use = frozenset[str]().union(*map(target_health.target_groups_of, load_balancers))
        current = {(group.arn, target): group for group in groups for target in group.targets}
        for key in self._tracked.keys() - current.keys():
            self._stop_checks(self._tracked.pop(key))
        for key, group in current.items():
            self._track(key, group, unchecked=_unchecked_status(group, in_use))
        self.changed.set()

    def _track(self, key: TargetKey, group: TargetGroup, *, unchecked: TargetStatus | None) -> None:
        """Start or keep the checks of a target, or give it the status `unchecked` without any."""
        target = self._tracked.get(key)
        if target is None:
            target = _TrackedTarget(group=group, health=target_health.NEW_TARGET)
            self._tracked[key] = target
        same_checks = target.group.health_check == group.health_check
        target.group = group
        if unchecked is not None:
            self._stop_checks(target)
            target.health = unchecked
            return
        if target.health.state not in _CHECKED_STATES:
            target.health = target_health.NEW_TARGET
        if target.task is None or not same_checks:
            self._stop_checks(target)
            target.task = self._spawn(self._run_checks(key, target))

    def _stop_checks(self, target: _TrackedTarget) -> None:
        if target.task is not None:
            target.task.cancel()
            target.task = None

    # -- checking

    async def _run_checks(self, key: TargetKey, target: _TrackedTarget) -> None:
        """Check at once, and then at fixed times: a slow check does not delay the next one."""
        interval_s = self._settings.scaled(target.group.health_check.interval_s)
        due = self._clock.monotonic()
        while True:
            result = await self._check(key, target.group)
            before = target.health
            target.health = apply_check(before, result, target.group.health_check)
            if target.health.state is not before.state:
                self.changed.set()
            due = max(due + interval_s, self._clock.monotonic())
            await self._clock.sleep(due - self._clock.monotonic())

    async def _check(self, key: TargetKey, group: TargetGroup) -> CheckResult:
        target = self._find(key)
        if target is None:
            return CheckResult(outcome=CheckOutcome.NO_ANSWER)
        config = group.health_check
        event = build_health_check_event(
            path=config.path, target_group_arn=group.arn, multi_value=group.multi_value_headers
        )
        ids = self._targets.ids
        try:
            async with asyncio.timeout(config.timeout_s):
                response = await target.invoke(event, trace_root=ids.trace_id(), draw=ids.draw())
        except TimeoutError:
            return CheckResult(outcome=CheckOutcome.TIMED_OUT)
        except LambdaTargetError:
            return CheckResult(outcome=CheckOutcome.NO_ANSWER)
        passed = matcher_accepts(config.matcher, response.status)
        return CheckResult(
            outcome=CheckOutcome.PASSED if passed else CheckOutcome.WRONG_CODE,
            status=response.status,
        )

    def _find(self, key: TargetKey) -> LambdaTarget | None:
        targets = self._targets.in_group(key[0]) or ()
        return next((target for target in targets if target.id == key[1]), None)

    # -- states

    def is_healthy(self, target: LambdaTarget) -> bool:
        tracked = self._tracked.get((target.group.arn, target.id))
        return tracked is not None and tracked.health.state is TargetState.HEALTHY

    def targets(self) -> tuple[TargetHealth, ...]:
        """Every target's health, as DescribeTargetHealth names it."""
        return tuple(
            TargetHealth(
                target_group=group,
                target=target,
                state=tracked.health.state,
                reason=tracked.health.reason,
                description=tracked.health.description,
            )
            for (group, target), tracked in sorted(self._tracked.items())
        )

    def load_balancers(self) -> dict[str, EndpointState]:
        """ARN -> state of every load balancer as an endpoint of the accelerator."""
        states: dict[str, list[TargetState]] = {}
        for (group, _), tracked in self._tracked.items():
            states.setdefault(group, []).append(tracked.health.state)
        return {
            lb.arn: target_health.endpoint_state(
                [states.get(arn, []) for arn in target_health.target_groups_of(lb)]
            )
            for lb in self._load_balancers
        }

    def shortest_interval_s(self) -> float:
        """Shortest check interval, at the twin's speed; infinite without targets."""
        intervals = (target.group.health_check.interval_s for target in self._tracked.values())
        return self._settings.scaled(min(intervals, default=float("inf")))


_CHECKED_STATES = (TargetState.INITIAL, TargetState.HEALTHY, TargetState.UNHEALTHY)


def _unchecked_status(group: TargetGroup, in_use: frozenset[str]) -> TargetStatus | None:
    """The status of the group's targets if they are not checked; None if they are."""
    if group.arn not in in_use:
        return target_health.UNUSED_TARGET
    if group.target_type != LAMBDA_TARGET_TYPE:
        return NO_DATA_PLANE
    return None if group.health_check.enabled else target_health.UNCHECKED_TARGET


log = logging.getLogger(__name__)

MAX_HEARTBEAT_S = 1.0
_TIMEOUT = aiohttp.ClientTimeout(total=1.0)


async def report_health(instance: Instance, region: str, health: HealthChecker) -> None:
    """Send reports to the edge and to Route 53 until cancelled.

    The edge does not wait for Route 53, whatever state that is in.
    """
    delivered = True
    edge, route53 = instance.edge_address, instance.route53_address
    async with (
        aiohttp.ClientSession(connector=own_user_connector(), timeout=_TIMEOUT) as session,
        asyncio.TaskGroup() as tasks,
    ):
        second: asyncio.Task[str] | None = None
        while True:
            health.changed.clear()
            report = LoadBalancerHealthReport(region=region, load_balancers=health.load_balancers())
            if second is None or second.done():
                second = tasks.create_task(_send(session, route53, report))
            problem = await _send(session, edge, report)
            if delivered and problem:
                log.info("the edge does not get this Region's health reports: %s", problem)
            delivered = not problem
            await _wait_for_next(health)


async def _wait_for_next(health: HealthChecker) -> None:
    """Wait for a change, or for the heartbeat: two of them in the shortest check interval."""
    period_s = min(MAX_HEARTBEAT_S, health.shortest_interval_s() / 2)
    try:
        async with asyncio.timeout(period_s):
            await health.changed.wait()
    except TimeoutError:
        return


async def _send(
    session: aiohttp.ClientSession, receiver: tuple[str, int], report: LoadBalancerHealthReport
) -> str:
    """Send a report once; the problem if that failed, else empty."""
    address = internal_url(receiver, "/_twin/health")
    try:
        async with session.post(address, data=codec.dumps(report)) as response:
            return "" if response.status < 300 else f"it answers {response.status}"
    except (aiohttp.ClientError, OSError, TimeoutError) as exc:
        return str(exc) or type(exc).__name__

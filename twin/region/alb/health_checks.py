"""Health checks of targets: when they are sent, and what each found.

Each check is an invocation like a request's, so that a permission or a throttle that stands in a
request's way fails the check too. What a result means for the target's state is the core's table.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html

The interval is scaled by the twin's speed; the time-out bounds real work and is not.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from common.clock import Clock
from twin.core import target_health
from twin.core.alb_event import build_health_check_event
from twin.core.alb_response import MalformedLambdaResponse
from twin.core.target_health import (
    CheckOutcome,
    CheckResult,
    TargetStatus,
    apply_check,
    matcher_accepts,
)
from twin.internal_api.schemas import EndpointState, TargetHealth, TargetState
from twin.region.alb.lambda_targets import LAMBDA_TARGET_TYPE, LambdaTarget, LambdaTargets
from twin.settings import TwinSettings
from twin.topology.model import LoadBalancer, TargetGroup

TargetKey = tuple[str, str]
"""ARN of the target group, id of the target."""
SpawnTask = Callable[..., asyncio.Task[None]]

NO_DATA_PLANE = TargetStatus(
    state=TargetState.UNHEALTHY,
    reason="Elb.InternalError",
    description="The twin has a data plane for Lambda targets only",
)


@dataclass(slots=True, kw_only=True)
class _Watched:
    """A target under watch."""

    group: TargetGroup
    health: TargetStatus
    task: asyncio.Task[None] | None = None


class HealthChecker:
    """The targets of all target groups of a Region, and what is known of them."""

    def __init__(
        self, targets: LambdaTargets, *, settings: TwinSettings, clock: Clock, spawn: SpawnTask
    ) -> None:
        """None yet."""
        self.changed = asyncio.Event()
        """Set at each change of a state; whoever waits for it clears it."""
        self._targets = targets
        self._settings = settings
        self._clock = clock
        self._spawn = spawn
        self._watched: dict[TargetKey, _Watched] = {}
        self._load_balancers: tuple[LoadBalancer, ...] = ()

    # -- configuration

    def follow(
        self, groups: Iterable[TargetGroup], load_balancers: tuple[LoadBalancer, ...]
    ) -> None:
        """Watch the targets of these groups; one that stays keeps its state."""
        self._load_balancers = load_balancers
        in_use = frozenset[str]().union(*map(target_health.target_groups_of, load_balancers))
        current = {(group.arn, target): group for group in groups for target in group.targets}
        for key in self._watched.keys() - current.keys():
            self._stop(self._watched.pop(key))
        for key, group in current.items():
            self._watch(key, group, fixed=_fixed(group, in_use))
        self.changed.set()

    def _watch(self, key: TargetKey, group: TargetGroup, *, fixed: TargetStatus | None) -> None:
        watched = self._watched.get(key)
        if watched is None:
            watched = self._watched[key] = _Watched(group=group, health=target_health.NEW_TARGET)
        same_checks = watched.group.health_check == group.health_check
        watched.group = group
        if fixed is not None:
            self._stop(watched)
            watched.health = fixed
            return
        if watched.health.state not in _CHECKED:
            watched.health = target_health.NEW_TARGET
        if watched.task is None or not same_checks:
            self._stop(watched)
            watched.task = self._spawn(self._check_for_ever(key, watched))

    def _stop(self, watched: _Watched) -> None:
        if watched.task is not None:
            watched.task.cancel()
            watched.task = None

    # -- checking

    async def _check_for_ever(self, key: TargetKey, watched: _Watched) -> None:
        """The first check at once; how long one takes does not move the next."""
        interval_s = self._settings.scaled(watched.group.health_check.interval_s)
        due = self._clock.monotonic()
        while True:
            result = await self._check(key, watched.group)
            before = watched.health
            watched.health = apply_check(before, result, watched.group.health_check)
            if watched.health.state is not before.state:
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
                answer = await target.invoke(event, trace_root=ids.trace_id(), draw=ids.draw())
        except TimeoutError:
            return CheckResult(outcome=CheckOutcome.TIMED_OUT)
        except MalformedLambdaResponse:
            return CheckResult(outcome=CheckOutcome.NO_ANSWER)
        good = matcher_accepts(config.matcher, answer.status)
        return CheckResult(
            outcome=CheckOutcome.PASSED if good else CheckOutcome.WRONG_CODE, status=answer.status
        )

    def _find(self, key: TargetKey) -> LambdaTarget | None:
        targets = self._targets.of(key[0]) or ()
        return next((target for target in targets if target.id == key[1]), None)

    # -- what is known

    def is_healthy(self, target: LambdaTarget) -> bool:
        """Whether requests should go to it."""
        watched = self._watched.get((target.group.arn, target.id))
        return watched is not None and watched.health.state is TargetState.HEALTHY

    def targets(self) -> tuple[TargetHealth, ...]:
        """Every target, in the words of DescribeTargetHealth."""
        return tuple(
            TargetHealth(
                target_group=group,
                target=target,
                state=watched.health.state,
                reason=watched.health.reason,
                description=watched.health.description,
            )
            for (group, target), watched in sorted(self._watched.items())
        )

    def load_balancers(self) -> dict[str, EndpointState]:
        """Every load balancer, as the accelerator is to see it."""
        states: dict[str, list[TargetState]] = {}
        for (group, _), watched in self._watched.items():
            states.setdefault(group, []).append(watched.health.state)
        return {
            lb.arn: target_health.endpoint_state(
                [states.get(arn, []) for arn in target_health.target_groups_of(lb)]
            )
            for lb in self._load_balancers
        }

    def shortest_interval_s(self) -> float:
        """Between two checks of the same target, at the twin's speed; infinite without targets."""
        intervals = (watched.group.health_check.interval_s for watched in self._watched.values())
        return self._settings.scaled(min(intervals, default=float("inf")))


_CHECKED = (TargetState.INITIAL, TargetState.HEALTHY, TargetState.UNHEALTHY)


def _fixed(group: TargetGroup, in_use: frozenset[str]) -> TargetStatus | None:
    """The state of targets that are not checked; None for those that are."""
    if group.arn not in in_use:
        return target_health.UNUSED_TARGET
    if group.target_type != LAMBDA_TARGET_TYPE:
        return NO_DATA_PLANE
    return None if group.health_check.enabled else target_health.UNCHECKED_TARGET

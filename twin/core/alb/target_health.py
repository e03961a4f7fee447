"""The health of a target, by its checks, and of a load balancer, by its targets.

The state machine, and how many checks in a row a transition takes:

    state       passed                             failed
    INITIAL     HEALTHY    after 1                 UNHEALTHY  after unhealthy_threshold
    HEALTHY     .                                  UNHEALTHY  after unhealthy_threshold
    UNHEALTHY   HEALTHY    after healthy_threshold .

A newly registered target has to pass one check, whatever the threshold:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
The other states come from configuration, without checks: UNUSED (no listener forwards to the
target group) and UNAVAILABLE (checks are switched off).
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html

The caller sends the checks and keeps their schedule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from twin.internal_api.schemas import EndpointState, TargetState
from twin.topology.model import ListenerAction, LoadBalancer, TargetHealthCheck


class CheckOutcome(StrEnum):
    """Outcome of one check."""

    PASSED = "passed"
    WRONG_CODE = "wrong code"
    """A response whose status the matcher does not accept."""
    TIMED_OUT = "timed out"
    """No response within the check's time-out."""
    NO_ANSWER = "no answer"
    """The function failed, was throttled or refused, or its response was malformed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """Outcome of one check, and the response's status; 0 without a response."""

    outcome: CheckOutcome
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetStatus:
    """The health of one target; starts as `NEW_TARGET`."""

    state: TargetState = TargetState.INITIAL
    opposing_checks: int = 0
    """Consecutive checks that contradict the state."""
    reason: str = "Elb.InitialHealthChecking"
    description: str = "Initial health checks in progress"


NEW_TARGET = TargetStatus()
UNUSED_TARGET = TargetStatus(
    state=TargetState.UNUSED,
    reason="Target.NotInUse",
    description="Target group is not configured to receive traffic from the load balancer",
)
UNCHECKED_TARGET = TargetStatus(
    state=TargetState.UNAVAILABLE,
    reason="Target.HealthCheckDisabled",
    description="Health checks are not enabled for this target",
)

_AFTER_ONE = "after one"
_BY_HEALTHY = "healthy threshold"
_BY_UNHEALTHY = "unhealthy threshold"

TRANSITIONS: Mapping[tuple[TargetState, bool], tuple[TargetState, str]] = {
    (TargetState.INITIAL, True): (TargetState.HEALTHY, _AFTER_ONE),
    (TargetState.INITIAL, False): (TargetState.UNHEALTHY, _BY_UNHEALTHY),
    (TargetState.HEALTHY, False): (TargetState.UNHEALTHY, _BY_UNHEALTHY),
    (TargetState.UNHEALTHY, True): (TargetState.HEALTHY, _BY_HEALTHY),
}
"""(state, whether the check passed) -> (next state, how many checks in a row it takes)."""


def apply_check(
    health: TargetStatus, result: CheckResult, config: TargetHealthCheck
) -> TargetStatus:
    """Return the status after a check. Raises ValueError for a target that gets no checks."""
    if health.state not in (TargetState.INITIAL, TargetState.HEALTHY, TargetState.UNHEALTHY):
        raise ValueError(f"a check ({result.outcome}) of a target that is {health.state}")
    passed = result.outcome is CheckOutcome.PASSED
    transition = TRANSITIONS.get((health.state, passed))
    if transition is None:
        return _with_reason(replace(health, opposing_checks=0), result)
    next_state, threshold = transition
    opposing = health.opposing_checks + 1
    if opposing < _checks_needed(threshold, config):
        return _with_reason(replace(health, opposing_checks=opposing), result)
    return _with_reason(TargetStatus(state=next_state), result)


def _checks_needed(threshold: str, config: TargetHealthCheck) -> int:
    if threshold == _AFTER_ONE:
        return 1
    return config.healthy_threshold if threshold == _BY_HEALTHY else config.unhealthy_threshold


def _with_reason(health: TargetStatus, result: CheckResult) -> TargetStatus:
    """Set reason and description as DescribeTargetHealth has them; none for a healthy target.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
    """
    if health.state is TargetState.HEALTHY:
        return replace(health, reason="", description="")
    if health.state is TargetState.INITIAL:
        return replace(health, reason=NEW_TARGET.reason, description=NEW_TARGET.description)
    match result.outcome:
        case CheckOutcome.PASSED:  # still unhealthy: keep the reason of the last failure
            return health
        case CheckOutcome.WRONG_CODE:
            text = f"Health checks failed with these codes: [{result.status}]"
            return replace(health, reason="Target.ResponseCodeMismatch", description=text)
        case CheckOutcome.TIMED_OUT:
            return replace(health, reason="Target.Timeout", description="Request timed out")
        case CheckOutcome.NO_ANSWER:
            text = "Health checks failed"
            return replace(health, reason="Target.FailedHealthChecks", description=text)


def matcher_accepts(matcher: str, status: int) -> bool:
    """Whether the matcher (`200`, `200,202`, `200-299`) has the status; False if malformed.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html
    """
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        if (
            first.isdigit()
            and (last or first).isdigit()
            and int(first) <= status <= int(last or first)
        ):
            return True
    return False


# -- load balancers


def target_groups_of(load_balancer: LoadBalancer) -> frozenset[str]:
    """ARNs of the target groups that its listeners and their rules forward to."""
    actions: list[ListenerAction] = []
    for listener in load_balancer.listeners:
        actions.append(listener.default_action)
        actions.extend(rule.action for rule in listener.rules)
    return frozenset(group.arn for action in actions for group in action.target_groups)


def endpoint_state(groups: Iterable[Sequence[TargetState]]) -> EndpointState:
    """The state of a load balancer as an endpoint, by the targets of each of its target groups.

    Healthy when every target group has at least one healthy target. An empty target group has
    none. AWS does not document `unavailable` (checks switched off); it counts as not healthy.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html
    """
    state = EndpointState.HEALTHY
    for targets in groups:
        if TargetState.HEALTHY in targets:
            continue
        if TargetState.INITIAL not in targets:
            return EndpointState.UNHEALTHY
        state = EndpointState.INITIAL
    return state

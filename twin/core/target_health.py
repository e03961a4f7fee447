"""The health of a target, by its checks, and of a load balancer, by its targets.

The states that checks move, and how many in a row it takes:

    state       passed                             failed
    INITIAL     HEALTHY    after 1                 UNHEALTHY  after unhealthy_threshold
    HEALTHY     .                                  UNHEALTHY  after unhealthy_threshold
    UNHEALTHY   HEALTHY    after healthy_threshold .

A newly registered target has to pass one check, whatever the threshold:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
The other states come from configuration and know no checks: UNUSED (no listener forwards to the
target group) and UNAVAILABLE (checks are switched off).
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html

Who sends the checks, and when, is not known here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from twin.internal_api.schemas import EndpointState, TargetState
from twin.topology.model import ListenerAction, LoadBalancer, TargetHealthCheck


class CheckOutcome(StrEnum):
    """How one check ended."""

    PASSED = "passed"
    WRONG_CODE = "wrong code"
    """Answered, with a status that the matcher does not have."""
    TIMED_OUT = "timed out"
    """No answer within the check's time-out."""
    NO_ANSWER = "no answer"
    """The function failed, was throttled or refused, or its answer was malformed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check's end; `status` where there was an answer."""

    check: CheckOutcome
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetStatus:
    """One target's standing; `NEW_TARGET` is where each starts."""

    state: TargetState = TargetState.INITIAL
    against: int = 0
    """Checks in a row that speak against the state."""
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
"""(state, whether the check passed) -> what it becomes, and after how many in a row."""


def apply_check(
    health: TargetStatus, result: CheckResult, config: TargetHealthCheck
) -> TargetStatus:
    """The target after a check. Raises ValueError for one that is not checked at all."""
    if health.state not in (TargetState.INITIAL, TargetState.HEALTHY, TargetState.UNHEALTHY):
        raise ValueError(f"a check ({result.check}) of a target that is {health.state}")
    passed = result.check is CheckOutcome.PASSED
    move = TRANSITIONS.get((health.state, passed))
    if move is None:
        return _explained(replace(health, against=0), result)
    becomes, after = move
    against = health.against + 1
    if against < _needed(after, config):
        return _explained(replace(health, against=against), result)
    return _explained(TargetStatus(state=becomes), result)


def _needed(after: str, config: TargetHealthCheck) -> int:
    if after == _AFTER_ONE:
        return 1
    return config.healthy_threshold if after == _BY_HEALTHY else config.unhealthy_threshold


def _explained(health: TargetStatus, result: CheckResult) -> TargetStatus:
    """With the reason and description that DescribeTargetHealth gives; a healthy one has none.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
    """
    if health.state is TargetState.HEALTHY:
        return replace(health, reason="", description="")
    if health.state is TargetState.INITIAL:
        return replace(health, reason=NEW_TARGET.reason, description=NEW_TARGET.description)
    match result.check:
        case CheckOutcome.PASSED:  # on its way back: what was wrong before still stands
            return health
        case CheckOutcome.WRONG_CODE:
            said = f"Health checks failed with these codes: [{result.status}]"
            return replace(health, reason="Target.ResponseCodeMismatch", description=said)
        case CheckOutcome.TIMED_OUT:
            return replace(health, reason="Target.Timeout", description="Request timed out")
        case CheckOutcome.NO_ANSWER:
            said = "Health checks failed"
            return replace(health, reason="Target.FailedHealthChecks", description=said)


def matcher_accepts(matcher: str, status: int) -> bool:
    """Whether the matcher (`200`, `200,202`, `200-299`) has the status; nonsense has none.

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
    """What a load balancer is to the accelerator, by the targets of each of its target groups.

    Healthy when every target group has at least one healthy target, by the letter: an empty one
    has none, and `unavailable` (checks switched off) is not healthy; for that case AWS documents
    nothing.
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

"""How targets become healthy and unhealthy, and load balancers with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.alb.target_health import (
    NEW_TARGET,
    TRANSITIONS,
    UNCHECKED_TARGET,
    UNUSED_TARGET,
    CheckOutcome,
    CheckResult,
    TargetStatus,
    apply_check,
    endpoint_state,
    matcher_accepts,
    target_groups_of,
)
from twin.internal_api.schemas import EndpointState, TargetState
from twin.topology.model import (
    ListenerAction,
    ListenerRule,
    LoadBalancer,
    LoadBalancerListener,
    TargetHealthCheck,
    WeightedTargetGroup,
)

CONFIG = TargetHealthCheck(
    enabled=True,
    path="/health",
    interval_s=10,
    timeout_s=5,
    healthy_threshold=3,
    unhealthy_threshold=2,
    matcher="200",
)
PASSED = CheckResult(outcome=CheckOutcome.PASSED, status=200)
WRONG = CheckResult(outcome=CheckOutcome.WRONG_CODE, status=403)
SLOW = CheckResult(outcome=CheckOutcome.TIMED_OUT)
SILENT = CheckResult(outcome=CheckOutcome.NO_ANSWER)
HEALTHY, INITIAL, UNHEALTHY = TargetState.HEALTHY, TargetState.INITIAL, TargetState.UNHEALTHY


def after(*results: CheckResult, start: TargetStatus = NEW_TARGET) -> TargetStatus:
    health = start
    for result in results:
        health = apply_check(health, result, CONFIG)
    return health


# -- a dialogue


def test_the_first_success_makes_a_new_target_healthy() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"""
    assert after(PASSED) == TargetStatus(state=HEALTHY, reason="", description="")
    assert after(WRONG, PASSED).state is HEALTHY


def test_later_changes_need_the_thresholds() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    assert after(PASSED, WRONG).state is HEALTHY
    assert after(PASSED, WRONG, WRONG).state is UNHEALTHY
    assert after(PASSED, WRONG, WRONG, PASSED, PASSED).state is UNHEALTHY
    assert after(PASSED, WRONG, WRONG, PASSED, PASSED, PASSED).state is HEALTHY


def test_only_results_in_a_row_count() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    assert after(PASSED, WRONG, PASSED, WRONG, PASSED, WRONG).state is HEALTHY
    assert after(WRONG, WRONG, PASSED, PASSED, WRONG, PASSED, PASSED).state is UNHEALTHY


def test_a_new_target_that_keeps_failing_becomes_unhealthy() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    assert after(SLOW).state is INITIAL
    assert after(SLOW, SLOW).state is UNHEALTHY


@pytest.mark.parametrize(
    ("result", "reason", "description"),
    [
        (WRONG, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [403]"),
        (SLOW, "Target.Timeout", "Request timed out"),
        (SILENT, "Target.FailedHealthChecks", "Health checks failed"),
    ],
)
def test_an_unhealthy_target_says_why(result: CheckResult, reason: str, description: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html"""
    health = after(PASSED, result, result)

    assert (health.reason, health.description) == (reason, description)


def test_a_recovering_target_keeps_its_reason() -> None:
    health = after(PASSED, WRONG, WRONG, PASSED)

    assert health.reason == "Target.ResponseCodeMismatch"


def test_a_new_target_is_being_checked() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html"""
    assert after(WRONG).reason == "Elb.InitialHealthChecking"


def test_targets_that_are_not_checked_say_so() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html"""
    assert (UNCHECKED_TARGET.state, UNCHECKED_TARGET.reason) == (
        TargetState.UNAVAILABLE,
        "Target.HealthCheckDisabled",
    )
    assert (UNUSED_TARGET.state, UNUSED_TARGET.reason) == (TargetState.UNUSED, "Target.NotInUse")


@pytest.mark.parametrize("health", [UNCHECKED_TARGET, UNUSED_TARGET])
def test_a_check_of_a_target_without_checks_is_an_error(health: TargetStatus) -> None:
    with pytest.raises(ValueError, match=health.state.value):
        apply_check(health, PASSED, CONFIG)


# -- for any run of checks

RESULTS = st.lists(st.sampled_from([PASSED, WRONG, SLOW, SILENT]), max_size=30)


@given(RESULTS)
def test_a_state_changes_exactly_when_its_threshold_is_reached(run: list[CheckResult]) -> None:
    health, streak, last = NEW_TARGET, 0, None
    for result in run:
        passed = result.outcome is CheckOutcome.PASSED
        streak = streak + 1 if passed is last else 1
        last = passed
        before = health
        health = apply_check(health, result, CONFIG)
        if health.state is before.state:
            continue
        if health.state is HEALTHY:
            assert passed
            assert streak >= 3 or before.state is INITIAL
        else:
            assert not passed
            assert streak >= 2


@given(RESULTS)
def test_three_successes_always_heal_and_two_failures_always_fail(run: list[CheckResult]) -> None:
    health = after(*run)

    assert after(PASSED, PASSED, PASSED, start=health).state is HEALTHY
    assert after(SILENT, SILENT, start=health).state is UNHEALTHY


def test_the_table_moves_between_checked_states_only() -> None:
    checked_states = {INITIAL, HEALTHY, UNHEALTHY}

    assert {state for state, _ in TRANSITIONS} | {
        state for state, _ in TRANSITIONS.values()
    } == checked_states


# -- matchers


@pytest.mark.parametrize(
    ("matcher", "status", "accepted"),
    [
        ("200", 200, True),
        ("200", 201, False),
        ("200,202", 202, True),
        ("200,202", 201, False),
        ("200-299", 299, True),
        ("200-299", 300, False),
        ("200, 404", 404, True),
        ("", 200, False),
        ("2xx", 200, False),
    ],
)
def test_a_matcher_names_codes_and_ranges(matcher: str, status: int, accepted: bool) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html"""
    assert matcher_accepts(matcher, status) is accepted


# -- load balancers


@pytest.mark.parametrize(
    ("groups", "state"),
    [
        ([[HEALTHY]], EndpointState.HEALTHY),
        ([[HEALTHY, UNHEALTHY], [HEALTHY]], EndpointState.HEALTHY),
        ([[HEALTHY], [UNHEALTHY]], EndpointState.UNHEALTHY),
        ([[INITIAL]], EndpointState.INITIAL),
        ([[HEALTHY], [INITIAL]], EndpointState.INITIAL),
        ([[INITIAL], [UNHEALTHY]], EndpointState.UNHEALTHY),
        ([[]], EndpointState.UNHEALTHY),
        ([[TargetState.UNAVAILABLE]], EndpointState.UNHEALTHY),
        ([], EndpointState.HEALTHY),
    ],
)
def test_every_target_group_needs_a_healthy_target(
    groups: list[list[TargetState]], state: EndpointState
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    assert endpoint_state(groups) is state


def test_target_groups_of_rules_count_too() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""

    def forward(*arns: str) -> ListenerAction:
        return ListenerAction(
            type="forward", target_groups=tuple(WeightedTargetGroup(arn=arn) for arn in arns)
        )

    rule = ListenerRule(arn="r", priority=1, conditions=(), action=forward("b", "c"))
    listener = LoadBalancerListener(
        arn="l", port=80, protocol="HTTP", default_action=forward("a"), rules=(rule,)
    )
    balancer = LoadBalancer(
        arn="lb", name="lb", address="127.0.0.1", scheme="internal", listeners=(listener,)
    )

    assert target_groups_of(balancer) == {"a", "b", "c"}

"""The verdict on a health check, by the rules of AWS's guide.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.cloudwatch.alarms import AlarmState
from twin.core.health_checks.verdicts import (
    HealthReports,
    is_endpoint_healthy,
    judge_health_checks,
    judge_metric,
)
from twin.topology.route53 import HealthCheck

ENDPOINT = HealthCheck(id="endpoint", version=1, type="HTTP")
CALCULATED = HealthCheck(
    id="calculated", version=1, type="CALCULATED", children=("a", "b", "c"), health_threshold=2
)


def is_healthy(check: HealthCheck, *reports: bool) -> bool:
    known = HealthReports(checkers={check.id: reports})
    return judge_health_checks([check], known)[check.id].healthy


def children(*, healthy: int, of: int = 3) -> list[HealthCheck]:
    """Disabled checks are healthy, and disabled and inverted ones unhealthy."""
    return [
        replace(ENDPOINT, id=id_, disabled=True, inverted=number >= healthy)
        for number, id_ in enumerate("abc"[:of])
    ]


def is_calculated_healthy(check: HealthCheck, healthy_children: int, of: int = 3) -> bool:
    checks = [check, *children(healthy=healthy_children, of=of)]
    return judge_health_checks(checks, HealthReports())[check.id].healthy


# Assertion 21
def test_three_of_sixteen_checkers_make_an_endpoint_healthy_and_two_do_not() -> None:
    assert is_healthy(ENDPOINT, *[True] * 3, *[False] * 13)
    assert not is_healthy(ENDPOINT, *[True] * 2, *[False] * 14)


def test_two_of_six_checkers_make_an_endpoint_healthy_and_one_does_not() -> None:
    assert is_healthy(ENDPOINT, *[True] * 2, *[False] * 4)
    assert not is_healthy(ENDPOINT, *[True] * 1, *[False] * 5)


@given(st.integers(1, 16), st.integers(0, 16))
def test_more_than_18_percent_of_any_number_of_checkers_decide(checkers: int, healthy: int) -> None:
    healthy = min(healthy, checkers)
    assert is_endpoint_healthy(healthy, checkers) == (healthy / checkers > 0.18)


def test_exactly_18_percent_are_too_few() -> None:
    assert not is_endpoint_healthy(9, 50)
    assert is_endpoint_healthy(10, 50)


# Assertion 23
def test_inverting_turns_the_verdict() -> None:
    inverted = replace(ENDPOINT, inverted=True)
    assert not is_healthy(inverted, *[True] * 16)
    assert is_healthy(inverted, *[False] * 16)


def test_a_disabled_check_is_healthy_whatever_its_checkers_reported() -> None:
    assert is_healthy(replace(ENDPOINT, disabled=True), *[False] * 16)


def test_a_disabled_and_inverted_check_is_unhealthy() -> None:
    assert not is_healthy(replace(ENDPOINT, disabled=True, inverted=True), *[True] * 16)
    assert not is_healthy(replace(ENDPOINT, disabled=True, inverted=True), *[False] * 16)


def test_a_new_check_is_healthy_and_a_new_inverted_one_unhealthy() -> None:
    assert is_healthy(ENDPOINT)
    assert not is_healthy(replace(ENDPOINT, inverted=True))


def test_a_calculated_check_needs_as_many_healthy_children_as_its_threshold() -> None:
    assert not is_calculated_healthy(CALCULATED, 1)
    assert is_calculated_healthy(CALCULATED, 2)
    assert is_calculated_healthy(CALCULATED, 3)


def test_a_calculated_check_with_threshold_0_is_always_healthy() -> None:
    assert is_calculated_healthy(replace(CALCULATED, health_threshold=0), 0)


def test_a_calculated_check_with_a_threshold_above_its_children_never_is_healthy() -> None:
    assert not is_calculated_healthy(replace(CALCULATED, health_threshold=4), 3)


def test_a_calculated_check_can_be_inverted_and_disabled() -> None:
    assert not is_calculated_healthy(replace(CALCULATED, inverted=True), 3)
    assert is_calculated_healthy(replace(CALCULATED, disabled=True), 0)


def test_a_child_that_is_gone_is_not_counted() -> None:
    assert is_calculated_healthy(CALCULATED, 2, of=2)
    assert not is_calculated_healthy(CALCULATED, 1, of=1)


def test_the_verdict_counts_the_children() -> None:
    verdict = judge_health_checks([CALCULATED, *children(healthy=2)], HealthReports())["calculated"]
    assert (verdict.healthy_reports, verdict.reports) == (2, 3)


def test_the_percentage_is_that_of_the_checkers_before_inverting() -> None:
    check = replace(ENDPOINT, inverted=True)
    reports = HealthReports(checkers={check.id: [True, True, True, False]})
    assert judge_health_checks([check], reports)[check.id].healthy_percent == 75
    assert judge_health_checks([check], HealthReports())[check.id].healthy_percent == 100


def test_a_metric_check_follows_what_its_metric_says() -> None:
    check = HealthCheck(id="metric", version=1, type="CLOUDWATCH_METRIC")
    for healthy in (True, False):
        reports = HealthReports(metrics={check.id: healthy})
        assert judge_health_checks([check], reports)[check.id].healthy is healthy
    assert judge_health_checks([check], HealthReports())[check.id].healthy


@pytest.mark.parametrize("setting", ["Healthy", "Unhealthy", "LastKnownStatus"])
@pytest.mark.parametrize("last_known", [True, False])
def test_a_metric_with_data_decides_whatever_is_set_for_missing_data(
    setting: str, *, last_known: bool
) -> None:
    assert judge_metric(AlarmState.OK, setting, last_known=last_known)
    assert not judge_metric(AlarmState.ALARM, setting, last_known=last_known)


@pytest.mark.parametrize(
    ("setting", "last_known", "healthy"),
    [
        ("Healthy", False, True),
        ("Unhealthy", True, False),
        ("LastKnownStatus", True, True),
        ("LastKnownStatus", False, False),
    ],
)
def test_missing_data_count_as_the_check_says(
    setting: str, *, last_known: bool, healthy: bool
) -> None:
    state = AlarmState.INSUFFICIENT_DATA
    assert judge_metric(state, setting, last_known=last_known) is healthy

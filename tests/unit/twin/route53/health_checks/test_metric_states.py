"""Verdicts of CLOUDWATCH_METRIC checks, and how long they outlive CloudWatch's silence.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
"""

from dataclasses import replace

import pytest

from tests.clocks import ManualClock
from twin.route53.health_checks.metric_states import MetricVerdicts
from twin.topology.route53 import HealthCheck

CHECK = HealthCheck(
    id="check", version=1, type="CLOUDWATCH_METRIC", insufficient_data_status="LastKnownStatus"
)
HELD_S = 60.0
NO_DATA = {"check": "INSUFFICIENT_DATA"}


def judge(
    verdicts: MetricVerdicts, states: dict[str, str] | None, check: HealthCheck = CHECK
) -> bool:
    return verdicts.judge([check], states)["check"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def verdicts(clock: ManualClock) -> MetricVerdicts:
    return MetricVerdicts(clock, HELD_S)


def test_the_last_known_verdict_holds_while_data_are_missing(verdicts: MetricVerdicts) -> None:
    assert judge(verdicts, NO_DATA)
    assert not judge(verdicts, {"check": "ALARM"})
    assert not judge(verdicts, NO_DATA)
    assert judge(verdicts, {"check": "OK"})
    assert judge(verdicts, NO_DATA)


def test_a_verdict_without_data_is_not_the_last_known_one(verdicts: MetricVerdicts) -> None:
    assert judge(verdicts, {"check": "OK"})
    assert not judge(verdicts, NO_DATA, replace(CHECK, insufficient_data_status="Unhealthy"))
    assert judge(verdicts, NO_DATA)


def test_silence_is_missing_data_after_a_minute(
    verdicts: MetricVerdicts, clock: ManualClock
) -> None:
    unhealthy = replace(CHECK, insufficient_data_status="Unhealthy")
    assert judge(verdicts, {"check": "OK"}, unhealthy)
    clock.seconds += HELD_S
    assert judge(verdicts, None, unhealthy)
    clock.seconds += 1
    assert not judge(verdicts, None, unhealthy)
    assert judge(verdicts, {"check": "OK"}, unhealthy)


def test_a_check_that_cloudwatch_does_not_know_yet_has_no_data(verdicts: MetricVerdicts) -> None:
    assert not judge(verdicts, {}, replace(CHECK, insufficient_data_status="Unhealthy"))
    assert judge(verdicts, {}, replace(CHECK, insufficient_data_status="Healthy"))

"""Alarms that health checks follow."""

from dataclasses import replace

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53
from twin.core.cloudwatch.alarms import Alarm, ComparisonOperator
from twin.core.cloudwatch.metrics import Metric
from twin.topology.route53 import AlarmIdentifier

NAMED = AlarmIdentifier(region="us-west-2", name="standby")
CONFIG = {
    "Type": "CLOUDWATCH_METRIC",
    "AlarmIdentifier": {"Region": "us-west-2", "Name": "standby"},
    "InsufficientDataHealthStatus": "LastKnownStatus",
}
ALARM = Alarm(
    name="standby",
    metric=Metric("Shop", "Orders", (("Region", "us-west-2"),)),
    statistic="Sum",
    period_s=60.0,
    comparison=ComparisonOperator.BELOW,
    threshold=1.0,
    evaluation_periods=2,
    datapoints_to_alarm=2,
)


@pytest.fixture
def service() -> FakeRoute53:
    made = FakeRoute53()
    made.alarms[NAMED] = ALARM
    return made


def test_a_check_has_the_settings_of_its_alarm(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CloudWatchAlarmConfiguration.html"""
    check = service.create_check(**CONFIG)

    shown = service.call("GetHealthCheck", HealthCheckId=check)["HealthCheck"]

    assert shown["HealthCheckConfig"] == {**CONFIG, "Inverted": False, "Disabled": False}
    assert shown["CloudWatchAlarmConfiguration"] == {
        "EvaluationPeriods": 2,
        "Threshold": 1.0,
        "ComparisonOperator": "LessThanThreshold",
        "Period": 60,
        "MetricName": "Orders",
        "Namespace": "Shop",
        "Statistic": "Sum",
        "Dimensions": [{"Name": "Region", "Value": "us-west-2"}],
    }


def test_a_changed_alarm_counts_after_an_update(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html"""
    check = service.create_check(**CONFIG)
    service.alarms[NAMED] = replace(ALARM, threshold=5.0)

    def threshold() -> float:
        shown = service.call("GetHealthCheck", HealthCheckId=check)["HealthCheck"]
        return float(shown["CloudWatchAlarmConfiguration"]["Threshold"])

    before = threshold()
    service.call("UpdateHealthCheck", HealthCheckId=check)

    assert (before, threshold()) == (1.0, 5.0)


@pytest.mark.parametrize(
    ("alarm", "problem"),
    [
        (None, "does not exist, or is not on a single metric"),
        (replace(ALARM, period_s=10.0), "has a period below 60 seconds"),
        (replace(ALARM, datapoints_to_alarm=1), "is on M of N datapoints"),
        (replace(ALARM, statistic="p99"), "is on the statistic p99"),
    ],
)
def test_some_alarms_can_t_be_followed(
    service: FakeRoute53, alarm: Alarm | None, problem: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html"""
    if alarm is None:
        service.alarms.clear()
    else:
        service.alarms[NAMED] = alarm

    told = service.refuse(
        "InvalidInput", "CreateHealthCheck", CallerReference="r", HealthCheckConfig=CONFIG
    )

    assert told == f"Invalid parameter : The alarm standby in us-west-2 {problem}."

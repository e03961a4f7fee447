"""What CLOUDWATCH_METRIC health checks follow of an alarm.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

from collections.abc import Iterator
from dataclasses import replace

from tests.clocks import ManualClock
from twin.control.metrics.alarm_evaluator import AlarmEvaluator
from twin.control.metrics.metric_checks import MetricChecks
from twin.core.cloudwatch.alarms import Alarm, AlarmEvaluation, ComparisonOperator, MissingData
from twin.core.cloudwatch.metrics import Metric, MetricStore, statistics_of_value
from twin.topology.route53 import AlarmIdentifier, HealthCheck

REGION = "eu-central-1"
METRIC = Metric("App", "Ready", ())
ALARM = Alarm(
    name="ready",
    metric=METRIC,
    statistic="Minimum",
    period_s=60,
    comparison=ComparisonOperator.BELOW,
    threshold=1,
    evaluation_periods=2,
    datapoints_to_alarm=1,
    missing=MissingData.BREACHING,
)
CHECK = HealthCheck(
    id="check",
    version=1,
    type="CLOUDWATCH_METRIC",
    alarm=AlarmIdentifier(region=REGION, name="ready"),
)


class World:
    """CloudWatch with one alarm, a health check on it, and a clock."""

    def __init__(self) -> None:
        self.clock = ManualClock(6000.0)
        self.store = MetricStore()
        self.alarms = [ALARM]
        self.checks = [CHECK]
        self.metric_checks = MetricChecks(self, lambda: self.checks)
        self.evaluator = AlarmEvaluator(
            self.metric_checks, lambda _: self.store, self.clock, speed=1.0
        )

    def evaluable_alarms(self) -> Iterator[tuple[str, Alarm]]:
        return ((REGION, alarm) for alarm in self.alarms)

    def record_evaluation(self, *_: str | AlarmEvaluation) -> None:
        raise AssertionError("the state of the alarm itself is none of the health check's business")

    def pass_minutes(self, *values: float | None) -> str:
        """Publish one value a minute; the state of the check's metric after that."""
        for value in values:
            if value is not None:
                self.store.add(METRIC, statistics_of_value(value), self.clock.now() + 5)
            self.clock.seconds += 60
        self.clock.seconds += 2
        self.evaluator.evaluate_due_alarms()
        self.clock.seconds -= 2
        return self.metric_checks.states()["check"]


def test_the_metric_decides_once_all_periods_are_breaching() -> None:
    world = World()
    assert world.pass_minutes(1, 1, 1, 1) == "OK"
    assert world.pass_minutes(0) == "OK"
    assert world.pass_minutes(0) == "ALARM"
    assert world.pass_minutes(1) == "OK"


def test_missing_data_are_insufficient_whatever_the_alarm_makes_of_them() -> None:
    world = World()
    assert world.metric_checks.states() == {"check": "INSUFFICIENT_DATA"}
    assert world.pass_minutes(1, 1) == "OK"
    assert world.pass_minutes(None, None, None, None) == "INSUFFICIENT_DATA"


def test_a_changed_alarm_counts_after_an_update_of_the_check() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-updating-cloudwatch-alarm-settings.html"""
    world = World()
    assert world.pass_minutes(5, 5, 5, 5) == "OK"
    world.alarms = [replace(ALARM, threshold=10)]
    assert world.pass_minutes(5, 5, 5, 5) == "OK"
    world.checks = [replace(CHECK, version=2)]
    assert world.pass_minutes(5, 5, 5, 5) == "ALARM"


def test_a_deleted_alarm_is_followed_further_and_a_missing_one_has_no_data() -> None:
    world = World()
    world.pass_minutes(1, 1)
    world.alarms = []
    assert world.pass_minutes(0, 0) == "ALARM"
    world.checks = [replace(CHECK, version=2)]
    world.metric_checks = MetricChecks(world, lambda: world.checks)
    world.evaluator = AlarmEvaluator(world.metric_checks, lambda _: world.store, world.clock, 1.0)
    assert world.pass_minutes(0, 0) == "INSUFFICIENT_DATA"


def test_a_disabled_check_is_not_evaluated() -> None:
    world = World()
    world.checks = [replace(CHECK, disabled=True)]
    assert world.pass_minutes(1, 1) == "INSUFFICIENT_DATA"

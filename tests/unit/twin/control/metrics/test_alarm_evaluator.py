"""When an alarm is evaluated, and on which datapoints."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.clocks import ManualClock
from twin.control.metrics.alarm_evaluator import AlarmEvaluator
from twin.core.cloudwatch.alarms import Alarm, AlarmEvaluation, AlarmState, ComparisonOperator
from twin.core.cloudwatch.metrics import Metric, MetricStore, statistics_of_value

REGION = "eu-central-1"
ERRORS = Metric("AWS/Lambda", "Errors", (("FunctionName", "app"),))
ALARM = Alarm(
    name="errors",
    metric=ERRORS,
    statistic="Sum",
    period_s=60,
    comparison=ComparisonOperator.ABOVE,
    threshold=5,
    evaluation_periods=2,
    datapoints_to_alarm=2,
)


class FakeCloudWatch:
    """Alarms and metrics of one Region."""

    def __init__(self, speed: float) -> None:
        self.store = MetricStore(speed)
        self.declared = [ALARM]
        self.evaluations: list[AlarmEvaluation] = []
        self.reason_data: list[str] = []

    def evaluable_alarms(self) -> Iterator[tuple[str, Alarm]]:
        return ((REGION, alarm) for alarm in self.declared)

    def metrics(self, region: str) -> MetricStore:
        assert region == REGION
        return self.store

    def record_evaluation(
        self, region: str, name: str, evaluation: AlarmEvaluation, reason_data: str
    ) -> None:
        assert (region, name) == (REGION, ALARM.name)
        self.evaluations.append(evaluation)
        self.reason_data.append(reason_data)


class World:
    """An evaluator with a fake CloudWatch and a manual clock."""

    def __init__(self, speed: float = 1.0) -> None:
        self.clock = ManualClock(6000.0)
        self.cloudwatch = FakeCloudWatch(speed)
        self.evaluator = AlarmEvaluator(self.cloudwatch, self.cloudwatch.metrics, self.clock, speed)

    def errors(self, at_s: float, value: float) -> None:
        self.cloudwatch.store.add(ERRORS, statistics_of_value(value), at_s)

    def evaluate(self, at_s: float) -> AlarmState | None:
        """Run the evaluator at this time; the last evaluation's state."""
        self.clock.seconds = at_s
        self.evaluator.evaluate_due_alarms()
        return self.cloudwatch.evaluations[-1].state if self.cloudwatch.evaluations else None


@pytest.fixture
def world() -> World:
    return World()


def test_an_alarm_without_data_has_too_little(world: World) -> None:
    assert world.evaluate(6000.0) is AlarmState.INSUFFICIENT_DATA


def test_an_alarm_of_a_minute_is_evaluated_once_a_minute(world: World) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""
    for at_s in (6002.0, 6003.0, 6030.0, 6059.0):
        world.evaluate(at_s)
    assert len(world.cloudwatch.evaluations) == 1

    world.evaluate(6061.6)

    assert len(world.cloudwatch.evaluations) == 2


def test_a_period_that_is_not_over_does_not_count(world: World) -> None:
    world.errors(6000.0, 9)
    world.errors(6060.0, 9)

    assert world.evaluate(6110.0) is AlarmState.INSUFFICIENT_DATA
    assert world.evaluate(6122.0) is AlarmState.ALARM


def test_the_last_values_of_a_period_have_a_moment_to_come_in(world: World) -> None:
    world.evaluate(6059.0)
    world.evaluate(6060.5)
    assert len(world.cloudwatch.evaluations) == 1

    world.evaluate(6061.5)

    assert len(world.cloudwatch.evaluations) == 2


def test_the_newest_periods_decide(world: World) -> None:
    for minute, errors in enumerate((9, 9, 1, 9, 9)):
        world.errors(6000.0 + 60 * minute, errors)

    states = [world.evaluate(6000.0 + 60 * minute + 2) for minute in range(2, 6)]

    assert states == [AlarmState.ALARM, AlarmState.OK, AlarmState.OK, AlarmState.ALARM]


def test_speed_divides_the_period() -> None:
    fast = World(speed=20)
    fast.errors(6000.5, 9)
    fast.errors(6003.5, 9)

    assert fast.evaluate(6005.0) is AlarmState.INSUFFICIENT_DATA
    assert fast.evaluate(6007.6) is AlarmState.ALARM
    assert fast.evaluate(6019.6) is AlarmState.INSUFFICIENT_DATA


def test_an_alarm_of_five_minutes_slides_by_the_minute(world: World) -> None:
    """ "at the end of minute 6, the alarm is evaluated based on the data from minutes 2 to 6".

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """
    slow = replace(ALARM, period_s=300, evaluation_periods=1, datapoints_to_alarm=1)
    world.cloudwatch.declared = [slow]
    for minute, errors in enumerate((0, 3, 0, 0, 0, 3, 0, 0)):
        world.errors(6000.0 + 60 * minute, errors)

    states = [world.evaluate(6000.0 + 60 * minute + 2) for minute in (5, 6, 7, 8)]

    assert states == [AlarmState.OK, AlarmState.ALARM, AlarmState.OK, AlarmState.OK]
    assert [evaluation.datapoints for evaluation in world.cloudwatch.evaluations] == [
        (3,),
        (6,),
        (3,),
        (3,),
    ]


def test_an_alarm_of_seconds_is_evaluated_each_ten(world: World) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""
    world.cloudwatch.declared = [replace(ALARM, period_s=30)]
    for at_s in (6002.0, 6005.0, 6012.0, 6022.0):
        world.evaluate(at_s)

    assert len(world.cloudwatch.evaluations) == 3


def test_a_changed_alarm_is_evaluated_at_once(world: World) -> None:
    world.evaluate(6002.0)
    world.cloudwatch.declared = [replace(ALARM, threshold=1)]

    world.evaluate(6003.0)

    assert len(world.cloudwatch.evaluations) == 2


def test_the_reason_is_told_for_programs_too(world: World) -> None:
    world.errors(6000.0, 9)
    world.errors(6060.0, 7)
    world.evaluate(6122.0)

    data = json.loads(world.cloudwatch.reason_data[-1])

    assert data["recentDatapoints"] == [9, 7]
    assert (data["threshold"], data["statistic"], data["period"]) == (5, "Sum", 60)

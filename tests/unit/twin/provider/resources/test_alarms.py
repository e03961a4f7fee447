"""Alarms: what is sent without a threshold, and what is refused before AWS is asked.

https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/cloudwatch/metric_alarm.go
"""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, Program
from twin.provider.operations.check import NamingRequest, check_arguments
from twin.provider.resources.registry import find_resource_type
from twin.provider.values import Properties

TOKEN = "aws:cloudwatch/metricAlarm:MetricAlarm"


class FakeAlarms(FakeAws):
    """One alarm, as CloudWatch keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.alarm: Properties = {}
        self.handlers = {
            "PutMetricAlarm": self._put,
            "DescribeAlarms": lambda *_: {"MetricAlarms": [{**self.alarm, "AlarmArn": "arn"}]},
            "ListTagsForResource": lambda *_: {"Tags": []},
        }

    def _put(self, _: str, params: Properties) -> Properties:
        self.alarm = dict(params)
        return {}


def alarm(**args: object) -> Properties:
    return {
        "name": "errors",
        "namespace": "AWS/Lambda",
        "metricName": "Errors",
        "statistic": "Sum",
        "period": 60,
        "evaluationPeriods": 1,
        "comparisonOperator": "GreaterThanThreshold",
        **args,
    }


def test_a_threshold_that_is_not_given_is_sent_as_0_and_is_no_difference() -> None:
    aws = FakeAlarms()
    program = Program(aws, TOKEN)

    program.up(alarm())

    assert aws.alarm["Threshold"] == 0
    assert program.refresh()
    assert program.up(alarm()) == []


def test_a_threshold_that_is_removed_becomes_0() -> None:
    aws = FakeAlarms()
    program = Program(aws, TOKEN)
    program.up(alarm(threshold=5))

    assert program.up(alarm()) == ["threshold"]

    assert aws.alarm["Threshold"] == 0


@pytest.mark.parametrize("threshold", [0, 2.5])
def test_a_given_threshold_is_read_back(threshold: float) -> None:
    aws = FakeAlarms()
    program = Program(aws, TOKEN)
    program.up(alarm(threshold=threshold))

    assert program.refresh()

    assert program.state["threshold"] == threshold
    assert program.up(alarm(threshold=threshold)) == []


def test_a_threshold_set_by_hand_is_put_back_after_a_refresh() -> None:
    aws = FakeAlarms()
    program = Program(aws, TOKEN)
    program.up(alarm())
    aws.alarm["Threshold"] = 9.0

    assert program.refresh()

    assert program.up(alarm()) == ["threshold"]
    assert aws.alarm["Threshold"] == 0


def test_a_band_has_no_threshold() -> None:
    aws = FakeAlarms()
    band = {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m)", "returnData": True}

    Program(aws, TOKEN).up(
        {
            "name": "band",
            "metricQueries": [band],
            "thresholdMetricId": "band",
            "evaluationPeriods": 1,
            "comparisonOperator": "GreaterThanUpperThreshold",
        }
    )

    assert "Threshold" not in aws.alarm


def failures(args: Properties) -> list[str]:
    names = NamingRequest(logical_name="x", seed=b"seed")
    checked = check_arguments(find_resource_type(TOKEN), olds={}, news=args, names=names)
    return [name for name, _ in checked.failures]


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        ({}, []),
        ({"statistic": None}, ["statistic"]),
        ({"extendedStatistic": "p99"}, ["statistic"]),
        ({"statistic": None, "extendedStatistic": "p99"}, []),
        ({"metricName": None}, ["metricName"]),
    ],
)
def test_an_alarm_on_a_metric_has_one_statistic(change: Properties, failing: list[str]) -> None:
    given = {name: value for name, value in alarm(**change).items() if value is not None}

    assert failures(given) == failing


def test_a_query_is_an_expression_or_a_metric() -> None:
    metric = {"metricName": "Errors", "period": 60, "stat": "Sum"}
    queries = [{"id": "a", "metric": metric}, {"id": "b", "expression": "a", "metric": metric}]
    compared = {"evaluationPeriods": 1, "comparisonOperator": "GreaterThanThreshold"}

    assert failures({"name": "a", "metricQueries": queries, **compared}) == ["metricQueries[1]"]

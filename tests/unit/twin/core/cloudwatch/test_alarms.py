"""Alarms: AWS's own tables of examples, row by row, and what surrounds them."""

import operator
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.cloudwatch.alarms import (
    Alarm,
    AlarmState,
    ComparisonOperator,
    MissingData,
    evaluate_alarm,
    missing_data_treatment,
)
from twin.core.cloudwatch.metrics import Metric

OK, ALARM, UNKNOWN = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
KEPT = None
POINTS = {"0": 0.0, "X": 9.0, "-": None}
ORDER = (MissingData.MISSING, MissingData.IGNORE, MissingData.BREACHING, MissingData.NOT_BREACHING)


def alarm(m: int = 3, n: int = 3, missing: MissingData = MissingData.MISSING) -> Alarm:
    return Alarm(
        name="errors",
        metric=Metric("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"),
        statistic="Sum",
        period_s=60,
        comparison=ComparisonOperator.ABOVE,
        threshold=5,
        evaluation_periods=n,
        datapoints_to_alarm=m,
        missing=missing,
    )


def state(row: str, m: int, missing: MissingData) -> AlarmState | None:
    evaluation = evaluate_alarm(alarm(m, 3, missing), [POINTS[sign] for sign in row.split()])
    return None if evaluation is None else evaluation.state


@pytest.mark.parametrize(
    ("row", "states"),
    [
        ("0 - X - X", (OK, OK, OK, OK)),
        ("0 - - - -", (OK, OK, OK, OK)),
        ("- - - - -", (UNKNOWN, KEPT, ALARM, OK)),
        ("0 X X - X", (ALARM, ALARM, ALARM, ALARM)),
        ("- - X - -", (ALARM, KEPT, ALARM, OK)),
    ],
)
def test_three_of_three_decides_as_in_awss_table(
    row: str, states: tuple[AlarmState | None, ...]
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    assert tuple(state(row, 3, missing) for missing in ORDER) == states


@pytest.mark.parametrize(
    ("row", "states"),
    [
        ("0 - X - X", (ALARM, ALARM, ALARM, ALARM)),
        ("0 0 X 0 X", (ALARM, ALARM, ALARM, ALARM)),
        ("0 - X - -", (OK, OK, ALARM, OK)),
        ("- - - - 0", (OK, OK, ALARM, OK)),
        ("- - - X -", (ALARM, KEPT, ALARM, OK)),
    ],
)
def test_two_of_three_decides_as_in_awss_table(
    row: str, states: tuple[AlarmState | None, ...]
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    assert tuple(state(row, 2, missing) for missing in ORDER) == states


@pytest.mark.parametrize("row", ["- - - - X", "- - - X -"])
def test_a_breach_that_is_too_young_does_not_alarm_before_its_time(row: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html#CloudWatch-alarms-avoiding-premature-transition"""
    assert state(row, 3, MissingData.MISSING) is UNKNOWN
    assert state(row, 3, MissingData.IGNORE) is KEPT


@pytest.mark.parametrize(
    ("comparison", "breaches"),
    [
        (ComparisonOperator.ABOVE_OR_EQUAL, operator.ge),
        (ComparisonOperator.ABOVE, operator.gt),
        (ComparisonOperator.BELOW, operator.lt),
        (ComparisonOperator.BELOW_OR_EQUAL, operator.le),
    ],
)
@pytest.mark.parametrize("value", [4.0, 5.0, 6.0])
def test_the_comparison_operator_says_what_breaches(
    comparison: ComparisonOperator, breaches: Callable[[float, float], bool], value: float
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    one = Alarm(
        name="a",
        metric=Metric("N", "m"),
        statistic="Sum",
        period_s=60,
        comparison=comparison,
        threshold=5.0,
        evaluation_periods=1,
        datapoints_to_alarm=1,
    )

    evaluation = evaluate_alarm(one, [None, None, value])

    assert evaluation is not None
    assert (evaluation.state is ALARM) == breaches(value, 5.0)


@pytest.mark.parametrize(
    ("period_s", "periods", "interval_s"),
    [(10, 6, 10), (30, 2, 10), (60, 5, 60), (300, 1, 60), (3600, 24, 60), (7200, 13, 3600)],
)
def test_how_often_an_alarm_is_evaluated(period_s: float, periods: int, interval_s: float) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""
    changed = replace(alarm(), period_s=period_s, evaluation_periods=periods)

    assert changed.evaluation_interval_s == interval_s


def test_only_the_newest_n_datapoints_count_when_there_are_enough() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarm-evaluation"""
    assert state("X X 0 0 0", 1, MissingData.MISSING) is OK
    assert state("0 0 X X X", 3, MissingData.MISSING) is ALARM
    assert state("X X X X 0", 3, MissingData.MISSING) is OK


def test_alarms_on_dynamodb_ignore_missing_data_by_default() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    assert missing_data_treatment(None, "AWS/DynamoDB") is MissingData.IGNORE
    assert missing_data_treatment("breaching", "AWS/DynamoDB") is MissingData.BREACHING
    assert missing_data_treatment(None, "AWS/Lambda") is MissingData.MISSING


def test_the_reason_names_datapoints_and_threshold() -> None:
    high = evaluate_alarm(alarm(2), [None, None, 7.0, 1.0, 8.0])
    calm = evaluate_alarm(alarm(3), [None, None, 7.0, 1.0, 8.0])
    silent = evaluate_alarm(alarm(), [None] * 5)
    taken_as_bad = evaluate_alarm(alarm(missing=MissingData.BREACHING), [None] * 5)

    assert high is not None
    assert calm is not None
    assert silent is not None
    assert taken_as_bad is not None
    assert high.reason == (
        "Threshold Crossed: 2 out of the last 3 datapoints [8, 1, 7] were greater than the "
        "threshold (5) (minimum 2 datapoints for OK -> ALARM transition)."
    )
    assert calm.reason == (
        "Threshold Crossed: 1 out of the last 3 datapoints [8, 1, 7] was not greater than the "
        "threshold (5)."
    )
    assert silent.reason == "Insufficient Data: 3 datapoints were unknown."
    assert taken_as_bad.reason == (
        "Threshold Crossed: 3 datapoints were unknown and were treated as [Breaching]."
    )


signs = st.lists(st.sampled_from([0.0, 9.0, None]), min_size=5, max_size=5)


@given(recent=signs, m=st.integers(1, 3), missing=st.sampled_from(MissingData))
def test_an_alarm_needs_a_breach_or_data_that_is_missing(
    recent: list[float | None], m: int, missing: MissingData
) -> None:
    evaluation = evaluate_alarm(alarm(m, 3, missing), recent)

    if evaluation and evaluation.state is ALARM:
        assert 9.0 in recent or missing is MissingData.BREACHING
    if evaluation and evaluation.state is UNKNOWN:
        assert missing is MissingData.MISSING
        assert 0.0 not in recent


@given(recent=signs, m=st.integers(1, 3))
def test_how_missing_data_is_treated_does_not_matter_when_enough_is_there(
    recent: list[float | None], m: int
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    if sum(value is not None for value in recent) >= 3:
        assert len({evaluate_alarm(alarm(m, 3, missing), recent) for missing in MissingData}) == 1

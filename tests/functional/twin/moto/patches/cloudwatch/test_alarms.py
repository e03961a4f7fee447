"""CloudWatch's alarms over boto3, evaluated by control."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.waiting import eventually

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef
from tests.functional.twin.moto.patches.cloudwatch_calls import metric_query


def put_alarm(client: "CloudWatchClient", name: str, **fields: Any) -> None:  # noqa: ANN401
    client.put_metric_alarm(
        **{
            "AlarmName": name,
            "Namespace": "Own",
            "MetricName": name,
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 5.0,
            "ComparisonOperator": "GreaterThanThreshold",
            **fields,
        }
    )


def describe_alarm(client: "CloudWatchClient", name: str) -> "MetricAlarmTypeDef":
    (alarm,) = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarm


@pytest.mark.parametrize("member", ["AlarmActions", "OKActions", "InsufficientDataActions"])
def test_an_alarm_notifies_topics_of_its_own_region_only(
    cloudwatch: "CloudWatchClient", member: str
) -> None:
    """https://github.com/cds-snc/notification-terraform/pull/128"""
    own = cloudwatch.meta.region_name
    put_alarm(cloudwatch, "near", **{member: [f"arn:aws:sns:{own}:123456789012:pager"]})

    with pytest.raises(ClientError, match=f"Invalid region ca-west-1 specified. Only {own} is"):
        put_alarm(cloudwatch, "far", **{member: ["arn:aws:sns:ca-west-1:123456789012:pager"]})


def report_value(client: "CloudWatchClient", name: str, value: float) -> None:
    client.put_metric_data(Namespace="Own", MetricData=[{"MetricName": name, "Value": value}])


def test_an_alarm_without_data_says_so(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    put_alarm(cloudwatch, "silent")

    alarm = describe_alarm(cloudwatch, "silent")
    reason = eventually(lambda: reason_that_starts_with(cloudwatch, "silent", "Insufficient Data"))

    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert reason == "Insufficient Data: 1 datapoint was unknown."


def reason_that_starts_with(client: "CloudWatchClient", name: str, beginning: str) -> str:
    reason = describe_alarm(client, name)["StateReason"]
    return reason if reason.startswith(beginning) else ""


def report_and_check(client: "CloudWatchClient", name: str, state: str, value: float) -> bool:
    """Go on reporting a value until the alarm is in the state."""
    report_value(client, name, value)
    return describe_alarm(client, name)["StateValue"] == state


def test_an_alarm_follows_its_metric(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""
    put_alarm(cloudwatch, "errors", DatapointsToAlarm=2, EvaluationPeriods=3)

    eventually(lambda: report_and_check(cloudwatch, "errors", "ALARM", 100.0), within_s=15)
    high = describe_alarm(cloudwatch, "errors")
    eventually(lambda: report_and_check(cloudwatch, "errors", "OK", 0.0), within_s=15)
    calm = describe_alarm(cloudwatch, "errors")
    eventually(
        lambda: describe_alarm(cloudwatch, "errors")["StateValue"] == "INSUFFICIENT_DATA", 15
    )

    assert "greater than the threshold (5)" in high["StateReason"]
    assert "was not greater" in calm["StateReason"] or "were not greater" in calm["StateReason"]
    assert high["StateUpdatedTimestamp"] < calm["StateUpdatedTimestamp"]
    names = [a["AlarmName"] for a in cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]]
    assert "errors" not in names


@pytest.mark.parametrize(("treated", "state"), [("breaching", "ALARM"), ("notBreaching", "OK")])
def test_missing_data_is_treated_as_the_alarm_says(
    cloudwatch: "CloudWatchClient", treated: str, state: str
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    put_alarm(cloudwatch, f"missing-{treated}", TreatMissingData=treated)

    eventually(lambda: describe_alarm(cloudwatch, f"missing-{treated}")["StateValue"] == state)


def test_a_state_that_is_set_by_hand_holds_until_the_next_evaluation(
    cloudwatch: "CloudWatchClient",
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html"""
    # Alarms that look at more than a day are evaluated each hour, the others each minute.
    put_alarm(
        cloudwatch, "by-hand", Period=86400, EvaluationPeriods=2, TreatMissingData="notBreaching"
    )
    put_alarm(cloudwatch, "soon", TreatMissingData="notBreaching")

    def outlasts_the_evaluation_of_another() -> bool:
        for name in ("by-hand", "soon"):
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
        eventually(lambda: describe_alarm(cloudwatch, "soon")["StateValue"] == "OK")
        held = describe_alarm(cloudwatch, "by-hand")
        return (held["StateValue"], held["StateReason"]) == ("ALARM", "a test")

    # The hour may end in one attempt (36 s here), not in each.
    eventually(outlasts_the_evaluation_of_another, within_s=15)


def test_an_update_leaves_the_state(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    put_alarm(cloudwatch, "updated", Period=86400, TreatMissingData="ignore")
    cloudwatch.set_alarm_state(AlarmName="updated", StateValue="ALARM", StateReason="a test")

    put_alarm(cloudwatch, "updated", Period=86400, TreatMissingData="ignore", Threshold=50.0)

    alarm = describe_alarm(cloudwatch, "updated")
    assert (alarm["StateValue"], alarm["Threshold"]) == ("ALARM", 50.0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm"),
        ({"TreatMissingData": "maybe"}, "TreatMissingData"),
        ({"Period": 7}, "Period"),
        ({"Period": 5}, "Period"),
        ({"Period": 1800, "EvaluationPeriods": 49}, "less than an hour"),
        ({"Period": 86400, "EvaluationPeriods": 8}, "7 days"),
    ],
)
def test_an_alarm_that_can_t_be_is_refused(
    cloudwatch: "CloudWatchClient", fields: dict[str, Any], message: str
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    with pytest.raises(ClientError, match=message):
        put_alarm(cloudwatch, "wrong", **fields)


@pytest.mark.parametrize(
    ("period_s", "periods", "message"),
    [
        (1, 1, "Period"),
        (5, 1, "Period"),
        (60, 2**31 - 1, "less than an hour|7 days"),
        (2**31 - 8, 1, "7 days|Period"),
    ],
)
def test_an_alarm_on_one_queried_metric_has_the_same_limits(
    cloudwatch: "CloudWatchClient", period_s: int, periods: int, message: str
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    query = metric_query("q", "Sum", period_s)

    with pytest.raises(ClientError, match=message):
        cloudwatch.put_metric_alarm(
            AlarmName="queried",
            EvaluationPeriods=periods,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
            Metrics=[query],
        )

    assert not cloudwatch.describe_alarms(AlarmNames=["queried"])["MetricAlarms"]


def test_an_alarm_on_metric_math_says_that_nobody_evaluates_it(
    cloudwatch: "CloudWatchClient",
) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName="math",
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            metric_query("a", "Sum", id_="a") | {"ReturnData": False},
            {"Id": "e", "Expression": "a * 2", "ReturnData": True},
        ],
    )

    alarm = describe_alarm(cloudwatch, "math")

    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert "single metric only" in alarm["StateReason"]


def test_a_composite_alarm_is_stored(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"""
    put_alarm(cloudwatch, "part")

    cloudwatch.put_composite_alarm(AlarmName="whole", AlarmRule="ALARM(part)")

    described = cloudwatch.describe_alarms(
        AlarmNames=["part", "whole"], AlarmTypes=["CompositeAlarm", "MetricAlarm"]
    )
    (whole,) = described["CompositeAlarms"]
    assert whole["AlarmRule"] == "ALARM(part)"
    assert whole["StateValue"] == "INSUFFICIENT_DATA"
    assert [alarm["AlarmName"] for alarm in described["MetricAlarms"]] == ["part"]


@pytest.mark.parametrize("lacking", ["Threshold", "Period", "Statistic", "EvaluationPeriods"])
def test_an_alarm_on_a_metric_needs_all_of_its_rule(
    cloudwatch: "CloudWatchClient", lacking: str
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html."""
    alarm: dict[str, Any] = {
        "MetricName": "m",
        "Namespace": "n",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    del alarm[lacking]

    error = expect_aws_error(
        "ValidationError", cloudwatch.put_metric_alarm, AlarmName="lacking", **alarm
    )

    assert lacking in error_message(error)
    assert not cloudwatch.describe_alarms(AlarmNames=["lacking"])["MetricAlarms"]


@pytest.mark.parametrize(
    "fields",
    [{"ExtendedStatistic": "p99"}, {"Metrics": [metric_query("twice", "Sum")]}],
)
def test_an_alarm_has_one_statistic_and_one_kind_of_metric(
    cloudwatch: "CloudWatchClient", fields: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    expect_aws_error("ValidationError", lambda: put_alarm(cloudwatch, "twice", **fields))


@pytest.mark.parametrize("data", ["{", "[" * 4000])
def test_a_state_that_can_t_be_set_is_told_with_the_reason(
    cloudwatch: "CloudWatchClient", data: str
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html"""
    state: Any = {"AlarmName": "unset", "StateValue": "OK", "StateReason": "by hand"}
    put_alarm(cloudwatch, "unset")

    with pytest.raises(ClientError, match=r"InvalidFormat.*not syntactically valid JSON"):
        cloudwatch.set_alarm_state(**state, StateReasonData=data)
    with pytest.raises(ClientError, match=r"ResourceNotFound.*named resource does not exist"):
        cloudwatch.set_alarm_state(**{**state, "AlarmName": "missing"})
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*does not exist"):
        cloudwatch.tag_resource(
            ResourceARN="arn:aws:cloudwatch:eu-central-1:123456789012:alarm:missing",
            Tags=[{"Key": "a", "Value": "b"}],
        )

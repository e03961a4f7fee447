"""CloudWatch through its API: put and collected metrics, statistics, alarms that change state."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    ControlProcess,
    FakeProcess,
)
from tests.functional.twin.control.resources import create_function
from tests.waiting import eventually
from twin.core.metrics import statistics_of_value
from twin.internal_api.schemas import MetricSample, MetricsReport

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import ScanByType
    from mypy_boto3_cloudwatch.type_defs import (
        MetricAlarmTypeDef,
        MetricDataQueryTypeDef,
        MetricDataResultTypeDef,
    )

START = datetime(2026, 1, 1, tzinfo=UTC)
OWN = [{"Name": "Service", "Value": "shop"}]


@pytest.fixture
def cloudwatch(shared: ControlProcess) -> "CloudWatchClient":
    client: CloudWatchClient = shared.client("cloudwatch")
    return client


def put_metric(client: "CloudWatchClient", name: str, minute: int, **datum: Any) -> None:  # noqa: ANN401
    at = {"Timestamp": START + timedelta(minutes=minute), "Unit": "Count", "Dimensions": OWN}
    found: Any = {"MetricName": name, **at, **datum}
    client.put_metric_data(Namespace="Own", MetricData=[found])


def query(name: str, stat: str, period_s: int = 60, id_: str = "q") -> Any:  # noqa: ANN401
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {"Namespace": "Own", "MetricName": name, "Dimensions": OWN},
            "Period": period_s,
            "Stat": stat,
        },
    }


def get_metric_data(
    client: "CloudWatchClient",
    *queries: "MetricDataQueryTypeDef",
    scan_by: "ScanByType" = "TimestampDescending",
) -> "list[MetricDataResultTypeDef]":
    return client.get_metric_data(
        MetricDataQueries=queries,
        StartTime=START,
        EndTime=START + timedelta(minutes=10),
        ScanBy=scan_by,
    )["MetricDataResults"]


# -- metrics


def test_values_that_were_put_are_told_by_period(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    put_metric(cloudwatch, "orders", 0, Value=2)
    put_metric(cloudwatch, "orders", 0, Values=[4.0, 6.0], Counts=[1.0, 2.0])
    put_metric(cloudwatch, "orders", 2, StatisticValues=stats(3, 30, 5, 20))

    newest_first, in_order, five = (
        get_metric_data(cloudwatch, query("orders", "Sum"))[0],
        get_metric_data(cloudwatch, query("orders", "Sum"), scan_by="TimestampAscending")[0],
        get_metric_data(cloudwatch, query("orders", "Sum", 300))[0],
    )

    assert newest_first["Values"] == [30, 18]
    assert in_order["Values"] == [18, 30]
    assert in_order["Timestamps"] == [START, START + timedelta(minutes=2)]
    assert (five["Values"], five["Timestamps"]) == ([48], [START])
    assert newest_first["Label"] == "orders"
    assert newest_first["StatusCode"] == "Complete"


def stats(count: float, total: float, least: float, most: float) -> dict[str, float]:
    return {"SampleCount": count, "Sum": total, "Minimum": least, "Maximum": most}


@pytest.mark.parametrize(
    ("stat", "value"),
    [
        ("Sum", 15.0),
        ("Average", 3.0),
        ("Minimum", 1.0),
        ("Maximum", 5.0),
        ("SampleCount", 5.0),
        ("p80", 4.0),
    ],
)
def test_statistics(cloudwatch: "CloudWatchClient", stat: str, value: float) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""
    put_metric(cloudwatch, f"latency-{stat}", 0, Values=[1.0, 2.0, 3.0, 4.0, 5.0])

    (found,) = get_metric_data(cloudwatch, query(f"latency-{stat}", stat))

    assert found["Values"] == [value]


def test_statistics_by_the_older_call(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
    put_metric(cloudwatch, "older", 1, Values=[1.0, 2.0, 3.0, 4.0])

    answer = cloudwatch.get_metric_statistics(
        Namespace="Own",
        MetricName="older",
        Dimensions=[{"Name": "Service", "Value": "shop"}],
        StartTime=START,
        EndTime=START + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum", "Maximum"],
        ExtendedStatistics=["p50"],
    )

    (point,) = answer["Datapoints"]
    assert answer["Label"] == "older"
    assert (point["Sum"], point["Maximum"], point["Unit"]) == (10.0, 4.0, "Count")
    assert point["ExtendedStatistics"] == {"p50": 2.0}
    assert point["Timestamp"] == START + timedelta(minutes=1)
    assert "Average" not in point


def test_only_the_exact_dimensions_are_the_metric(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension"""
    put_metric(cloudwatch, "exact", 0, Value=1)
    bare = query("exact", "Sum")
    bare["MetricStat"]["Metric"]["Dimensions"] = []

    found, none = get_metric_data(cloudwatch, query("exact", "Sum", id_="a"), bare | {"Id": "b"})

    assert found["Values"] == [1]
    assert none["Values"] == []


def test_metrics_are_listed_by_what_they_have(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html"""
    put_metric(cloudwatch, "listed", 0, Value=1)

    by_name = cloudwatch.list_metrics(Namespace="Own", MetricName="listed")["Metrics"]
    by_dimension = cloudwatch.list_metrics(Dimensions=[{"Name": "Service"}])["Metrics"]
    other = cloudwatch.list_metrics(
        MetricName="listed", Dimensions=[{"Name": "Service", "Value": "bank"}]
    )["Metrics"]

    assert by_name == [{"Namespace": "Own", "MetricName": "listed", "Dimensions": OWN}]
    assert by_name[0] in by_dimension
    assert other == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"period_s": 7}, "Period"),
        ({"stat": "tm99"}, "statistic"),
    ],
)
def test_what_can_t_be_asked_says_why(
    cloudwatch: "CloudWatchClient", wrong: dict[str, Any], message: str
) -> None:
    asked = query("orders", wrong.get("stat", "Sum"), wrong.get("period_s", 60))

    with pytest.raises(ClientError, match=message):
        get_metric_data(cloudwatch, asked)


def test_metric_math_is_refused_by_name(cloudwatch: "CloudWatchClient") -> None:
    with pytest.raises(ClientError, match="no metric math"):
        get_metric_data(cloudwatch, {"Id": "e", "Expression": "a / b"})


def test_awss_namespaces_are_awss(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    with pytest.raises(ClientError, match="AWS/"):
        cloudwatch.put_metric_data(
            Namespace="AWS/Lambda", MetricData=[{"MetricName": "Errors", "Value": 1}]
        )


def test_metrics_of_another_region_are_elsewhere(shared: ControlProcess) -> None:
    put_metric(shared.client("cloudwatch"), "here", 0, Value=1)

    (there,) = get_metric_data(shared.client("cloudwatch", "us-west-2"), query("here", "Sum"))

    assert there["Values"] == []


# -- what the twin's processes count


@pytest.fixture
def region(shared: ControlProcess) -> Iterator[FakeProcess]:
    """A Region's process that has been started once, and counts."""
    shared.instance.region_state(FRANKFURT).mkdir(parents=True, exist_ok=True)
    process = FakeProcess(shared.instance.region_address(FRANKFURT))
    yield process
    process.close()


def sample(namespace: str, name: str, value: float) -> MetricSample:
    return MetricSample(
        namespace=namespace,
        name=name,
        dimensions={},
        unit="Count",
        statistics=statistics_of_value(value),
    )


def test_what_a_region_counts_is_in_its_cloudwatch_until_it_dies(
    shared: ControlProcess, region: FakeProcess
) -> None:
    client = shared.client("cloudwatch")
    region.answers["/_twin/metrics"] = MetricsReport(
        samples=(sample("AWS/Lambda", "Invocations", 1.0),)
    )

    eventually(lambda: recent(client, "AWS/Lambda", "Invocations") > 3)
    listed = client.list_metrics(Namespace="AWS/Lambda")["Metrics"]
    region.answers.clear()
    settled = recent(client, "AWS/Lambda", "Invocations")
    stopped = eventually(lambda: recent(client, "AWS/Lambda", "Invocations") >= settled)

    assert {"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": []} in listed
    assert stopped


def recent(client: "CloudWatchClient", namespace: str, name: str) -> float:
    """The sum of the last ten minutes."""
    now = datetime.now(UTC)  # noqa: TID251 - the metrics are of now
    points = client.get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


def test_the_accelerators_metrics_are_in_us_west_2(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    edge = FakeProcess(shared.instance.edge_address)
    edge.answers["/_twin/metrics"] = MetricsReport(
        samples=(sample("AWS/GlobalAccelerator", "NewFlowCount", 2.0),)
    )
    oregon = shared.client("cloudwatch", HOME_REGION)
    try:
        eventually(lambda: recent(oregon, "AWS/GlobalAccelerator", "NewFlowCount") > 3)
    finally:
        edge.close()

    assert (
        shared.client("cloudwatch").list_metrics(Namespace="AWS/GlobalAccelerator")["Metrics"] == []
    )


# -- alarms


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


def test_an_alarm_on_metric_math_says_that_nobody_evaluates_it(
    cloudwatch: "CloudWatchClient",
) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName="math",
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            query("a", "Sum", id_="a") | {"ReturnData": False},
            {"Id": "e", "Expression": "a * 2", "ReturnData": True},
        ],
    )

    alarm = describe_alarm(cloudwatch, "math")

    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert "single metric only" in alarm["StateReason"]


# -- Lambda's limits


def test_the_account_has_a_thousand_concurrent_executions(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html"""
    client = shared.client("lambda")
    create_function(shared, FRANKFURT, "limited")
    before = client.get_account_settings()

    client.put_function_concurrency(FunctionName="limited", ReservedConcurrentExecutions=150)
    after = client.get_account_settings()
    reserved = client.get_function_concurrency(FunctionName="limited")
    client.delete_function_concurrency(FunctionName="limited")
    none = client.get_function_concurrency(FunctionName="limited")

    assert before["AccountLimit"]["ConcurrentExecutions"] == 1000
    assert before["AccountLimit"]["UnreservedConcurrentExecutions"] == 1000
    assert before["AccountUsage"]["FunctionCount"] == 1
    assert after["AccountLimit"]["UnreservedConcurrentExecutions"] == 850
    assert reserved["ReservedConcurrentExecutions"] == 150
    assert none.get("ReservedConcurrentExecutions") is None

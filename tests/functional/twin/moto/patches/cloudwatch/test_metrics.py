"""CloudWatch's metrics over boto3: put and collected ones, and their statistics."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    ControlProcess,
    FakeProcess,
)
from tests.waiting import eventually
from twin.core.cloudwatch.metrics import statistics_of_value
from twin.internal_api.schemas import MetricSample, MetricsReport

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
from tests.functional.twin.moto.patches.cloudwatch_calls import (
    OWN,
    START,
    get_metric_data,
    metric_query,
    put_metric,
)


def test_values_that_were_put_are_told_by_period(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    put_metric(cloudwatch, "orders", 0, Value=2)
    put_metric(cloudwatch, "orders", 0, Values=[4.0, 6.0], Counts=[1.0, 2.0])
    put_metric(cloudwatch, "orders", 2, StatisticValues=stats(3, 30, 5, 20))

    newest_first, in_order, five = (
        get_metric_data(cloudwatch, metric_query("orders", "Sum"))[0],
        get_metric_data(cloudwatch, metric_query("orders", "Sum"), scan_by="TimestampAscending")[0],
        get_metric_data(cloudwatch, metric_query("orders", "Sum", 300))[0],
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

    (found,) = get_metric_data(cloudwatch, metric_query(f"latency-{stat}", stat))

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
    bare = metric_query("exact", "Sum")
    bare["MetricStat"]["Metric"]["Dimensions"] = []

    found, none = get_metric_data(
        cloudwatch, metric_query("exact", "Sum", id_="a"), bare | {"Id": "b"}
    )

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
    asked = metric_query("orders", wrong.get("stat", "Sum"), wrong.get("period_s", 60))

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

    (there,) = get_metric_data(
        shared.client("cloudwatch", "us-west-2"), metric_query("here", "Sum")
    )

    assert there["Values"] == []


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


def test_a_call_has_no_more_values_than_aws_takes(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
    put_metric(cloudwatch, "sizes", 0, Values=[1.0] * 150)

    with pytest.raises(ClientError, match=r"MetricData.member.1.Values must not have a size"):
        put_metric(cloudwatch, "sizes", 0, Values=[1.0] * 151)
    with pytest.raises(ClientError, match="The collection MetricData must not have a size greater"):
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "sizes"}] * 1001)

    assert get_metric_data(cloudwatch, metric_query("sizes", "Sum"))[0]["Values"] == [150]


def test_values_are_in_the_range_that_aws_takes(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
    wrong = r"The value .* for parameter MetricData.member.1.{} is invalid"
    for name, given in (
        ("Value", {"Value": float("inf")}),
        ("Values", {"Values": [1.0, -(2.0**361)]}),
        (
            "StatisticValues.Sum",
            {"StatisticValues": {"SampleCount": 1, "Sum": 1e300, "Minimum": 0, "Maximum": 0}},
        ),
    ):
        datum: Any = {"MetricName": "range", **given}
        with pytest.raises(ClientError, match=wrong.format(name)):
            cloudwatch.put_metric_data(Namespace="Shop", MetricData=[datum])

    put_metric(cloudwatch, "range", 0, Value=2.0**360)


def test_metrics_are_listed_in_pages_of_500(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html"""
    names = [f"m{number:04}" for number in range(1100)]
    for start in (0, 550):
        data: Any = [{"MetricName": name, "Value": 1.0} for name in names[start : start + 550]]
        cloudwatch.put_metric_data(Namespace="Paged", MetricData=data)

    first = cloudwatch.list_metrics(Namespace="Paged")
    second, again = (
        cloudwatch.list_metrics(Namespace="Paged", NextToken=first["NextToken"]) for _ in range(2)
    )
    third = cloudwatch.list_metrics(Namespace="Paged", NextToken=second["NextToken"])

    assert second["Metrics"] == again["Metrics"]
    pages = [first, second, third]
    assert [m["MetricName"] for page in pages for m in page["Metrics"]] == names
    assert [len(page["Metrics"]) for page in pages] == [500, 500, 100]
    assert "NextToken" not in third
    expect_aws_error(
        "InvalidParameterValue", cloudwatch.list_metrics, Namespace="Paged", NextToken="WzFd"
    )

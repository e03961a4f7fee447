"""Calls of CloudWatch's metrics by boto3."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import ScanByType
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricDataResultTypeDef


START = datetime(2026, 1, 1, tzinfo=UTC)
OWN = [{"Name": "Service", "Value": "shop"}]


def put_metric(client: "CloudWatchClient", name: str, minute: int, **datum: Any) -> None:  # noqa: ANN401
    at = {"Timestamp": START + timedelta(minutes=minute), "Unit": "Count", "Dimensions": OWN}
    found: Any = {"MetricName": name, **at, **datum}
    client.put_metric_data(Namespace="Own", MetricData=[found])


def metric_query(name: str, stat: str, period_s: int = 60, id_: str = "q") -> Any:  # noqa: ANN401
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

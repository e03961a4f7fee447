"""Metrics of a drill in CloudWatch: one call of PutMetricData in the home Region."""

from datetime import UTC, datetime

from muster.aws.clients import QUICK_POLICY, AwsClients, is_transient, translated_errors
from muster.drill.notify.metrics import DrillMetric, MetricUnit, list_metrics
from muster.drill.notify.notices import Notice, NoticeKind
from muster.errors import CallFailed, NotDelivered

NAMESPACE = "Muster"
"""The operator's policy allows this one alone."""
UNITS: dict[MetricUnit, str] = {
    "s": "Seconds",
    "1": "None",
    "{request}": "Count",
    "{item}": "Count",
}
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
ACRONYMS = {"rto": "RTO", "rpo": "RPO"}


class CloudWatchMetrics:
    kinds: frozenset[NoticeKind] = frozenset({"end", "test"})

    def __init__(self, clients: AwsClients, region: str) -> None:
        """`region`: the stack's home Region."""
        self.name = f"CloudWatch in {region}"
        self._clients = clients
        self._region = region

    def prepare(self) -> None:
        """The client is made with the first notice."""

    def deliver(self, notice: Notice) -> None:
        data = [_datum(metric, notice) for metric in list_metrics(notice)]
        try:
            with translated_errors("cloudwatch", "put_metric_data", self._region):
                client = self._clients.client("cloudwatch", self._region, QUICK_POLICY)
                client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except CallFailed as exc:
            raise NotDelivered(str(exc), transient=is_transient(exc)) from exc


def _datum(metric: DrillMetric, notice: Notice) -> dict[str, object]:
    dimensions = {"Scenario": notice.scenario, "Region": notice.region}
    return {
        "MetricName": _name(metric.name),
        "Timestamp": datetime.fromtimestamp(notice.at, UTC),
        "Value": metric.value,
        "Unit": UNITS[metric.unit],
        "Dimensions": [
            {"Name": name, "Value": value} for name, value in dimensions.items() if value
        ],
    }


def _name(name: str) -> str:
    """`failed_requests` -> `FailedRequests`."""
    return ACRONYMS.get(name) or "".join(word.capitalize() for word in name.split("_"))

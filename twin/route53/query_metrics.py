"""CloudWatch's count of the queries that each hosted zone has answered.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-hosted-zones-with-cloudwatch.html
"""

from collections import Counter
from collections.abc import Iterator

from twin.core.cloudwatch.metrics import metric_samples
from twin.internal_api.schemas import MetricSample, StatisticSet
from twin.route53.health_checks.check_metrics import NAMESPACE

ZONE = "HostedZoneId"


class QueryMetrics:
    """The queries since the last collection."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, zone_id: str) -> None:
        """Count a query; one for a name that AWS owns has no zone."""
        if zone_id:
            self._counts[zone_id] += 1

    def take(self) -> Iterator[MetricSample]:
        taken, self._counts = self._counts, Counter()
        for zone_id, count in taken.items():
            statistics = StatisticSet(count=count, total=count, least=1.0, most=1.0)
            yield from metric_samples(
                NAMESPACE, "DNSQueries", statistics, {ZONE: zone_id}, unit="Count"
            )

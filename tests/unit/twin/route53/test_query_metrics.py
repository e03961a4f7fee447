"""CloudWatch's count of queries."""

from twin.internal_api.schemas import MetricSample, StatisticSet
from twin.route53.query_metrics import QueryMetrics


def test_each_hosted_zone_s_queries_are_counted_since_the_last_collection() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-hosted-zones-with-cloudwatch.html"""
    metrics = QueryMetrics()
    for zone_id in ("Z1", "Z2", "Z1", ""):
        metrics.count(zone_id)

    assert list(metrics.take()) == [
        MetricSample(
            namespace="AWS/Route53",
            name="DNSQueries",
            dimensions={"HostedZoneId": zone_id},
            unit="Count",
            statistics=StatisticSet(count=count, total=count, least=1.0, most=1.0),
        )
        for zone_id, count in (("Z1", 2), ("Z2", 1))
    ]
    assert list(metrics.take()) == []

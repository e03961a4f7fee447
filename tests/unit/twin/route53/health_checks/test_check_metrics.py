"""Metrics of health checks.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-cloudwatch.html
"""

from twin.core.health_checks.checkers import Checker
from twin.core.health_checks.verdicts import HealthCheckVerdict
from twin.route53.health_checks.check_metrics import LatencyMetrics, health_samples
from twin.route53.health_checks.endpoint_checks import CheckLatencies
from twin.topology.route53 import HealthCheck

ENDPOINT = HealthCheck(id="endpoint", version=1, type="HTTPS")
PARENT = HealthCheck(id="parent", version=1, type="CALCULATED", children=("endpoint",))
METRIC = HealthCheck(id="metric", version=1, type="CLOUDWATCH_METRIC")
VERDICTS = {
    "endpoint": HealthCheckVerdict(False, 2, 16),
    "parent": HealthCheckVerdict(True, 3, 4),
    "metric": HealthCheckVerdict(True),
}


def test_each_check_has_its_status_and_what_it_is_made_of() -> None:
    samples = list(health_samples([ENDPOINT, PARENT, METRIC], VERDICTS))
    assert {sample.namespace for sample in samples} == {"AWS/Route53"}
    assert [(s.name, s.dimensions["HealthCheckId"], s.statistics.least) for s in samples] == [
        ("HealthCheckStatus", "endpoint", 0.0),
        ("HealthCheckPercentageHealthy", "endpoint", 12.5),
        ("HealthCheckStatus", "parent", 1.0),
        ("ChildHealthCheckHealthyCount", "parent", 3.0),
        ("HealthCheckStatus", "metric", 1.0),
    ]


def test_latencies_are_there_by_check_and_by_region_until_they_are_taken() -> None:
    metrics = LatencyMetrics()
    times = CheckLatencies(connection_s=0.01, handshake_s=0.02, first_byte_s=0.03)
    metrics.add(ENDPOINT, Checker("eu-west-1", 0), times)
    metrics.add(ENDPOINT, Checker("eu-west-1", 1), CheckLatencies(connection_s=0.03))
    samples = {(s.name, s.dimensions.get("Region")): s for s in metrics.take()}
    assert set(samples) == {
        (name, region)
        for name in ("ConnectionTime", "SSLHandshakeTime", "TimeToFirstByte")
        for region in (None, "eu-west-1")
    }
    connection = samples["ConnectionTime", "eu-west-1"]
    assert (connection.unit, connection.statistics.least, connection.statistics.most) == (
        "Milliseconds",
        10.0,
        30.0,
    )
    assert not list(metrics.take())

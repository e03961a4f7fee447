"""The CloudWatch metrics of health checks.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-cloudwatch.html

The gauges are published at each collection, the latencies when checks that measure them were made.
"""

from collections.abc import Iterable, Iterator, Mapping

from twin.core.cloudwatch.metrics import MetricAccumulator, metric_samples, statistics_of_value
from twin.core.health_checks.checkers import Checker
from twin.core.health_checks.requests import ENDPOINT_TYPES
from twin.core.health_checks.verdicts import CALCULATED, HealthCheckVerdict
from twin.internal_api.schemas import MetricSample
from twin.route53.health_checks.endpoint_checks import CheckLatencies
from twin.topology.route53 import HealthCheck

NAMESPACE = "AWS/Route53"
CHECK, REGION = "HealthCheckId", "Region"


class LatencyMetrics:
    """The times of checks that measure latency, until they are collected."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, str, str], MetricAccumulator] = {}
        """(Check, Region of the checker, metric) -> times in milliseconds."""

    def add(self, check: HealthCheck, checker: Checker, latencies: CheckLatencies) -> None:
        steps = {
            "ConnectionTime": latencies.connection_s,
            "SSLHandshakeTime": latencies.handshake_s,
            "TimeToFirstByte": latencies.first_byte_s,
        }
        for name, time_s in steps.items():
            if time_s is not None:
                key = (check.id, checker.region, name)
                times = self._times.setdefault(key, MetricAccumulator(keep_values=True))
                times.add(1000 * time_s)

    def take(self) -> Iterator[MetricSample]:
        """For each check, and for each check and Region."""
        taken, self._times = self._times, {}
        for (check_id, region, name), times in taken.items():
            of_check = {CHECK: check_id}
            yield from metric_samples(
                NAMESPACE,
                name,
                times.take(),
                of_check,
                of_check | {REGION: region},
                unit="Milliseconds",
            )


def health_samples(
    checks: Iterable[HealthCheck], verdicts: Mapping[str, HealthCheckVerdict]
) -> Iterator[MetricSample]:
    """The current verdicts, and what they are made of."""
    for check in checks:
        verdict = verdicts[check.id]
        gauges = [("HealthCheckStatus", float(verdict.healthy), "None")]
        if check.type in ENDPOINT_TYPES:
            gauges.append(("HealthCheckPercentageHealthy", verdict.healthy_percent, "Percent"))
        if check.type == CALCULATED:
            gauges.append(("ChildHealthCheckHealthyCount", verdict.healthy_reports, "Count"))
        for name, value, unit in gauges:
            statistics = statistics_of_value(value)
            yield from metric_samples(NAMESPACE, name, statistics, {CHECK: check.id}, unit=unit)

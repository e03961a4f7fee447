"""Whether health checks are healthy, from what the checkers and CloudWatch report.

A check's status is found in three steps:

1. By its type. An endpoint is healthy if more than 18 % of its checkers report so. A CALCULATED
   check is healthy if at least `health_threshold` of its children are. A CLOUDWATCH_METRIC check
   follows its metric, and where data are missing its `insufficient_data_status`.
2. A disabled check is healthy, whatever its type gave.
3. An inverted check is the opposite of that. So a new inverted check is unhealthy, and a disabled
   and inverted one always is.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from twin.core.cloudwatch.alarms import AlarmState
from twin.topology.route53 import HealthCheck

HEALTHY_ABOVE_PERCENT = 18
"""Of the checkers; AWS says that the value may change."""
CALCULATED, CLOUDWATCH_METRIC = "CALCULATED", "CLOUDWATCH_METRIC"


@dataclass(frozen=True, slots=True)
class HealthCheckVerdict:
    """Whether a health check is healthy, and of how many reports that was made."""

    healthy: bool
    """After disabling and inverting: what answers to DNS queries follow."""
    healthy_reports: int = 0
    """Of checkers; of children, if it is a CALCULATED check."""
    reports: int = 0

    @property
    def healthy_percent(self) -> float:
        """100 without reports: a check is healthy until there are data."""
        return 100 * self.healthy_reports / self.reports if self.reports else 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReports:
    """What is known of the checks, by their ids; what is missing is not known yet."""

    checkers: Mapping[str, Sequence[bool]] = field(default_factory=dict)
    """Whether each checker of an endpoint reports it as healthy."""
    metrics: Mapping[str, bool] = field(default_factory=dict)
    """Of each CLOUDWATCH_METRIC check, the result of `judge_metric`."""


def judge_health_checks(
    checks: Iterable[HealthCheck], reports: HealthReports
) -> dict[str, HealthCheckVerdict]:
    """The verdict on each check, by its id."""
    known = list(checks)
    verdicts = {c.id: _judge(c, reports) for c in known if c.type != CALCULATED}
    return verdicts | {c.id: _judge_calculated(c, verdicts) for c in known if c.type == CALCULATED}


def is_endpoint_healthy(healthy: int, checkers: int) -> bool:
    """Whether more than 18 % of the checkers say so; without any checker it is."""
    return not checkers or 100 * healthy > HEALTHY_ABOVE_PERCENT * checkers


def judge_metric(state: AlarmState, insufficient_data_status: str, *, last_known: bool) -> bool:
    """Whether a CLOUDWATCH_METRIC check is healthy, before it is disabled or inverted.

    `last_known`: the result for the last state that was OK or ALARM; True before there was one.
    """
    match state:
        case AlarmState.OK:
            return True
        case AlarmState.ALARM:
            return False
        case _ if insufficient_data_status == "LastKnownStatus":
            return last_known
        case _:
            return insufficient_data_status != "Unhealthy"


def _judge(check: HealthCheck, reports: HealthReports) -> HealthCheckVerdict:
    if check.type == CLOUDWATCH_METRIC:
        return HealthCheckVerdict(_switch(check, reports.metrics.get(check.id, True)))
    of_checkers = reports.checkers.get(check.id, ())
    healthy, count = sum(of_checkers), len(of_checkers)
    return HealthCheckVerdict(_switch(check, is_endpoint_healthy(healthy, count)), healthy, count)


def _judge_calculated(
    check: HealthCheck, children: Mapping[str, HealthCheckVerdict]
) -> HealthCheckVerdict:
    """A child that is gone does not count as healthy; nested CALCULATED checks do not exist."""
    healthy = sum(1 for id_ in check.children if id_ in children and children[id_].healthy)
    enough = healthy >= check.health_threshold
    return HealthCheckVerdict(_switch(check, enough), healthy, len(check.children))


def _switch(check: HealthCheck, healthy: bool) -> bool:
    return (check.disabled or healthy) != check.inverted

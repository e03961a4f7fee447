"""Which alarms a stack has: what each watches, when it fires, and what fires it. Pure.

Every alarm is on one metric, so that the twin evaluates it too. A metric that is published only
when something has happened counts as good when it is missing. One that is always published
(hosts, Route 53's checks) does not: an alarm without data says so.

A Region's own metrics are in that Region's CloudWatch, which may be lost with it. Its loss is seen
from elsewhere: the accelerator's metrics are in us-west-2, Route 53's in us-east-1, and the lag of
writes to a Region is measured where they come from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ACCELERATOR_REGION = "us-west-2"
"""https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
ROUTE53_REGION = "us-east-1"
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html"""
MINUTE_S, FIVE_MINUTES_S = 60, 300
MAX_ERRORS = 5
"""Failed requests of a minute that are no alarm: a single one may be a client's fault."""
MAX_LAG_MS = 10_000
"""Replication usually takes a second or two between Regions."""


class AlarmCause(StrEnum):
    """What brings an alarm about: `muster` expects it from faults that have this effect."""

    HEALTH = "health"
    """The Region does not answer, or answers errors."""
    REPLICATION = "replication"
    """Writes from or to the Region do not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """An alarm on one metric; where nothing else is said, on a Region's count of failures."""

    key: str
    """Part of its name, after the stack's prefix."""
    region: str
    """Of CloudWatch, where the metric is."""
    cause: AlarmCause = AlarmCause.HEALTH
    about: tuple[str, ...]
    """Regions whose failure it shows."""
    says: str
    namespace: str
    metric: str
    dimensions: Mapping[str, Any]
    """Texts, or Pulumi's outputs of texts."""
    statistic: str = "Sum"
    threshold: float = MAX_ERRORS
    below: bool = False
    """Fires below the threshold; otherwise at it and above."""
    period_s: int = MINUTE_S
    periods: int = 3
    breaching: int = 2
    """Of the periods, how many fire it."""
    missing: str = "notBreaching"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedBalancer:
    """A Region's load balancer, and its group in the accelerator; dimensions."""

    load_balancer: Any
    target_group: Any
    accelerator: Any
    listener: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedRegion:
    """What there is to watch in a Region."""

    region: str
    function: Any
    balancer: WatchedBalancer | None
    """None without the accelerator."""
    api_id: Any = None
    """None without the DNS front door."""
    health_check_id: Any = None
    """None also for a draining Region, which has left that door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedTable:
    """A global table."""

    key: str
    name: Any
    actions: tuple[str, ...]
    """What the function does with it."""


def region_rules(watched: WatchedRegion) -> Iterator[AlarmRule]:
    """The alarms of a Region's doors and function."""
    if watched.balancer is not None:
        yield from _balancer_rules(watched.region, watched.balancer)
    if watched.api_id is not None:
        yield _api_rule(watched.region, watched.api_id)
    if watched.health_check_id is not None:
        yield _health_check_rule(watched.region, watched.health_check_id)
    yield from _function_rules(watched.region, watched.function)


def _balancer_rules(region: str, watched: WatchedBalancer) -> Iterator[AlarmRule]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    balancer = {"LoadBalancer": watched.load_balancer}
    group = {"TargetGroup": watched.target_group, **balancer}
    yield AlarmRule(
        key="unhealthy-hosts",
        region=region,
        about=(region,),
        says="The function fails its health checks: the accelerator sends users elsewhere",
        namespace="AWS/ApplicationELB",
        metric="UnHealthyHostCount",
        dimensions=group,
        statistic="Maximum",
        threshold=1,
        periods=2,
        missing="missing",
    )
    for key, metric, says in (
        ("elb-5xx", "HTTPCode_ELB_5XX_Count", "The load balancer itself answers errors"),
        ("target-5xx", "HTTPCode_Target_5XX_Count", "The function answers errors"),
    ):
        yield AlarmRule(
            key=key,
            region=region,
            about=(region,),
            says=says,
            namespace="AWS/ApplicationELB",
            metric=metric,
            dimensions=balancer,
        )
    yield AlarmRule(
        key=f"endpoint-{region}",
        region=ACCELERATOR_REGION,
        about=(region,),
        says=f"The accelerator counts {region} as unhealthy",
        namespace="AWS/GlobalAccelerator",
        metric="UnhealthyEndpointCount",
        dimensions={
            "Accelerator": watched.accelerator,
            "Listener": watched.listener,
            "EndpointGroup": region,
        },
        statistic="Maximum",
        threshold=1,
        periods=2,
    )


def _api_rule(region: str, api_id: Any) -> AlarmRule:  # noqa: ANN401
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"""
    return AlarmRule(
        key="api-5xx",
        region=region,
        about=(region,),
        says="The API answers errors",
        namespace="AWS/ApiGateway",
        metric="5xx",
        dimensions={"ApiId": api_id},
    )


def _health_check_rule(region: str, health_check_id: Any) -> AlarmRule:  # noqa: ANN401
    return AlarmRule(
        key=f"health-check-{region}",
        region=ROUTE53_REGION,
        about=(region,),
        says=f"Route 53 counts {region} as unhealthy",
        namespace="AWS/Route53",
        metric="HealthCheckStatus",
        dimensions={"HealthCheckId": health_check_id},
        statistic="Minimum",
        threshold=1,
        below=True,
        periods=2,
        missing="missing",
    )


def _function_rules(region: str, function: Any) -> Iterator[AlarmRule]:  # noqa: ANN401
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    for key, metric, threshold, says in (
        ("function-errors", "Errors", MAX_ERRORS, "The function ends with errors"),
        ("function-throttles", "Throttles", 1, "Lambda refuses calls: concurrency is used up"),
    ):
        yield AlarmRule(
            key=key,
            region=region,
            about=(region,),
            says=says,
            namespace="AWS/Lambda",
            metric=metric,
            dimensions={"FunctionName": function},
            threshold=threshold,
        )


def table_rules(
    table: WatchedTable, regions: tuple[str, ...], *, system_errors: bool
) -> Iterator[AlarmRule]:
    """The alarms of a table in all its Regions.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html

    `system_errors`: whether DynamoDB's own errors are a metric there. They have one for each
    operation, and none over all.
    """
    for region in regions:
        for other in (name for name in regions if name != region):
            yield AlarmRule(
                key=f"lag-{table.key}-to-{other}",
                region=region,
                cause=AlarmCause.REPLICATION,
                about=(region, other),
                says=f"Writes of {region} reach {other} late",
                namespace="AWS/DynamoDB",
                metric="ReplicationLatency",
                dimensions={"TableName": table.name, "ReceivingRegion": other},
                statistic="Average",
                threshold=MAX_LAG_MS,
                # AWS aggregates this metric by five minutes.
                period_s=FIVE_MINUTES_S,
                periods=1,
                breaching=1,
            )
        for action in table.actions if system_errors else ():
            yield AlarmRule(
                key=f"system-errors-{table.key}-{action}",
                region=region,
                about=(region,),
                says=f"DynamoDB fails {action} by itself",
                namespace="AWS/DynamoDB",
                metric="SystemErrors",
                dimensions={"TableName": table.name, "Operation": action},
            )

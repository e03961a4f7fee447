"""CloudWatch's metrics of the stack: the queries, and the values in their answers.

Pure. The names and dimensions are AWS's:
https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from muster.model import Stack

PERIOD_S = 60
LOOK_BACK_S = 300.0
"""Older values don't describe the present."""
RECENT_POINTS = 2
"""Values of the replication lag that count: of this minute and the last one."""
MIN_COVERED_S = 5.0
"""A minute that began later than this is too short for a rate."""
COUNT_METRICS = frozenset({"RequestCount", "NewFlowCount", "ConcurrentExecutions"})
ENDED_AFTER_S = 2 * PERIOD_S
"""A count whose newest minute is older than another's by this much has become zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricQuery:
    """One metric of one Region of the stack."""

    id: str
    of: str
    """The Region of the stack that it is about."""
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionMetrics:
    """A Region's metrics. None: no recent value, or not read."""

    lags_s: Mapping[str, float | None] = field(default_factory=dict)
    """By receiving Region; empty if nothing was replicated lately, or it was not read."""
    new_connections_per_s: float | None = None
    requests_per_s: float | None = None
    concurrency_used: float | None = None


def regional_queries(stack: Stack, region: str) -> list[MetricQuery]:
    """Queries for a Region's own CloudWatch, which has the lag of the writes made there."""
    outputs = stack.regions[region]
    queries = [
        _request_query(stack, region),
        MetricQuery(
            id="concurrency",
            of=region,
            namespace="AWS/Lambda",
            metric="ConcurrentExecutions",
            dimensions=(("FunctionName", outputs.function_name),),
            stat="Maximum",
        ),
    ]
    pairs = [(table, receiving) for table in stack.tables for receiving in stack.regions]
    return queries + [
        MetricQuery(
            id=f"lag{i}",
            of=region,
            namespace="AWS/DynamoDB",
            metric="ReplicationLatency",
            dimensions=(("TableName", table), ("ReceivingRegion", receiving)),
            stat="Maximum",
        )
        for i, (table, receiving) in enumerate(pairs)
        if receiving != region
    ]


def _request_query(stack: Stack, region: str) -> MetricQuery:
    """Requests to the load balancer; without the accelerator, to the Region's HTTP API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    """
    if "accelerator" not in stack.doors and stack.dns is not None:
        namespace, metric = "AWS/ApiGateway", "Count"
        dimension = ("ApiId", stack.dns.regions[region].api_id)
    else:
        namespace, metric = "AWS/ApplicationELB", "RequestCount"
        balancer = stack.regions[region].alb_arn.partition(":loadbalancer/")[2]
        dimension = ("LoadBalancer", balancer)
    return MetricQuery(
        id="requests",
        of=region,
        namespace=namespace,
        metric=metric,
        dimensions=(dimension,),
        stat="Sum",
    )


def accelerator_queries(stack: Stack) -> list[MetricQuery]:
    """New connections by endpoint group; CloudWatch has them in us-west-2 alone."""
    group = next(iter(stack.regions.values())).endpoint_group_arn
    accelerator, _, rest = group.partition("/listener/")
    listener = rest.partition("/")[0]
    common = (("Accelerator", accelerator.rpartition("/")[2]), ("Listener", listener))
    return [
        MetricQuery(
            id=f"flows{i}",
            of=region,
            namespace="AWS/GlobalAccelerator",
            metric="NewFlowCount",
            dimensions=(*common, ("EndpointGroup", region)),
            stat="Sum",
        )
        for i, region in enumerate(stack.regions)
    ]


def build_metric_request(queries: Iterable[MetricQuery], now: float) -> dict[str, Any]:
    """Arguments of GetMetricData. `now` in seconds since 1970."""
    return {
        "StartTime": _to_datetime(now - LOOK_BACK_S),
        "EndTime": _to_datetime(now + PERIOD_S),
        "ScanBy": "TimestampDescending",
        "MetricDataQueries": [_to_api(query) for query in queries],
    }


def parse_region_metrics(
    region: str, queries: Sequence[MetricQuery], answers: Mapping[str, Any], now: float
) -> RegionMetrics:
    """A Region's metrics in one answer of GetMetricData.

    A count without a value is zero, since AWS publishes counts only while there is something to
    count. Values come a minute or two late, so the newest minute is the newest of any count in the
    answer: https://docs.datadoghq.com/integrations/guide/cloud-metric-delay/
    Concurrent executions are never zero for long, since health checks are executions: without a
    value they are not known.
    A lag without a value is ambiguous: nothing was replicated lately, or replication has stopped.
    If other directions have values, replication in this one has stopped, and its lag is None.
    """
    series = {result["Id"]: result for result in answers["MetricDataResults"]}
    metrics = RegionMetrics()
    lags: dict[str, list[tuple[float, float]]] = {}
    newest = _newest(
        (_points(series.get(q.id, {})) for q in queries if q.metric in COUNT_METRICS), now
    )
    for query in (q for q in queries if q.of == region):
        points = _points(series.get(query.id, {}))
        match query.metric:
            case "RequestCount":
                metrics = replace(metrics, requests_per_s=_rate(points, newest, now))
            case "NewFlowCount":
                metrics = replace(metrics, new_connections_per_s=_rate(points, newest, now))
            case "ConcurrentExecutions":
                metrics = replace(metrics, concurrency_used=points[0][1] if points else None)
            case "ReplicationLatency":
                to = dict(query.dimensions)["ReceivingRegion"]
                lags.setdefault(to, []).extend(points[:RECENT_POINTS])
    return replace(metrics, lags_s=_lags(lags))


def _lags(points: Mapping[str, Sequence[tuple[float, float]]]) -> dict[str, float | None]:
    """The largest recent lag of each direction; empty when no direction has any."""
    newest = max((at for values in points.values() for at, _ in values), default=None)
    if newest is None:
        return {}
    since = newest - (RECENT_POINTS - 1) * PERIOD_S
    return {
        to: max((value / 1000 for at, value in values if at >= since), default=None)
        for to, values in points.items()
    }


def _points(series: Mapping[str, Any]) -> list[tuple[float, float]]:
    """(second since 1970, value), newest first."""
    times = [time.timestamp() for time in series.get("Timestamps", ())]
    return sorted(zip(times, series.get("Values", ()), strict=True), reverse=True)


def _newest(counts: Iterable[Sequence[tuple[float, float]]], now: float) -> float:
    """Start of the newest minute of any count that is long enough; 0 without one."""
    starts = (start for points in counts for start, _ in points if now - start >= MIN_COVERED_S)
    return max(starts, default=0.0)


def _rate(points: Sequence[tuple[float, float]], newest: float, now: float) -> float:
    """Per second, in the newest minute that is long enough."""
    for start, value in points:
        covered_s = min(float(PERIOD_S), now - start)
        if covered_s >= MIN_COVERED_S:
            return value / covered_s if newest - start < ENDED_AFTER_S else 0.0
    return 0.0


def _to_api(query: MetricQuery) -> dict[str, Any]:
    metric = {
        "Namespace": query.namespace,
        "MetricName": query.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
    }
    stat = {"Metric": metric, "Period": PERIOD_S, "Stat": query.stat}
    return {"Id": query.id, "MetricStat": stat, "ReturnData": True}


def _to_datetime(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)

"""CloudWatch's metrics of the stack: which are asked for, and what their answers mean.

Pure: queries and answers as values. The names and dimensions are AWS's:
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
"""Nothing older says how it is now."""
RECENT_POINTS = 2
"""Values of the lag that count: this minute's, and the last one's."""
MIN_COVERED_S = 5.0
"""A minute that has only begun says too little of a rate."""
COUNT_METRICS = frozenset({"RequestCount", "NewFlowCount", "ConcurrentExecutions"})
ENDED_AFTER_S = 2 * PERIOD_S
"""A count whose newest minute is so much older than another's has come to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricQuery:
    """One metric of one Region of the stack."""

    id: str
    of: str
    """The Region of the stack that it tells about."""
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionMetrics:
    """What the metrics say of one Region. None: no recent value, or not read."""

    lags_s: Mapping[str, float | None] = field(default_factory=dict)
    """By receiving Region; none at all when nothing was replicated lately, or it was not read."""
    new_connections_per_s: float | None = None
    requests_per_s: float | None = None
    concurrency_used: float | None = None


def regional_queries(stack: Stack, region: str) -> list[MetricQuery]:
    """What a Region's own CloudWatch knows. Lag is published where the write was made."""
    own = stack.regions[region]
    balancer = own.alb_arn.partition(":loadbalancer/")[2]
    queries = [
        MetricQuery(
            id="requests",
            of=region,
            namespace="AWS/ApplicationELB",
            metric="RequestCount",
            dimensions=(("LoadBalancer", balancer),),
            stat="Sum",
        ),
        MetricQuery(
            id="concurrency",
            of=region,
            namespace="AWS/Lambda",
            metric="ConcurrentExecutions",
            dimensions=(("FunctionName", own.function_name),),
            stat="Maximum",
        ),
    ]
    pairs = [(t, r) for t in (stack.table, stack.control_table) for r in stack.regions]
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
        "StartTime": _time(now - LOOK_BACK_S),
        "EndTime": _time(now + PERIOD_S),
        "ScanBy": "TimestampDescending",
        "MetricDataQueries": [_wire(query) for query in queries],
    }


def parse_region_metrics(
    region: str, queries: Sequence[MetricQuery], answers: Mapping[str, Any], now: float
) -> RegionMetrics:
    """What one answer of GetMetricData says of a Region.

    No value of a count means zero, since AWS publishes counts while there is something to count.
    But they come a minute or two late, so the newest minute is the one that any count of the answer
    has: https://docs.datadoghq.com/integrations/guide/cloud-metric-delay/
    Concurrent executions are never zero for long, since health checks are executions: no value
    means that it is not known.
    No value of a lag means nothing: nothing was replicated lately, or replication stands still. A
    direction that has none for minutes while others have is None: it stands still.
    """
    series = {result["Id"]: result for result in answers["MetricDataResults"]}
    found = RegionMetrics()
    lags: dict[str, list[tuple[float, float]]] = {}
    newest = _newest(
        (_points(series.get(q.id, {})) for q in queries if q.metric in COUNT_METRICS), now
    )
    for query in (q for q in queries if q.of == region):
        points = _points(series.get(query.id, {}))
        match query.metric:
            case "RequestCount":
                found = replace(found, requests_per_s=_rate(points, newest, now))
            case "NewFlowCount":
                found = replace(found, new_connections_per_s=_rate(points, newest, now))
            case "ConcurrentExecutions":
                found = replace(found, concurrency_used=points[0][1] if points else None)
            case "ReplicationLatency":
                to = dict(query.dimensions)["ReceivingRegion"]
                lags.setdefault(to, []).extend(points[:RECENT_POINTS])
    return replace(found, lags_s=_lags(lags))


def _lags(points: Mapping[str, Sequence[tuple[float, float]]]) -> dict[str, float | None]:
    """The largest recent lag of each direction; nothing when no direction has any."""
    newest = max((at for found in points.values() for at, _ in found), default=None)
    if newest is None:
        return {}
    since = newest - (RECENT_POINTS - 1) * PERIOD_S
    return {
        to: max((value / 1000 for at, value in found if at >= since), default=None)
        for to, found in points.items()
    }


def merge_region_metrics(regional: RegionMetrics, accelerator: RegionMetrics) -> RegionMetrics:
    """Both answers about one Region as one."""
    return replace(regional, new_connections_per_s=accelerator.new_connections_per_s)


def _points(series: Mapping[str, Any]) -> list[tuple[float, float]]:
    """(second since 1970, value), newest first."""
    times = [time.timestamp() for time in series.get("Timestamps", ())]
    return sorted(zip(times, series.get("Values", ()), strict=True), reverse=True)


def _newest(counts: Iterable[Sequence[tuple[float, float]]], now: float) -> float:
    """When the newest minute began that says enough in any of the counts; 0 when none does."""
    told = (start for points in counts for start, _ in points if now - start >= MIN_COVERED_S)
    return max(told, default=0.0)


def _rate(points: Sequence[tuple[float, float]], newest: float, now: float) -> float:
    """Per second, in the newest minute that says enough."""
    for start, value in points:
        covered_s = min(float(PERIOD_S), now - start)
        if covered_s >= MIN_COVERED_S:
            return value / covered_s if newest - start < ENDED_AFTER_S else 0.0
    return 0.0


def _wire(query: MetricQuery) -> dict[str, Any]:
    metric = {
        "Namespace": query.namespace,
        "MetricName": query.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
    }
    stat = {"Metric": metric, "Period": PERIOD_S, "Stat": query.stat}
    return {"Id": query.id, "MetricStat": stat, "ReturnData": True}


def _time(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)

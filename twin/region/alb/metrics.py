"""The CloudWatch metrics of a load balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html

A metric is published only for periods with requests. Not emulated: the dimension AvailabilityZone,
bytes, connections, rules and capacity units.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from twin.core.alb.target_health import target_groups_of
from twin.core.cloudwatch.metrics import MetricAccumulator, merge_statistics, metric_samples
from twin.internal_api.schemas import MetricSample, StatisticSet, TargetHealth, TargetState
from twin.topology.model import LoadBalancer, TargetGroup

NAMESPACE = "AWS/ApplicationELB"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes
_LAMBDA_INTERNAL_ERRORS = frozenset(
    {
        "LambdaConnectionError",
        "LambdaConnectionTimeout",
        "LambdaServiceException",
        "LambdaUnhandledException",
    }
)
_STATUSES_WITH_OWN_METRIC = frozenset({500, 502, 503, 504})

_Dimensions = dict[str, str]


class TargetGroupMetrics:
    """Metrics of the requests forwarded to one target group."""

    def __init__(self) -> None:
        self._requests = MetricAccumulator()
        self._response_times = MetricAccumulator(keep_values=True)
        self._named: defaultdict[str, MetricAccumulator] = defaultdict(MetricAccumulator)

    def count_request(self) -> None:
        """Count a request for which a target was chosen; AWS counts no others."""
        self._requests.add()

    def count_response(self, status: int, seconds: float) -> None:
        """Count a response of the target itself, with the target's response time."""
        self._response_times.add(seconds)
        if 200 <= status < 600:
            self._named[f"HTTPCode_Target_{status // 100}XX_Count"].add()

    def count_failure(self, reason: str) -> None:
        """Count a request without a response; `reason` is an error reason of the access log."""
        internal = reason in _LAMBDA_INTERNAL_ERRORS
        self._named["LambdaInternalError" if internal else "LambdaUserError"].add()

    def take(self) -> dict[str, StatisticSet]:
        """Metric -> its statistics since the last call."""
        accumulators = {
            "RequestCount": self._requests,
            "TargetResponseTime": self._response_times,
            **self._named,
        }
        return {
            name: s for name, metric in accumulators.items() if (s := metric.take()) is not None
        }


class BalancerMetrics:
    """Metrics of all requests of one load balancer."""

    def __init__(self) -> None:
        self._own: defaultdict[str, MetricAccumulator] = defaultdict(MetricAccumulator)
        self._target_groups: defaultdict[str, TargetGroupMetrics] = defaultdict(TargetGroupMetrics)

    def target_group(self, arn: str) -> TargetGroupMetrics:
        return self._target_groups[arn]

    def count_own_error(self, status: int) -> None:
        """Count an error response of the load balancer itself."""
        if status >= 400:
            self._own[f"HTTPCode_ELB_{status // 100}XX_Count"].add()
        if status in _STATUSES_WITH_OWN_METRIC:
            self._own[f"HTTPCode_ELB_{status}_Count"].add()

    def count_tls_failure(self) -> None:
        """Count a connection on which client and listener have agreed on no TLS."""
        self._own["ClientTLSNegotiationErrorCount"].add()

    def count_non_compliant(self) -> None:
        """Count a request that does not comply with RFC 7230, in every desync mitigation mode."""
        self._own["DesyncMitigationMode_NonCompliant_Request_Count"].add()

    def count_invalid_header(self, *, dropped: bool) -> None:
        """Count a forwarded request that had, or still has, headers with invalid names."""
        self._own[
            "DroppedInvalidHeaderRequestCount" if dropped else "ForwardedInvalidHeaderRequestCount"
        ].add()

    def take(self, arn: str) -> Iterator[MetricSample]:
        """The samples since the last call, for the load balancer with this ARN."""
        balancer = {"LoadBalancer": balancer_dimension(arn)}
        for name, metric in self._own.items():
            yield from metric_samples(NAMESPACE, name, metric.take(), balancer)
        by_metric: defaultdict[str, list[StatisticSet]] = defaultdict(list)
        for arn_of_group, metrics in self._target_groups.items():
            group = {"TargetGroup": group_dimension(arn_of_group)}
            for name, statistics in metrics.take().items():
                sets: tuple[_Dimensions, ...] = (group | balancer,)
                if name.startswith("Lambda"):
                    # These two are published by target group, and not by load balancer alone.
                    sets = (group, *sets)
                else:
                    by_metric[name].append(statistics)
                yield from metric_samples(NAMESPACE, name, statistics, *sets, unit=_unit(name))
        for name, parts in by_metric.items():
            yield from metric_samples(
                NAMESPACE, name, merge_statistics(parts), balancer, unit=_unit(name)
            )


def host_count_samples(
    load_balancers: Iterable[LoadBalancer],
    groups: Iterable[TargetGroup],
    targets: Iterable[TargetHealth],
) -> Iterator[MetricSample]:
    """Healthy and unhealthy targets of each target group whose health checks are enabled."""
    states: defaultdict[str, list[TargetState]] = defaultdict(list)
    for target in targets:
        states[target.target_group].append(target.state)
    checked = {group.arn for group in groups if group.health_check.enabled and group.targets}
    for balancer in load_balancers:
        for arn in sorted(checked & target_groups_of(balancer)):
            dimensions = {
                "TargetGroup": group_dimension(arn),
                "LoadBalancer": balancer_dimension(balancer.arn),
            }
            for name, state in (
                ("HealthyHostCount", TargetState.HEALTHY),
                ("UnHealthyHostCount", TargetState.UNHEALTHY),
            ):
                metric = MetricAccumulator()
                metric.add(states[arn].count(state))
                yield from metric_samples(NAMESPACE, name, metric.take(), dimensions)


def balancer_dimension(arn: str) -> str:
    """`app/NAME/ID`: the final portion of the ARN."""
    return arn.partition(":loadbalancer/")[2]


def group_dimension(arn: str) -> str:
    """`targetgroup/NAME/ID`: the final portion of the ARN."""
    return arn.rpartition(":")[2]


def _unit(name: str) -> str:
    return "Seconds" if name == "TargetResponseTime" else "Count"

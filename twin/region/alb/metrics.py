"""What a load balancer counts of its requests, in CloudWatch's words.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html

Counts are told while there is something to count. Not here: the dimension AvailabilityZone, bytes,
connections, rules and capacity units.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from twin.core.metrics import MetricAccumulator, merge_statistics, metric_samples
from twin.core.target_health import target_groups_of
from twin.internal_api.schemas import MetricSample, StatisticSet, TargetHealth, TargetState
from twin.topology.model import LoadBalancer, TargetGroup

NAMESPACE = "AWS/ApplicationELB"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes
_OF_LAMBDA_ITSELF = frozenset(
    {
        "LambdaConnectionError",
        "LambdaConnectionTimeout",
        "LambdaServiceException",
        "LambdaUnhandledException",
    }
)
_COUNTED_ALONE = frozenset({500, 502, 503, 504})

_Dimensions = dict[str, str]


class TargetTallies:
    """Requests that were led to one target group."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._requests = MetricAccumulator()
        self._response_times = MetricAccumulator(keep_values=True)
        self._named: defaultdict[str, MetricAccumulator] = defaultdict(MetricAccumulator)

    def chosen(self) -> None:
        """A target was chosen; only such requests count as requests."""
        self._requests.add()

    def answered(self, status: int, seconds: float) -> None:
        """The target's own answer, and how long it took."""
        self._response_times.add(seconds)
        if 200 <= status < 600:
            self._named[f"HTTPCode_Target_{status // 100}XX_Count"].add()

    def failed(self, reason: str) -> None:
        """No answer of the target's; `reason` is an error reason code of the access log."""
        ours = reason in _OF_LAMBDA_ITSELF
        self._named["LambdaInternalError" if ours else "LambdaUserError"].add()

    def take(self) -> dict[str, StatisticSet]:
        """Name of a metric -> what came since the last time."""
        tallies = {
            "RequestCount": self._requests,
            "TargetResponseTime": self._response_times,
            **self._named,
        }
        return {name: s for name, tally in tallies.items() if (s := tally.take()) is not None}


class BalancerTallies:
    """All requests of one load balancer."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._own: defaultdict[str, MetricAccumulator] = defaultdict(MetricAccumulator)
        self._targets: defaultdict[str, TargetTallies] = defaultdict(TargetTallies)

    def of(self, target_group: str) -> TargetTallies:
        """The part of one target group, by ARN."""
        return self._targets[target_group]

    def own_error(self, status: int) -> None:
        """An answer that the load balancer made itself."""
        if status >= 400:
            self._own[f"HTTPCode_ELB_{status // 100}XX_Count"].add()
        if status in _COUNTED_ALONE:
            self._own[f"HTTPCode_ELB_{status}_Count"].add()

    def take(self, arn: str) -> Iterator[MetricSample]:
        """What came since the last time, of the load balancer with this ARN."""
        balancer = {"LoadBalancer": balancer_dimension(arn)}
        for name, tally in self._own.items():
            yield from metric_samples(NAMESPACE, name, tally.take(), balancer)
        whole: defaultdict[str, list[StatisticSet]] = defaultdict(list)
        for group, tallies in self._targets.items():
            own = {"TargetGroup": group_dimension(group)}
            for name, statistics in tallies.take().items():
                sets: tuple[_Dimensions, ...] = (own | balancer,)
                if name.startswith("Lambda"):
                    # These two are told by target group, not by load balancer alone.
                    sets = (own, *sets)
                else:
                    whole[name].append(statistics)
                yield from metric_samples(NAMESPACE, name, statistics, *sets, unit=_unit(name))
        for name, parts in whole.items():
            yield from metric_samples(
                NAMESPACE, name, merge_statistics(parts), balancer, unit=_unit(name)
            )


def host_count_samples(
    load_balancers: Iterable[LoadBalancer],
    groups: Iterable[TargetGroup],
    targets: Iterable[TargetHealth],
) -> Iterator[MetricSample]:
    """How many targets are healthy, of each target group whose health checks are enabled."""
    states: defaultdict[str, list[TargetState]] = defaultdict(list)
    for target in targets:
        states[target.target_group].append(target.state)
    checked = {group.arn for group in groups if group.health_check.enabled and group.targets}
    for balancer in load_balancers:
        for arn in sorted(checked & target_groups_of(balancer)):
            of = {
                "TargetGroup": group_dimension(arn),
                "LoadBalancer": balancer_dimension(balancer.arn),
            }
            for name, state in (
                ("HealthyHostCount", TargetState.HEALTHY),
                ("UnHealthyHostCount", TargetState.UNHEALTHY),
            ):
                tally = MetricAccumulator()
                tally.add(states[arn].count(state))
                yield from metric_samples(NAMESPACE, name, tally.take(), of)


def balancer_dimension(arn: str) -> str:
    """`app/NAME/ID`: the final portion of the ARN."""
    return arn.partition(":loadbalancer/")[2]


def group_dimension(arn: str) -> str:
    """`targetgroup/NAME/ID`: the final portion of the ARN."""
    return arn.rpartition(":")[2]


def _unit(name: str) -> str:
    return "Seconds" if name == "TargetResponseTime" else "Count"

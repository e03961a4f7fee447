"""The CloudWatch metrics of Lambda functions.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

A throttled call counts as a throttle, neither as an invocation nor as an error. Health checks of a
load balancer count as invocations. Not emulated: the dimension of aliases and versions (Resource).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from twin.core.cloudwatch.metrics import MetricAccumulator, merge_statistics, metric_samples
from twin.internal_api.schemas import MetricSample, StatisticSet
from twin.region.lambdas.invocation import InvocationResult

NAMESPACE = "AWS/Lambda"
CONCURRENT = "ConcurrentExecutions"


class ConcurrencyGauge:
    """The number of concurrent invocations, sampled at the start of each."""

    __slots__ = ("_running", "_samples")

    def __init__(self) -> None:
        self._running = 0
        self._samples = MetricAccumulator()

    def increment(self) -> None:
        self._running += 1
        self._samples.add(self._running)

    def decrement(self) -> None:
        self._running -= 1

    def take(self) -> StatisticSet | None:
        """The statistics since the last call."""
        return self._samples.take()


class FunctionMetrics:
    """The metrics of one function."""

    __slots__ = ("_durations", "_errors", "_invocations", "_throttles")

    def __init__(self) -> None:
        self._invocations, self._errors, self._throttles = (
            MetricAccumulator(),
            MetricAccumulator(),
            MetricAccumulator(),
        )
        self._durations = MetricAccumulator(keep_values=True)

    def count_invocation(self, result: InvocationResult) -> None:
        """Count an ended invocation; Errors and Throttles get a sample of 0 where it had none."""
        self._invocations.add()
        self._errors.add(1.0 if result.function_error else 0.0)
        self._throttles.add(0.0)
        self._durations.add(result.duration_ms)

    def count_throttle(self) -> None:
        self._throttles.add()

    def take(self) -> dict[str, StatisticSet]:
        """Metric -> its statistics since the last call."""
        accumulators = {
            "Invocations": self._invocations,
            "Errors": self._errors,
            "Throttles": self._throttles,
            "Duration": self._durations,
        }
        return {
            name: s for name, metric in accumulators.items() if (s := metric.take()) is not None
        }


def function_samples(
    functions: Mapping[str, dict[str, StatisticSet]], concurrent: StatisticSet | None
) -> Iterator[MetricSample]:
    """The samples of each function, and of all functions together.

    `concurrent` are the concurrent executions of all functions.
    """
    by_metric: defaultdict[str, list[StatisticSet]] = defaultdict(list)
    for function, taken in functions.items():
        for name, statistics in taken.items():
            dimensions = {"FunctionName": function}
            yield from metric_samples(NAMESPACE, name, statistics, dimensions, unit=_unit(name))
            if name != CONCURRENT:
                by_metric[name].append(statistics)
    for name, parts in by_metric.items():
        yield from metric_samples(NAMESPACE, name, merge_statistics(parts), {}, unit=_unit(name))
    yield from metric_samples(NAMESPACE, CONCURRENT, concurrent, {})


def _unit(name: str) -> str:
    return "Milliseconds" if name == "Duration" else "Count"

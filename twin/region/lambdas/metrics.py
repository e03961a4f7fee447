"""What Lambda counts of its invocations, in CloudWatch's words.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

A throttled call counts as a throttle, neither as an invocation nor as an error. Health checks of a
load balancer are invocations. Not here: the dimensions of aliases and versions (Resource).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from twin.core.metrics import MetricAccumulator, merge_statistics, metric_samples
from twin.internal_api.schemas import MetricSample, StatisticSet
from twin.region.lambdas.invocation import InvocationResult

NAMESPACE = "AWS/Lambda"
CONCURRENT = "ConcurrentExecutions"


class ConcurrencyGauge:
    """How many invocations run at once, as each one begins."""

    __slots__ = ("_running", "_tally")

    def __init__(self) -> None:
        """None run."""
        self._running = 0
        self._tally = MetricAccumulator()

    def began(self) -> None:
        """One more."""
        self._running += 1
        self._tally.add(self._running)

    def ended(self) -> None:
        """One less."""
        self._running -= 1

    def take(self) -> StatisticSet | None:
        """What was seen since the last time."""
        return self._tally.take()


class FunctionTallies:
    """The counts of one function."""

    __slots__ = ("_durations", "_errors", "_invocations", "_throttles")

    def __init__(self) -> None:
        """Nothing yet."""
        self._invocations, self._errors, self._throttles = (
            MetricAccumulator(),
            MetricAccumulator(),
            MetricAccumulator(),
        )
        self._durations = MetricAccumulator(keep_values=True)

    def done(self, outcome: InvocationResult) -> None:
        """An invocation has ended. It counts as no error, and as no throttle, as well."""
        self._invocations.add()
        self._errors.add(1.0 if outcome.function_error else 0.0)
        self._throttles.add(0.0)
        self._durations.add(outcome.duration_ms)

    def throttled(self) -> None:
        """A call was refused for want of concurrency."""
        self._throttles.add()

    def take(self) -> dict[str, StatisticSet]:
        """Name of a metric -> what came since the last time."""
        tallies = {
            "Invocations": self._invocations,
            "Errors": self._errors,
            "Throttles": self._throttles,
            "Duration": self._durations,
        }
        return {name: s for name, tally in tallies.items() if (s := tally.take()) is not None}


def function_samples(
    functions: Mapping[str, dict[str, StatisticSet]], concurrent: StatisticSet | None
) -> Iterator[MetricSample]:
    """What each function counted, and all together, who ran `concurrent` at once."""
    together: defaultdict[str, list[StatisticSet]] = defaultdict(list)
    for function, taken in functions.items():
        for name, statistics in taken.items():
            of = {"FunctionName": function}
            yield from metric_samples(NAMESPACE, name, statistics, of, unit=_unit(name))
            if name != CONCURRENT:
                together[name].append(statistics)
    for name, parts in together.items():
        yield from metric_samples(NAMESPACE, name, merge_statistics(parts), {}, unit=_unit(name))
    yield from metric_samples(NAMESPACE, CONCURRENT, concurrent, {})


def _unit(name: str) -> str:
    return "Milliseconds" if name == "Duration" else "Count"

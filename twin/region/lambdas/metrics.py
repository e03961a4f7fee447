"""What Lambda counts of its invocations, in CloudWatch's words.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

A throttled call counts as a throttle, neither as an invocation nor as an error. Health checks of a
load balancer are invocations. Not here: the dimensions of aliases and versions (Resource).
"""

from collections.abc import Iterator

from twin.core.metrics import Tally, published
from twin.messages import MetricSample
from twin.region.lambdas.invocation import Outcome

NAMESPACE = "AWS/Lambda"


class LambdaTallies:
    """The counts of one function, or of all functions of the Region."""

    __slots__ = ("_concurrent", "_durations", "_errors", "_in_flight", "_invocations", "_throttles")

    def __init__(self) -> None:
        """Nothing yet."""
        self._invocations, self._errors, self._throttles = Tally(), Tally(), Tally()
        self._durations = Tally(spread=True)
        self._concurrent = Tally()
        self._in_flight = 0

    def began(self) -> None:
        """An invocation was accepted."""
        self._in_flight += 1
        self._concurrent.add(self._in_flight)

    def done(self, outcome: Outcome | None) -> None:
        """An accepted invocation has ended; None: it was throttled after having waited."""
        self._in_flight -= 1
        if outcome is None:
            self.throttled()
            return
        self._invocations.add()
        self._errors.add(1.0 if outcome.function_error else 0.0)
        self._throttles.add(0.0)
        self._durations.add(outcome.duration_ms)

    def throttled(self) -> None:
        """A call was refused for want of concurrency."""
        self._throttles.add()

    def take(self, function: str = "") -> Iterator[MetricSample]:
        """What came since the last time; without a name, of all functions together."""
        named = {"FunctionName": function} if function else {}
        for name, tally, unit in (
            ("Invocations", self._invocations, "Count"),
            ("Errors", self._errors, "Count"),
            ("Throttles", self._throttles, "Count"),
            ("Duration", self._durations, "Milliseconds"),
            ("ConcurrentExecutions", self._concurrent, "Count"),
        ):
            yield from published(NAMESPACE, name, tally.take(), named, unit=unit)

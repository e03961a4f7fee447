"""Answers in JSON: the Region in each, and the time of the table's call."""

from collections.abc import Mapping

from app.clock import Clock
from app.http.messages import Page


class LatencyTimer:
    """Measures from its creation."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.monotonic()

    def elapsed_ms(self) -> int:
        """Whole milliseconds."""
        return round((self._clock.monotonic() - self._started) * 1000)


class AnswerMaker:
    """Makes the answers of one Region."""

    def __init__(self, *, region: str, clock: Clock) -> None:
        self._region = region
        self._clock = clock

    def start(self) -> LatencyTimer:
        """Start to measure the table's call."""
        return LatencyTimer(self._clock)

    def page(
        self, data: Mapping[str, object], timer: LatencyTimer | None = None, status: int = 200
    ) -> Page:
        """An answer; with a timer it has `Latency`."""
        latency = {} if timer is None else {"Latency": timer.elapsed_ms()}
        return Page(status=status, html=None, data={**data, **latency, "region": self._region})

    def error(
        self, status: int, text: str, data: Mapping[str, object], timer: LatencyTimer
    ) -> Page:
        """An error that has data beside it."""
        return self.page({"error": text, "status": status, **data}, timer, status)

"""The request to stop a drill, and the stop conditions that make it.

A stop condition must hold for its whole duration. An unknown value interrupts it: it neither
triggers nor counts.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from muster.drill.journal.events import StopCause
from muster.drill.plan.instructions import format_measure
from muster.drill.plan.model import StopCondition


@dataclass(frozen=True, slots=True)
class StopReason:
    cause: StopCause
    why: str


class StopRequest:
    """The first request stops the drill and rolls back; a later signal ends the rollback's wait."""

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.insisted = False
        """A signal came after the first request."""
        self.too_late = False
        """Only the result is left to be made."""
        self._requested = asyncio.Event()

    def request(self, cause: StopCause, why: str) -> None:
        """The first reason counts."""
        if self.reason is None:
            self.reason = StopReason(cause, why)
        elif cause == "signal":
            self.insisted = True
        self._requested.set()

    async def wait(self) -> StopReason:
        """Wait for the first request."""
        await self._requested.wait()
        assert self.reason is not None  # noqa: S101 - set before the event
        return self.reason


class StopTriggers:
    """Stop conditions, and since when each is met."""

    def __init__(self, conditions: Iterable[StopCondition]) -> None:
        self._conditions = tuple(conditions)
        self._since_s: dict[StopCondition, float] = {}

    def check(self, measure: Callable[[StopCondition], float | None], now_s: float) -> str | None:
        """The first condition that has held for its duration, in words with its value."""
        for condition in self._conditions:
            value = measure(condition)
            if value is None or not _is_met(condition, value):
                self._since_s.pop(condition, None)
                continue
            since_s = self._since_s.setdefault(condition, now_s)
            if now_s - since_s >= condition.lasting_s:
                return f"{condition.describe()}; it is {format_measure(condition.measure, value)}"
        return None


def _is_met(condition: StopCondition, value: float) -> bool:
    if condition.above is not None:
        return value > condition.above
    return condition.below is not None and value < condition.below

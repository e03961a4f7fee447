"""The wish to stop, and the conditions that lead to it by themselves.

Decides when a stop condition has lasted long enough. A figure that can't be told breaks the row:
it neither triggers nor counts. Knows nothing of what stopping means.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from muster.drill.journal.events import StopCause
from muster.drill.plan.instructions import format_measure
from muster.drill.plan.model import StopCondition


@dataclass(frozen=True, slots=True)
class StopReason:
    """Why a drill is to stop."""

    cause: StopCause
    why: str


class StopRequest:
    """Asked for once, a drill stops and rolls back; asked for again, the rollback stops waiting."""

    def __init__(self) -> None:
        """Not asked for yet."""
        self.reason: StopReason | None = None
        self.insisted = False
        self.too_late = False
        """Whether only the numbers are left to be made: there is nothing to stop any more."""
        self._asked = asyncio.Event()

    def ask(self, cause: StopCause, why: str) -> None:
        """Ask for it. The first reason counts; only a person insists."""
        if self.reason is None:
            self.reason = StopReason(cause, why)
        elif cause == "signal":
            self.insisted = True
        self._asked.set()

    async def wait(self) -> StopReason:
        """Until it is asked for."""
        await self._asked.wait()
        assert self.reason is not None  # noqa: S101 - set before the event
        return self.reason


class StopTriggers:
    """Stop conditions with the time since which each is met."""

    def __init__(self, conditions: Iterable[StopCondition]) -> None:
        """None is met yet."""
        self._conditions = tuple(conditions)
        self._since_s: dict[StopCondition, float] = {}

    def check(self, value_of: Callable[[StopCondition], float | None], now_s: float) -> str | None:
        """The first condition that has lasted long enough, in words with its value."""
        for condition in self._conditions:
            value = value_of(condition)
            if value is None or not _met(condition, value):
                self._since_s.pop(condition, None)
                continue
            since_s = self._since_s.setdefault(condition, now_s)
            if now_s - since_s >= condition.lasting_s:
                return f"{condition.describe()}; it is {format_measure(condition.measure, value)}"
        return None


def _met(condition: StopCondition, value: float) -> bool:
    if condition.above is not None:
        return value > condition.above
    return condition.below is not None and value < condition.below

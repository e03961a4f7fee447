"""Trying again and waiting, within a budget of time.

Decides how long to wait between two tries (exponential, with full jitter), what is worth another
try, and what a person is told meanwhile. Refuses to know what is tried.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from common.clock import Clock
from muster.aws.clients import is_transient
from muster.errors import CallFailed, WaitTimeout
from muster.formatting import format_duration

T = TypeVar("T")

MIN_PAUSE_S = 0.2
MAX_PAUSE_S = 5.0
MAX_POLL_PAUSE_S = 1.5

Notify = Callable[[str], None]
"""Takes a line for whoever watches."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """What a look showed."""

    done: bool
    words: str


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How the levers wait."""

    clock: Clock
    rng: random.Random
    notify: Notify

    def budget(self, within_s: float) -> "Deadline":
        """Time for one pull of a lever, from now on. Seconds."""
        return Deadline(self, within_s)


class Deadline:
    """The time that one pull of a lever has."""

    def __init__(
        self, patience: RetryPolicy, within_s: float, told: set[str] | None = None
    ) -> None:
        """It runs from now on. `told`: lines that a budget of which this is a part has told."""
        self._clock = patience.clock
        self._rng = patience.rng
        self.notify = patience.notify
        self.within_s = within_s
        self._told: set[str] = set() if told is None else told
        self._end_s = patience.clock.monotonic() + within_s

    @property
    def left_s(self) -> float:
        """Seconds that are left; 0 when it is used up."""
        return max(0.0, self._end_s - self._clock.monotonic())

    def part(self, at_most_s: float) -> "Deadline":
        """A budget that ends with this one, or earlier."""
        patience = RetryPolicy(self._clock, self._rng, self.notify)
        return Deadline(patience, min(at_most_s, self.left_s), self._told)

    def tell(self, line: str) -> None:
        """Notify of a line, unless it was told before: what is tried again often fails the same."""
        if line not in self._told:
            self._told.add(line)
            self.notify(line)

    async def persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The attempt's result. One that failed and may pass is made again, as long as there is
        time. Told is each failure that is another than those before, and how many tries were in
        vain. Raises the last CallFailed."""
        tries = 0
        while True:
            try:
                return await attempt()
            except CallFailed as exc:
                pause_s = self._pause_s(tries)
                tries += 1
                if not is_transient(exc) or pause_s > self.left_s:
                    self._tell_tries(tries)
                    raise
                self.tell(f"{exc}; trying again, for {format_duration(self.within_s)} at most")
            await self._clock.sleep(pause_s)

    def _tell_tries(self, tries: int) -> None:
        if tries > 1:
            spent_s = self.within_s - self.left_s
            self.notify(f"{tries} tries within {format_duration(spent_s)} were in vain")

    async def wait(self, what: str, look: Callable[[], Awaitable[PollResult]]) -> PollResult:
        """Look until it is done. A look that fails and may pass counts as not yet, and is said
        once. Raises NotInTime with what was seen last, and CallFailed."""
        looks = 0
        while True:
            seen = await self._look(look)
            if seen.done:
                return seen
            if self.left_s <= 0:
                raise WaitTimeout(what, self.within_s, seen.words)
            await self._clock.sleep(min(self._look_again_s(looks), self.left_s))
            looks += 1

    async def _look(self, look: Callable[[], Awaitable[PollResult]]) -> PollResult:
        try:
            return await look()
        except CallFailed as exc:
            if not is_transient(exc):
                raise
            self.tell(f"{exc}; waiting")
            return PollResult(False, str(exc))

    def _pause_s(self, tries: int) -> float:
        # Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
        longest_s = min(MAX_PAUSE_S, MIN_PAUSE_S * 2.0 ** (tries + 1))
        return self._rng.uniform(MIN_PAUSE_S / 2, longest_s)

    def _look_again_s(self, looks: int) -> float:
        longest_s = min(MAX_POLL_PAUSE_S, 0.1 * 1.5**looks)
        return self._rng.uniform(longest_s / 2, longest_s)

"""The one retry layer, and polling.

A change of the system is made again after a transient error, with growing random pauses, until its
time budget ends or until its calls have failed for `unanswered_s`. A drill's step executor journals
each retry; `retry_and_report` prints it for a command. Nothing below repeats a change: levers make
one attempt of an idempotent change, botocore makes one attempt of a call (see muster.aws.clients).

Polling is reading until a condition is met. There a transient error counts as "not yet".
"""

import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from common.clock import Clock
from muster.aws.clients import CHANGE_POLICY, is_transient
from muster.errors import CallFailed, MusterError, WaitTimeout
from muster.formatting import format_duration

T = TypeVar("T")

MIN_PAUSE_S = 0.25
FIRST_MAX_PAUSE_S = 1.0
MAX_PAUSE_S = 10.0
FIRST_MAX_POLL_PAUSE_S = 0.1
MAX_POLL_PAUSE_S = 1.5

Notify = Callable[[str], None]
"""Shows a line to a person."""
Attempt = Callable[[float], Awaitable[T]]
"""Makes a change once; takes the seconds that are left for it."""
OnRetry = Callable[[int, MusterError, float], None]
"""Reports a retry: number of the attempt that failed, its error, seconds until the next one."""
UnansweredLimit = Callable[[CallFailed], float]
"""The seconds for which calls that fail with such an error are made again, however long the change
itself may take."""


def is_transient_call(error: MusterError) -> bool:
    """True for a call to AWS that may succeed if it is made again."""
    return isinstance(error, CallFailed) and is_transient(error)


def no_limit(_error: CallFailed) -> float:
    """Failed calls are made again until the change's own time budget ends."""
    return math.inf


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Clock, randomness and reports of retries and polls."""

    clock: Clock
    rng: random.Random
    notify: Notify

    def deadline(self, within_s: float) -> "Deadline":
        """A deadline so many seconds from now."""
        return Deadline(self, within_s)

    async def retry(
        self,
        attempt: Attempt[T],
        *,
        within_s: float,
        on_retry: OnRetry,
        unanswered_s: UnansweredLimit = no_limit,
        is_worth_retry: Callable[[MusterError], bool] = is_transient_call,
    ) -> T:
        """Make a change until an attempt succeeds. Raises the error of the last attempt.

        `unanswered_s` limits failures of calls in a row, from the beginning of the first one. A
        failure with another limit begins a new row.
        """
        end_s = self.clock.monotonic() + within_s
        number, limit_s, calls_end_s = 1, math.inf, math.inf
        while True:
            began_s = self.clock.monotonic()
            try:
                return await attempt(end_s - began_s)
            except MusterError as exc:
                now_s, pause_s = self.clock.monotonic(), self._retry_pause_s(number)
                earlier_limit_s = limit_s
                limit_s = unanswered_s(exc) if isinstance(exc, CallFailed) else math.inf
                if limit_s != earlier_limit_s:
                    calls_end_s = max(began_s, now_s - CHANGE_POLICY.total_s) + limit_s
                if not is_worth_retry(exc) or now_s + pause_s >= min(end_s, calls_end_s):
                    raise
                on_retry(number, exc, pause_s)
            await self.clock.sleep(pause_s)
            number += 1

    async def retry_and_report(
        self, attempt: Attempt[T], *, within_s: float, unanswered_s: UnansweredLimit = no_limit
    ) -> T:
        """The same for a person: show each new failure, and at last the number of vain attempts."""
        failed, reported = 0, set[str]()
        started_s = self.clock.monotonic()

        def report(number: int, error: MusterError, _pause_s: float) -> None:
            nonlocal failed
            failed = number
            limit_s = unanswered_s(error) if isinstance(error, CallFailed) else within_s
            at_most = format_duration(min(within_s, limit_s))
            line = f"{error}; trying again, for {at_most} at most"
            if line not in reported:
                reported.add(line)
                self.notify(line)

        try:
            return await self.retry(
                attempt, within_s=within_s, on_retry=report, unanswered_s=unanswered_s
            )
        except CallFailed:
            if failed:
                spent = format_duration(self.clock.monotonic() - started_s)
                self.notify(f"{failed + 1} tries within {spent} were in vain")
            raise

    def _retry_pause_s(self, number: int) -> float:
        # Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
        longest_s = min(MAX_PAUSE_S, FIRST_MAX_PAUSE_S * math.pow(2, number - 1))
        return self.rng.uniform(MIN_PAUSE_S, longest_s)


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one reading showed."""

    done: bool
    words: str
    """The state in words, for a timeout's error."""


class Deadline:
    """A moment until which conditions are polled."""

    def __init__(
        self, policy: RetryPolicy, within_s: float, reported: set[str] | None = None
    ) -> None:
        """Starts now. `reported`: lines that a parent deadline has shown."""
        self._policy = policy
        self.within_s = within_s
        self._reported: set[str] = set() if reported is None else reported
        self._end_s = policy.clock.monotonic() + within_s

    @property
    def left_s(self) -> float:
        """Seconds left; 0 after the deadline."""
        return max(0.0, self._end_s - self._policy.clock.monotonic())

    def child(self, at_most_s: float) -> "Deadline":
        """A deadline that ends with this one, or earlier."""
        return Deadline(self._policy, min(at_most_s, self.left_s), self._reported)

    def notify(self, line: str) -> None:
        """Show a line."""
        self._policy.notify(line)

    async def wait(self, what: str, read: Callable[[], Awaitable[PollResult]]) -> PollResult:
        """Poll until it is done. A transient error counts as not yet, and is shown once.

        Raises WaitTimeout with the last state, and CallFailed.
        """
        polls = 0
        while True:
            result = await self._poll(read)
            if result.done:
                return result
            if self.left_s <= 0:
                raise WaitTimeout(what, self.within_s, result.words)
            await self._policy.clock.sleep(min(self._poll_pause_s(polls), self.left_s))
            polls += 1

    async def _poll(self, read: Callable[[], Awaitable[PollResult]]) -> PollResult:
        try:
            return await read()
        except CallFailed as exc:
            if not is_transient(exc):
                raise
            line = f"{exc}; waiting"
            if line not in self._reported:
                self._reported.add(line)
                self.notify(line)
            return PollResult(False, str(exc))

    def _poll_pause_s(self, polls: int) -> float:
        longest_s = min(MAX_POLL_PAUSE_S, FIRST_MAX_POLL_PAUSE_S * 1.5**polls)
        return self._policy.rng.uniform(longest_s / 2, longest_s)

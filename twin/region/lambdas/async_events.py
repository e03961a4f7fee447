"""The events of asynchronous invocations: how many wait, when they are tried and when given up.

After a function error an invocation is retried twice, after one minute and after two more. After a
throttle or an internal error of Lambda it is retried for up to six hours, first after a second,
then after twice the last pause, up to five minutes. These are AWS's times; the caller scales them
by the twin's speed. Dead-letter queues and destinations are not emulated.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

Events wait in the memory of the Region's process, and are lost with it. AWS's queue has no end;
here, where it is full, an event is refused as where too many requests arrive. Of each function no
more events are tried at once than it may have execution environments, so that others who invoke it
wait behind these few only.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from common.clock import Clock
from twin.core.lambda_.functions import LATEST
from twin.region.ids import IdGenerator
from twin.region.lambdas.functions import HostedFunction
from twin.region.lambdas.invocation import (
    FunctionNotFound,
    InvocationResult,
    InvokeError,
    Throttled,
    ThrottleReason,
)
from twin.region.lambdas.pool import Spawn
from twin.settings import TwinSettings
from twin.topology.model import AsyncInvokeSettings

log = logging.getLogger(__name__)

MAX_EVENTS = 10_000
MAX_EVENTS_BYTES = 100_000_000
"""Of all functions of a Region, until they have succeeded or are given up."""
PAUSES_AFTER_ERRORS_S = (60.0, 120.0)
FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 300.0
DEFAULT_SETTINGS = AsyncInvokeSettings()

Invoke = Callable[[], Awaitable[InvocationResult]]
"""One attempt. Raises InvokeError."""


async def invoke_with_retries(
    name: str,
    invoke: Invoke,
    clock: Clock,
    scaled: Callable[[float], float],
    *,
    turn: AbstractAsyncContextManager[object],
    settings: AsyncInvokeSettings = DEFAULT_SETTINGS,
) -> bool:
    """Invoke until success (True) or until no retry is left (False).

    `scaled` turns AWS's seconds into seconds at the twin's speed; an attempt waits for its `turn`.
    """
    deadline = clock.monotonic() + scaled(settings.max_age_s)
    pauses = _Pauses(settings.max_retries)
    while True:
        async with turn:
            if clock.monotonic() > deadline:
                return False
            outcome = await _attempt(invoke)
        if isinstance(outcome, InvocationResult) and not outcome.function_error:
            return True
        wait_s = pauses.after(outcome)
        why = outcome if isinstance(outcome, InvokeError) else "an error of the function"
        log.info("asynchronous invocation of %s: %s; next pause: %s s", name, why, wait_s)
        if wait_s is None or clock.monotonic() + scaled(wait_s) > deadline:
            return False
        await clock.sleep(scaled(wait_s))


async def _attempt(invoke: Invoke) -> InvocationResult | InvokeError:
    try:
        return await invoke()
    except InvokeError as exc:
        return exc


class _Pauses:
    """How long one event waits for its next attempt."""

    def __init__(self, max_retries: int) -> None:
        self._after_errors = list(PAUSES_AFTER_ERRORS_S[:max_retries])
        self._after_throttle = FIRST_PAUSE_S

    def after(self, outcome: InvocationResult | InvokeError) -> float | None:
        """Seconds after a failed attempt; None when it was the last one."""
        if isinstance(outcome, FunctionNotFound):
            return None
        if isinstance(outcome, InvocationResult):
            return self._after_errors.pop(0) if self._after_errors else None
        pause_s = self._after_throttle
        self._after_throttle = min(2 * pause_s, MAX_PAUSE_S)
        return pause_s


@dataclass(slots=True, kw_only=True)
class AsyncEvents:
    """The events of a Region."""

    ids: IdGenerator
    clock: Clock
    settings: TwinSettings
    spawn: Spawn
    _count: int = 0
    _bytes: int = 0
    _turns: WeakValueDictionary[str, asyncio.Semaphore] = field(default_factory=WeakValueDictionary)
    """Name of a function -> the events of it that may be tried now."""

    def accept(self, function: HostedFunction, qualifier: str, event: bytes) -> None:
        """Invoke the function later. Raises Throttled where too many events wait."""
        if self._count >= MAX_EVENTS or self._bytes + len(event) > MAX_EVENTS_BYTES:
            raise Throttled(ThrottleReason.CONCURRENT)
        self._count += 1
        self._bytes += len(event)
        self.spawn(self._run(function, qualifier, event))

    async def _run(self, function: HostedFunction, qualifier: str, event: bytes) -> None:
        async def invoke() -> InvocationResult:
            return await function.submit(qualifier, event, draw=self.ids.draw())

        config = function.config
        turn = self._turns.setdefault(
            config.name, asyncio.Semaphore(self.settings.lambda_environments)
        )
        try:
            await invoke_with_retries(
                config.name,
                invoke,
                self.clock,
                self.settings.scaled,
                turn=turn,
                settings=config.async_settings.get(qualifier or LATEST, DEFAULT_SETTINGS),
            )
        finally:
            self._count -= 1
            self._bytes -= len(event)

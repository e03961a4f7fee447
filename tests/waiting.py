"""Waiting for a condition with a deadline, instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_S = 0.02


def eventually(check: Callable[[], T], within_s: float = 15.0, pause_s: float = PAUSE_S) -> T:
    """The first true value of `check`; AssertionError with the last one when time is up.

    An AssertionError or OSError that `check` raises counts as not yet.
    """
    deadline = time.monotonic() + within_s  # noqa: TID251 - the tests' one wait
    while True:
        last: object
        try:
            value = check()
            if value:
                return value
            last = value
        except (AssertionError, OSError) as exc:
            last = exc
        if time.monotonic() > deadline:  # noqa: TID251 - the tests' one wait
            raise AssertionError(f"not within {within_s} s; last: {last!r}")
        time.sleep(pause_s)  # noqa: TID251 - the tests' one wait


async def async_eventually(check: Callable[[], Awaitable[T]], within_s: float = 15.0) -> T:
    """The same for a coroutine."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        last: object
        try:
            value = await check()
            if value:
                return value
            last = value
        except (AssertionError, OSError) as exc:
            last = exc
        if loop.time() > deadline:
            raise AssertionError(f"not within {within_s} s; last: {last!r}")
        await asyncio.sleep(PAUSE_S)

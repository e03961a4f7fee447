"""Waiting for a condition with a deadline, instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_S = 0.02


def eventually(check: Callable[[], T], within_s: float = 15.0, pause_s: float = PAUSE_S) -> T:
    """Call `check` until its value is true, and return it.

    An AssertionError or OSError of `check` counts as a false value. Raises AssertionError with the
    last value or error after `within_s`.
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
    """`eventually` for a check that is a coroutine function."""
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

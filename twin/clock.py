"""The only module of the twin that reads the real clock."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Time as a parameter. Tests pass one that they move by hand."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        return time.monotonic()

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        await asyncio.sleep(seconds)

    def wait(self, seconds: float) -> None:
        """Block this many seconds; for command lines, never inside an event loop."""
        time.sleep(seconds)

"""The only module of the operator's tool that reads the real clock.

`monotonic` is the machine's clock since boot, one for all processes of a machine: times in the
prober's samples and in a drill's journal, written by different processes, lie on one axis.
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Time as a parameter. Tests pass one that they move by hand."""

    def monotonic(self) -> float:
        """Seconds since the machine started; never goes back."""
        ...

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        ...

    def processor(self) -> float:
        """Seconds of processor time that this process has used."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds since the machine started; never goes back."""
        return time.monotonic()

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        await asyncio.sleep(seconds)

    def processor(self) -> float:
        """Seconds of processor time that this process has used."""
        return time.process_time()

"""The only module of infra, muster, twin and tools that reads the real clock.

`monotonic` counts from the machine's boot and is the same in all processes of a machine: times that
different processes wrote (the prober's samples, a drill's journal) lie on one axis.
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Time as a parameter. Tests pass one that they move by hand."""

    def monotonic(self) -> float:
        """Seconds since the machine's boot; never goes back."""
        ...

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let the event loop run other tasks for this many seconds."""
        ...


class WaitingClock(Protocol):
    """The clock of a command line, which blocks while it waits."""

    def monotonic(self) -> float:
        """Seconds since the machine's boot; never goes back."""
        ...

    def wait(self, seconds: float) -> None:
        """Block this many seconds."""
        ...


class ProcessClock(Clock, Protocol):
    """A clock that also counts this process' use of the processor."""

    def cpu_time(self) -> float:
        """Seconds of processor time that this process has used."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds since the machine's boot; never goes back."""
        return time.monotonic()

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Let the event loop run other tasks for this many seconds."""
        await asyncio.sleep(seconds)

    def wait(self, seconds: float) -> None:
        """Block this many seconds; for command lines, never inside an event loop."""
        time.sleep(seconds)

    def cpu_time(self) -> float:
        """Seconds of processor time that this process has used."""
        return time.process_time()

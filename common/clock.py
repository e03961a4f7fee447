"""The only module of infra, muster, twin and tools that reads the real clock.

`monotonic` counts from the machine's boot and is the same in all processes of a machine: times that
different processes wrote (the prober's samples, a drill's journal) lie on one axis.
"""

import asyncio
import time
from pathlib import Path
from typing import Protocol

SCHEDULER_STATISTICS = Path("/proc/self/schedstat")
"""https://docs.kernel.org/scheduler/sched-stats.html: the second number is the time in which the
main thread was ready to run and waited, in nanoseconds."""


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

    def cpu_wait(self) -> float | None:
        """Seconds in which this process' main thread was ready to run and waited for a processor.

        None where the kernel does not tell.
        """
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

    def cpu_wait(self) -> float | None:
        """Seconds in which this process' main thread was ready to run and waited for a processor.

        None where the kernel does not tell.
        """
        try:
            return int(SCHEDULER_STATISTICS.read_text().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return None

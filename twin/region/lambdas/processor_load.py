"""Whether the machine's processors are all busy, from the kernel's counters.

https://man7.org/linux/man-pages/man5/proc_stat.5.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")
WINDOW_S = 0.1
"""Least time between two looks at the counters; they count in hundredths of a second."""
SATURATED_IDLE_SHARE = 0.1
_IDLE, _IOWAIT = 3, 4
"""Positions in the line of all processors."""


@dataclass(frozen=True, slots=True)
class ProcessorTimes:
    """Time of all processors together since the machine's boot, in ticks."""

    idle: int
    total: int


def parse_processor_times(text: str) -> ProcessorTimes:
    """Parse /proc/stat. Raises ValueError."""
    first, _, _ = text.partition("\n")
    name, *fields = first.split()
    if name != "cpu" or len(fields) <= _IOWAIT:
        raise ValueError(f"no times of all processors in {first!r}")
    ticks = [int(field) for field in fields[:8]]  # guests' times are in the first two as well
    return ProcessorTimes(ticks[_IDLE] + ticks[_IOWAIT], sum(ticks))


class ProcessorLoad:
    """Looks at the counters when asked, and at most once in WINDOW_S."""

    def __init__(self, monotonic: Callable[[], float], stat: Path = STAT) -> None:
        self._monotonic = monotonic
        self._stat = stat
        self._looked_at = monotonic() - WINDOW_S
        self._before: ProcessorTimes | None = None
        self._is_saturated = False

    def is_saturated(self) -> bool:
        """Whether the processors were busy since the last look; False while that is unknown."""
        now = self._monotonic()
        if now - self._looked_at >= WINDOW_S:
            self._looked_at = now
            self._is_saturated = self._look()
        return self._is_saturated

    def _look(self) -> bool:
        try:
            times = parse_processor_times(self._stat.read_text())
        except (OSError, ValueError):
            return False  # a machine that does not tell is treated as an idle one
        before, self._before = self._before, times
        if before is None or times.total <= before.total:
            return False
        idle_share = (times.idle - before.idle) / (times.total - before.total)
        return idle_share < SATURATED_IDLE_SHARE

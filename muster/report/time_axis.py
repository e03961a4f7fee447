"""One time axis for all records of a run: seconds since the journal's first entry.

Journal, samples and views have times of the machine's monotonic clock, which begins anew when the
machine boots. All moments of the first boot are placed by that clock. In a run that was resumed
after a reboot, later entries of the journal are placed by the time of day; later samples and views
are left out, as they are from the drill's result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from muster.drill.journal.events import JournalLine, RunOpened, RunResumed


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """Where second 0 of the run is on both clocks."""

    start_s: float
    """On the monotonic clock of the first boot."""
    start_at: float
    """The same moment in seconds since 1970."""
    later_boots: tuple[float, ...] = ()
    """The time of day at which each later boot's monotonic clock was 0."""

    def second(self, monotonic_s: float) -> float:
        """The second of the run at a time of the first boot's clock."""
        return monotonic_s - self.start_s

    def is_first_boot(self, monotonic_s: float, at: float) -> bool:
        """Whether a moment, known on both clocks, is nearer to the first boot than to others."""
        booted_at = at - monotonic_s
        distance = abs(booted_at - (self.start_at - self.start_s))
        return all(distance <= abs(booted_at - later) for later in self.later_boots)


def make_time_axis(lines: Sequence[JournalLine]) -> TimeAxis:
    """The axis of a journal; `lines` has one entry at least."""
    first = lines[0]
    boots: dict[str, float] = {}
    for line in lines:
        if isinstance(line.event, RunOpened | RunResumed):
            boots.setdefault(line.event.boot, line.at - line.at_s)
    return TimeAxis(start_s=first.at_s, start_at=first.at, later_boots=tuple(boots.values())[1:])


def align_to_first_boot(lines: Sequence[JournalLine], axis: TimeAxis) -> tuple[JournalLine, ...]:
    """The lines with all times on the first boot's monotonic clock."""
    opened = lines[0].event
    boot = opened.boot if isinstance(opened, RunOpened) else ""
    first_boot, aligned = boot, []
    for line in lines:
        if isinstance(line.event, RunResumed):
            boot = line.event.boot
        if boot == first_boot:
            aligned.append(line)
        else:
            aligned.append(replace(line, at_s=axis.start_s + (line.at - axis.start_at)))
    return tuple(aligned)

"""One time axis for everything that a run has recorded.

Decides where an entry, a sample or a view lies: in seconds since the run's first entry. Within one
boot of the machine that is the monotonic clock's difference. A run that was taken up after a reboot
has several such clocks: its later entries are placed by the time of day, and its later samples are
left out, as they are from the drill's result. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from muster.drill.journal.events import JournalLine, RunOpened, RunResumed


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """Where second 0 is."""

    start_s: float
    """On the monotonic clock of the run's first boot."""
    start_at: float
    """The same moment in seconds since 1970."""
    later_boots: tuple[float, ...] = ()
    """Of each later boot, the time of day less its monotonic time."""

    def second(self, monotonic_s: float) -> float:
        """A moment of the first boot, in seconds of the run."""
        return monotonic_s - self.start_s

    def at(self, second: float) -> float:
        """A second of the run, in seconds since 1970."""
        return self.start_at + second

    def of_first_boot(self, monotonic_s: float, at: float) -> bool:
        """Whether a moment that is known on both clocks is of the first boot."""
        own = at - monotonic_s
        first = abs(own - (self.start_at - self.start_s))
        return all(first <= abs(own - later) for later in self.later_boots)


def make_time_axis(lines: Sequence[JournalLine]) -> TimeAxis:
    """The axis of a journal, which has one entry at least."""
    first = lines[0]
    boots: dict[str, float] = {}
    for line in lines:
        if isinstance(line.entry, RunOpened | RunResumed):
            boots.setdefault(line.entry.boot, line.at - line.at_s)
    return TimeAxis(start_s=first.at_s, start_at=first.at, later_boots=tuple(boots.values())[1:])


def align_to_first_boot(lines: Sequence[JournalLine], axis: TimeAxis) -> tuple[JournalLine, ...]:
    """The lines, all of them on the first boot's monotonic clock."""
    opened = lines[0].entry
    boot = opened.boot if isinstance(opened, RunOpened) else ""
    first_boot, found = boot, []
    for line in lines:
        if isinstance(line.entry, RunResumed):
            boot = line.entry.boot
        if boot == first_boot:
            found.append(line)
        else:
            found.append(replace(line, at_s=axis.start_s + (line.at - axis.start_at)))
    return tuple(found)

"""Requests of the prober's schedule that have no outcome yet.

A request is recorded when its outcome is known: one that a frozen Region never answers is recorded
at its time-out only. The schedule tells which requests are under way until then. Pure: records
and times are arguments.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from muster.measure.quality import Closing
from muster.measure.samples import Cohort, Sample
from muster.probe import Opening, Slot, schedule_slots

OVERDUE_S = 2.0
"""A request that came due longer ago and has no outcome is overdue: longer than a busy machine
delays answers, and less than the prober's time-out. A scenario that looks for errors after a fault
pauses for longer before."""


@dataclass(frozen=True, slots=True)
class _Schedule:
    started_s: float
    slots: Iterator[Slot]


class OpenRequests:
    """Takes the records of one prober, or of one after another."""

    def __init__(self) -> None:
        self._schedule: _Schedule | None = None
        self._next: Slot | None = None
        """The first slot that was not overdue at the last look."""
        self._overdue: dict[int, Cohort] = {}
        self._early: set[int] = set()
        """Numbers of the slots from `_next` on that have an outcome."""

    def add(self, record: Opening | Sample | Closing) -> None:
        """An opening begins a new schedule, a closing ends it."""
        match record:
            case Sample(seq=seq):
                if self._next is not None and seq >= self._next.seq:
                    self._early.add(seq)
                self._overdue.pop(seq, None)
            case Opening():
                self._end()
                self._schedule = _Schedule(record.started_s, schedule_slots(record.plan))
                self._next = next(self._schedule.slots, None)
            case Closing():
                self._end()

    def _end(self) -> None:
        self._schedule = self._next = None
        self._overdue.clear()
        self._early.clear()

    def overdue(self, now_s: float) -> Mapping[Cohort, int]:
        """How many requests of each cohort are overdue now."""
        if self._schedule is not None:
            due_s = now_s - OVERDUE_S - self._schedule.started_s
            while self._next is not None and self._next.due_s < due_s:
                if self._next.seq in self._early:
                    self._early.remove(self._next.seq)
                else:
                    self._overdue[self._next.seq] = self._next.cohort
                self._next = next(self._schedule.slots, None)
        return Counter(self._overdue.values())

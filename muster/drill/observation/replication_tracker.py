"""Follow acknowledged writes to each other Region: how late they arrive, and which are lost.

Every pair of Regions is followed apart, since a write that has arrived in one Region may be missing
in the next. A table that can't be read proves nothing, neither lateness nor arrival. Pure.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from muster.measure.samples import Presence, Sample, Sighting

MAX_FOLLOWED = 5000
"""Writes followed at once to one Region; beyond it the oldest are kept, for they show the lag."""

ReplicationLags = Mapping[str, Mapping[str, float | None]]
"""Seconds by source Region, then by receiving Region; None: its table can't be read."""


@dataclass(slots=True)
class _WriteInFlight:
    """A write that a Region has not been seen to have."""

    source: str
    acked_s: float
    missed_s: float | None = None
    """When the Region was last seen without it."""
    last_read_failed: bool = False


class ReplicationTracker:
    """The writes of a run that are still being replicated, and recent arrivals."""

    def __init__(self, regions: Iterable[str]) -> None:
        """`regions`: all that receive each write."""
        self.lost: set[str] = set()
        """Acknowledged items that the acknowledging Region itself lacks."""
        self._in_flight: dict[str, dict[str, _WriteInFlight]] = {region: {} for region in regions}
        """By receiving Region, then by item."""
        self._arrivals: deque[tuple[float, str, str, float]] = deque()
        """(when, source, receiver, lag), by time."""
        self._failed_s: dict[tuple[str, str], float] = {}
        """(source, receiver) -> last failed reading."""

    def add_write(self, sample: Sample) -> None:
        """Follow an acknowledged write."""
        if sample.item is None or sample.region is None:
            return
        for in_flight in self._in_flight.values():
            if len(in_flight) < MAX_FOLLOWED:
                in_flight[sample.item] = _WriteInFlight(sample.region, sample.finished_s)

    def add_sighting(self, sighting: Sighting) -> None:
        """Take a reading of a Region's table into account."""
        in_flight = self._in_flight.get(sighting.region, {})
        write = in_flight.get(sighting.item)
        if write is None or sighting.asked_s < write.acked_s:
            return
        match sighting.presence:
            case Presence.PRESENT:
                del in_flight[sighting.item]
                self._add_arrival(write, sighting)
            case Presence.ABSENT:
                write.missed_s, write.last_read_failed = sighting.answered_s, False
                if sighting.region == write.source:  # a consistent read: the write is lost
                    self.lost.add(sighting.item)
            case Presence.UNREADABLE:
                write.last_read_failed = True
                self._failed_s[write.source, sighting.region] = sighting.answered_s

    def _add_arrival(self, write: _WriteInFlight, sighting: Sighting) -> None:
        """The arrival shows no lag if a later write replaced this one, or if it may be older than
        a failed reading."""
        is_same_write = sighting.writer in (None, write.source)
        if is_same_write and not write.last_read_failed and sighting.region != write.source:
            lag_s = sighting.answered_s - write.acked_s
            self._arrivals.append((sighting.answered_s, write.source, sighting.region, lag_s))

    def lags_s(self, now_s: float, window_s: float) -> ReplicationLags:
        """Largest lag of arrivals in the window, and of writes seen missing in it."""
        lags: dict[str, dict[str, float | None]] = {}
        for (source, to), failed_s in self._failed_s.items():
            if failed_s >= now_s - window_s and source != to:
                lags.setdefault(source, {})[to] = None
        for source, to, lag_s in self._known_lags(now_s - window_s):
            known = lags.setdefault(source, {})
            known[to] = max(known.get(to) or 0.0, lag_s)
        return lags

    def forget_arrivals(self, before_s: float) -> None:
        while self._arrivals and self._arrivals[0][0] < before_s:
            self._arrivals.popleft()

    def _known_lags(self, since_s: float) -> Iterator[tuple[str, str, float]]:
        for at_s, source, to, lag_s in self._arrivals:
            if at_s >= since_s:
                yield source, to, lag_s
        for to, in_flight in self._in_flight.items():
            for write in in_flight.values():
                missed_s = write.missed_s
                if missed_s is not None and missed_s >= since_s and write.source != to:
                    yield write.source, to, missed_s - write.acked_s


def update_lags(known: dict[str, dict[str, float]], lags: ReplicationLags) -> None:
    """Overwrite known lags by newer ones; unknown ones leave the older value."""
    for source, by_receiver in lags.items():
        newer = {to: lag_s for to, lag_s in by_receiver.items() if lag_s is not None}
        known.setdefault(source, {}).update(newer)

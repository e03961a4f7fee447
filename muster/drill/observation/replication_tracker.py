"""Acknowledged writes on their way: how late they come to each other Region, and which are lost.

Decides what is followed and for how long. Every direction counts apart, since a write that has come
to one Region may not have come to the next. A table that can't be read proves nothing: neither that
a write came late nor that it came in time. Pure.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from muster.measure.samples import Presence, Sample, Sighting

MAX_WAITING = 5000
"""Writes that are followed at once in one Region; of more, the oldest stay and tell the lag."""

ReplicationLags = Mapping[str, Mapping[str, float | None]]
"""Seconds by the Region that writes leave, then by the Region that receives them.

None where the receiving Region's table can't be read.
"""


@dataclass(slots=True)
class _Way:
    """One write that a Region has not been seen to have."""

    source: str
    acked_s: float
    missed_s: float | None = None
    """When the Region was last seen without it."""
    blind: bool = False
    """Whether the last reading failed."""


class ReplicationTracker:
    """The writes of a run, as far as they are still on their way."""

    def __init__(self, regions: Iterable[str]) -> None:
        """`regions` are all that a write has to come to."""
        self.lost: set[str] = set()
        """Items that the acknowledging Region itself lacks."""
        self._waiting: dict[str, dict[str, _Way]] = {region: {} for region in regions}
        """By the Region that is to receive it, then by item."""
        self._arrived: deque[tuple[float, str, str, float]] = deque()
        """(when, from, to, how late), in the order of their coming."""
        self._failed_s: dict[tuple[str, str], float] = {}
        """(from, to) -> when a reading last failed."""

    def wrote(self, sample: Sample) -> None:
        """Follow a write that was acknowledged."""
        if sample.item is None or sample.region is None:
            return
        for waiting in self._waiting.values():
            if len(waiting) < MAX_WAITING:
                waiting[sample.item] = _Way(sample.region, sample.finished_s)

    def saw(self, sighting: Sighting) -> None:
        """Take a reading of a Region's table."""
        waiting = self._waiting.get(sighting.region, {})
        way = waiting.get(sighting.item)
        if way is None or sighting.asked_s < way.acked_s:
            return
        match sighting.presence:
            case Presence.PRESENT:
                del waiting[sighting.item]
                self._came(way, sighting)
            case Presence.ABSENT:
                way.missed_s, way.blind = sighting.answered_s, False
                if sighting.region == way.source:  # read consistently there: it must be there
                    self.lost.add(sighting.item)
            case Presence.UNREADABLE:
                way.blind = True
                self._failed_s[way.source, sighting.region] = sighting.answered_s

    def _came(self, way: _Way, sighting: Sighting) -> None:
        """A later write in its place, and one that came unseen, tell no lag."""
        own = sighting.writer in (None, way.source)
        if own and not way.blind and sighting.region != way.source:
            lag_s = sighting.answered_s - way.acked_s
            self._arrived.append((sighting.answered_s, way.source, sighting.region, lag_s))

    def lags_s(self, now_s: float, window_s: float) -> ReplicationLags:
        """The largest lag of arrivals in the window, and of what was seen missing in it."""
        found: dict[str, dict[str, float | None]] = {}
        for (source, to), failed_s in self._failed_s.items():
            if failed_s >= now_s - window_s and source != to:
                found.setdefault(source, {})[to] = None
        for source, to, lag_s in self._told(now_s - window_s):
            known = found.setdefault(source, {})
            known[to] = max(known.get(to) or 0.0, lag_s)
        return found

    def forget(self, before_s: float) -> None:
        """Drop what has arrived before."""
        while self._arrived and self._arrived[0][0] < before_s:
            self._arrived.popleft()

    def _told(self, since_s: float) -> Iterator[tuple[str, str, float]]:
        for at_s, source, to, lag_s in self._arrived:
            if at_s >= since_s:
                yield source, to, lag_s
        for to, waiting in self._waiting.items():
            for way in waiting.values():
                if way.missed_s is not None and way.missed_s >= since_s and way.source != to:
                    yield way.source, to, way.missed_s - way.acked_s


def update_lags(known: dict[str, dict[str, float]], lags: ReplicationLags) -> None:
    """Put what the lags tell in the place of what was known; what they don't tell stays."""
    for source, by_receiver in lags.items():
        told = {to: lag for to, lag in by_receiver.items() if lag is not None}
        known.setdefault(source, {}).update(told)

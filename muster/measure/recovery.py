"""What became of acknowledged writes: the recovery point (RPO), and the fate of the late ones.

Decides which acknowledged writes were missing in the surviving Regions while the other one was
away, how far back they reach, and what they came to when it was back. Users may be sent to any
Region that survives: each is judged apart, and the worst of them counts. A Region whose table can't
be read proves nothing, neither for nor against. Definitions: docs/measurements.md.

A write is numbered by its item id and acknowledged by the Region that answered it. Readings say
whether an item is there and, where they can, which Region wrote what is there. Global tables keep
the later write of an item whole and drop the earlier one without a word ("last writer wins",
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html), so
an item that is there is no proof that a given write of it is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from muster.measure.samples import (
    Count,
    Presence,
    RequestKind,
    RequestOutcome,
    Sample,
    Sighting,
    percentile,
)

LATE_AFTER_S = 5.0
"""A write that takes longer to arrive than this is late; replication is typically below 1 s."""


class Fate(StrEnum):
    """What an acknowledged write came to."""

    ARRIVED = "arrived"
    OVERWRITTEN = "overwritten"
    """The item is there, and holds another Region's write: last writer wins."""
    MISSING = "missing"
    """The item is not there."""
    UNKNOWN = "unknown"
    """No reading tells."""


_WORST_FIRST = (Fate.MISSING, Fate.UNKNOWN, Fate.OVERWRITTEN, Fate.ARRIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgedWrite:
    """One acknowledged write."""

    item: str
    region: str
    sent_s: float
    acked_s: float
    again: bool = False
    """Whether it is the second write of an item that a reading had missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionLoss:
    """A Region that was away, and the Regions that went on without it."""

    lost: str
    surviving: tuple[str, ...]
    at_s: float
    """From when on the surviving Regions stood alone: the fault's or the evacuation's end."""
    returned_s: float | None = None
    """When the lost Region was back; None if it was not."""

    @property
    def until_s(self) -> float:
        """When the time of the loss ended; infinite if it did not."""
        return float("inf") if self.returned_s is None else self.returned_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What was there of the lost Region's writes."""

    missing_items: Count | None
    """Writes from before the loss that were lacking while the lost Region was away: RPO in items.

    None when no reading tells of any write.
    """
    rpo_s: float | None
    """From the oldest one's acknowledgement to the loss; 0 without any, None as above."""
    rpo_max_s: float
    """The same if every unobserved write were missing too: the most that it can be."""
    missing_later: Count
    """The ones that were acknowledged after the loss, and lacking too."""
    unobserved: Count
    """Writes of which no reading tells."""
    late: Count
    """Writes that arrived, but later than LATE_AFTER_S after their acknowledgement."""
    lag_p50_s: float | None
    """From acknowledgement to the first reading that found it; too long by up to one pause."""
    lag_p99_s: float | None
    lag_max_s: float | None
    fates: Mapping[Fate, Count]
    """What all the missing ones had come to by the last reading after the return: arrived,
    overwritten, missing, unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRecovery(Recovery):
    """The same of one surviving Region."""

    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPoint(Recovery):
    """The RPO of one loss and what followed: of each number, the worst surviving Region's.

    `fates` are of each write that any of them lacked, its worst in all of them.
    """

    acknowledged: Count
    """Items that the lost Region was the first to acknowledge, before its return."""
    regions: tuple[RegionRecovery, ...] = ()


def acknowledged_writes(samples: Iterable[Sample]) -> list[AcknowledgedWrite]:
    """The acknowledged writes, in the order of their acknowledgements."""
    writes = [
        AcknowledgedWrite(
            item=s.item,
            region=s.region,
            sent_s=s.sent_s,
            acked_s=s.finished_s,
            again=s.step is RequestKind.REWRITE,
        )
        for s in samples
        if s.good and s.step in (RequestKind.WRITE, RequestKind.REWRITE)
        if s.item is not None and s.region is not None and s.sent_s is not None
    ]
    return sorted(writes, key=lambda w: (w.acked_s, w.item))


def sightings_of(samples: Iterable[Sample]) -> list[Sighting]:
    """Readings that went through the accelerator, as sightings in the Region that answered.

    Failed ones say nothing of the item.
    """
    presence = {RequestOutcome.OK: Presence.PRESENT, RequestOutcome.ABSENT: Presence.ABSENT}
    return [
        Sighting(
            item=s.item,
            region=s.region,
            asked_s=s.sent_s,
            answered_s=s.finished_s,
            presence=presence[s.outcome],
        )
        for s in samples
        if s.step in (RequestKind.READ_SOON, RequestKind.READ_LATER) and s.outcome in presence
        if s.item is not None and s.region is not None and s.sent_s is not None
    ]


def measure_recovery_point(
    writes: Sequence[AcknowledgedWrite], sightings: Iterable[Sighting], loss: RegionLoss
) -> RecoveryPoint:
    """Measure one loss. `sightings` may hold other Regions' and other items' readings too."""
    book = _Book(writes, sightings)
    mine = [w for w in writes if w.region == loss.lost and not w.again and w.acked_s < loss.until_s]
    cases = {region: [_Case.of(book, w, region, loss) for w in mine] for region in loss.surviving}
    found = tuple(_in_region(book, region, of, loss) for region, of in cases.items())
    lacked = [w for n, w in enumerate(mine) if any(of[n].missing for of in cases.values())]
    return RecoveryPoint(
        acknowledged=len(mine),
        missing_items=_most(one.missing_items for one in found),
        rpo_s=_most(one.rpo_s for one in found),
        rpo_max_s=max((one.rpo_max_s for one in found), default=0.0),
        missing_later=max((one.missing_later for one in found), default=0),
        unobserved=max((one.unobserved for one in found), default=0),
        late=max((one.late for one in found), default=0),
        lag_p50_s=_most(one.lag_p50_s for one in found),
        lag_p99_s=_most(one.lag_p99_s for one in found),
        lag_max_s=_most(one.lag_max_s for one in found),
        fates=_fates(book, lacked, loss.surviving, loss.returned_s),
        regions=found,
    )


def final_fates(
    writes: Sequence[AcknowledgedWrite],
    sightings: Iterable[Sighting],
    regions: Sequence[str],
    *,
    since_s: float,
) -> dict[Fate, int]:
    """What the acknowledged writes of all Regions had come to: the worst fate in any of `regions`.

    Judged by the last reading of each item and Region asked from `since_s` on. A write that was not
    read in one of the Regions is UNKNOWN, unless another one is read and lacks it.
    """
    return _fates(_Book(writes, sightings), writes, regions, since_s)


class _Book:
    """Writes and readable sightings by item."""

    def __init__(self, writes: Iterable[AcknowledgedWrite], sightings: Iterable[Sighting]) -> None:
        self._writes: dict[str, list[AcknowledgedWrite]] = {}
        for write in writes:
            self._writes.setdefault(write.item, []).append(write)
        self._sightings: dict[tuple[str, str], list[Sighting]] = {}
        self._tried: dict[tuple[str, str], list[Sighting]] = {}
        for sighting in sorted(sightings, key=lambda s: (s.asked_s, s.answered_s)):
            key = (sighting.item, sighting.region)
            readable = sighting.presence is not Presence.UNREADABLE
            (self._sightings if readable else self._tried).setdefault(key, []).append(sighting)

    def readings(self, write: AcknowledgedWrite, region: str) -> list[Sighting]:
        """Readings of its item in the Region that were asked after it was acknowledged."""
        found = self._sightings.get((write.item, region), [])
        return [s for s in found if s.asked_s >= write.acked_s]

    def shows(self, write: AcknowledgedWrite, sighting: Sighting) -> bool | None:
        """Whether a reading proves the write there (True), proves it not there, or can't tell."""
        if sighting.presence is Presence.ABSENT:
            return False
        if sighting.writer is not None:
            return sighting.writer == write.region
        others = (w for w in self._writes[write.item] if w is not write)
        alone = all(w.region == write.region or w.sent_s >= sighting.answered_s for w in others)
        return True if alone else None

    def arrived_s(self, write: AcknowledgedWrite, region: str) -> float | None:
        """When a reading first proved it in the Region."""
        proofs = (s.answered_s for s in self.readings(write, region) if self.shows(write, s))
        return min(proofs, default=None)

    def lag_s(self, write: AcknowledgedWrite, region: str, arrived_s: float) -> float | None:
        """From its acknowledgement to that arrival; None after a reading that failed.

        Then nothing tells whether it had come long ago.
        """
        key = (write.item, region)
        last_s = max(
            (s.asked_s for s in self.readings(write, region) if s.answered_s < arrived_s),
            default=write.acked_s,
        )
        blind = any(last_s <= s.asked_s < arrived_s for s in self._tried.get(key, []))
        return None if blind else arrived_s - write.acked_s

    def lacked(self, write: AcknowledgedWrite, region: str, loss: RegionLoss) -> bool:
        """Whether the Region was read without it before the return.

        A reading from before the loss counts as well, since what was last seen missing may not be
        taken for arrived; but not when a later one failed: then the Region was not there to tell.
        An item that holds a later write may have held this one before: that is no proof either.
        """
        failed = [s for s in self._tried.get((write.item, region), []) if s.asked_s < loss.until_s]
        silent_s = max((s.asked_s for s in failed), default=float("-inf"))
        return any(
            s.presence is Presence.ABSENT and (s.asked_s >= loss.at_s or s.asked_s > silent_s)
            for s in self.readings(write, region)
            if s.asked_s < loss.until_s
        )

    def replaced(self, write: AcknowledgedWrite, region: str, until_s: float) -> bool:
        """Whether a later write was seen in its place."""
        return any(
            s.presence is Presence.PRESENT and self.shows(write, s) is False
            for s in self.readings(write, region)
            if s.asked_s < until_s
        )

    def fate(self, write: AcknowledgedWrite, region: str, since_s: float) -> Fate:
        """By the last reading that was asked from `since_s` on."""
        last = next(
            (s for s in reversed(self.readings(write, region)) if s.asked_s >= since_s), None
        )
        if last is None:
            return Fate.UNKNOWN
        if last.presence is Presence.ABSENT:
            return Fate.MISSING
        shown = self.shows(write, last)
        if shown is None:
            return Fate.UNKNOWN
        return Fate.ARRIVED if shown else Fate.OVERWRITTEN


@dataclass(frozen=True, slots=True)
class _Case:
    """One write in one surviving Region."""

    write: AcknowledgedWrite
    lag_s: float | None
    """None: it never came, or its coming was not seen."""
    missing: bool
    observed: bool

    @classmethod
    def of(cls, book: _Book, write: AcknowledgedWrite, region: str, loss: RegionLoss) -> "_Case":
        """Judge it by the Region's own readings."""
        arrived_s = book.arrived_s(write, region)
        in_time = arrived_s is not None and arrived_s < loss.until_s
        missing = not in_time and book.lacked(write, region, loss)
        return cls(
            write=write,
            lag_s=None if arrived_s is None else book.lag_s(write, region, arrived_s),
            missing=missing,
            observed=missing or in_time or book.replaced(write, region, loss.until_s),
        )


def _in_region(
    book: _Book, region: str, cases: Sequence[_Case], loss: RegionLoss
) -> RegionRecovery:
    missing = [one.write for one in cases if one.missing]
    before = [write for write in missing if write.acked_s <= loss.at_s]
    unobserved = [one.write for one in cases if not one.observed]
    lags = [one.lag_s for one in cases if one.lag_s is not None]
    told = len(cases) > len(unobserved)
    return RegionRecovery(
        region=region,
        missing_items=len(before) if told else None,
        rpo_s=_reach_s(before, loss) if told else None,
        rpo_max_s=_reach_s([*before, *unobserved], loss),
        missing_later=len(missing) - len(before),
        unobserved=len(unobserved),
        late=sum(lag > LATE_AFTER_S for lag in lags),
        lag_p50_s=percentile(lags, 50),
        lag_p99_s=percentile(lags, 99),
        lag_max_s=max(lags, default=None),
        fates=_fates(book, missing, (region,), loss.returned_s),
    )


def _reach_s(writes: Iterable[AcknowledgedWrite], loss: RegionLoss) -> float:
    """How long before the loss the oldest of them was acknowledged; 0 without any."""
    return max((max(0.0, loss.at_s - w.acked_s) for w in writes), default=0.0)


_Number = TypeVar("_Number", int, float)


def _most(values: Iterable[_Number | None]) -> _Number | None:
    """The largest of those that are known."""
    return max((value for value in values if value is not None), default=None)


def _fates(
    book: _Book, writes: Iterable[AcknowledgedWrite], regions: Sequence[str], since_s: float | None
) -> dict[Fate, int]:
    """The worst fate of each write in any of the Regions; UNKNOWN without a time to ask from."""
    if since_s is None:
        return dict(Counter(Fate.UNKNOWN for _ in writes))
    found = ({book.fate(w, region, since_s) for region in regions} for w in writes)
    return dict(Counter(next(fate for fate in _WORST_FIRST if fate in fates) for fates in found))

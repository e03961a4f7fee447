"""What became of acknowledged writes: the recovery point (RPO), and the fate of the late ones.

Decides which acknowledged writes were missing in the surviving Region while the other one was away,
how far back they reach, and what they came to when it was back. Definitions: docs/measurements.md.

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

from muster.measure.samples import Outcome, Presence, Sample, Sighting, Step, percentile

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One acknowledged write."""

    item: str
    region: str
    sent_s: float
    acked_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A Region that was away, and the Region that went on without it."""

    lost: str
    surviving: str
    at_s: float
    """From when on the surviving Region stood alone: the fault's or the evacuation's end."""
    returned_s: float | None = None
    """When the lost Region was back; None if it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPoint:
    """The RPO of one loss and what followed."""

    acknowledged: int
    """Writes that the lost Region acknowledged before its return."""
    missing_items: int
    """Of these, the ones from before the loss that the surviving Region lacked: RPO in items."""
    rpo_s: float
    """How long before the loss the oldest of the missing ones was acknowledged; 0 without any."""
    missing_later: int
    """The ones that were acknowledged after the loss, and that the surviving Region lacked too."""
    unobserved: int
    """Writes without a reading that tells: they are in none of the other numbers."""
    late: int
    """Writes that arrived, but later than LATE_AFTER_S after their acknowledgement."""
    lag_p50_s: float | None
    """From acknowledgement to the first reading that found it; too long by up to one pause."""
    lag_p99_s: float | None
    lag_max_s: float | None
    fates: Mapping[Fate, int]
    """What all the missing ones had come to by the last reading after the return."""


def acknowledged(samples: Iterable[Sample]) -> list[Write]:
    """The acknowledged writes, in the order of their acknowledgements."""
    writes = [
        Write(item=s.item, region=s.region, sent_s=s.sent_s, acked_s=s.finished_s)
        for s in samples
        if s.good and s.step in (Step.WRITE, Step.REWRITE)
        if s.item is not None and s.region is not None and s.sent_s is not None
    ]
    return sorted(writes, key=lambda w: (w.acked_s, w.item))


def sightings_of(samples: Iterable[Sample]) -> list[Sighting]:
    """Readings that went through the accelerator, as sightings in the Region that answered.

    Failed ones say nothing of the item.
    """
    presence = {Outcome.OK: Presence.PRESENT, Outcome.ABSENT: Presence.ABSENT}
    return [
        Sighting(
            item=s.item,
            region=s.region,
            asked_s=s.sent_s,
            answered_s=s.finished_s,
            presence=presence[s.outcome],
        )
        for s in samples
        if s.step in (Step.READ_SOON, Step.READ_LATER) and s.outcome in presence
        if s.item is not None and s.region is not None and s.sent_s is not None
    ]


def recovery_point(
    writes: Sequence[Write], sightings: Iterable[Sighting], loss: Loss
) -> RecoveryPoint:
    """Measure one loss. `sightings` may hold other Regions' and other items' readings too."""
    book = _Book(writes, sightings)
    mine = [
        w
        for w in writes
        if w.region == loss.lost and (loss.returned_s is None or w.acked_s < loss.returned_s)
    ]
    arrivals = [(w, book.arrived_s(w, loss.surviving)) for w in mine]
    missing = [w for w, at in arrivals if _lacked(book, w, at, loss)]
    before = [w for w in missing if w.acked_s <= loss.at_s]
    lags = [at - w.acked_s for w, at in arrivals if at is not None]
    told = {id(w) for w in missing} | {id(w) for w, at in arrivals if at is not None}
    return RecoveryPoint(
        acknowledged=len(mine),
        missing_items=len(before),
        rpo_s=max((loss.at_s - w.acked_s for w in before), default=0.0),
        missing_later=len(missing) - len(before),
        unobserved=len(mine) - len(told),
        late=sum(lag > LATE_AFTER_S for lag in lags),
        lag_p50_s=percentile(lags, 50),
        lag_p99_s=percentile(lags, 99),
        lag_max_s=max(lags, default=None),
        fates=_fates(book, missing, loss),
    )


def final_fates(
    writes: Sequence[Write], sightings: Iterable[Sighting], region: str, *, since_s: float
) -> dict[Fate, int]:
    """What the acknowledged writes of all Regions had come to in one Region.

    Judged by the last reading of each item asked from `since_s` on; unread items are UNKNOWN.
    """
    book = _Book(writes, sightings)
    return dict(Counter(book.fate(w, region, since_s) for w in writes))


class _Book:
    """Writes and readable sightings by item."""

    def __init__(self, writes: Iterable[Write], sightings: Iterable[Sighting]) -> None:
        self._writes: dict[str, list[Write]] = {}
        for write in writes:
            self._writes.setdefault(write.item, []).append(write)
        self._sightings: dict[tuple[str, str], list[Sighting]] = {}
        for sighting in sorted(sightings, key=lambda s: (s.asked_s, s.answered_s)):
            if sighting.presence is not Presence.UNREADABLE:
                key = (sighting.item, sighting.region)
                self._sightings.setdefault(key, []).append(sighting)

    def readings(self, write: Write, region: str) -> list[Sighting]:
        """Readings of its item in the Region that were asked after it was acknowledged."""
        found = self._sightings.get((write.item, region), [])
        return [s for s in found if s.asked_s >= write.acked_s]

    def shows(self, write: Write, sighting: Sighting) -> bool | None:
        """Whether a reading proves the write there (True), proves it not there, or can't tell."""
        if sighting.presence is Presence.ABSENT:
            return False
        if sighting.writer is not None:
            return sighting.writer == write.region
        others = (w for w in self._writes[write.item] if w is not write)
        alone = all(w.region == write.region or w.sent_s >= sighting.answered_s for w in others)
        return True if alone else None

    def arrived_s(self, write: Write, region: str) -> float | None:
        """When a reading first proved it in the Region."""
        proofs = (s.answered_s for s in self.readings(write, region) if self.shows(write, s))
        return min(proofs, default=None)

    def fate(self, write: Write, region: str, since_s: float) -> Fate:
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


def _lacked(book: _Book, write: Write, arrived_s: float | None, loss: Loss) -> bool:
    """Whether the surviving Region was read without it, and never with it before the return.

    A reading from before the loss counts as well: what was last seen missing may not be taken for
    arrived.
    """
    returned_s = float("inf") if loss.returned_s is None else loss.returned_s
    if arrived_s is not None and arrived_s < returned_s:
        return False
    return any(
        s.asked_s < returned_s and book.shows(write, s) is False
        for s in book.readings(write, loss.surviving)
    )


def _fates(book: _Book, missing: Iterable[Write], loss: Loss) -> dict[Fate, int]:
    if loss.returned_s is None:
        return dict(Counter(Fate.UNKNOWN for _ in missing))
    since_s = loss.returned_s
    return dict(Counter(book.fate(w, loss.surviving, since_s) for w in missing))

"""What became of acknowledged writes: the recovery point (RPO), and the fate of the missing ones.

Decides which acknowledged writes were missing in the surviving Regions while another one was lost,
how far back they reach, and which of them were there after its return. Users may be sent to any
surviving Region: each is judged apart, and the worst counts. A Region whose table can't be read
proves nothing, neither for nor against (docs/drills/measurements.md).

A write is identified by its item's id and the Region that acknowledged it. A reading shows whether
an item is there and, where it can, which Region wrote it. Global tables keep the later write of an
item whole and drop the earlier one silently ("last writer wins",
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html), so
the presence of an item does not prove the presence of a given write.
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
"""A write that takes longer to arrive is late; replication typically takes less than 1 s."""


class Fate(StrEnum):
    """The final state of an acknowledged write."""

    ARRIVED = "arrived"
    OVERWRITTEN = "overwritten"
    """The item is there, and holds another Region's write: last writer wins."""
    MISSING = "missing"
    """The item is not there."""
    UNKNOWN = "unknown"
    """No reading shows it."""


_WORST_FIRST = (Fate.MISSING, Fate.UNKNOWN, Fate.OVERWRITTEN, Fate.ARRIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgedWrite:
    """One acknowledged write."""

    item: str
    region: str
    sent_s: float
    acked_s: float
    again: bool = False
    """Whether it is the second write of an item, after a reading that did not find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionLoss:
    """A Region that was lost, and the Regions that went on without it."""

    lost: str
    surviving: tuple[str, ...]
    at_s: float
    """From when on the others served alone: the end of the evacuation, or of the step that injected
    the fault."""
    returned_s: float | None = None
    """When the lost Region was back; None if it was not."""

    @property
    def until_s(self) -> float:
        """When the time of the loss ended; infinite if it did not."""
        return float("inf") if self.returned_s is None else self.returned_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How many of the lost Region's writes were missing elsewhere."""

    missing_items: Count | None
    """RPO in items: writes from before the loss that were missing before the Region's return.

    None if no reading shows any write."""
    rpo_s: float | None
    """From the oldest one's acknowledgement to the loss; 0 without any, None as above."""
    rpo_max_s: float
    """The same if every unobserved write were missing too: the most that it can be."""
    missing_later: Count
    """Missing writes that were acknowledged after the loss."""
    unobserved: Count
    """Writes of which no reading shows whether they are there."""
    late: Count
    """Writes that arrived, but more than 5 s after their acknowledgement."""
    lag_p50_s: float | None
    """From acknowledgement to the first reading that found the write."""
    lag_p99_s: float | None
    lag_max_s: float | None
    fates: Mapping[Fate, Count]
    """Missing writes by their state in the last reading after the return: arrived, overwritten,
    missing, unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRecovery(Recovery):
    """The writes that were missing in one surviving Region."""

    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPoint(Recovery):
    """The RPO of one loss: each number is the worst surviving Region's.

    `fates` has every write that was missing in any of them, by its worst fate in all of them.
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
        if s.outcome is RequestOutcome.OK
        if s.step in (RequestKind.WRITE, RequestKind.REWRITE)
        if s.item is not None and s.region is not None and s.sent_s is not None
    ]
    return sorted(writes, key=lambda w: (w.acked_s, w.item))


def sightings_of(samples: Iterable[Sample]) -> list[Sighting]:
    """Good readings through the accelerator, as sightings in the Region that answered."""
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
    """Measure one loss. `sightings` may contain readings of other Regions and items."""
    readings = _Readings(writes, sightings)
    own = [w for w in writes if w.region == loss.lost and not w.again and w.acked_s < loss.until_s]
    observed = {
        region: [_observe(readings, write, region, loss) for write in own]
        for region in loss.surviving
    }
    found = tuple(_in_region(readings, region, seen, loss) for region, seen in observed.items())
    missing = [w for n, w in enumerate(own) if any(seen[n].missing for seen in observed.values())]
    return RecoveryPoint(
        acknowledged=len(own),
        missing_items=_most(one.missing_items for one in found),
        rpo_s=_most(one.rpo_s for one in found),
        rpo_max_s=max((one.rpo_max_s for one in found), default=0.0),
        missing_later=max((one.missing_later for one in found), default=0),
        unobserved=max((one.unobserved for one in found), default=0),
        late=max((one.late for one in found), default=0),
        lag_p50_s=_most(one.lag_p50_s for one in found),
        lag_p99_s=_most(one.lag_p99_s for one in found),
        lag_max_s=_most(one.lag_max_s for one in found),
        fates=_fates(readings, missing, loss.surviving, loss.returned_s),
        regions=found,
    )


def final_fates(
    writes: Sequence[AcknowledgedWrite],
    sightings: Iterable[Sighting],
    regions: Sequence[str],
    *,
    since_s: float,
) -> dict[Fate, int]:
    """The acknowledged writes of all Regions by their worst fate in any of `regions`.

    The last reading of each item and Region that was asked from `since_s` on decides. A write that
    was not read in one of the Regions is UNKNOWN, unless it is missing in another one.
    """
    return _fates(_Readings(writes, sightings), writes, regions, since_s)


class _Readings:
    """Readings of written items, and what they prove."""

    def __init__(self, writes: Iterable[AcknowledgedWrite], sightings: Iterable[Sighting]) -> None:
        self._writes: dict[str, list[AcknowledgedWrite]] = {}
        for write in writes:
            self._writes.setdefault(write.item, []).append(write)
        self._readable: dict[tuple[str, str], list[Sighting]] = {}
        self._failed: dict[tuple[str, str], list[Sighting]] = {}
        for sighting in sorted(sightings, key=lambda s: (s.asked_s, s.answered_s)):
            key = (sighting.item, sighting.region)
            readable = sighting.presence is not Presence.UNREADABLE
            (self._readable if readable else self._failed).setdefault(key, []).append(sighting)

    def of(self, write: AcknowledgedWrite, region: str) -> list[Sighting]:
        """Readings of its item in the Region that were asked after it was acknowledged."""
        readings = self._readable.get((write.item, region), [])
        return [s for s in readings if s.asked_s >= write.acked_s]

    def proves(self, write: AcknowledgedWrite, sighting: Sighting) -> bool | None:
        """Whether a reading proves the write there (True) or not there; None: neither."""
        if sighting.presence is Presence.ABSENT:
            return False
        if sighting.writer is not None:
            return sighting.writer == write.region
        others = (w for w in self._writes[write.item] if w is not write)
        only_own = all(w.region == write.region or w.sent_s >= sighting.answered_s for w in others)
        return True if only_own else None

    def arrived_s(self, write: AcknowledgedWrite, region: str) -> float | None:
        """When a reading first proved it in the Region."""
        proofs = (s.answered_s for s in self.of(write, region) if self.proves(write, s))
        return min(proofs, default=None)

    def lag_s(self, write: AcknowledgedWrite, region: str, arrived_s: float) -> float | None:
        """From its acknowledgement to that arrival.

        None if the reading before failed: then the write may have been there long before.
        """
        key = (write.item, region)
        last_s = max(
            (s.asked_s for s in self.of(write, region) if s.answered_s < arrived_s),
            default=write.acked_s,
        )
        blind = any(last_s <= s.asked_s < arrived_s for s in self._failed.get(key, []))
        return None if blind else arrived_s - write.acked_s

    def was_missing(self, write: AcknowledgedWrite, region: str, loss: RegionLoss) -> bool:
        """Whether a reading before the return did not find it in the Region.

        A reading from before the loss counts as well, since a write last seen missing may not be
        taken for arrived; but not if a later reading failed. An item with a later write may have
        had this one before, so that it is no proof either.
        """
        failed = [s for s in self._failed.get((write.item, region), []) if s.asked_s < loss.until_s]
        last_failed_s = max((s.asked_s for s in failed), default=float("-inf"))
        return any(
            s.presence is Presence.ABSENT and (s.asked_s >= loss.at_s or s.asked_s > last_failed_s)
            for s in self.of(write, region)
            if s.asked_s < loss.until_s
        )

    def was_replaced(self, write: AcknowledgedWrite, region: str, until_s: float) -> bool:
        """Whether a later write was seen in its place."""
        return any(
            s.presence is Presence.PRESENT and self.proves(write, s) is False
            for s in self.of(write, region)
            if s.asked_s < until_s
        )

    def fate(self, write: AcknowledgedWrite, region: str, since_s: float) -> Fate:
        """By the last reading that was asked from `since_s` on."""
        readings = [s for s in self.of(write, region) if s.asked_s >= since_s]
        if not readings:
            return Fate.UNKNOWN
        if readings[-1].presence is Presence.ABSENT:
            return Fate.MISSING
        proof = self.proves(write, readings[-1])
        if proof is None:
            return Fate.UNKNOWN
        return Fate.ARRIVED if proof else Fate.OVERWRITTEN


@dataclass(frozen=True, slots=True)
class _ObservedWrite:
    """One write in one surviving Region."""

    write: AcknowledgedWrite
    lag_s: float | None
    """None: it did not arrive, or the arrival was not seen."""
    missing: bool
    observed: bool


def _observe(
    readings: _Readings, write: AcknowledgedWrite, region: str, loss: RegionLoss
) -> _ObservedWrite:
    arrived_s = readings.arrived_s(write, region)
    in_time = arrived_s is not None and arrived_s < loss.until_s
    missing = not in_time and readings.was_missing(write, region, loss)
    return _ObservedWrite(
        write=write,
        lag_s=None if arrived_s is None else readings.lag_s(write, region, arrived_s),
        missing=missing,
        observed=missing or in_time or readings.was_replaced(write, region, loss.until_s),
    )


def _in_region(
    readings: _Readings, region: str, observed: Sequence[_ObservedWrite], loss: RegionLoss
) -> RegionRecovery:
    missing = [one.write for one in observed if one.missing]
    before = [write for write in missing if write.acked_s <= loss.at_s]
    unobserved = [one.write for one in observed if not one.observed]
    lags = [one.lag_s for one in observed if one.lag_s is not None]
    known = len(observed) > len(unobserved)
    return RegionRecovery(
        region=region,
        missing_items=len(before) if known else None,
        rpo_s=_reach_s(before, loss) if known else None,
        rpo_max_s=_reach_s([*before, *unobserved], loss),
        missing_later=len(missing) - len(before),
        unobserved=len(unobserved),
        late=sum(lag > LATE_AFTER_S for lag in lags),
        lag_p50_s=percentile(lags, 50),
        lag_p99_s=percentile(lags, 99),
        lag_max_s=max(lags, default=None),
        fates=_fates(readings, missing, (region,), loss.returned_s),
    )


def _reach_s(writes: Iterable[AcknowledgedWrite], loss: RegionLoss) -> float:
    """How long before the loss the oldest of them was acknowledged; 0 without any."""
    return max((max(0.0, loss.at_s - w.acked_s) for w in writes), default=0.0)


_Number = TypeVar("_Number", int, float)


def _most(values: Iterable[_Number | None]) -> _Number | None:
    """The largest of those that are known."""
    return max((value for value in values if value is not None), default=None)


def _fates(
    readings: _Readings,
    writes: Iterable[AcknowledgedWrite],
    regions: Sequence[str],
    since_s: float | None,
) -> dict[Fate, int]:
    """The writes by their worst fate in any of the Regions; UNKNOWN if `since_s` is None."""
    if since_s is None:
        return dict(Counter(Fate.UNKNOWN for _ in writes))
    by_write = ({readings.fate(w, region, since_s) for region in regions} for w in writes)
    return dict(Counter(next(fate for fate in _WORST_FIRST if fate in fates) for fates in by_write))

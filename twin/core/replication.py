"""Last writer wins between the Regions of a global table: stamps, and what a Region owes a peer.

Theory. Each Region has a whole copy and accepts writes at any time. A write gets a Stamp, the pair
(time, Region), and stamps are totally ordered. A copy takes a version of an item exactly when its
stamp is greater than the stamp of the version it has. So a copy's version of an item is the one of
the greatest stamp among those that ever reached it, in whatever order and however often they came;
and once every version reached every Region, all copies are equal. A deletion is a version as well,
a delete marker: without one, an older put that comes late would raise the item from the dead.

Three rules make this hold for the people who write:

* A local write must be seen by the local reader who made it. Its time is the clock's, or one above
  the last stamp this Region gave, or one above the stamp of the version that it replaces, whichever
  is greatest; so a fast clock elsewhere can't hide it.
* What a Region owes a peer is remembered until the peer has acknowledged it. What was sent and not
  acknowledged is sent again: receiving twice is the same as receiving once.
* Versions of one item that wait together may be folded into the newest; versions of different items
  overtake each other freely. AWS says the same of its streams and transactions:
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html

AWS documents the timestamp, not what breaks a tie of two equal ones; the order of Region names is
ours. It does not document how long delete markers live either: here until no older version can
still come (`Outbox.oldest_us`).

This module refuses to know clocks, randomness, sockets and what an item looks like.
"""

import heapq
import math
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import islice
from statistics import NormalDist
from typing import Generic, NamedTuple, TypeVar

P = TypeVar("P")


class Stamp(NamedTuple):
    """When and where a version was written; compares by time, then by the Region's name."""

    time_us: int
    """Microseconds since 1970, by the writing Region's clock or pushed above it."""
    region: str


def stamp_local_write(
    region: str, *, now_us: int, last_us: int, replaced: Iterable[Stamp | None]
) -> Stamp:
    """The stamp of a write made here, greater than all that it replaces.

    `last_us` is the time of the last stamp given here. One request has one stamp for all its items.
    """
    floor = max((stamp.time_us for stamp in replaced if stamp is not None), default=0)
    return Stamp(max(now_us, last_us + 1, floor + 1), region)


def stamp_wins(incoming: Stamp, existing: Stamp | None) -> bool:
    """Whether a version that comes in replaces the one that is there.

    "The incoming item's timestamp to be greater than the existing item's timestamp":
    https://docs.aws.amazon.com/prescriptive-guidance/latest/dynamodb-global-tables/introduction.html
    """
    return existing is None or incoming > existing


def lag_quantile_s(median_s: float, spread: float, share: float) -> float:
    """Within how many seconds this share of all writes arrives, of log-normal lags."""
    return median_s * math.exp(spread * NormalDist().inv_cdf(share))


class VersionStamps:
    """The stamps of one table's copy: of its items, and of the items deleted from it."""

    def __init__(self) -> None:
        self.live: dict[str, Stamp] = {}
        self.markers: dict[str, Stamp] = {}

    def of(self, item: str) -> Stamp | None:
        """Stamp of the item's version here, be it an item or a delete marker."""
        return self.live.get(item) or self.markers.get(item)

    def take(self, item: str, stamp: Stamp, *, deleted: bool) -> bool:
        """Take a version if it wins; whether it did."""
        if not stamp_wins(stamp, self.of(item)):
            return False
        here, there = (self.markers, self.live) if deleted else (self.live, self.markers)
        here[item] = stamp
        there.pop(item, None)
        return True

    def forget_markers_before(self, time_us: int) -> tuple[str, ...]:
        """Drop the delete markers that are older; the items they were of."""
        gone = tuple(item for item, stamp in self.markers.items() if stamp.time_us < time_us)
        for item in gone:
            del self.markers[item]
        return gone


@dataclass(frozen=True, slots=True)
class PendingVersion(Generic[P]):
    """One version that a peer has to get."""

    sequence: int
    """Rising number of the write, in this Region."""
    table: str
    item: Hashable
    """Which item (or setting) of the table."""
    stamp: Stamp
    written_s: float
    """When it was written, on the clock that `due_s` is on."""
    payload: P
    size: int = 0
    """Bytes on the wire, to bound a batch."""


class Outbox(Generic[P]):
    """What this Region owes one peer.

    waiting  its lag has not passed
    ready    may be sent; at most one version an item, the newest
    flying   sent, not acknowledged
    """

    def __init__(self) -> None:
        self._owed: OrderedDict[int, PendingVersion[P]] = OrderedDict()
        self._waiting: list[tuple[float, int]] = []
        self._ready: dict[Hashable, int] = {}
        self._flying: dict[int, PendingVersion[P]] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._owed)

    @property
    def position(self) -> int:
        """Every write up to this number is acknowledged, or replaced by a later one."""
        return next(iter(self._owed)) - 1 if self._owed else self._last

    @property
    def oldest_written_s(self) -> float | None:
        """When the oldest version that the peer lacks was written."""
        return next(iter(self._owed.values())).written_s if self._owed else None

    @property
    def next_due_s(self) -> float | None:
        """When something can be sent; None while all is in flight or nothing is owed."""
        if self._ready:
            return 0.0
        return self._waiting[0][0] if self._waiting else None

    def offer(self, owed: PendingVersion[P], *, due_s: float) -> None:
        """Owe the peer one version more, to be sent from `due_s` on. Numbers must rise."""
        self._owed[owed.sequence] = owed
        self._last = max(self._last, owed.sequence)
        heapq.heappush(self._waiting, (due_s, owed.sequence))

    def advance(self, now_s: float) -> None:
        """Let what is due become ready, folding versions of one item into the newest."""
        while self._waiting and self._waiting[0][0] <= now_s:
            _, sequence = heapq.heappop(self._waiting)
            owed = self._owed.get(sequence)
            if owed is not None:
                self._make_ready(owed)

    def _make_ready(self, owed: PendingVersion[P]) -> None:
        name = (owed.table, owed.item)
        rival = self._owed.get(self._ready.get(name, -1))
        if rival is None:
            self._ready[name] = owed.sequence
        elif rival.stamp > owed.stamp:
            self._owed.pop(owed.sequence, None)
        elif rival.sequence != owed.sequence:
            self._ready[name] = owed.sequence
            self._owed.pop(rival.sequence, None)

    def take(self, now_s: float, *, count: int, size: int) -> list[PendingVersion[P]]:
        """The next batch, now in flight: at most `count` versions, about `size` bytes."""
        self.advance(now_s)
        batch: list[PendingVersion[P]] = []
        total = 0
        for name, sequence in list(islice(self._ready.items(), count)):
            owed = self._owed.get(sequence)
            if owed is None:
                del self._ready[name]
                continue
            if batch and total + owed.size > size:
                break
            total += owed.size
            del self._ready[name]
            self._flying[owed.sequence] = owed
            batch.append(owed)
        return batch

    def acknowledged(self, batch: Iterable[PendingVersion[P]]) -> None:
        """The peer has these."""
        for owed in batch:
            self._flying.pop(owed.sequence, None)
            self._owed.pop(owed.sequence, None)

    def returned(self, batch: Iterable[PendingVersion[P]]) -> None:
        """Whether the peer has these is not known: they will be sent again."""
        for owed in batch:
            if self._flying.pop(owed.sequence, None) and owed.sequence in self._owed:
                self._make_ready(owed)

    def acknowledged_up_to(self, position: int) -> None:
        """The same for all numbers up to `position`; for reading a log back."""
        self._last = max(self._last, position)
        while self._owed and next(iter(self._owed)) <= position:
            self._owed.popitem(last=False)

    def forget_table(self, table: str) -> None:
        """The peer has this table no longer."""
        for sequence in [n for n, owed in self._owed.items() if owed.table == table]:
            del self._owed[sequence]
            self._flying.pop(sequence, None)
        self._ready = {name: n for name, n in self._ready.items() if n in self._owed}

    def oldest_us(self, table: str) -> int | None:
        """Time of the oldest stamp that the peer may still get for the table; None if none waits.

        A delete marker older than this, seen from every other Region, can be forgotten.
        """
        return min((o.stamp.time_us for o in self._owed.values() if o.table == table), default=None)

    def all(self) -> tuple[PendingVersion[P], ...]:
        """Everything owed, oldest first."""
        return tuple(self._owed.values())

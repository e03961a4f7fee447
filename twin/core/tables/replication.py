"""Last writer wins between the Regions of a global table: version stamps and per-peer outboxes.

Each Region has a whole copy of the table and accepts writes at any time. Each write gets a Stamp,
the pair (time, Region); stamps are totally ordered. A copy applies a version of an item exactly
when its stamp is greater than the stamp of the version it has. So a copy has, of each item, the
version with the greatest stamp among those it ever received, in whatever order and however often
it received them; and once every version has reached every Region, all copies are equal. A deletion
is a version too, a tombstone: without it, an older put that arrives late would restore the item.

Three rules keep this true for clients:

* A local write must be visible to local reads. Its time is the greatest of: the clock, one above
  the last stamp of this Region, one above the stamp of the version it replaces. So a fast clock in
  another Region can't hide it.
* A version stays in the outbox of a peer until the peer acknowledges it. Versions sent without an
  acknowledgement are sent again: applying a version twice changes nothing.
* Pending versions of one item may be folded into the newest; versions of different items may
  overtake each other. AWS documents the same for streams and transactions:
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html

AWS documents the timestamp, but neither the tie-break of equal ones (here: the Region's name) nor
the lifetime of tombstones (here: until no older version can still arrive, see
`Outbox.oldest_stamp_us`).

The caller passes clock readings and random draws; this module does not look into items.
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
    """When and where a version was written; ordered by time, then by the Region's name."""

    time_us: int
    """Microseconds since 1970: the writing Region's clock, or more where the rules above demand."""
    region: str


def stamp_local_write(
    region: str, *, now_us: int, last_us: int, replaced: Iterable[Stamp | None]
) -> Stamp:
    """Make the stamp of a local write, greater than the stamps it replaces.

    `last_us` is the time of the Region's last stamp. All items of a request share one stamp.
    """
    floor = max((stamp.time_us for stamp in replaced if stamp is not None), default=0)
    return Stamp(max(now_us, last_us + 1, floor + 1), region)


def stamp_wins(incoming: Stamp, existing: Stamp | None) -> bool:
    """Whether an incoming version replaces the existing one.

    "The incoming item's timestamp to be greater than the existing item's timestamp":
    https://docs.aws.amazon.com/prescriptive-guidance/latest/dynamodb-global-tables/introduction.html
    """
    return existing is None or incoming > existing


def lag_quantile_s(median_s: float, spread: float, share: float) -> float:
    """The lag, in seconds, that this share of writes does not exceed; lags are log-normal."""
    return median_s * math.exp(spread * NormalDist().inv_cdf(share))


class VersionStamps:
    """The stamps of the items, and of the tombstones, of one table's copy."""

    def __init__(self) -> None:
        self.live: dict[str, Stamp] = {}
        self.tombstones: dict[str, Stamp] = {}

    def get(self, item: str) -> Stamp | None:
        """The stamp of the item or its tombstone."""
        return self.live.get(item) or self.tombstones.get(item)

    def apply(self, item: str, stamp: Stamp, *, deleted: bool) -> bool:
        """Record a version if it wins; return whether it did."""
        if not stamp_wins(stamp, self.get(item)):
            return False
        target, other = (self.tombstones, self.live) if deleted else (self.live, self.tombstones)
        target[item] = stamp
        other.pop(item, None)
        return True

    def drop_tombstones_before(self, time_us: int) -> tuple[str, ...]:
        """Drop the tombstones older than `time_us`; return their items."""
        dropped = tuple(item for item, stamp in self.tombstones.items() if stamp.time_us < time_us)
        for item in dropped:
            del self.tombstones[item]
        return dropped


@dataclass(frozen=True, slots=True)
class PendingVersion(Generic[P]):
    """One version that a peer has not acknowledged."""

    sequence: int
    """Number of the write in this Region, ascending."""
    table: str
    item: Hashable
    """Key of the item, or name of the setting, in the table."""
    stamp: Stamp
    written_s: float
    """When it was written, by the clock of `due_s`."""
    payload: P
    size: int = 0
    """Bytes on the wire, to limit a batch."""


class Outbox(Generic[P]):
    """The versions that one peer has not acknowledged yet. A version is in one of three states:

    delayed    its replication lag has not passed
    ready      can be sent; at most one version of each item, the newest
    in flight  sent, not acknowledged
    """

    def __init__(self) -> None:
        self._pending: OrderedDict[int, PendingVersion[P]] = OrderedDict()
        self._delayed: list[tuple[float, int]] = []
        self._ready: dict[Hashable, int] = {}
        self._in_flight: dict[int, PendingVersion[P]] = {}
        self._last_sequence = 0

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def position(self) -> int:
        """Every write up to this number is acknowledged, or folded into a later one."""
        return next(iter(self._pending)) - 1 if self._pending else self._last_sequence

    @property
    def oldest_written_s(self) -> float | None:
        """When the oldest pending version was written."""
        return next(iter(self._pending.values())).written_s if self._pending else None

    @property
    def next_due_s(self) -> float | None:
        """When a version can be sent; None while all are in flight or nothing is pending."""
        if self._ready:
            return 0.0
        return self._delayed[0][0] if self._delayed else None

    def enqueue(self, version: PendingVersion[P], *, due_s: float) -> None:
        """Add a version, to be sent from `due_s` on. Sequence numbers must ascend."""
        self._pending[version.sequence] = version
        self._last_sequence = max(self._last_sequence, version.sequence)
        heapq.heappush(self._delayed, (due_s, version.sequence))

    def advance(self, now_s: float) -> None:
        """Make due versions ready; fold versions of one item into the newest."""
        while self._delayed and self._delayed[0][0] <= now_s:
            _, sequence = heapq.heappop(self._delayed)
            version = self._pending.get(sequence)
            if version is not None:
                self._make_ready(version)

    def _make_ready(self, version: PendingVersion[P]) -> None:
        key = (version.table, version.item)
        rival = self._pending.get(self._ready.get(key, -1))
        if rival is None:
            self._ready[key] = version.sequence
        elif rival.stamp > version.stamp:
            self._pending.pop(version.sequence, None)
        elif rival.sequence != version.sequence:
            self._ready[key] = version.sequence
            self._pending.pop(rival.sequence, None)

    def take_batch(self, now_s: float, *, count: int, size: int) -> list[PendingVersion[P]]:
        """Take a batch and mark it in flight: at most `count` versions, about `size` bytes."""
        self.advance(now_s)
        batch: list[PendingVersion[P]] = []
        total = 0
        for key, sequence in list(islice(self._ready.items(), count)):
            version = self._pending.get(sequence)
            if version is None:
                del self._ready[key]
                continue
            if batch and total + version.size > size:
                break
            total += version.size
            del self._ready[key]
            self._in_flight[version.sequence] = version
            batch.append(version)
        return batch

    def acknowledge(self, batch: Iterable[PendingVersion[P]]) -> None:
        """Remove the versions: the peer has them."""
        for version in batch:
            self._in_flight.pop(version.sequence, None)
            self._pending.pop(version.sequence, None)

    def requeue(self, batch: Iterable[PendingVersion[P]]) -> None:
        """Make the versions ready again, since the peer may not have them."""
        for version in batch:
            if self._in_flight.pop(version.sequence, None) and version.sequence in self._pending:
                self._make_ready(version)

    def acknowledge_up_to(self, position: int) -> None:
        """Remove all versions up to `position`; for the recovery from a log."""
        self._last_sequence = max(self._last_sequence, position)
        while self._pending and next(iter(self._pending)) <= position:
            self._pending.popitem(last=False)

    def drop_table(self, table: str) -> None:
        """Remove all versions of a table that the peer no longer replicates."""
        for sequence in [n for n, version in self._pending.items() if version.table == table]:
            del self._pending[sequence]
            self._in_flight.pop(sequence, None)
        self._ready = {key: n for key, n in self._ready.items() if n in self._pending}

    def oldest_stamp_us(self, table: str) -> int | None:
        """Time of the table's oldest pending stamp; None without one.

        A tombstone older than this, in the outboxes of all Regions, can be dropped.
        """
        stamps = (v.stamp.time_us for v in self._pending.values() if v.table == table)
        return min(stamps, default=None)

    def pending(self) -> tuple[PendingVersion[P], ...]:
        """All versions, oldest first."""
        return tuple(self._pending.values())

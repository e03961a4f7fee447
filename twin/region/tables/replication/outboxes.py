"""The outboxes of a Region: for each peer, the versions that it has not acknowledged; backfills.

A backfill sends a new replica everything in the table, with the original stamps. Its versions name
their items only; the images are read when they are sent, so that a big table is not serialized at
once.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from common.clock import Clock
from twin.core.tables.replication import Outbox, PendingVersion, Stamp
from twin.region.tables.storage.table_state import TableState, to_compact_json

VersionText = str | None
"""A version as JSON text; None: the version that exists when it is sent."""

ESTIMATED_VERSION_BYTES = 1000
"""Assumed size of a version without text."""


def register_key(name: str) -> str:
    """A register's key among a table's items in an outbox; no item's key starts like this."""
    return f"r:{name}"


def is_register_key(item: object) -> bool:
    return str(item).startswith("r:")


class Outboxes:
    def __init__(self, clock: Clock) -> None:
        self.by_peer: dict[str, Outbox[VersionText]] = {}
        self.backfills: dict[tuple[str, str], int] = {}
        """(table, peer) with a backfill in progress -> sequence number of its last version."""
        self.last_sequence = 0
        """Sequence number of the last version written in this Region."""
        self.on_enqueued: Callable[[str], None] = lambda _peer: None
        """Called with a peer whose outbox got a version."""
        self.network_delay_s: Callable[[str], float] = lambda _peer: 0.0
        """Delay of a slow network on the way to a peer."""
        self._clock = clock

    def for_peer(self, peer: str) -> Outbox[VersionText]:
        return self.by_peer.setdefault(peer, Outbox())

    def create_version(
        self, sequence: int, table: str, item: str, stamp: Stamp, text: VersionText
    ) -> PendingVersion[VersionText]:
        """A version written now."""
        return PendingVersion(
            sequence=sequence,
            table=table,
            item=item,
            stamp=stamp,
            written_s=self._clock.monotonic(),
            payload=text,
            size=ESTIMATED_VERSION_BYTES if text is None else len(text),
        )

    def enqueue(
        self,
        peers: Iterable[str],
        version: PendingVersion[VersionText],
        draw_lag_s: Callable[[], float],
    ) -> None:
        """Put a new version into the peers' outboxes, due after a lag drawn for each peer."""
        for peer in peers:
            self._enqueue(peer, version, due_s=version.written_s + draw_lag_s())

    def recover(self, peers: Iterable[str], version: PendingVersion[VersionText]) -> None:
        """Put a version from the log into the peers' outboxes: due now, as old as its stamp."""
        now = self._clock.monotonic()
        age_s = max(0.0, self._clock.now() - version.stamp.time_us / 1e6)
        aged = replace(version, written_s=now - age_s)
        self.last_sequence = max(self.last_sequence, version.sequence)
        for peer in peers:
            self._enqueue(peer, aged, due_s=now)

    def recover_position(self, peer: str, position: int) -> None:
        """Apply an acknowledged position from the log."""
        self.for_peer(peer).acknowledge_up_to(position)
        self.last_sequence = max(self.last_sequence, position)

    def start_backfill(self, state: TableState, peer: str) -> None:
        """Put everything in the table into the outbox of a new replica."""
        for version in state.register_versions():
            key, stamp = register_key(version["r"]), Stamp(*version["s"])
            self._enqueue_now(peer, state.name, key, stamp, to_compact_json(version))
        for stamps in (state.stamps.live, state.stamps.tombstones):
            for item, stamp in stamps.items():
                self._enqueue_now(peer, state.name, item, stamp, None)
        self.backfills[state.name, peer] = self.last_sequence

    def is_backfilled(self, table: str, peer: str) -> bool:
        """Whether the peer has acknowledged its whole backfill."""
        return self.for_peer(peer).position >= self.backfills[table, peer]

    def drop_replica(self, table: str, peer: str) -> None:
        """Send no more of the table to a peer that has no replica of it any more."""
        self.backfills.pop((table, peer), None)
        if peer in self.by_peer:
            self.by_peer[peer].drop_table(table)

    def cancel_backfills(self, table: str) -> None:
        """Cancel the backfills of a table that was dropped here: its images are gone."""
        for backfill in [backfill for backfill in self.backfills if backfill[0] == table]:
            del self.backfills[backfill]

    def wake_all(self) -> None:
        """Wake the replicators of all peers."""
        for peer in self.by_peer:
            self.on_enqueued(peer)

    def _enqueue_now(
        self, peer: str, table: str, item: str, stamp: Stamp, text: VersionText
    ) -> None:
        self.last_sequence += 1
        version = self.create_version(self.last_sequence, table, item, stamp, text)
        self._enqueue(peer, version, due_s=version.written_s)

    def _enqueue(self, peer: str, version: PendingVersion[VersionText], *, due_s: float) -> None:
        outbox = self.for_peer(peer)
        outbox.enqueue(version, due_s=due_s + self.network_delay_s(peer))
        outbox.advance(self._clock.monotonic())
        self.on_enqueued(peer)

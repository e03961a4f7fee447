"""What the other Regions are still owed, one outbox a peer, and which replicas are being filled.

A fill brings a new replica everything that is here, with the stamps it has. It owes versions by
name, and looks up what they are when they are sent: a big table is not written out at once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from common.clock import Clock
from twin.core.replication import Outbox, PendingVersion, Stamp
from twin.region.tables.table_state import TableState, to_compact_json

VersionText = str | None
"""A version as JSON text; None: whatever version there is when it is sent."""

ESTIMATED_VERSION_BYTES = 1000
"""Bytes that a version is taken for when it is not written out yet."""


def register_key(name: str) -> str:
    """A register's place among a table's items in an outbox; no item's key begins like this."""
    return f"r:{name}"


def is_register_key(item: object) -> bool:
    """Whether an item of an outbox is a register."""
    return str(item).startswith("r:")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingVersion:
    """One version to owe."""

    number: int
    table: str
    item: str
    stamp: Stamp
    text: VersionText = None


class Outboxes:
    """The outboxes of a Region."""

    def __init__(self, clock: Clock) -> None:
        self.outboxes: dict[str, Outbox[VersionText]] = {}
        self.fills: dict[tuple[str, str], int] = {}
        """(table, peer) being filled -> number of the fill's last version."""
        self.number = 0
        """Of the last version written here."""
        self.on_owed: Callable[[str], None] = lambda _peer: None
        """Called with a peer that is owed something new."""
        self.delay_s: Callable[[str], float] = lambda _peer: 0.0
        """What a slow network adds on the way to a peer."""
        self._clock = clock

    def outbox(self, peer: str) -> Outbox[VersionText]:
        """What a peer is owed."""
        return self.outboxes.setdefault(peer, Outbox())

    def owe(
        self, peers: Iterable[str], version: OutgoingVersion, lag_s: Callable[[], float]
    ) -> None:
        """Owe a version just written; each peer gets it after a lag of its own."""
        now = self._clock.monotonic()
        for peer in peers:
            self._offer(peer, version, written_s=now, due_s=now + lag_s())

    def owe_again(self, peers: Iterable[str], version: OutgoingVersion) -> None:
        """Owe a version found in the log: at once, but as old as it is."""
        age = max(0.0, self._clock.now() - version.stamp.time_us / 1e6)
        now = self._clock.monotonic()
        self.number = max(self.number, version.number)
        for peer in peers:
            self._offer(peer, version, written_s=now - age, due_s=now)

    def fill(self, state: TableState, peer: str) -> None:
        """Owe a new replica everything."""
        for wire in state.register_wires():
            stamp = Stamp(*wire["s"])
            self._owe_now(peer, state.name, register_key(wire["r"]), stamp, to_compact_json(wire))
        for versions in (state.versions.live, state.versions.tombstones):
            for item, stamp in versions.items():
                self._owe_now(peer, state.name, item, stamp, None)
        self.fills[state.name, peer] = self.number

    def filled(self, table: str, peer: str) -> bool:
        """Whether the peer has acknowledged all of its fill."""
        return self.outbox(peer).position >= self.fills[table, peer]

    def forget_replica(self, table: str, peer: str) -> None:
        """The peer has no replica of the table any more."""
        self.fills.pop((table, peer), None)
        if peer in self.outboxes:
            self.outboxes[peer].drop_table(table)

    def forget_fills(self, table: str) -> None:
        """The table is gone from here: what was not written out can't be sent."""
        for fill in [fill for fill in self.fills if fill[0] == table]:
            del self.fills[fill]

    def acknowledged_up_to(self, peer: str, position: int) -> None:
        """A peer's position found in the log."""
        self.outbox(peer).acknowledge_up_to(position)
        self.number = max(self.number, position)

    def notify_all(self) -> None:
        """Wake everybody who sends."""
        for peer in self.outboxes:
            self.on_owed(peer)

    def _owe_now(self, peer: str, table: str, item: str, stamp: Stamp, text: VersionText) -> None:
        self.number += 1
        now = self._clock.monotonic()
        version = OutgoingVersion(
            number=self.number, table=table, item=item, stamp=stamp, text=text
        )
        self._offer(peer, version, written_s=now, due_s=now)

    def _offer(
        self, peer: str, version: OutgoingVersion, *, written_s: float, due_s: float
    ) -> None:
        owed = PendingVersion(
            sequence=version.number,
            table=version.table,
            item=version.item,
            stamp=version.stamp,
            written_s=written_s,
            payload=version.text,
            size=ESTIMATED_VERSION_BYTES if version.text is None else len(version.text),
        )
        outbox = self.outbox(peer)
        outbox.enqueue(owed, due_s=due_s + self.delay_s(peer))
        outbox.advance(self._clock.monotonic())
        self.on_owed(peer)

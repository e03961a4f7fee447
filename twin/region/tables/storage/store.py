"""The table store: the only code that changes a Region's tables.

Every change goes the same way: decide, append one record to the write-ahead log, change the state
(engine, stamps, streams), put the new versions into the peers' outboxes. If the log can't be
written, the engine's changes are undone and the caller gets an error. So the state after a crash is
the state that was acknowledged. Recovery (twin.region.tables.recovery) applies the records by the
same decisions.

All methods are synchronous, so requests are serialized: DynamoDB guarantees that for one item, and
for the items of a transaction in one Region
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).

Records:
    w              versions written in this Region: [[sequence, peers, version], ...]
    a              versions received from a peer: [version, ...]
    create, drop   a table
    local          a table's local settings
    ack            the position that a peer has acknowledged
    fill, filled   start and end of the backfill of a replica
    pause          pause or resumption of replication
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from common.clock import Clock
from twin.core.tables.replication import PendingVersion, Stamp, stamp_local_write, stamp_wins
from twin.core.tables.table_engine import (
    Image,
    ItemChange,
    JsonObject,
    TableApiError,
    TableEngine,
    TableSettings,
)
from twin.region.tables.replication.outboxes import Outboxes, VersionText, register_key
from twin.region.tables.storage.history import TableHistories
from twin.region.tables.storage.table_state import (
    MEMBER_PREFIX,
    Register,
    TableState,
    WireVersion,
    to_compact_json,
)
from twin.region.tables.storage.wal import LogRecord, WriteAheadLog
from twin.region.tables.streams import TableStreams

log = logging.getLogger(__name__)


def no_lag() -> float:
    """The replication lag of settings and memberships."""
    return 0.0


class TableStore:
    """All tables of the Region, and the outboxes of its peers."""

    def __init__(
        self,
        *,
        region: str,
        engine: TableEngine,
        wal: WriteAheadLog,
        clock: Clock,
        draw_lag: Callable[[], float],
    ) -> None:
        self.region = region
        self.engine = engine
        self.streams = TableStreams(engine=engine, region=region, now=clock.now)
        self.histories = TableHistories()
        self.outboxes = Outboxes(clock)
        self.tables: dict[str, TableState] = {}
        self.paused = False
        self.recovering = False
        """While the log is replayed nothing is logged, and nothing written to streams."""
        self.last_stamp_us = 0
        """Time of this Region's last stamp."""
        self._wal = wal
        self._clock = clock
        self.draw_lag = draw_lag
        """Draws the lag of a write, in seconds."""

    @property
    def has_strong_tables(self) -> bool:
        """Whether a table has multi-Region strong consistency."""
        return any(state.is_strong for state in self.tables.values())

    # -- local writes

    def commit_items(
        self,
        changes: tuple[ItemChange, ...],
        *,
        stamp: Stamp | None = None,
        peers_of: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        """Commit the changes of an executed request. Raises TableApiError after undoing them.

        `stamp`: that of a proposal which a peer has accepted. `peers_of`: by table, the peers that
        still need the changes; all peers of the table if it is not there.
        """
        with_state = [(change, self.tables[change.table]) for change in changes]
        # With peers, a write of an unchanged item counts too: older versions of theirs lose to it.
        effective = [(c, state) for c, state in with_state if state.peers or c.before != c.after]
        if not effective:
            return
        items = [(change, state, state.item_key(change.key)) for change, state in effective]
        if stamp is None:
            stamp = self.make_stamp(state.stamps.get(item) for _, state, item in items)
        texts = [
            state.item_version_text(item, change.after, stamp) for change, state, item in items
        ]
        peers = [peers_of.get(state.name, state.peers) for _, state, _ in items]
        lines = list(zip(peers, texts, strict=True))
        try:
            first = self.log_written(lines)
        except TableApiError:
            self.undo_changes(changes)
            raise
        for sequence, ((change, state, item), (receivers, text)) in enumerate(
            zip(items, lines, strict=True), start=first
        ):
            self._record_stamp(state, item, stamp, deleted=change.after is None)
            self.histories.note(state, self._clock.now(), item, change.before)
            self.streams.add(change)
            version = self.outboxes.create_version(sequence, state.name, item, stamp, text)
            self.outboxes.enqueue(receivers, version, self.draw_lag)

    def commit_created_table(self, name: str, table_id: str) -> None:
        """Commit a table that the engine has created. Raises TableApiError after dropping it."""
        settings = self.engine.settings(name)
        stamp = self.make_stamp(())
        registers = {name: Register(stamp, value) for name, value in settings.shared.items()}
        self._add_table(name, table_id, registers, settings)

    def create_replica(self, name: str, table_id: str, versions: list[WireVersion]) -> None:
        """Create a replica from the registers of another Region. Raises TableApiError."""
        registers = {v["r"]: Register(Stamp(*v["s"]), v["v"]) for v in versions}
        shared = {n: register.value for n, register in registers.items() if not _is_member(n)}
        self.engine.create_table(name, TableSettings(shared=shared))
        self._add_table(name, table_id, registers, self.engine.settings(name))

    def _add_table(
        self, name: str, table_id: str, registers: dict[str, Register], settings: TableSettings
    ) -> None:
        state = TableState(name, table_id, self.region, self.engine.key_names(name))
        state.local_settings = settings.local
        for register, value in registers.items():
            state.set_register(register, value)
        try:
            self.log_record(build_create_record(state))
        except TableApiError:
            self.engine.drop_table(name)
            raise
        self.tables[name] = state

    def commit_settings(self, name: str) -> None:
        """Commit the engine's settings of a table, and send the shared ones to the peers.

        Raises TableApiError after undoing the changes.
        """
        state = self.tables[name]
        settings = self.engine.settings(name)
        changed = {
            setting: value
            for setting, value in settings.shared.items()
            if setting not in state.registers or state.registers[setting].value != value
        }
        try:
            self._commit_local_settings(state, settings)
            if changed:
                self.commit_registers(name, changed)
        except TableApiError:
            self.undo_settings(name)
            raise

    def _commit_local_settings(self, state: TableState, settings: TableSettings) -> None:
        if settings.local != state.local_settings:
            self.log_record({"o": "local", "t": state.name, "v": settings.local})
            self.set_local_settings(state, settings.local)

    def set_local_settings(self, state: TableState, settings: JsonObject) -> None:
        """Note the local settings that are in the log; without recovery a table has no history."""
        state.local_settings = settings
        if state.recovery is None:
            self.histories.forget(state)

    def commit_registers(
        self, name: str, values: dict[str, Any], *, peers: tuple[str, ...] | None = None
    ) -> None:
        """Set registers and send them to `peers` (None: to all peers of the table afterwards).

        Raises TableApiError with nothing changed.
        """
        state = self.tables[name]
        stamp = self.make_stamp(r.stamp for n, r in state.registers.items() if n in values)
        old_peers, old = state.peers, {n: state.registers.get(n) for n in values}
        for register, value in values.items():
            state.set_register(register, Register(stamp, value))
        try:
            self._commit_register_versions(state, values, state.peers if peers is None else peers)
        except TableApiError:
            for register, before in old.items():
                if before is None:
                    state.drop_register(register)
                else:
                    state.set_register(register, before)
            raise
        self._drop_lost_peers(state, old_peers)

    def stamp_registers(self, name: str, values: dict[str, Any]) -> list[WireVersion]:
        """Stamp register values for `receive`, here and in peers; nothing is changed yet."""
        state = self.tables[name]
        stamp = self.make_stamp(r.stamp for n, r in state.registers.items() if n in values)
        return [
            {"t": name, "g": state.id, "r": register, "v": value, "s": list(stamp)}
            for register, value in values.items()
        ]

    def _commit_register_versions(
        self, state: TableState, names: Iterable[str], peers: tuple[str, ...]
    ) -> None:
        texts = {name: to_compact_json(state.register_version(name)) for name in names}
        first = self.log_written([(peers, text) for text in texts.values()])
        for sequence, (name, text) in enumerate(texts.items(), start=first):
            version = self.outboxes.create_version(
                sequence, state.name, register_key(name), state.registers[name].stamp, text
            )
            self.outboxes.enqueue(peers, version, no_lag)

    def commit_drop(self, name: str) -> None:
        """Drop a table of this Region; versions in the outboxes are still sent."""
        state = self.tables[name]
        self.log_record({"o": "drop", "t": name, "g": state.id})
        self.remove_table(state)

    def remove_table(self, state: TableState) -> None:
        """Drop a table whose drop is in the log."""
        self.outboxes.cancel_backfills(state.name)
        if state.name in self.engine.table_names():
            self.engine.drop_table(state.name)
        self.streams.forget(state.name)
        self.histories.forget(state)
        del self.tables[state.name]

    def set_paused(self, paused: bool) -> None:
        """Pause or resume replication in both directions; survives a restart."""
        self.log_record({"o": "pause", "v": paused})
        self.paused = paused
        self.outboxes.wake_all()

    # -- versions from a peer

    def receive(self, versions: list[WireVersion]) -> list[str]:
        """Commit the versions that win. The ids of tables that this Region does not have."""
        unknown = {version["g"] for version in versions if not self._has_table(version)}
        winners = [v for v in versions if self._has_table(v) and self._wins(v)]
        if winners:
            self.log_record({"o": "a", "c": winners})
            for version in winners:
                self.apply(version)
        return sorted(unknown)

    def apply(self, version: WireVersion) -> None:
        """Apply a version that is in the log, if it wins."""
        if not self._has_table(version) or not self._wins(version):
            return
        state, stamp = self.tables[version["t"]], Stamp(*version["s"])
        if "r" in version:
            self._apply_register(state, version["r"], Register(stamp, version["v"]))
        else:
            self._apply_item(state, version, stamp)

    def _has_table(self, version: WireVersion) -> bool:
        state = self.tables.get(version["t"])
        return state is not None and state.id == version["g"]

    def _wins(self, version: WireVersion) -> bool:
        state, stamp = self.tables[version["t"]], Stamp(*version["s"])
        if "r" in version:
            register = state.registers.get(version["r"])
            return stamp_wins(stamp, register.stamp if register else None)
        return stamp_wins(stamp, state.stamps.get(state.item_key(version["k"])))

    def _apply_item(self, state: TableState, version: WireVersion, stamp: Stamp) -> None:
        key, image = version["k"], version["i"]
        item = state.item_key(key)
        self._record_stamp(state, item, stamp, deleted=image is None)
        before = None
        if not self.recovering or state.recovery is not None:
            before = self.engine.get_image(state.name, key)
            at_s = stamp.time_us / 1e6 if self.recovering else self._clock.now()
            self.histories.note(state, at_s, item, before)
        self.set_image(state.name, key, image)
        if not self.recovering:
            self.streams.add(ItemChange(table=state.name, key=key, before=before, after=image))

    def _record_stamp(self, state: TableState, item: str, stamp: Stamp, *, deleted: bool) -> None:
        """Record the stamp of a version; without peers no tombstone is needed."""
        state.stamps.apply(item, stamp, deleted=deleted)
        if deleted and not state.peers:
            state.stamps.tombstones.pop(item, None)
        self._note_stamp(stamp)

    def _apply_register(self, state: TableState, name: str, register: Register) -> None:
        old_peers = state.peers
        state.set_register(name, register)
        self._note_stamp(register.stamp)
        if not _is_member(name):
            self.engine.set_setting(state.name, name, register.value)
            if not self.recovering:
                self._commit_local_settings(state, self.engine.settings(state.name))
            return
        self._drop_lost_peers(state, old_peers)
        for peer in set(state.peers) - set(old_peers):
            self.start_backfill(state.name, peer)
        if not self.recovering:
            # Members may have been added in two Regions at once: send all of them to all peers.
            members = filter(_is_member, list(state.registers))
            self._commit_register_versions(state, members, state.peers)

    def _drop_lost_peers(self, state: TableState, old_peers: tuple[str, ...]) -> None:
        for peer in set(old_peers) - set(state.peers):
            self.outboxes.drop_replica(state.name, peer)
        if not state.peers:
            state.stamps.tombstones.clear()

    # -- replication

    def start_backfill(self, name: str, peer: str) -> None:
        """Start to send the whole table to a new replica; a restart starts it again."""
        if self.recovering:
            self.outboxes.backfills[name, peer] = 0
            return
        self.log_record({"o": "fill", "t": name, "p": peer})
        self.outboxes.start_backfill(self.tables[name], peer)

    def finish_backfill(self, name: str, peer: str) -> bool:
        """Whether the replica has acknowledged its whole backfill; logs the end once."""
        if (name, peer) not in self.outboxes.backfills:
            return True
        if not self.outboxes.is_backfilled(name, peer):
            return False
        self.log_record({"o": "filled", "t": name, "p": peer})
        del self.outboxes.backfills[name, peer]
        return True

    def version_text(self, version: PendingVersion[VersionText]) -> str | None:
        """The version to send, as JSON; None if the item or its table no longer exists."""
        if version.payload is not None:
            return version.payload
        state, item = self.tables.get(version.table), str(version.item)
        stamp = state.stamps.get(item) if state else None
        if state is None or stamp is None:
            return None
        key = json.loads(item)
        image = self.engine.get_image(state.name, key) if item in state.stamps.live else None
        return state.item_version_text(item, image, stamp)

    def acknowledge(self, peer: str, batch: list[PendingVersion[VersionText]]) -> None:
        """Remove acknowledged versions from the peer's outbox, and log its new position."""
        outbox = self.outboxes.for_peer(peer)
        before = outbox.position
        outbox.acknowledge(batch)
        if outbox.position != before:
            self.log_record({"o": "ack", "p": peer, "n": outbox.position})

    # -- the log

    def log_record(self, record: LogRecord) -> None:
        """Append a record to the log. Raises TableApiError if that fails."""
        self._log(to_compact_json(record))

    def _log(self, text: str) -> None:
        try:
            self._wal.append(text)
        except OSError as exc:
            log.error("the log can't be written: %s", exc)
            raise TableApiError(
                "InternalServerError", f"the Region can't write its log: {exc.strerror}", 500
            ) from exc

    def log_written(self, lines: list[tuple[tuple[str, ...], str]]) -> int:
        """Log versions written here, with their peers; the sequence number of the first."""
        first = self.outboxes.last_sequence + 1
        entries = ",".join(
            f"[{sequence},{to_compact_json(peers)},{text}]"
            for sequence, (peers, text) in enumerate(lines, start=first)
        )
        self._log(f'{{"o":"w","c":[{entries}]}}')
        self.outboxes.last_sequence += len(lines)
        return first

    def make_stamp(self, replaced: Iterable[Stamp | None]) -> Stamp:
        """The stamp of a write of this Region that replaces versions with these stamps."""
        now_us = int(self._clock.now() * 1e6)
        stamp = stamp_local_write(
            self.region, now_us=now_us, last_us=self.last_stamp_us, replaced=replaced
        )
        self.last_stamp_us = stamp.time_us
        return stamp

    def advance_watermark(self) -> int:
        """A time (us) that every later stamp of this Region exceeds."""
        self.last_stamp_us = max(self.last_stamp_us, int(self._clock.now() * 1e6))
        return self.last_stamp_us

    def _note_stamp(self, stamp: Stamp) -> None:
        if stamp.region == self.region:
            self.last_stamp_us = max(self.last_stamp_us, stamp.time_us)

    def undo_changes(self, changes: tuple[ItemChange, ...]) -> None:
        """Take the changes of a request back in the engine."""
        for change in reversed(changes):
            self.set_image(change.table, change.key, change.before)

    def set_image(self, table: str, key: Image, image: Image | None) -> None:
        """Put an item into the engine, or remove it (None); nothing is committed."""
        if image is None:
            self.engine.remove_item(table, key)
        else:
            self.engine.put_image(table, image)

    def undo_settings(self, name: str) -> None:
        """Set the engine's settings of a table to the last committed ones."""
        state = self.tables[name]
        shared = {n: r.value for n, r in state.registers.items() if not _is_member(n)}
        for setting, value in (shared | state.local_settings).items():
            self.engine.set_setting(name, setting, value)


def build_create_record(state: TableState) -> LogRecord:
    """The record of a table without its items."""
    return {
        "o": "create",
        "t": state.name,
        "g": state.id,
        "r": state.register_versions(),
        "v": state.local_settings,
    }


def _is_member(register: str) -> bool:
    return register.startswith(MEMBER_PREFIX)

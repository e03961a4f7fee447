"""The one place where a Region's tables change: engine, stamps, log, streams and debts together.

Every path is the same: decide, append one record to the log, change the state, owe the peers. When
the log can't be written the engine is put back and the caller gets an error, so what was answered
is what will be there after a crash. Reading the log back (twin.region.tables.recovery) goes through
the same decisions.

Synchronous all through, so that no two requests mix: DynamoDB's own promise for one item, and for
the items of a transaction in one Region
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).

Records that are made here:
    w   written here: [[number, peers, version], ...]     a      taken from a peer: [version, ...]
    create, drop, local   a table; its own settings        ack    a peer's position
    fill, filled          a replica being filled           pause
"""

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any

from common.clock import Clock
from twin.core.replication import PendingVersion, Stamp, stamp_local_write, stamp_wins
from twin.core.table_engine import ItemChange, TableApiError, TableEngine, TableSettings
from twin.region.tables.outboxes import Outboxes, OutgoingVersion, VersionText, register_key
from twin.region.tables.streams import TableStreams
from twin.region.tables.table_state import (
    MEMBER_PREFIX,
    Register,
    TableState,
    WireVersion,
    to_compact_json,
)
from twin.region.tables.wal import LogRecord, WriteAheadLog

log = logging.getLogger(__name__)


def no_lag() -> float:
    """The lag of settings and memberships."""
    return 0.0


class TableStore:
    """All tables of the Region and what the other Regions are owed."""

    def __init__(
        self,
        *,
        region: str,
        engine: TableEngine,
        journal: WriteAheadLog,
        clock: Clock,
        draw_lag: Callable[[], float],
    ) -> None:
        self.region = region
        self.engine = engine
        self.streams = TableStreams(engine=engine, region=region, now=clock.now)
        self.debts = Outboxes(clock)
        self.tables: dict[str, TableState] = {}
        self.paused = False
        self.replaying = False
        """Whether the log is being read back: then nothing is logged, and no stream written."""
        self.last_us = 0
        """Time of the last stamp given here."""
        self._journal = journal
        self._clock = clock
        self._draw_lag = draw_lag

    # -- written here

    def commit_items(self, changes: tuple[ItemChange, ...]) -> None:
        """Make an executed request's changes last. Raises AwsError after undoing them."""
        found = [(change, self.tables[change.table]) for change in changes]
        # Writing what was there already matters to other Regions: their older versions lose to it.
        found = [(c, state) for c, state in found if state.peers or c.before != c.after]
        if not found:
            return
        items = [(change, state, state.item_of(change.key)) for change, state in found]
        stamp = self._stamp(state.versions.get(item) for _, state, item in items)
        texts = [state.item_wire(item, change.after, stamp) for change, state, item in items]
        lines = [(state.peers, text) for (_, state, _), text in zip(items, texts, strict=True)]
        try:
            first = self._append_written(lines)
        except TableApiError:
            self._put_back(changes)
            raise
        for number, ((change, state, item), text) in enumerate(
            zip(items, texts, strict=True), start=first
        ):
            self.take_version(state, item, stamp, deleted=change.after is None)
            self.streams.add(change)
            version = OutgoingVersion(
                number=number, table=state.name, item=item, stamp=stamp, text=text
            )
            self.debts.owe(state.peers, version, self._draw_lag)

    def commit_create(self, name: str, table_id: str) -> None:
        """Make a table that the engine has just created last. Raises AwsError after undoing it."""
        sections = self.engine.settings(name)
        stamp = self._stamp(())
        registers = {name: Register(stamp, value) for name, value in sections.shared.items()}
        self._adopt(name, table_id, registers, sections)

    def adopt_replica(self, name: str, table_id: str, wires: list[WireVersion]) -> None:
        """Create a replica by the registers that another Region has. Raises AwsError."""
        registers = {w["r"]: Register(Stamp(*w["s"]), w["v"]) for w in wires}
        shared = {n: register.value for n, register in registers.items() if not _is_member(n)}
        self.engine.create_table(name, TableSettings(shared=shared))
        self._adopt(name, table_id, registers, self.engine.settings(name))

    def _adopt(
        self, name: str, table_id: str, registers: dict[str, Register], sections: TableSettings
    ) -> None:
        state = TableState(name, table_id, self.region, self.engine.key_names(name))
        state.local = sections.local
        for register, value in registers.items():
            state.set_register(register, value)
        try:
            self.append(build_create_record(state))
        except TableApiError:
            self.engine.drop_table(name)
            raise
        self.tables[name] = state

    def commit_settings(self, name: str) -> None:
        """Make changed settings of a table last; the peers get the shared ones.

        Raises AwsError after undoing them.
        """
        state = self.tables[name]
        sections = self.engine.settings(name)
        changed = {
            section: value
            for section, value in sections.shared.items()
            if section not in state.registers or state.registers[section].value != value
        }
        try:
            self._commit_local(state, sections)
            if changed:
                self.commit_registers(name, changed)
        except TableApiError:
            self._restore_settings(state)
            raise

    def _commit_local(self, state: TableState, sections: TableSettings) -> None:
        if sections.local != state.local:
            self.append({"o": "local", "t": state.name, "v": sections.local})
            state.local = sections.local

    def commit_registers(
        self, name: str, values: dict[str, Any], *, peers: tuple[str, ...] | None = None
    ) -> None:
        """Set registers; `peers` get them at once (None: all that have the table then).

        Raises AwsError, with nothing changed.
        """
        state = self.tables[name]
        stamp = self._stamp(r.stamp for n, r in state.registers.items() if n in values)
        old_peers, old = state.peers, {n: state.registers.get(n) for n in values}
        for register, value in values.items():
            state.set_register(register, Register(stamp, value))
        try:
            self._send_registers(state, values, state.peers if peers is None else peers)
        except TableApiError:
            for register, before in old.items():
                state.set_register(register, before or Register(stamp, None))
            raise
        self._forget_lost_peers(state, old_peers)

    def draft_registers(self, name: str, values: dict[str, Any]) -> list[WireVersion]:
        """Registers stamped now, for `receive` here and elsewhere; nothing is changed yet."""
        state = self.tables[name]
        stamp = self._stamp(r.stamp for n, r in state.registers.items() if n in values)
        return [
            {"t": name, "g": state.id, "r": register, "v": value, "s": list(stamp)}
            for register, value in values.items()
        ]

    def _send_registers(
        self, state: TableState, names: Iterable[str], peers: tuple[str, ...]
    ) -> None:
        texts = {name: to_compact_json(state.register_wire(name)) for name in names}
        first = self._append_written([(peers, text) for text in texts.values()])
        for number, (name, text) in enumerate(texts.items(), start=first):
            stamp = state.registers[name].stamp
            item = register_key(name)
            version = OutgoingVersion(
                number=number, table=state.name, item=item, stamp=stamp, text=text
            )
            self.debts.owe(peers, version, no_lag)

    def commit_drop(self, name: str) -> None:
        """Remove a table here. What its peers are owed they still get."""
        state = self.tables[name]
        self.append({"o": "drop", "t": name, "g": state.id})
        self.drop(state)

    def drop(self, state: TableState) -> None:
        """Remove a table whose removal is in the log."""
        self.debts.forget_fills(state.name)
        if state.name in self.engine.table_names():
            self.engine.drop_table(state.name)
        self.streams.forget(state.name)
        del self.tables[state.name]

    def set_paused(self, paused: bool) -> None:
        """Stop or resume replication in both directions; survives a restart."""
        self.append({"o": "pause", "v": paused})
        self.paused = paused
        self.debts.notify_all()

    # -- taken from a peer

    def receive(self, versions: list[WireVersion]) -> list[str]:
        """Take what wins, durably. The identities of tables that this Region does not have."""
        gone = {wire["g"] for wire in versions if not self._knows(wire)}
        winners = [wire for wire in versions if self._knows(wire) and self._would_win(wire)]
        if winners:
            self.append({"o": "a", "c": winners})
            for wire in winners:
                self.take(wire)
        return sorted(gone)

    def take(self, wire: WireVersion) -> None:
        """Take a version that is in the log, if it wins."""
        if not self._knows(wire) or not self._would_win(wire):
            return
        state, stamp = self.tables[wire["t"]], Stamp(*wire["s"])
        if "r" in wire:
            self._take_register(state, wire["r"], Register(stamp, wire["v"]))
        else:
            self._take_item(state, wire, stamp)

    def _knows(self, wire: WireVersion) -> bool:
        state = self.tables.get(wire["t"])
        return state is not None and state.id == wire["g"]

    def _would_win(self, wire: WireVersion) -> bool:
        state, stamp = self.tables[wire["t"]], Stamp(*wire["s"])
        if "r" in wire:
            register = state.registers.get(wire["r"])
            return stamp_wins(stamp, register.stamp if register else None)
        return stamp_wins(stamp, state.versions.get(state.item_of(wire["k"])))

    def _take_item(self, state: TableState, wire: WireVersion, stamp: Stamp) -> None:
        key, image = wire["k"], wire["i"]
        self.take_version(state, state.item_of(key), stamp, deleted=image is None)
        before = None if self.replaying else self.engine.get_image(state.name, key)
        if image is None:
            self.engine.remove_item(state.name, key)
        else:
            self.engine.put_image(state.name, image)
        if not self.replaying:
            self.streams.add(ItemChange(table=state.name, key=key, before=before, after=image))

    def take_version(self, state: TableState, item: str, stamp: Stamp, *, deleted: bool) -> None:
        """Note the stamp of a version; delete markers matter only where older ones may come."""
        state.versions.apply(item, stamp, deleted=deleted)
        if deleted and not state.peers:
            state.versions.tombstones.pop(item, None)
        self._seen(stamp)

    def _take_register(self, state: TableState, name: str, register: Register) -> None:
        old_peers = state.peers
        state.set_register(name, register)
        self._seen(register.stamp)
        if not _is_member(name):
            self.engine.set_setting(state.name, name, register.value)
            if not self.replaying:
                self._commit_local(state, self.engine.settings(state.name))
            return
        self._forget_lost_peers(state, old_peers)
        for peer in set(state.peers) - set(old_peers):
            self.start_fill(state.name, peer)
        if not self.replaying:
            # Members may have been added in two Regions at once: tell everybody of everybody.
            self._send_registers(state, filter(_is_member, list(state.registers)), state.peers)

    def _forget_lost_peers(self, state: TableState, old_peers: tuple[str, ...]) -> None:
        for peer in set(old_peers) - set(state.peers):
            self.debts.forget_replica(state.name, peer)
        if not state.peers:
            state.versions.tombstones.clear()

    # -- what peers are owed

    def start_fill(self, name: str, peer: str) -> None:
        """Owe a new replica everything that is here; begun anew after a restart."""
        if self.replaying:
            self.debts.fills[name, peer] = 0
            return
        self.append({"o": "fill", "t": name, "p": peer})
        self.debts.fill(self.tables[name], peer)

    def end_fill(self, name: str, peer: str) -> bool:
        """Whether the replica has everything; noted once."""
        if (name, peer) not in self.debts.fills:
            return True
        if not self.debts.filled(name, peer):
            return False
        self.append({"o": "filled", "t": name, "p": peer})
        del self.debts.fills[name, peer]
        return True

    def text_of(self, owed: PendingVersion[VersionText]) -> str | None:
        """The version to send; None if there is none any more."""
        if owed.payload is not None:
            return owed.payload
        state, item = self.tables.get(owed.table), str(owed.item)
        stamp = state.versions.get(item) if state else None
        if state is None or stamp is None:
            return None
        key = json.loads(item)
        image = self.engine.get_image(state.name, key) if item in state.versions.live else None
        return state.item_wire(item, image, stamp)

    def acknowledge(self, peer: str, batch: list[PendingVersion[VersionText]]) -> None:
        """A peer has these; the log remembers how far it is."""
        outbox = self.debts.outbox(peer)
        before = outbox.position
        outbox.acknowledge(batch)
        if outbox.position != before:
            self.append({"o": "ack", "p": peer, "n": outbox.position})

    # -- the log

    def append(self, record: LogRecord) -> None:
        """Log a record. Raises AwsError if that can't be done."""
        self._append(to_compact_json(record))

    def _append(self, text: str) -> None:
        try:
            self._journal.append(text)
        except OSError as exc:
            log.error("the log can't be written: %s", exc)
            raise TableApiError(
                "InternalServerError", f"the Region can't write its log: {exc.strerror}", 500
            ) from exc

    def _append_written(self, lines: list[tuple[tuple[str, ...], str]]) -> int:
        """Log versions written here, with who gets them; the number of the first."""
        first = self.debts.number + 1
        entries = ",".join(
            f"[{number},{to_compact_json(peers)},{text}]"
            for number, (peers, text) in enumerate(lines, start=first)
        )
        self._append(f'{{"o":"w","c":[{entries}]}}')
        self.debts.number += len(lines)
        return first

    def _stamp(self, replaced: Iterable[Stamp | None]) -> Stamp:
        now_us = int(self._clock.now() * 1e6)
        stamp = stamp_local_write(
            self.region, now_us=now_us, last_us=self.last_us, replaced=replaced
        )
        self.last_us = stamp.time_us
        return stamp

    def promise(self) -> int:
        """A time in microseconds that every stamp given here from now on is later than."""
        self.last_us = max(self.last_us, int(self._clock.now() * 1e6))
        return self.last_us

    def _seen(self, stamp: Stamp) -> None:
        if stamp.region == self.region:
            self.last_us = max(self.last_us, stamp.time_us)

    def _put_back(self, changes: tuple[ItemChange, ...]) -> None:
        for change in reversed(changes):
            if change.before is None:
                self.engine.remove_item(change.table, change.key)
            else:
                self.engine.put_image(change.table, change.before)

    def undo_settings(self, name: str) -> None:
        """Put the settings of a table back to what was last made to last."""
        self._restore_settings(self.tables[name])

    def _restore_settings(self, state: TableState) -> None:
        shared = {n: r.value for n, r in state.registers.items() if not _is_member(n)}
        for name, value in (shared | state.local).items():
            self.engine.set_setting(state.name, name, value)


def build_create_record(state: TableState) -> LogRecord:
    """A table as it is, without its items."""
    return {
        "o": "create",
        "t": state.name,
        "g": state.id,
        "r": state.register_wires(),
        "v": state.local,
    }


def _is_member(register: str) -> bool:
    return register.startswith(MEMBER_PREFIX)

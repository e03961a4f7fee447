"""Recovery of a Region's table store: apply the records of the log, and write snapshots of it.

Records that exist only in a snapshot:
    counters   last sequence number and stamp    owe   outbox of a peer: [[number, version], ...]
All other records of a snapshot have the form that the store logs, so one reader serves both.
"""

import json
from collections.abc import Callable, Iterator

from twin.core.tables.replication import PendingVersion, Stamp
from twin.core.tables.table_engine import TableSettings
from twin.errors import StateCorrupt
from twin.region.tables.replication.outboxes import VersionText, register_key
from twin.region.tables.storage.store import TableStore, build_create_record
from twin.region.tables.storage.table_state import (
    MEMBER_PREFIX,
    Register,
    TableState,
    WireVersion,
    to_compact_json,
)
from twin.region.tables.storage.wal import LogRecord

VERSIONS_PER_RECORD = 50


def recover_store(store: TableStore, records: Iterator[LogRecord]) -> None:
    """Apply all records to the store. Raises StateCorrupt for an unknown record."""
    store.recovering = True
    for record in records:
        reader = _READERS.get(record["o"])
        if reader is None:
            raise StateCorrupt(
                f"the log of {store.region} has a record '{record['o']}' that this version of the "
                "twin does not know; a newer one wrote it"
            )
        reader(store, record)
    store.recovering = False
    _finish_deletions(store)
    _restore_local_settings(store)
    for name, peer in list(store.outboxes.backfills):
        store.outboxes.start_backfill(store.tables[name], peer)


def _finish_deletions(store: TableStore) -> None:
    """Drop the tables that had left their group, but were not dropped when the process died.

    So are tables whose restore was not complete.
    """
    for state in list(store.tables.values()):
        own = state.registers.get(MEMBER_PREFIX + store.region)
        if (own is not None and own.value is None) or state.is_restoring:
            store.remove_table(state)


def _restore_local_settings(store: TableStore) -> None:
    """Give the engine the last local settings, which win over what shared ones have caused.

    A stream that is switched on gets a label, but the label that it had is in the log.
    """
    for state in store.tables.values():
        for name, value in state.local_settings.items():
            store.engine.set_setting(state.name, name, value)


def _apply_written(store: TableStore, record: LogRecord) -> None:
    for sequence, peers, version in record["c"]:
        store.apply(version)
        store.outboxes.recover(peers, _pending_version(store, sequence, version))


def _apply_received(store: TableStore, record: LogRecord) -> None:
    for version in record["c"]:
        store.apply(version)


def _apply_create(store: TableStore, record: LogRecord) -> None:
    name = record["t"]
    if name in store.tables:
        store.remove_table(store.tables[name])
    registers = {w["r"]: Register(Stamp(*w["s"]), w["v"]) for w in record["r"]}
    shared = {n: register.value for n, register in registers.items() if ":" not in n}
    store.engine.create_table(name, TableSettings(shared=shared, local=record["v"]))
    state = TableState(name, record["g"], store.region, store.engine.key_names(name))
    state.local_settings = record["v"]
    for register, value in registers.items():
        state.set_register(register, value)
    store.tables[name] = state


def _apply_drop(store: TableStore, record: LogRecord) -> None:
    state = store.tables.get(record["t"])
    if state is not None and state.id == record["g"]:
        store.remove_table(state)


def _apply_local_settings(store: TableStore, record: LogRecord) -> None:
    state = store.tables.get(record["t"])
    if state is not None:
        store.set_local_settings(state, record["v"])


def _apply_acknowledgement(store: TableStore, record: LogRecord) -> None:
    store.outboxes.recover_position(record["p"], record["n"])


def _apply_pause(store: TableStore, record: LogRecord) -> None:
    store.paused = record["v"]


def _apply_backfill_started(store: TableStore, record: LogRecord) -> None:
    if record["t"] in store.tables:
        store.outboxes.backfills[record["t"], record["p"]] = 0


def _apply_backfill_finished(store: TableStore, record: LogRecord) -> None:
    store.outboxes.backfills.pop((record["t"], record["p"]), None)


def _apply_counters(store: TableStore, record: LogRecord) -> None:
    store.outboxes.last_sequence = max(store.outboxes.last_sequence, record["n"])
    store.last_stamp_us = max(store.last_stamp_us, record["us"])
    store.histories.begin(store.last_stamp_us / 1e6)


def _apply_outbox(store: TableStore, record: LogRecord) -> None:
    for sequence, version in record["c"]:
        store.outboxes.recover([record["p"]], _pending_version(store, sequence, version))


_READERS: dict[str, Callable[[TableStore, LogRecord], None]] = {
    "a": _apply_received,
    "ack": _apply_acknowledgement,
    "counters": _apply_counters,
    "create": _apply_create,
    "drop": _apply_drop,
    "fill": _apply_backfill_started,
    "filled": _apply_backfill_finished,
    "local": _apply_local_settings,
    "owe": _apply_outbox,
    "pause": _apply_pause,
    "w": _apply_written,
}


def _pending_version(
    store: TableStore, sequence: int, version: WireVersion
) -> PendingVersion[VersionText]:
    state = store.tables.get(version["t"])
    if "r" in version:
        item = register_key(version["r"])
    else:
        item = state.item_key(version["k"]) if state else to_compact_json(version["k"])
    return store.outboxes.create_version(
        sequence, version["t"], item, Stamp(*version["s"]), to_compact_json(version)
    )


def snapshot_records(store: TableStore) -> Iterator[str]:
    """The whole state of the store, as records.

    The store may change while the records are consumed: the changes are in the next log.
    """
    last_sequence = store.outboxes.last_sequence
    yield to_compact_json({"o": "counters", "n": last_sequence, "us": store.last_stamp_us})
    yield to_compact_json({"o": "pause", "v": store.paused})
    for name in list(store.tables):
        if name in store.tables:
            yield from _table_records(store, store.tables[name])
    for peer in list(store.outboxes.by_peer):
        yield from _outbox_records(store, peer, last_sequence)
    for name, peer in list(store.outboxes.backfills):
        yield to_compact_json({"o": "fill", "t": name, "p": peer})
    # From now on the next log tells what each change replaced.
    yield to_compact_json({"o": "counters", "n": last_sequence, "us": store.advance_watermark()})


def _table_records(store: TableStore, state: TableState) -> Iterator[str]:
    yield to_compact_json(build_create_record(state))
    items = [*state.stamps.live, *state.stamps.tombstones]
    for start in range(0, len(items), VERSIONS_PER_RECORD):
        if store.tables.get(state.name) is not state:
            return
        chunk = items[start : start + VERSIONS_PER_RECORD]
        texts = (_item_version_text(store, state, item) for item in chunk)
        yield f'{{"o":"a","c":[{",".join(text for text in texts if text)}]}}'


def _item_version_text(store: TableStore, state: TableState, item: str) -> str | None:
    stamp = state.stamps.get(item)
    if stamp is None:
        return None
    live = item in state.stamps.live
    image = store.engine.get_image(state.name, json.loads(item)) if live else None
    return state.item_version_text(item, image, stamp)


def _outbox_records(store: TableStore, peer: str, last_sequence: int) -> Iterator[str]:
    # Versions without text belong to a backfill, which starts again after a restart.
    pending = [
        version
        for version in store.outboxes.for_peer(peer).pending()
        if version.payload is not None and version.sequence <= last_sequence
    ]
    for start in range(0, len(pending), VERSIONS_PER_RECORD):
        chunk = pending[start : start + VERSIONS_PER_RECORD]
        entries = ",".join(f"[{version.sequence},{version.payload}]" for version in chunk)
        yield f'{{"o":"owe","p":"{peer}","c":[{entries}]}}'

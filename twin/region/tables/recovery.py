"""A Region's ledger to and from its log: reading records back, and folding them into a base.

Records written only in a base:
    counters   the last number and stamp       owe   what a peer gets: [[number, version], ...]
Everything else in a base has the form that the ledger logs, so there is one way to read it.
"""

import json
from collections.abc import Callable, Iterator

from twin.core.replication import Stamp
from twin.core.table_engine import TableSettings
from twin.errors import StateCorrupt
from twin.region.tables.outboxes import OutgoingVersion, register_key
from twin.region.tables.store import TableStore, build_create_record
from twin.region.tables.table_state import (
    MEMBER_PREFIX,
    Register,
    TableState,
    WireVersion,
    to_compact_json,
)
from twin.region.tables.wal import LogRecord

SLICE = 50
"""Versions in a record of a base."""


def recover_store(ledger: TableStore, records: Iterator[LogRecord]) -> None:
    """Bring the ledger to where the records end. Raises StateCorrupt for an unknown record."""
    ledger.replaying = True
    for record in records:
        reader = _READERS.get(record["o"])
        if reader is None:
            raise StateCorrupt(
                f"the log of {ledger.region} has a record '{record['o']}' that this version of the "
                "twin does not know; a newer one wrote it"
            )
        reader(ledger, record)
    ledger.replaying = False
    _finish_drops(ledger)
    for name, peer in list(ledger.debts.fills):
        ledger.debts.fill(ledger.tables[name], peer)


def _finish_drops(ledger: TableStore) -> None:
    """Remove the tables that had left their group when the process died before they were gone."""
    for state in list(ledger.tables.values()):
        own = state.registers.get(MEMBER_PREFIX + ledger.region)
        if own is not None and own.value is None:
            ledger.drop(state)


def _written(ledger: TableStore, record: LogRecord) -> None:
    for number, peers, wire in record["c"]:
        ledger.take(wire)
        ledger.debts.owe_again(peers, _version(ledger, number, wire))


def _taken(ledger: TableStore, record: LogRecord) -> None:
    for wire in record["c"]:
        ledger.take(wire)


def _create(ledger: TableStore, record: LogRecord) -> None:
    name = record["t"]
    if name in ledger.tables:
        ledger.drop(ledger.tables[name])
    registers = {w["r"]: Register(Stamp(*w["s"]), w["v"]) for w in record["r"]}
    shared = {n: register.value for n, register in registers.items() if ":" not in n}
    ledger.engine.create_table(name, TableSettings(shared=shared, local=record["v"]))
    state = TableState(name, record["g"], ledger.region, ledger.engine.key_names(name))
    state.local = record["v"]
    for register, value in registers.items():
        state.set_register(register, value)
    ledger.tables[name] = state


def _drop(ledger: TableStore, record: LogRecord) -> None:
    state = ledger.tables.get(record["t"])
    if state is not None and state.id == record["g"]:
        ledger.drop(state)


def _local(ledger: TableStore, record: LogRecord) -> None:
    state = ledger.tables.get(record["t"])
    if state is not None:
        state.local = record["v"]
        for name, value in state.local.items():
            ledger.engine.set_setting(state.name, name, value)


def _acknowledged(ledger: TableStore, record: LogRecord) -> None:
    ledger.debts.acknowledged_up_to(record["p"], record["n"])


def _pause(ledger: TableStore, record: LogRecord) -> None:
    ledger.paused = record["v"]


def _fill(ledger: TableStore, record: LogRecord) -> None:
    if record["t"] in ledger.tables:
        ledger.debts.fills[record["t"], record["p"]] = 0


def _filled(ledger: TableStore, record: LogRecord) -> None:
    ledger.debts.fills.pop((record["t"], record["p"]), None)


def _counters(ledger: TableStore, record: LogRecord) -> None:
    ledger.debts.number = max(ledger.debts.number, record["n"])
    ledger.last_us = max(ledger.last_us, record["us"])


def _owe(ledger: TableStore, record: LogRecord) -> None:
    for number, wire in record["c"]:
        ledger.debts.owe_again([record["p"]], _version(ledger, number, wire))


_READERS: dict[str, Callable[[TableStore, LogRecord], None]] = {
    "a": _taken,
    "ack": _acknowledged,
    "counters": _counters,
    "create": _create,
    "drop": _drop,
    "fill": _fill,
    "filled": _filled,
    "local": _local,
    "owe": _owe,
    "pause": _pause,
    "w": _written,
}


def _version(ledger: TableStore, number: int, wire: WireVersion) -> OutgoingVersion:
    state = ledger.tables.get(wire["t"])
    if "r" in wire:
        item = register_key(wire["r"])
    else:
        item = state.item_of(wire["k"]) if state else to_compact_json(wire["k"])
    stamp = Stamp(*wire["s"])
    return OutgoingVersion(
        number=number, table=wire["t"], item=item, stamp=stamp, text=to_compact_json(wire)
    )


def snapshot_records(ledger: TableStore) -> Iterator[str]:
    """Everything the ledger knows, as records.

    The ledger may change between two of them: what is written after the first is in the next log.
    """
    last = ledger.debts.number
    yield to_compact_json({"o": "counters", "n": last, "us": ledger.last_us})
    yield to_compact_json({"o": "pause", "v": ledger.paused})
    for name in list(ledger.tables):
        if name in ledger.tables:
            yield from _table_records(ledger, ledger.tables[name])
    for peer in list(ledger.debts.outboxes):
        yield from _owed_records(ledger, peer, last)
    for name, peer in list(ledger.debts.fills):
        yield to_compact_json({"o": "fill", "t": name, "p": peer})


def _table_records(ledger: TableStore, state: TableState) -> Iterator[str]:
    yield to_compact_json(build_create_record(state))
    items = [*state.versions.live, *state.versions.tombstones]
    for start in range(0, len(items), SLICE):
        if ledger.tables.get(state.name) is not state:
            return
        wires = (_item_wire(ledger, state, item) for item in items[start : start + SLICE])
        yield f'{{"o":"a","c":[{",".join(wire for wire in wires if wire)}]}}'


def _item_wire(ledger: TableStore, state: TableState, item: str) -> str | None:
    stamp = state.versions.get(item)
    if stamp is None:
        return None
    live = item in state.versions.live
    image = ledger.engine.get_image(state.name, json.loads(item)) if live else None
    return state.item_wire(item, image, stamp)


def _owed_records(ledger: TableStore, peer: str, last: int) -> Iterator[str]:
    # Versions that are not written out belong to a fill, which begins anew.
    debts = ledger.debts.outbox(peer).pending()
    owed = [o for o in debts if o.payload is not None and o.sequence <= last]
    for start in range(0, len(owed), SLICE):
        entries = ",".join(f"[{o.sequence},{o.payload}]" for o in owed[start : start + SLICE])
        yield f'{{"o":"owe","p":"{peer}","c":[{entries}]}}'

"""A Region's ledger to and from its log: reading records back, and folding them into a base.

Records written only in a base:
    counters   the last number and stamp       owe   what a peer gets: [[number, version], ...]
Everything else in a base has the form that the ledger logs, so there is one way to read it.
"""

import json
from collections.abc import Callable, Iterator

from twin.core.replication import Stamp
from twin.core.table_engine import Sections
from twin.errors import StateCorrupt
from twin.region.tables.debts import Version, register_name
from twin.region.tables.ledger import Ledger, create_record
from twin.region.tables.log import Record
from twin.region.tables.state import MEMBER, Register, TableState, Wire, to_text

SLICE = 50
"""Versions in a record of a base."""


def restore(ledger: Ledger, records: Iterator[Record]) -> None:
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


def _finish_drops(ledger: Ledger) -> None:
    """Remove the tables that had left their group when the process died before they were gone."""
    for state in list(ledger.tables.values()):
        own = state.registers.get(MEMBER + ledger.region)
        if own is not None and own.value is None:
            ledger.drop(state)


def _written(ledger: Ledger, record: Record) -> None:
    for number, peers, wire in record["c"]:
        ledger.take(wire)
        ledger.debts.owe_again(peers, _version(ledger, number, wire))


def _taken(ledger: Ledger, record: Record) -> None:
    for wire in record["c"]:
        ledger.take(wire)


def _create(ledger: Ledger, record: Record) -> None:
    name = record["t"]
    if name in ledger.tables:
        ledger.drop(ledger.tables[name])
    registers = {w["r"]: Register(Stamp(*w["s"]), w["v"]) for w in record["r"]}
    shared = {n: register.value for n, register in registers.items() if ":" not in n}
    ledger.engine.create(name, Sections(shared=shared, local=record["v"]))
    state = TableState(name, record["g"], ledger.region, ledger.engine.key_names(name))
    state.local = record["v"]
    for register, value in registers.items():
        state.set_register(register, value)
    ledger.tables[name] = state


def _drop(ledger: Ledger, record: Record) -> None:
    state = ledger.tables.get(record["t"])
    if state is not None and state.id == record["g"]:
        ledger.drop(state)


def _local(ledger: Ledger, record: Record) -> None:
    state = ledger.tables.get(record["t"])
    if state is not None:
        state.local = record["v"]
        for name, value in state.local.items():
            ledger.engine.set_section(state.name, name, value)


def _acknowledged(ledger: Ledger, record: Record) -> None:
    ledger.debts.acknowledged_up_to(record["p"], record["n"])


def _pause(ledger: Ledger, record: Record) -> None:
    ledger.paused = record["v"]


def _fill(ledger: Ledger, record: Record) -> None:
    if record["t"] in ledger.tables:
        ledger.debts.fills[record["t"], record["p"]] = 0


def _filled(ledger: Ledger, record: Record) -> None:
    ledger.debts.fills.pop((record["t"], record["p"]), None)


def _counters(ledger: Ledger, record: Record) -> None:
    ledger.debts.number = max(ledger.debts.number, record["n"])
    ledger.last_us = max(ledger.last_us, record["us"])


def _owe(ledger: Ledger, record: Record) -> None:
    for number, wire in record["c"]:
        ledger.debts.owe_again([record["p"]], _version(ledger, number, wire))


_READERS: dict[str, Callable[[Ledger, Record], None]] = {
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


def _version(ledger: Ledger, number: int, wire: Wire) -> Version:
    state = ledger.tables.get(wire["t"])
    if "r" in wire:
        item = register_name(wire["r"])
    else:
        item = state.item_of(wire["k"]) if state else to_text(wire["k"])
    stamp = Stamp(*wire["s"])
    return Version(number=number, table=wire["t"], item=item, stamp=stamp, text=to_text(wire))


def base_records(ledger: Ledger) -> Iterator[str]:
    """Everything the ledger knows, as records.

    The ledger may change between two of them: what is written after the first is in the next log.
    """
    last = ledger.debts.number
    yield to_text({"o": "counters", "n": last, "us": ledger.last_us})
    yield to_text({"o": "pause", "v": ledger.paused})
    for name in list(ledger.tables):
        if name in ledger.tables:
            yield from _table_records(ledger, ledger.tables[name])
    for peer in list(ledger.debts.outboxes):
        yield from _owed_records(ledger, peer, last)
    for name, peer in list(ledger.debts.fills):
        yield to_text({"o": "fill", "t": name, "p": peer})


def _table_records(ledger: Ledger, state: TableState) -> Iterator[str]:
    yield to_text(create_record(state))
    items = [*state.versions.live, *state.versions.markers]
    for start in range(0, len(items), SLICE):
        if ledger.tables.get(state.name) is not state:
            return
        wires = (_item_wire(ledger, state, item) for item in items[start : start + SLICE])
        yield f'{{"o":"a","c":[{",".join(wire for wire in wires if wire)}]}}'


def _item_wire(ledger: Ledger, state: TableState, item: str) -> str | None:
    stamp = state.versions.of(item)
    if stamp is None:
        return None
    live = item in state.versions.live
    image = ledger.engine.image(state.name, json.loads(item)) if live else None
    return state.item_wire(item, image, stamp)


def _owed_records(ledger: Ledger, peer: str, last: int) -> Iterator[str]:
    # Versions that are not written out belong to a fill, which begins anew.
    debts = ledger.debts.outbox(peer).all()
    owed = [o for o in debts if o.payload is not None and o.sequence <= last]
    for start in range(0, len(owed), SLICE):
        entries = ",".join(f"[{o.sequence},{o.payload}]" for o in owed[start : start + SLICE])
        yield f'{{"o":"owe","p":"{peer}","c":[{entries}]}}'

"""Consumed capacity and the metrics of item collections, as the API reports them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from twin.core.tables.table_engine import JsonObject
from twin.dynamodb.catalogue import Request, TableRecord
from twin.dynamodb.tables import SecondaryIndex, StoredItem

READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024
TRANSACTION_FACTOR = 2
"""Transactions consume twice: one unit to prepare, one to commit."""


def write_capacity(
    record: TableRecord, old: StoredItem | None, new: StoredItem | None
) -> "ConsumedCapacity":
    """What a write consumes of the table and of each index that it changes.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
    """
    sizes = [item.size for item in (old, new) if item is not None]
    consumed = ConsumedCapacity(record.name, write_units(max(sizes, default=0)))
    for index in record.table.indexes.values():
        units = _index_write_units(index, old, new)
        if units:
            consumed.add_index(index, units)
    return consumed


def _index_write_units(
    index: SecondaryIndex, old: StoredItem | None, new: StoredItem | None
) -> float:
    before = index.position(old) if old is not None else None
    after = index.position(new) if new is not None else None
    gone = index.projected_size(old) if old is not None and before is not None else None
    come = index.projected_size(new) if new is not None and after is not None else None
    if before != after:
        return sum(write_units(size) for size in (gone, come) if size is not None)
    if old is None or new is None or gone is None or come is None:
        return 0.0
    if index.projected_image(old.image) == index.projected_image(new.image):
        return 0.0
    return write_units(max(gone, come))


def read_units(size: int, *, consistent: bool) -> float:
    """Read units of one item, or of the items of one query, of this size in bytes."""
    units = max(1, ceil(size / READ_UNIT_BYTES))
    return float(units) if consistent else units / 2


def write_units(size: int) -> float:
    """Write units of one item of this size in bytes."""
    return float(max(1, ceil(size / WRITE_UNIT_BYTES)))


@dataclass(slots=True)
class ConsumedCapacity:
    """What a request has consumed of one table and its indexes."""

    table: str
    units: float = 0.0
    """Of the table itself."""
    local: dict[str, float] = field(default_factory=dict)
    world: dict[str, float] = field(default_factory=dict)
    """By global index."""

    def add_index(self, index: SecondaryIndex, units: float) -> None:
        by_name = self.world if index.is_global else self.local
        by_name[index.name] = by_name.get(index.name, 0.0) + units

    def add(self, other: "ConsumedCapacity", factor: float = 1.0) -> None:
        self.units += other.units * factor
        for mine, theirs in ((self.local, other.local), (self.world, other.world)):
            for name, units in theirs.items():
                mine[name] = mine.get(name, 0.0) + units * factor

    def describe(self, wanted: str, kind: str | None = None) -> JsonObject:
        """The response's member. `kind`: Read or Write, which transactions tell apart."""
        total = self.units + sum(self.local.values()) + sum(self.world.values())
        described = {"TableName": self.table, **_describe_units(total, kind)}
        if wanted == "INDEXES":
            described["Table"] = _describe_units(self.units, kind)
            for member, units in (
                ("LocalSecondaryIndexes", self.local),
                ("GlobalSecondaryIndexes", self.world),
            ):
                if units:
                    described[member] = {
                        name: _describe_units(count, kind) for name, count in units.items()
                    }
        return described


def _describe_units(units: float, kind: str | None) -> JsonObject:
    described = {"CapacityUnits": units}
    if kind is not None:
        described[f"{kind}CapacityUnits"] = units
    return described


def wanted_capacity(request: Request) -> str:
    """NONE, TOTAL or INDEXES."""
    return str(request.get("ReturnConsumedCapacity", "NONE"))


def add_consumed_capacity(
    response: JsonObject,
    request: Request,
    consumed: Iterable[ConsumedCapacity],
    transaction: str | None = None,
) -> None:
    """Add what was consumed of each table, if the request wants it; only then is it computed.

    `transaction`: Read or Write, for a transaction.
    """
    wanted = wanted_capacity(request)
    if wanted == "NONE":
        return
    factor = 1 if transaction is None else TRANSACTION_FACTOR
    by_table: dict[str, ConsumedCapacity] = {}
    for one in consumed:
        by_table.setdefault(one.table, ConsumedCapacity(one.table)).add(one, factor)
    response["ConsumedCapacity"] = [
        total.describe(wanted, transaction) for total in by_table.values()
    ]


def describe_collection(record: TableRecord, partition_key: Any) -> JsonObject | None:  # noqa: ANN401
    """The metrics of the item collection of a key; None for a table without local indexes.

    Sizes are estimated in whole gigabytes: a collection of the twin has less than one.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ItemCollectionMetrics.html
    """
    if all(index.is_global for index in record.table.indexes.values()):
        return None
    name = record.table.schema.partition[0]
    return {"ItemCollectionKey": {name: partition_key}, "SizeEstimateRangeGB": [0.0, 1.0]}

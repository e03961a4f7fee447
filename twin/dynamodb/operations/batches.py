"""BatchGetItem and BatchWriteItem.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
The service may leave a part of a batch unprocessed. The twin does so for one reason only: a
response that would exceed 16 MB.
"""

import json
from typing import Any

from twin.core.tables.table_engine import JsonObject, TableApiError
from twin.dynamodb.attribute_values import Item, normalise_item
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue, TableRecord
from twin.dynamodb.errors import older_words, validation_error
from twin.dynamodb.expressions.placeholders import check_parameters
from twin.dynamodb.expressions.projections import Projection
from twin.dynamodb.keys import WRONG_KEY, check_key
from twin.dynamodb.operations.capacity import ConsumedCapacity, add_consumed_capacity, read_units
from twin.dynamodb.operations.item_reads import (
    PROJECTION_EXPRESSION,
    PROJECTION_LEGACY,
    check_projection,
    only_projection,
    projected,
)
from twin.dynamodb.operations.item_writes import (
    PlannedWrite,
    apply_writes,
    check_item_size,
    collection_metrics,
    plan_capacity,
    plan_delete,
    plan_put,
)
from twin.dynamodb.sorted_positions import Position
from twin.dynamodb.tables import table_position

MAX_KEYS = 100
MAX_WRITES = 25
MAX_RESPONSE_BYTES = 16 * 1024 * 1024
DUPLICATES = "Provided list of item keys contains duplicates"


def batch_get_item(catalogue: TableCatalogue, request: Request) -> Outcome:
    wanted = _request_items(request, "BatchGetItem")
    if sum(len(part["Keys"]) for part in wanted.values()) > MAX_KEYS:
        raise validation_error("Too many items requested for the BatchGetItem call")
    parts = [_KeysOfTable(part) for part in wanted.values()]
    records = [catalogue.item_table(name) for name in wanted]
    responses: JsonObject = {}
    unprocessed: JsonObject = {}
    capacities: list[ConsumedCapacity] = []
    left = MAX_RESPONSE_BYTES
    for name, part, record in zip(wanted, parts, records, strict=True):
        positions = part.positions(record)
        found = responses.setdefault(record.name, [])
        consumed = ConsumedCapacity(record.name)
        for raw, position in zip(wanted[name]["Keys"], positions, strict=True):
            item = record.table.find(position)
            size = 0 if item is None else item.size
            if size > left:
                rest = unprocessed.setdefault(name, {**wanted[name], "Keys": []})
                rest["Keys"].append(raw)
                continue
            left -= size
            consumed.units += read_units(size, consistent=part.consistent)
            if item is not None:
                found.append(projected(item.image, part.projection))
        capacities.append(consumed)
    response: JsonObject = {"Responses": responses, "UnprocessedKeys": unprocessed}
    add_consumed_capacity(response, request, capacities)
    return Outcome(response)


class _KeysOfTable:
    """A table's part of a BatchGetItem. Raises ValidationException."""

    def __init__(self, part: dict[str, Any]) -> None:
        check_parameters(part, PROJECTION_EXPRESSION, PROJECTION_LEGACY)
        self.keys: list[Item] = [normalise_item(key) for key in part["Keys"]]
        if len({json.dumps(key, sort_keys=True) for key in self.keys}) < len(self.keys):
            raise validation_error(DUPLICATES)
        self.projection: Projection | None = only_projection(part)
        self.consistent = bool(part.get("ConsistentRead"))

    def positions(self, record: TableRecord) -> list[Position]:
        schema = record.table.schema
        for key in self.keys:
            check_key(schema, key)
        check_projection(record, self.projection)
        return [table_position(schema, key) for key in self.keys]


def batch_write_item(catalogue: TableCatalogue, request: Request) -> Outcome:
    wanted = _request_items(request, "BatchWriteItem")
    if sum(map(len, wanted.values())) > MAX_WRITES:
        raise validation_error("Too many items requested for the BatchWriteItem call")
    writes = {name: [_normalised_write(write) for write in part] for name, part in wanted.items()}
    records = {name: catalogue.item_table(name) for name in wanted}
    plans: list[PlannedWrite] = []
    for name, part in writes.items():
        of_table = [_plan(records[name], *write) for write in part]
        if len({plan.position for plan in of_table}) < len(of_table):
            raise validation_error(DUPLICATES)
        plans += of_table
    response: JsonObject = {"UnprocessedItems": {}}
    add_consumed_capacity(response, request, map(plan_capacity, plans))
    add_collection_metrics(response, request, plans)
    return Outcome(response, apply_writes(plans))


def _request_items(request: Request, operation: str) -> dict[str, Any]:
    wanted: dict[str, Any] = request.get("RequestItems") or {}
    if not wanted:
        raise validation_error(f"The requestItems parameter is required for {operation}")
    return wanted


@older_words()
def _normalised_write(write: dict[str, Any]) -> tuple[Item, int | None]:
    """(item, size) of a put; (key, None) of a deletion."""
    match {kind: action for kind, action in write.items() if action is not None}:
        case {"PutRequest": put, **rest} if not rest:
            item = normalise_item(put["Item"])
            return item, check_item_size(item)
        case {"DeleteRequest": deletion, **rest} if not rest:
            return normalise_item(deletion["Key"]), None
    # The words are the service's, although they speak of attribute values.
    raise validation_error(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
        "supported datatypes"
    )


def _plan(record: TableRecord, item: Item, size: int | None) -> PlannedWrite:
    try:
        return plan_delete(record, item) if size is None else plan_put(record, item, size)
    except TableApiError as exc:
        if "Missing the key" in exc.message or "Type mismatch for key" in exc.message:
            raise validation_error(WRONG_KEY) from exc
        raise


def add_collection_metrics(
    response: JsonObject, request: Request, plans: list[PlannedWrite]
) -> None:
    """Add the metrics of the written item collections, by table, if the request wants them."""
    if request.get("ReturnItemCollectionMetrics") != "SIZE":
        return
    by_table: dict[str, list[JsonObject]] = {}
    for plan in plans:
        metrics = collection_metrics(plan)
        if metrics is not None and plan.writes:
            of_table = by_table.setdefault(plan.record.name, [])
            if metrics not in of_table:
                of_table.append(metrics)
    if by_table:
        response["ItemCollectionMetrics"] = by_table

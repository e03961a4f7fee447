"""PutItem, UpdateItem and DeleteItem: each is planned first and applied afterwards.

A plan has everything validated, and the condition checked, against the present items. So a request
of several writes that fails leaves nothing behind.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
"""

from collections.abc import Iterable
from typing import NamedTuple

from twin.core.tables.table_engine import ItemChange, JsonObject, TableApiError
from twin.dynamodb.attribute_values import Item, normalise_item
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue, TableRecord
from twin.dynamodb.errors import counted_error, validation_error
from twin.dynamodb.expressions.conditions import Condition, condition_holds, parse_condition
from twin.dynamodb.expressions.legacy import parse_attribute_updates, parse_expected
from twin.dynamodb.expressions.paths import Path, check_scalar_keys
from twin.dynamodb.expressions.placeholders import (
    Placeholders,
    check_parameters,
    read_placeholders,
)
from twin.dynamodb.expressions.update_sources import too_big
from twin.dynamodb.expressions.updates import (
    Update,
    apply_update,
    check_update_keys,
    parse_update,
    updated_attributes,
)
from twin.dynamodb.item_size import MAX_ITEM_BYTES, item_size
from twin.dynamodb.keys import (
    check_index_keys,
    check_item_keys,
    check_key,
    index_key_mismatch,
)
from twin.dynamodb.operations.capacity import (
    ConsumedCapacity,
    describe_collection,
    wanted_capacity,
    write_capacity,
)
from twin.dynamodb.sorted_positions import Position
from twin.dynamodb.tables import StoredItem, table_position

UPDATE_EXPRESSIONS = ("UpdateExpression", "ConditionExpression")
LEGACY_CONDITION = ("Expected", "ConditionalOperator")


class PlannedWrite(NamedTuple):
    """One item's write, validated against the present items, or a check of its condition alone."""

    record: TableRecord
    position: Position
    key: Item
    before: StoredItem | None
    after: StoredItem | None
    paths: tuple[Path, ...] = ()
    """What an update has changed."""
    writes: bool = True
    """False for a condition check."""


# -- operations


def put_item(catalogue: TableCatalogue, request: Request) -> Outcome:
    with counted_error():
        check_parameters(request, ("ConditionExpression",), LEGACY_CONDITION)
        item = normalise_item(request["Item"])
        _check_return_values(request)
        condition = _only_condition(request)
    size = check_item_size(item)
    record = catalogue.item_table(request["TableName"])
    plan = plan_put(record, item, size)
    check_condition(condition, plan, returned=request.get("ReturnValuesOnConditionCheckFailure"))
    return _finish(plan, request)


def delete_item(catalogue: TableCatalogue, request: Request) -> Outcome:
    with counted_error():
        check_parameters(request, ("ConditionExpression",), LEGACY_CONDITION)
        key = normalise_item(request["Key"])
        _check_return_values(request)
        condition = _only_condition(request)
    record = catalogue.item_table(request["TableName"])
    plan = plan_delete(record, key)
    check_condition(condition, plan, returned=request.get("ReturnValuesOnConditionCheckFailure"))
    return _finish(plan, request)


def update_item(catalogue: TableCatalogue, request: Request) -> Outcome:
    with counted_error():
        check_parameters(request, UPDATE_EXPRESSIONS, ("AttributeUpdates", *LEGACY_CONDITION))
        key = normalise_item(request["Key"])
        placeholders = read_placeholders(request)
        update = _request_update(request, placeholders)
        condition = request_condition(request, placeholders)
        placeholders.check_unused()
    record = catalogue.item_table(request["TableName"])
    found = find_for_update(record, key, update)
    check_condition(condition, found, returned=request.get("ReturnValuesOnConditionCheckFailure"))
    return _finish(plan_update(found, update), request)


def _request_update(request: Request, placeholders: Placeholders) -> Update | None:
    if "UpdateExpression" in request:
        return parse_update(request["UpdateExpression"], placeholders)
    if request.get("AttributeUpdates"):
        return parse_attribute_updates(request["AttributeUpdates"])
    return None


def _only_condition(request: Request) -> Condition | None:
    """The condition of a request that has no other expression. Raises ValidationException."""
    placeholders = read_placeholders(request)
    condition = request_condition(request, placeholders)
    placeholders.check_unused()
    return condition


def request_condition(request: Request, placeholders: Placeholders) -> Condition | None:
    """The request's condition, of either kind. Raises ValidationException."""
    if "ConditionExpression" in request:
        return parse_condition(request["ConditionExpression"], placeholders, "ConditionExpression")
    if request.get("Expected"):
        return parse_expected(request["Expected"], request.get("ConditionalOperator"))
    if "ConditionalOperator" in request:
        raise validation_error("ConditionalOperator cannot be used without Filter or Expected")
    return None


def _check_return_values(request: Request) -> None:
    if request.get("ReturnValues", "NONE") not in ("NONE", "ALL_OLD"):
        raise validation_error("ReturnValues can only be ALL_OLD or NONE")


def check_item_size(item: Item) -> int:
    """Bytes of the item. Raises ValidationException if it is too big."""
    size = item_size(item)
    if size > MAX_ITEM_BYTES:
        raise validation_error("Item size has exceeded the maximum allowed size")
    return size


# -- plans


def plan_put(record: TableRecord, item: Item, size: int) -> PlannedWrite:
    """Plan to store an item of this size. Raises ValidationException for its keys."""
    table = record.table
    check_item_keys(table.schema, item)
    if table.indexes:
        check_index_keys(table.indexes.values(), item)
    position = table_position(table.schema, item)
    key = {name: item[name] for name in table.schema.names}
    stored = StoredItem(item, size, position)
    return PlannedWrite(record, position, key, table.find(position), stored)


def plan_delete(record: TableRecord, key: Item) -> PlannedWrite:
    """Plan to remove an item. Raises ValidationException for a wrong key."""
    check_key(record.table.schema, key)
    position = table_position(record.table.schema, key)
    return PlannedWrite(record, position, key, record.table.find(position), None)


def find_for_update(record: TableRecord, key: Item, update: Update | None) -> PlannedWrite:
    """Find the item to update. Raises ValidationException for a wrong key, or a changed one."""
    found = plan_delete(record, key)
    if update is not None:
        table = record.table
        check_update_keys(update, table.schema.names)
        if table.indexes:
            _check_known_types(record, update.known_types)
        check_scalar_keys(
            (*update.paths, *update.read_paths), table.schema.names, table.index_key_names
        )
    return found


def _check_known_types(record: TableRecord, known_types: dict[str, str]) -> None:
    for index in record.table.indexes.values():
        for name in index.schema.names:
            kind = known_types.get(name)
            if kind is not None and kind != index.schema.types[name]:
                raise index_key_mismatch(index, name, kind)


def plan_update(found: PlannedWrite, update: Update | None) -> PlannedWrite:
    """Plan to apply the update. Raises ValidationException if the item does not allow it.

    An update that has nothing but removals does not create an item; one without any action does.
    """
    before = found.before
    image = found.key if before is None else before.image
    paths: tuple[Path, ...] = ()
    if update is not None:
        image, paths = apply_update(update, image, item_exists=before is not None), update.paths
        if before is None and not update.creates_item:
            return found._replace(paths=paths)
    _check_updated_index_keys(found.record, image, paths)
    size = item_size(image)
    if size > MAX_ITEM_BYTES:
        raise too_big()
    return found._replace(after=StoredItem(image, size, found.position), paths=paths)


def _check_updated_index_keys(record: TableRecord, image: Item, paths: tuple[Path, ...]) -> None:
    indexes = record.table.indexes
    if not indexes:
        return
    changed = {str(path[0]): image[str(path[0])] for path in paths if path[0] in image}
    for index in indexes.values():
        for name in index.schema.names:
            if name in changed and index.schema.types[name] not in changed[name]:
                raise validation_error(
                    "The update expression attempted to update the secondary index key to "
                    "unsupported type"
                )
    check_index_keys(indexes.values(), changed)


def check_condition(condition: Condition | None, plan: PlannedWrite, returned: str | None) -> None:
    """Raise ConditionalCheckFailedException, on request with the item, if it does not hold."""
    if condition is None:
        return
    present = {} if plan.before is None else plan.before.image
    if condition_holds(condition, present):
        return
    members = {"Item": present} if returned == "ALL_OLD" and present else {}
    raise TableApiError(
        "ConditionalCheckFailedException", "The conditional request failed", members=members
    )


# -- application


def apply_writes(plans: Iterable[PlannedWrite]) -> tuple[ItemChange, ...]:
    """Apply plans of different items; what they changed."""
    return tuple(_apply(plan) for plan in plans if plan.writes)


def _apply(plan: PlannedWrite) -> ItemChange:
    before, after = plan.before, plan.after
    if after is not None:
        plan.record.table.put(after)
    elif before is not None:
        plan.record.table.remove(plan.position)
    return ItemChange(
        table=plan.record.name,
        key=plan.key,
        before=None if before is None else before.image,
        after=None if after is None else after.image,
    )


def _finish(plan: PlannedWrite, request: Request) -> Outcome:
    changes = apply_writes((plan,))
    response: JsonObject = {}
    attributes = _returned_attributes(plan, request.get("ReturnValues", "NONE"))
    if attributes:
        response["Attributes"] = attributes
    wanted = wanted_capacity(request)
    if wanted != "NONE":
        response["ConsumedCapacity"] = plan_capacity(plan).describe(wanted)
    if request.get("ReturnItemCollectionMetrics") == "SIZE":
        metrics = collection_metrics(plan)
        if metrics is not None:
            response["ItemCollectionMetrics"] = metrics
    return Outcome(response, changes)


def _returned_attributes(plan: PlannedWrite, wanted: str) -> Item | None:
    before = None if plan.before is None else plan.before.image
    after = None if plan.after is None else plan.after.image
    match wanted:
        case "ALL_OLD":
            return before
        case "ALL_NEW":
            return after
        case "UPDATED_OLD":
            return None if before is None else updated_attributes(plan.paths, before)
        case "UPDATED_NEW":
            return None if after is None else updated_attributes(plan.paths, after)
        case _:
            return None


def plan_capacity(plan: PlannedWrite) -> ConsumedCapacity:
    """What the write consumes."""
    return write_capacity(plan.record, plan.before, plan.after)


def collection_metrics(plan: PlannedWrite) -> JsonObject | None:
    """The metrics of the written item's collection, if the table has local indexes."""
    name = plan.record.table.schema.partition[0]
    return describe_collection(plan.record, plan.key[name])

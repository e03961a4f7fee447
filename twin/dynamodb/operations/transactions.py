"""TransactWriteItems and TransactGetItems.

Every action is validated and planned against the present items before one is applied. What is wrong
with an expression fails the whole request; what is wrong with one action's key or item, or with its
condition, cancels the transaction with a reason for each action.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from twin.core.tables.table_engine import JsonObject, TableApiError
from twin.dynamodb.attribute_values import Item, normalise_item
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue, TableRecord
from twin.dynamodb.errors import older_words, validation_error
from twin.dynamodb.expressions.conditions import Condition, parse_condition
from twin.dynamodb.expressions.placeholders import (
    check_parameters,
    read_placeholders,
)
from twin.dynamodb.expressions.projections import Projection
from twin.dynamodb.expressions.updates import Update, parse_update
from twin.dynamodb.item_size import item_size
from twin.dynamodb.keys import check_key, check_key_contents
from twin.dynamodb.operations.batches import add_collection_metrics
from twin.dynamodb.operations.capacity import (
    ConsumedCapacity,
    add_consumed_capacity,
    read_units,
)
from twin.dynamodb.operations.item_reads import (
    PROJECTION_EXPRESSION,
    check_projection,
    only_projection,
    projected,
)
from twin.dynamodb.operations.item_writes import (
    PlannedWrite,
    apply_writes,
    check_condition,
    check_item_size,
    find_for_update,
    plan_capacity,
    plan_delete,
    plan_put,
    plan_update,
)
from twin.dynamodb.sorted_positions import Position
from twin.dynamodb.tables import StoredItem, table_position

Given = TypeVar("Given")
Made = TypeVar("Made")

MAX_BYTES = 4 * 1024 * 1024
TOO_BIG = "Transaction request size cannot exceed 4 MB"
ONE_ITEM = "Transaction request cannot include multiple operations on one item"
NO_REASON: JsonObject = {"Code": "None"}
_REASONS = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ValidationException": "ValidationError",
}
_ACTIONS = ("ConditionCheck", "Put", "Delete", "Update")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionAction:
    """One action of a transaction, parsed; its item or key is not checked yet."""

    table: str
    kind: str
    """ConditionCheck, Put, Delete or Update."""
    item: Item
    """The item of a Put, otherwise the key."""
    condition: Condition | None
    update: Update | None = None
    returned: str | None = None
    """ReturnValuesOnConditionCheckFailure."""


# -- writes


def transact_write_items(catalogue: TableCatalogue, request: Request) -> Outcome:
    actions = [_parse_action(entry) for entry in request["TransactItems"]]
    plans = plan_transaction(catalogue, actions)
    response: JsonObject = {}
    add_consumed_capacity(response, request, map(plan_capacity, plans), "Write")
    add_collection_metrics(response, request, plans)
    return Outcome(response, apply_writes(plans))


def plan_transaction(
    catalogue: TableCatalogue, actions: list[TransactionAction]
) -> list[PlannedWrite]:
    """Plan all actions.

    Raises ResourceNotFoundException, ValidationException or TransactionCanceledException.
    """
    records = [catalogue.item_table(action.table) for action in actions]
    if sum(item_size(action.item) for action in actions) > MAX_BYTES:
        raise validation_error(TOO_BIG)
    targets = list(zip(records, actions, strict=True))
    for record, action in targets:
        check_key_contents(record.table.schema, action.item)
    found = all_or_reasons(targets, _find, stop_at_first=True)
    if len({(plan.record.name, plan.position) for plan in found}) < len(found):
        raise validation_error(ONE_ITEM)
    pairs = list(zip(actions, found, strict=True))
    return all_or_reasons(pairs, _decide, stop_at_first=False)


@older_words()
def _parse_action(entry: dict[str, Any]) -> TransactionAction:
    actions = [(kind, entry[kind]) for kind in _ACTIONS if entry.get(kind) is not None]
    if len(actions) != 1:
        raise validation_error("TransactItems can only contain one of Check, Put, Update or Delete")
    ((kind, action),) = actions
    updates = ("UpdateExpression",) if kind == "Update" else ()
    check_parameters(action, (*updates, "ConditionExpression"))
    item = normalise_item(action["Item" if kind == "Put" else "Key"])
    if kind == "Put":
        check_item_size(item)
    placeholders = read_placeholders(action, wrap_value_errors=True)
    update = parse_update(action["UpdateExpression"], placeholders) if kind == "Update" else None
    condition = None
    if "ConditionExpression" in action:
        condition = parse_condition(
            action["ConditionExpression"], placeholders, "ConditionExpression"
        )
    placeholders.check_unused()
    return TransactionAction(
        table=action["TableName"],
        kind=kind,
        item=item,
        condition=condition,
        update=update,
        returned=action.get("ReturnValuesOnConditionCheckFailure"),
    )


def _find(target: tuple[TableRecord, TransactionAction]) -> PlannedWrite:
    """Validate the action's key or item, and find the present item."""
    record, action = target
    match action.kind:
        case "Put":
            return plan_put(record, action.item, item_size(action.item))
        case "Update":
            return find_for_update(record, action.item, action.update)
        case "Delete":
            return plan_delete(record, action.item)
        case _:
            plan = plan_delete(record, action.item)
            return plan._replace(after=plan.before, writes=False)


def _decide(pair: tuple[TransactionAction, PlannedWrite]) -> PlannedWrite:
    """Check the action's condition, and apply its update to a copy."""
    action, found = pair
    check_condition(action.condition, found, action.returned)
    return plan_update(found, action.update) if action.kind == "Update" else found


def all_or_reasons(
    given: list[Given], make: Callable[[Given], Made], *, stop_at_first: bool
) -> list[Made]:
    """Make all. Raises TransactionCanceledException if one or more can't be made."""
    made: list[Made] = []
    reasons: list[JsonObject] = []
    for one in given:
        if stop_at_first and len(made) < len(reasons):
            reasons.append(NO_REASON)
            continue
        try:
            made.append(make(one))
            reasons.append(NO_REASON)
        except TableApiError as exc:
            if exc.code not in _REASONS:
                raise
            reasons.append({"Code": _REASONS[exc.code], "Message": exc.message, **exc.members})
    if len(made) < len(given):
        raise transaction_cancelled(reasons)
    return made


def transaction_cancelled(reasons: list[JsonObject]) -> TableApiError:
    """The error with the reason of each action, in order."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return TableApiError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        members={"CancellationReasons": reasons},
    )


# -- reads


def transact_get_items(catalogue: TableCatalogue, request: Request) -> Outcome:
    gets = [_parse_get(entry["Get"]) for entry in request["TransactItems"]]
    records = [
        catalogue.item_table(entry["Get"]["TableName"]) for entry in request["TransactItems"]
    ]
    wanted = [(record, *get) for record, get in zip(records, gets, strict=True)]
    for record, key, _ in wanted:
        check_key_contents(record.table.schema, key)
    positions = all_or_reasons(wanted, _position, stop_at_first=True)
    targets = [(record.name, p) for record, p in zip(records, positions, strict=True)]
    if len(set(targets)) < len(targets):
        raise validation_error(ONE_ITEM)
    found = [record.table.find(p) for record, p in zip(records, positions, strict=True)]
    if sum(item.size for item in found if item is not None) > MAX_BYTES:
        raise validation_error(TOO_BIG)
    response: JsonObject = {
        "Responses": [
            {} if item is None else {"Item": projected(item.image, projection)}
            for item, (_, projection) in zip(found, gets, strict=True)
        ]
    }
    consumed = map(_read_capacity, records, found)
    add_consumed_capacity(response, request, consumed, "Read")
    return Outcome(response)


@older_words()
def _parse_get(get: dict[str, Any]) -> tuple[Item, Projection | None]:
    check_parameters(get, PROJECTION_EXPRESSION)
    key = normalise_item(get["Key"])
    return key, only_projection(get)


def _position(target: tuple[TableRecord, Item, Projection | None]) -> Position:
    record, key, projection = target
    check_key(record.table.schema, key)
    check_projection(record, projection)
    return table_position(record.table.schema, key)


def _read_capacity(record: TableRecord, item: StoredItem | None) -> ConsumedCapacity:
    units = read_units(0 if item is None else item.size, consistent=True)
    return ConsumedCapacity(record.name, units)

"""Validation that moto lacks: attribute values, and index updates of UpdateTable.

moto validates the values of some operations only; UpdateItem would store a malformed number.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from moto.dynamodb.models.table import Table

from twin.core.table_engine import TableApiError

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
MAX_NUMBER_DIGITS = 38
MAX_NUMBER, MIN_NUMBER = Decimal("9." + "9" * 37 + "E125"), Decimal("1E-130")

_VALUES_BY_NAME = frozenset({"Item", "Key", "ExpressionAttributeValues"})
_OLD_STYLE = frozenset({"AttributeUpdates", "Expected"})


def check_attribute_values(request: dict[str, Any]) -> None:
    """Reject a request with a value that the service would not accept. Raises TableApiError.

    A request that violates the API model raises AttributeError or TypeError.
    """
    for value in _values(request):
        _check(value)


def _values(request: dict[str, Any]) -> Iterator[object]:
    """All attribute values of a write request."""
    for name, member in request.items():
        if name in _VALUES_BY_NAME:
            yield from member.values()
        elif name in _OLD_STYLE:
            for part in member.values():
                yield from ([part["Value"]] if "Value" in part else [])
                yield from part.get("AttributeValueList", [])
        elif name == "Parameters":
            yield from member
        elif name == "RequestItems":
            yield from (v for writes in member.values() for v in _values_of_entries(writes))
        elif name in ("TransactItems", "TransactStatements", "Statements"):
            yield from _values_of_entries(member)


def _values_of_entries(entries: list[dict[str, Any]]) -> Iterator[object]:
    """The values of entries and of the actions in them."""
    for entry in entries:
        yield from _values(entry)
        for action in entry.values():
            if isinstance(action, dict):
                yield from _values(action)


def _check(value: object) -> None:
    content = dict(_typed(value, dict))
    check = _CHECKS.get(next(iter(content), "")) if len(content) == 1 else None
    if check is None:
        raise _validation_error(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        )
    check(*content.values())


def _typed(content: object, kind: type[T]) -> T:
    """Return the content if it has the type; raise TypeError otherwise."""
    if not isinstance(content, kind):
        raise TypeError(f"{type(content).__name__} instead of {kind.__name__}")
    return content


def _text(content: object) -> None:
    try:
        _typed(content, str).encode()
    except UnicodeEncodeError:
        raise TableApiError("SerializationException", "A string is not valid Unicode") from None


def _number(content: object) -> None:
    text = _typed(content, str)
    if not _NUMBER.fullmatch(text):
        raise _validation_error(f"The parameter cannot be converted to a numeric value: {text}")
    size = abs(Decimal(text))
    if size > MAX_NUMBER:
        raise _validation_error(
            "Number overflow. Attempting to store a number with magnitude larger than supported "
            "range"
        )
    if size and size < MIN_NUMBER:
        raise _validation_error(
            "Number underflow. Attempting to store a number with magnitude smaller than supported "
            "range"
        )
    digits = "".join(map(str, Decimal(text).as_tuple().digits)).strip("0")
    if len(digits) > MAX_NUMBER_DIGITS:
        raise _validation_error(
            f"Attempting to store more than {MAX_NUMBER_DIGITS} significant digits in a Number"
        )


def _binary(content: object) -> None:
    _typed(content, bytes)


def _boolean(content: object) -> None:
    _typed(content, bool)


def _null(content: object) -> None:
    if not _typed(content, bool):
        raise _validation_error(
            "One or more parameter values were invalid: Null attribute value types must have the "
            "value of true"
        )


def _map(content: object) -> None:
    for inner in _typed(content, dict).values():
        _check(inner)


def _list(content: object) -> None:
    for inner in _typed(content, list):
        _check(inner)


def _set_of(check: Callable[[object], None], name: str) -> Callable[[object], None]:
    def check_set(content: object) -> None:
        members = _typed(content, list)
        for inner in members:
            check(inner)
        if not members:
            raise _validation_error(
                f"One or more parameter values were invalid: An {name} set  may not be empty"
            )
        if len(set(members)) < len(members):
            raise _validation_error(
                "One or more parameter values were invalid: Input collection contains duplicates"
            )

    return check_set


def _validation_error(message: str) -> TableApiError:
    return TableApiError("ValidationException", message)


_CHECKS: dict[str, Callable[[object], None]] = {
    "B": _binary,
    "BOOL": _boolean,
    "BS": _set_of(_binary, "binary"),
    "L": _list,
    "M": _map,
    "N": _number,
    "NS": _set_of(_number, "number"),
    "NULL": _null,
    "S": _text,
    "SS": _set_of(_text, "string"),
}


def check_index_updates(table: Table, request: dict[str, Any]) -> None:
    """Reject invalid GlobalSecondaryIndexUpdates of an UpdateTable. Raises TableApiError."""
    updates = request.get("GlobalSecondaryIndexUpdates") or ()
    existing = {index.name for index in (*table.global_indexes, *table.indexes)}
    defined = {a["AttributeName"] for a in request.get("AttributeDefinitions") or table.attr}
    for update in updates:
        if len(update) != 1:
            raise TableApiError(
                "ValidationException",
                "One or more parameter values were invalid: One of GlobalSecondaryIndexUpdate"
                ".Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete "
                "must not be null",
            )
        ((action, index),) = update.items()
        if action == "Create":
            _check_new_index(index, existing, defined)
        elif index["IndexName"] not in existing:
            raise TableApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Index: {index['IndexName']} not found",
            )
    # "create or delete only one global secondary index per UpdateTable operation":
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
    if sum("Update" not in update for update in updates) > 1:
        raise TableApiError(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table",
        )


def _check_new_index(index: dict[str, Any], existing: set[str], defined: set[str]) -> None:
    if index["IndexName"] in existing:
        raise TableApiError(
            "ValidationException", "Attempting to create an index which already exists"
        )
    keys = [element["AttributeName"] for element in index["KeySchema"]]
    if not set(keys) <= defined:
        raise TableApiError(
            "ValidationException",
            "One or more parameter values were invalid: Some index key attributes are not defined "
            f"in AttributeDefinitions. Keys: {keys}, AttributeDefinitions: {sorted(defined)}",
        )

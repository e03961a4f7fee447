"""Attribute values as the service takes them; what it refuses never gets into a table.

moto judges some operations' values and lets others through: UpdateItem stores a number that is
none. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
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
    """Refuse a request with a value that the service would not take. Raises AwsError.

    A request of another shape raises AttributeError or TypeError: AWS's own model can tell it.
    """
    for value in _values(request):
        _check(value)


def _values(request: dict[str, Any]) -> Iterator[object]:
    """The attribute values of a request that writes, wherever they are in it."""
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
            yield from (v for writes in member.values() for v in _in_each(writes))
        elif name in ("TransactItems", "TransactStatements", "Statements"):
            yield from _in_each(member)


def _in_each(entries: list[dict[str, Any]]) -> Iterator[object]:
    """Of entries that hold values themselves, or actions that do."""
    for entry in entries:
        yield from _values(entry)
        for action in entry.values():
            if isinstance(action, dict):
                yield from _values(action)


def _check(value: object) -> None:
    content = dict(_as(value, dict))
    check = _CHECKS.get(next(iter(content), "")) if len(content) == 1 else None
    if check is None:
        raise _wrong(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        )
    check(*content.values())


def _as(content: object, kind: type[T]) -> T:
    """The content, if it is of the kind; the caller tells a TypeError by AWS's own model."""
    if not isinstance(content, kind):
        raise TypeError(f"{type(content).__name__} instead of {kind.__name__}")
    return content


def _text(content: object) -> None:
    try:
        _as(content, str).encode()
    except UnicodeEncodeError:
        raise TableApiError("SerializationException", "A string is not valid Unicode") from None


def _number(content: object) -> None:
    text = _as(content, str)
    if not _NUMBER.fullmatch(text):
        raise _wrong(f"The parameter cannot be converted to a numeric value: {text}")
    size = abs(Decimal(text))
    if size > MAX_NUMBER:
        raise _wrong(
            "Number overflow. Attempting to store a number with magnitude larger than supported "
            "range"
        )
    if size and size < MIN_NUMBER:
        raise _wrong(
            "Number underflow. Attempting to store a number with magnitude smaller than supported "
            "range"
        )
    digits = "".join(map(str, Decimal(text).as_tuple().digits)).strip("0")
    if len(digits) > MAX_NUMBER_DIGITS:
        raise _wrong(
            f"Attempting to store more than {MAX_NUMBER_DIGITS} significant digits in a Number"
        )


def _binary(content: object) -> None:
    _as(content, bytes)


def _boolean(content: object) -> None:
    _as(content, bool)


def _null(content: object) -> None:
    if not _as(content, bool):
        raise _wrong(
            "One or more parameter values were invalid: Null attribute value types must have the "
            "value of true"
        )


def _map(content: object) -> None:
    for inner in _as(content, dict).values():
        _check(inner)


def _list(content: object) -> None:
    for inner in _as(content, list):
        _check(inner)


def _set_of(check: Callable[[object], None], name: str) -> Callable[[object], None]:
    def check_set(content: object) -> None:
        members = _as(content, list)
        for inner in members:
            check(inner)
        if not members:
            raise _wrong(
                f"One or more parameter values were invalid: An {name} set  may not be empty"
            )
        if len(set(members)) < len(members):
            raise _wrong(
                "One or more parameter values were invalid: Input collection contains duplicates"
            )

    return check_set


def _wrong(message: str) -> TableApiError:
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
    """Refuse a wrong GlobalSecondaryIndexUpdates. Raises AwsError."""
    updates = request.get("GlobalSecondaryIndexUpdates") or ()
    there = {index.name for index in (*table.global_indexes, *table.indexes)}
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
            _check_new(index, there, defined)
        elif index["IndexName"] not in there:
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


def _check_new(index: dict[str, Any], there: set[str], defined: set[str]) -> None:
    if index["IndexName"] in there:
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

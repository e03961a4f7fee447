"""Attribute values in AWS's JSON: their validation, their one normal form, equality and order.

A value is `{"S": "x"}`, an item a map of values by name; binary is base64 text. A normalised value
is never changed afterwards. Equal values have one normal form: sets are sorted, as the service
returns them.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from operator import is_
from typing import Any

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.errors import INVALID_PARAMETER, InvalidValueError, validation_error
from twin.dynamodb.json_types import (
    check_binary,
    check_boolean,
    check_list,
    check_map,
    check_number,
    check_structure,
    check_text,
    encoded,
)
from twin.dynamodb.numbers import normalise_number

Value = dict[str, Any]
"""One attribute value, such as `{"N": "1"}`; exactly one member."""

Item = dict[str, Value]
"""Attribute values by name."""

OrderKey = str | Decimal | bytes
"""What sorts values of one type; text by code points, which is the order of UTF-8's bytes."""

MAX_LEVELS = 32
"""Of a value in an item: the attribute itself is on the first."""
MAX_NAME_BYTES = 65_535
decode_binary: Callable[[str], bytes] = b64decode
_ORDERS: dict[str, Callable[[str], Any]] = {"S": str, "N": Decimal, "B": decode_binary}
_EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes"
)


def value_type(value: Value) -> str:
    """The value's type: S, N, B, BOOL, NULL, SS, NS, BS, L or M."""
    for kind in value:
        return kind
    raise validation_error(_EMPTY)


def normalise_item(raw: Mapping[str, object]) -> Item:
    """Validate an item's values, after all their names. Raises TableApiError."""
    for name in raw:
        check_name(name)
    return {name: normalise_value(value) for name, value in raw.items()}


def check_name(name: str) -> None:
    """Reject an attribute name that is empty or too long. Raises TableApiError."""
    if not name:
        raise validation_error("Empty attribute name")
    if len(name) > MAX_NAME_BYTES // 4 and len(encoded(name)) > MAX_NAME_BYTES:
        raise validation_error(
            f"Attribute name is too large, must be less than {MAX_NAME_BYTES + 1} bytes"
        )


def normalise_value(raw: object, depth: int = 0) -> Value:
    """Validate one value, at a depth below its attribute. Raises TableApiError."""
    if raw is None:
        raise validation_error(_EMPTY)
    if depth >= MAX_LEVELS:
        raise _too_deep()
    value = check_structure(raw)
    if len(value) == 1:
        ((kind, content),) = value.items()
        normalise = _NORMALISERS.get(kind)
        if normalise is not None and content is not None:
            new = normalise(content, depth)
            return value if new is content else {kind: new}
    return _normalise_odd_value(value, depth)


def check_levels(value: Value, depth: int) -> None:
    """Reject a normalised value that is too deep to be at this depth below its attribute."""
    if depth >= MAX_LEVELS:
        raise _too_deep()
    for member in value.get("L") or value.get("M", {}).values():
        check_levels(member, depth + 1)


def _too_deep() -> TableApiError:
    return validation_error(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
        "beyond supported limit"
    )


def _normalise_odd_value(raw: dict[str, Any], depth: int) -> Value:
    """As the service does, ignore unknown members and nulls, and demand one that is left."""
    present = {
        kind: normalise(raw[kind], depth)
        for kind, normalise in _NORMALISERS.items()
        if raw.get(kind) is not None
    }
    if not present:
        raise validation_error(_EMPTY)
    if len(present) > 1:
        raise validation_error(_SEVERAL)
    return present


def compare_values(left: Value, right: Value) -> int | None:
    """-1, 0 or 1 by the values' order; None for unlike types and types without an order."""
    kind = value_type(left)
    order = _ORDERS.get(kind)
    if order is None or kind not in right:
        return None
    if left[kind] == right[kind]:
        return 0
    return -1 if order(left[kind]) < order(right[kind]) else 1


def order_key(value: Value) -> OrderKey:
    """What sorts a key attribute's value among values of its type (S, N or B)."""
    ((kind, content),) = value.items()
    key: OrderKey = _ORDERS[kind](content)
    return key


def sorted_set(kind: str, members: Iterable[str]) -> list[str]:
    """The members of a set (of type SS, NS or BS) in order: numbers begin with the greatest."""
    return sorted(members, key=_ORDERS[kind[0]], reverse=kind == "NS")


def _normalise_text(content: object, _depth: int) -> str:
    return check_text(content)


def _normalise_number(content: object, _depth: int) -> str:
    return normalise_number(check_number(content))


def _normalise_binary(content: object, _depth: int) -> str:
    return check_binary(content)


def _normalise_boolean(content: object, _depth: int) -> bool:
    return check_boolean(content)


def _normalise_null(content: object, _depth: int) -> bool:
    if not check_boolean(content):
        raise validation_error(
            f"{INVALID_PARAMETER}Null attribute value types must have the value of true"
        )
    return True


def _normalise_map(content: object, depth: int) -> Item:
    members = check_map(content)
    changed: Item | None = None
    for name, value in members.items():
        new = normalise_value(value, depth + 1)
        if not name:
            check_name(name)
        if new is not value:
            changed = dict(members) if changed is None else changed
            changed[name] = new
    return members if changed is None else changed


def _normalise_list(content: object, depth: int) -> list[Value]:
    members = check_list(content)
    new = [normalise_value(value, depth + 1) for value in members]
    return members if all(map(is_, new, members)) else new


def _normalise_texts(content: object, _depth: int) -> list[str]:
    members = [check_text(member) for member in check_list(content)]
    if not members:
        raise validation_error(INVALID_PARAMETER + "An string set  may not be empty")
    if len(set(members)) < len(members):
        listed = ", ".join(f'"{member}"' for member in _up_to_first_repeat("SS", members))
        raise InvalidValueError(
            f"{INVALID_PARAMETER}Input collection [{listed}] contains duplicates.",
            f"{INVALID_PARAMETER}Input collection [{', '.join(members)}] contains duplicates.",
        )
    return sorted(members)


def _normalise_numbers(content: object, depth: int) -> list[str]:
    members = [_normalise_number(member, depth) for member in check_list(content)]
    if not members:
        raise validation_error(INVALID_PARAMETER + "An number set  may not be empty")
    if len(set(members)) < len(members):
        raise InvalidValueError(
            INVALID_PARAMETER + "Input collection contains duplicates.",
            "Input collection contains duplicates",
        )
    return sorted_set("NS", members)


def _normalise_binaries(content: object, _depth: int) -> list[str]:
    members = [check_binary(member) for member in check_list(content)]
    if not members:
        raise validation_error(INVALID_PARAMETER + "Binary sets should not be empty")
    if len(set(members)) < len(members):
        listed = ",".join(f'"{member}"' for member in _up_to_first_repeat("BS", members))
        start, end = f"{INVALID_PARAMETER}Input collection [", "]of type BS contains duplicates."
        raise InvalidValueError(start + listed + end, start + ", ".join(members) + end)
    return sorted_set("BS", members)


def _up_to_first_repeat(kind: str, members: list[str]) -> list[str]:
    """The members as the service lists them: in order up to the first repeat, then as they came."""
    seen: set[str] = set()
    for position, member in enumerate(members):
        if member in seen:
            return sorted_set(kind, members[:position]) + members[position:]
        seen.add(member)
    return members


_NORMALISERS: dict[str, Callable[[object, int], Any]] = {
    "S": _normalise_text,
    "N": _normalise_number,
    "B": _normalise_binary,
    "BOOL": _normalise_boolean,
    "NULL": _normalise_null,
    "SS": _normalise_texts,
    "NS": _normalise_numbers,
    "BS": _normalise_binaries,
    "L": _normalise_list,
    "M": _normalise_map,
}

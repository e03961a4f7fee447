"""Attribute values in AWS's JSON: their validation, their one normal form, equality and order.

A value is `{"S": "x"}`, an item a map of values by name; binary is base64 text. A normalised value
is never changed afterwards: equal numbers and binaries are equal texts, and only members of sets
may differ in order.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from twin.core.table_engine import TableApiError
from twin.dynamodb.errors import (
    INVALID_PARAMETER,
    InvalidValueError,
    serialization_error,
    validation_error,
)
from twin.dynamodb.numbers import decimal_of, normalise_number

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
_ORDERS: dict[str, Callable[[str], Any]] = {"S": str, "N": decimal_of, "B": decode_binary}
_SETS = ("SS", "NS", "BS")
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
    """Validate an item's values and names. Raises TableApiError."""
    item: Item = {}
    for name, value in raw.items():
        check_name(name)
        item[name] = normalise_value(value)
    return item


def check_name(name: str) -> None:
    """Reject an attribute name that is empty or too long. Raises TableApiError."""
    if not name:
        raise validation_error("Empty attribute name")
    if len(name) > MAX_NAME_BYTES // 4 and len(_encoded(name)) > MAX_NAME_BYTES:
        raise validation_error(
            f"Attribute name is too large, must be less than {MAX_NAME_BYTES + 1} bytes"
        )


def normalise_value(raw: object, depth: int = 0) -> Value:
    """Validate one value, at a depth below its attribute. Raises TableApiError."""
    if not isinstance(raw, dict):
        _reject_structure(raw)
    if depth >= MAX_LEVELS:
        raise _too_deep()
    if len(raw) == 1:
        ((kind, content),) = raw.items()
        normalise = _NORMALISERS.get(kind)
        if normalise is not None and content is not None:
            new = normalise(content, depth)
            return raw if new is content else {kind: new}
    return _normalise_odd_value(raw, depth)


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


def values_equal(left: Value, right: Value) -> bool:
    """Whether two normalised values are equal; sets are, in any order."""
    if left == right:
        return True
    ((kind, content),) = left.items()
    if kind not in right:
        return False
    other = right[kind]
    if kind in _SETS:
        return len(content) == len(other) and set(content) == set(other)
    if kind == "L":
        return len(content) == len(other) and all(map(values_equal, content, other))
    if kind == "M":
        return content.keys() == other.keys() and all(
            values_equal(value, other[name]) for name, value in content.items()
        )
    return False


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


def is_key_type(value: Value) -> bool:
    """Whether the value could be a key: S, N or B."""
    return value_type(value) in _ORDERS


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise serialization_error("A string is not valid Unicode") from None


def _normalise_text(content: object, _depth: int) -> str:
    return check_text(content)


def check_text(content: object) -> str:
    """Return the text; reject everything else. Raises TableApiError."""
    if not isinstance(content, str):
        _reject_scalar(content, "String")
    if not content.isascii():
        _encoded(content)
    return content


def _normalise_number(content: object, _depth: int) -> str:
    if not isinstance(content, str):
        _reject_scalar(content, "String")
    return normalise_number(content)


def _normalise_binary(content: object, _depth: int) -> str:
    if not isinstance(content, str):
        if isinstance(content, bool | int | float):
            raise serialization_error("only base-64-encoded strings are convertible to bytes")
        if isinstance(content, list):
            raise serialization_error("Unrecognized collection type class java.nio.ByteBuffer")
        raise serialization_error("Start of structure or map found where not expected")
    if len(content) % 4:
        raise serialization_error(
            f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(content)}"
        )
    try:
        canonical = b64encode(b64decode(content, validate=True)).decode()
    except (Base64Error, ValueError):
        canonical = None
    if canonical != content:
        # The service's own spelling.
        raise serialization_error("Invalid last non-pad Base64 character dectected")
    return content


def _normalise_boolean(content: object, _depth: int) -> bool:
    if isinstance(content, bool):
        return content
    if isinstance(content, str):
        if content.upper() in ("TRUE", "1", "YES"):
            return True
        if content.upper() in ("FALSE", "0", "NO"):
            return False
        raise serialization_error("Unexpected token received from parser")
    return _reject_scalar(content, "Boolean")


def _normalise_null(content: object, depth: int) -> bool:
    if not _normalise_boolean(content, depth):
        raise validation_error(
            f"{INVALID_PARAMETER}Null attribute value types must have the value of true"
        )
    return True


def _normalise_map(content: object, depth: int) -> Item:
    if not isinstance(content, dict):
        if isinstance(content, list):
            raise serialization_error(
                "Unrecognized collection type java.util.Map<java.lang.String, "
                "com.amazonaws.dynamodb.v20120810.AttributeValue>"
            )
        raise serialization_error("Unexpected field type")
    changed: Item | None = None
    for name, value in content.items():
        new = normalise_value(value, depth + 1)
        if new is not value:
            changed = dict(content) if changed is None else changed
            changed[name] = new
    return content if changed is None else changed


def _normalise_list(content: object, depth: int) -> list[Value]:
    members = _checked_list(content)
    new = [normalise_value(value, depth + 1) for value in members]
    return members if all(map(_is_same, new, members)) else new


def _is_same(left: object, right: object) -> bool:
    return left is right


def _normalise_texts(content: object, _depth: int) -> list[str]:
    members = [check_text(member) for member in _checked_list(content)]
    if not members:
        raise validation_error(INVALID_PARAMETER + "An string set  may not be empty")
    if len(set(members)) < len(members):
        listed = ", ".join(f'"{member}"' for member in _up_to_first_repeat(members, str))
        raise InvalidValueError(
            f"{INVALID_PARAMETER}Input collection [{listed}] contains duplicates.",
            f"{INVALID_PARAMETER}Input collection [{', '.join(members)}] contains duplicates.",
        )
    return members


def _normalise_numbers(content: object, depth: int) -> list[str]:
    members = [_normalise_number(member, depth) for member in _checked_list(content)]
    if not members:
        raise validation_error(INVALID_PARAMETER + "An number set  may not be empty")
    if len(set(members)) < len(members):
        raise InvalidValueError(
            INVALID_PARAMETER + "Input collection contains duplicates.",
            "Input collection contains duplicates",
        )
    return members


def _normalise_binaries(content: object, depth: int) -> list[str]:
    members = [_normalise_binary(member, depth) for member in _checked_list(content)]
    if not members:
        raise validation_error(INVALID_PARAMETER + "Binary sets should not be empty")
    if len(set(members)) < len(members):
        listed = ",".join(f'"{member}"' for member in _up_to_first_repeat(members, decode_binary))
        start, end = f"{INVALID_PARAMETER}Input collection [", "]of type BS contains duplicates."
        raise InvalidValueError(start + listed + end, start + ", ".join(members) + end)
    return members


def _up_to_first_repeat(members: list[str], order: Callable[[str], Any]) -> list[str]:
    """The members as the service lists them: in order up to the first repeat, then as they came."""
    seen: set[str] = set()
    for position, member in enumerate(members):
        if member in seen:
            return sorted(members[:position], key=order) + members[position:]
        seen.add(member)
    return members


def _checked_list(content: object) -> list[Any]:
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        raise serialization_error("Start of structure or map found where not expected")
    raise serialization_error("Unexpected field type")


def _reject_structure(raw: object) -> NoReturn:
    if raw is None:
        raise validation_error(_EMPTY)
    if isinstance(raw, list):
        raise serialization_error(
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"
        )
    raise serialization_error("Unexpected value type in payload")


def _reject_scalar(content: object, expected: str) -> NoReturn:
    if isinstance(content, dict):
        message = "Start of structure or map found where not expected"
    elif isinstance(content, list):
        message = f"Unrecognized collection type class java.lang.{expected}"
    else:
        message = f"{_token_name(content)} cannot be converted to {expected}"
    raise serialization_error(message)


def _token_name(content: object) -> str:
    if isinstance(content, bool):
        return "TRUE_VALUE" if content else "FALSE_VALUE"
    return "NUMBER_VALUE" if isinstance(content, int) else "DECIMAL_VALUE"


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

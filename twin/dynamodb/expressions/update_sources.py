"""Where the new values of an update come from: the request, the item as it was, and functions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from collections.abc import Iterator

import msgspec

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Item, Value, value_type
from twin.dynamodb.errors import validation_error
from twin.dynamodb.expressions.paths import Path, value_at
from twin.dynamodb.item_size import MAX_ITEM_BYTES
from twin.dynamodb.numbers import add_numbers, subtract_numbers


class AttributeSource(msgspec.Struct, frozen=True, gc=False):
    """The value at a path of the item as it was."""

    path: Path


class ValueSource(msgspec.Struct, frozen=True, gc=False):
    """A value of the request."""

    value: Value


class Arithmetic(msgspec.Struct, frozen=True):
    operator: str
    left: "Source"
    right: "Source"


class IfNotExists(msgspec.Struct, frozen=True):
    path: Path
    default: "Source"


class ListAppend(msgspec.Struct, frozen=True):
    left: "Source"
    right: "Source"


Source = AttributeSource | ValueSource | Arithmetic | IfNotExists | ListAppend


def known_type(source: Source) -> str | None:
    """The type of the value; None where only the item decides it."""
    match source:
        case ValueSource(value):
            return value_type(value)
        case IfNotExists(_, default):
            return known_type(default)
        case Arithmetic():
            return "N"
        case ListAppend():
            return "L"
    return None


def paths_read(source: Source) -> Iterator[Path]:
    """The paths of the attributes that the value comes from."""
    match source:
        case AttributeSource(path):
            yield path
        case IfNotExists(path, default):
            yield path
            yield from paths_read(default)
        case Arithmetic(_, left, right) | ListAppend(left, right):
            yield from paths_read(left)
            yield from paths_read(right)


def value_from(source: Source, item: Item) -> Value | None:
    """The value; None if it comes from an attribute that the item does not have.

    Raises TableApiError for operands of a wrong type, and for numbers out of range.
    """
    if isinstance(source, ValueSource):
        return source.value
    if isinstance(source, AttributeSource):
        return value_at(item, source.path)
    if isinstance(source, IfNotExists):
        present = value_at(item, source.path)
        return value_from(source.default, item) if present is None else present
    return _combined_value(source, item)


def _combined_value(source: Arithmetic | ListAppend, item: Item) -> Value | None:
    kind = "N" if isinstance(source, Arithmetic) else "L"
    contents = []
    for side in (source.left, source.right):
        value = value_from(side, item)
        if value is None:
            return None
        if kind not in value:
            raise wrong_operand()
        contents.append(value[kind])
    left, right = contents
    if isinstance(source, ListAppend):
        if len(left) + len(right) > MAX_ITEM_BYTES:
            raise too_big()  # a member takes at least a byte
        return {"L": left + right}
    combine = add_numbers if source.operator == "+" else subtract_numbers
    return {"N": combine(left, right)}


def too_big() -> TableApiError:
    """The updated item would be bigger than an item can be."""
    return validation_error("Item size to update has exceeded the maximum allowed size")


def wrong_operand() -> TableApiError:
    """An attribute that an update combines with another value has the wrong type."""
    return validation_error("An operand in the update expression has an incorrect data type")

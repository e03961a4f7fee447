"""What conditions compare: values of the item and of the request, and sizes of them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Item, Value, value_type
from twin.dynamodb.expressions.paths import Path, format_path, value_at
from twin.dynamodb.expressions.placeholders import Placeholders
from twin.dynamodb.expressions.syntax import CallSyntax, OperandSyntax, PathSyntax
from twin.dynamodb.expressions.tokens import expression_error
from twin.dynamodb.item_size import binary_size

SIZED_TYPES = frozenset({"S", "B", "SS", "NS", "BS", "L", "M"})
ORDERED_TYPES = frozenset({"S", "N", "B"})


class PathOperand(msgspec.Struct, frozen=True, gc=False):
    path: Path

    def value_in(self, item: Item) -> Value | None:
        return value_at(item, self.path)

    @property
    def known_type(self) -> str | None:
        return None


class ValueOperand(msgspec.Struct, frozen=True, gc=False):
    value: Value

    def value_in(self, item: Item) -> Value | None:
        return self.value

    @property
    def known_type(self) -> str | None:
        return value_type(self.value)


class SizeOperand(msgspec.Struct, frozen=True, gc=False):
    """The function size."""

    arguments: tuple["Operand", ...]
    """One, in a valid expression."""

    def value_in(self, item: Item) -> Value | None:
        value = self.arguments[0].value_in(item)
        size = None if value is None else content_size(value)
        return None if size is None else {"N": str(size)}

    @property
    def known_type(self) -> str | None:
        return "N"


Operand = PathOperand | ValueOperand | SizeOperand


def content_size(value: Value) -> int | None:
    """Characters of a string, bytes of a binary, members of the rest; None for what has no size."""
    ((kind, content),) = value.items()
    measure = _MEASURES.get(kind)
    return None if measure is None else measure(content)


def _characters(text: str) -> int:
    """Characters as the service counts them: those beyond 16 bits are two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


_MEASURES: dict[str, Callable[[Any], int]] = {
    "S": _characters,
    "B": binary_size,
    **dict.fromkeys(("SS", "NS", "BS", "L", "M"), len),
}


def bind_operand(syntax: OperandSyntax, placeholders: Placeholders, parameter: str) -> Operand:
    """Resolve an operand's placeholders. Raises TableApiError."""
    if isinstance(syntax, PathSyntax):
        return PathOperand(placeholders.path(syntax, parameter))
    if isinstance(syntax, CallSyntax):
        return SizeOperand(
            tuple([bind_operand(part, placeholders, parameter) for part in syntax.operands])
        )
    return ValueOperand(placeholders.value(syntax, parameter))


def check_nested_calls(operands: Sequence[Operand], parameter: str) -> None:
    """Judge the arguments of size wherever it is used. Raises TableApiError."""
    for operand in operands:
        if isinstance(operand, SizeOperand):
            check_nested_calls(operand.arguments, parameter)
            check_argument_count("size", operand.arguments, 1, parameter)
            check_operand_types("size", operand.arguments, SIZED_TYPES, parameter)


def check_argument_count(
    function: str, arguments: Sequence[object], expected: int, parameter: str
) -> None:
    if len(arguments) != expected:
        raise expression_error(
            parameter,
            "Incorrect number of operands for operator or function; operator or function: "
            f"{function}, number of operands: {len(arguments)}",
        )


def check_operand_types(
    operator: str, operands: Sequence[Operand], allowed: frozenset[str], parameter: str
) -> None:
    """Reject operands whose type is known and not allowed. Raises TableApiError."""
    for operand in operands:
        kind = operand.known_type
        if kind is not None and kind not in allowed:
            raise wrong_operand_type(operator, kind, parameter)


def wrong_operand_type(operator: str, kind: str, parameter: str) -> TableApiError:
    return expression_error(
        parameter,
        "Incorrect operand type for operator or function; operator or function: "
        f"{operator}, operand type: {kind}",
    )


def check_distinct_operands(operator: str, operands: Sequence[Operand], parameter: str) -> None:
    """Reject the first operand's path among the others. Raises TableApiError."""
    first = operands[0]
    if isinstance(first, PathOperand) and first in operands[1:]:
        raise expression_error(
            parameter,
            "The first operand must be distinct from the remaining operands for this operator or "
            f"function; operator: {operator}, first operand: {format_path(first.path)}",
        )

"""Key conditions of Query: equal partition keys, and a range of sort keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
"""

from collections.abc import Sequence

import msgspec

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import OrderKey, Value, order_key
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error
from twin.dynamodb.expressions.conditions import (
    And,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Or,
    Test,
)
from twin.dynamodb.expressions.operands import Operand, PathOperand, ValueOperand
from twin.dynamodb.expressions.tokens import expression_error
from twin.dynamodb.key_schema import KeySchema
from twin.dynamodb.keys import empty_key_error

PARAMETER = "KeyConditionExpression"
_RANGE_OPERATORS = frozenset({"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"})
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class KeyClause(msgspec.Struct, frozen=True):
    """What a key condition says of one attribute."""

    attribute: str
    operator: str
    """=, <, <=, >, >=, BETWEEN or begins_with; another one of KeyConditions is refused later."""
    values: tuple[Value, ...]


class SortRange(msgspec.Struct, frozen=True):
    """The order keys between two limits; without a limit on one side, all on that side."""

    low: OrderKey | None = None
    low_included: bool = True
    high: OrderKey | None = None
    high_included: bool = True


class KeyCondition(msgspec.Struct, frozen=True):
    """What a Query reads of a table or an index."""

    partition: tuple[Value, ...]
    """The values of all partition keys."""
    sort_prefix: tuple[Value, ...]
    """The values of the first sort keys of several."""
    sort: SortRange | None
    """Of the next sort key; None without a condition on it."""


def key_clauses(condition: Condition) -> tuple[KeyClause, ...]:
    """Take a condition apart that says something of keys only. Raises TableApiError."""
    clauses = _clauses_of(condition.test)
    if len({clause.attribute for clause in clauses}) < len(clauses):
        raise _invalid("KeyConditionExpressions must only contain one condition per key")
    return tuple(clauses)


def _clauses_of(test: Test) -> list[KeyClause]:
    if isinstance(test, And):
        return [clause for part in test.tests for clause in _clauses_of(part)]
    if isinstance(test, Or | Not | In):
        raise _invalid_operator(type(test).__name__.upper())
    if isinstance(test, Comparison):
        operator = test.operator
    else:
        operator = test.function if isinstance(test, Call) else "BETWEEN"
    if operator not in _RANGE_OPERATORS:
        raise _invalid_operator(operator)
    return [_clause_of(operator, test.operands)]


def _clause_of(operator: str, operands: Sequence[Operand]) -> KeyClause:
    if operator not in _MIRRORED and not isinstance(operands[0], PathOperand):
        raise _invalid_clause(
            f"{operator} operator must have the key attribute as its first operand"
        )
    attribute: str | None = None
    values = []
    for operand in operands:
        if isinstance(operand, ValueOperand):
            values.append(operand.value)
        elif isinstance(operand, PathOperand):
            _check_key_path(operand, is_first=attribute is None)
            attribute = str(operand.path[0])
        else:
            raise _invalid("KeyConditionExpressions cannot contain nested operations")
    if attribute is None:
        raise _invalid_clause("No key attribute specified")
    is_mirrored = isinstance(operands[0], ValueOperand)
    return KeyClause(attribute, _MIRRORED[operator] if is_mirrored else operator, tuple(values))


def _check_key_path(operand: PathOperand, *, is_first: bool) -> None:
    if not is_first:
        raise _invalid_clause("Multiple attribute names used in one condition")
    if len(operand.path) > 1:
        raise _invalid("KeyConditionExpressions cannot have conditions on nested attributes")


def resolve_key_clauses(clauses: Sequence[KeyClause], schema: KeySchema) -> KeyCondition:
    """The clauses for these keys, which may be written in any order. Raises TableApiError."""
    if len(clauses) > len(schema.names):
        raise validation_error(
            f"The number of query conditions ({len(clauses)}) exceeds the number of key attributes "
            f"defined in the schema ({len(schema.names)})"
        )
    by_attribute = {clause.attribute: clause for clause in clauses}
    for name in schema.partition:
        if name not in by_attribute:
            raise _missed_key(name)
    for name in schema.names:
        if name in by_attribute:
            _check_values(by_attribute[name], schema.types[name])
    partition = [by_attribute[name] for name in schema.partition]
    if any(clause.operator != "=" for clause in partition):
        raise validation_error("Query key condition not supported")
    sort = [by_attribute[name] for name in schema.sort if name in by_attribute]
    if len(partition) + len(sort) < len(clauses):
        raise _missed_key(next(name for name in schema.sort if name not in by_attribute))
    _check_sort_order(sort, schema)
    return KeyCondition(
        tuple([clause.values[0] for clause in partition]),
        tuple([clause.values[0] for clause in sort[:-1]]),
        _sort_range(sort[-1]) if sort else None,
    )


def _check_values(clause: KeyClause, kind: str) -> None:
    if clause.operator not in _RANGE_OPERATORS:
        raise validation_error("Attempted conditional constraint is not an indexable operation")
    for value in clause.values:
        if kind not in value:
            raise validation_error(
                f"{INVALID_PARAMETER}Condition parameter type does not match schema type"
            )
        if value[kind] == "":
            raise empty_key_error(clause.attribute, kind)


def _check_sort_order(sort: Sequence[KeyClause], schema: KeySchema) -> None:
    """Several sort keys: only the last one with a condition may have another than equality."""
    if not sort:
        return
    last = sort[-1].attribute
    equal = {clause.attribute for clause in sort if clause.operator == "="}
    before = schema.sort[: schema.sort.index(last)]
    lacking = [name for name in before if name not in equal]
    if lacking:
        raise validation_error(
            f"RANGE key attributes {', '.join(lacking)} must have equality conditions specified "
            f"in the query because a condition is present on key attribute {last}"
        )


def _sort_range(clause: KeyClause) -> SortRange:
    keys = [order_key(value) for value in clause.values]
    low, high = keys[0], keys[-1]
    match clause.operator:
        case "<" | "<=":
            return SortRange(high=high, high_included=clause.operator == "<=")
        case ">" | ">=":
            return SortRange(low=low, low_included=clause.operator == ">=")
        case "begins_with":
            return SortRange(low=low, high=_next_prefix(low), high_included=False)
    return SortRange(low=low, high=high)


def _next_prefix(prefix: OrderKey) -> OrderKey | None:
    """The first order key after all that begin with the prefix; None if nothing is after them."""
    if isinstance(prefix, bytes):
        content = prefix.rstrip(b"\xff")
        return content[:-1] + bytes([content[-1] + 1]) if content else None
    if isinstance(prefix, str):
        text = prefix.rstrip("\U0010ffff")
        return text[:-1] + _next_character(text[-1]) if text else None
    return None


def _next_character(character: str) -> str:
    """The next code point that text can have; surrogates are none."""
    code = ord(character) + 1
    return chr(0xE000 if code == 0xD800 else code)


def _invalid(message: str) -> TableApiError:
    return expression_error(PARAMETER, message)


def _invalid_operator(operator: str) -> TableApiError:
    return validation_error(f"Invalid operator used in {PARAMETER}: {operator}")


def _invalid_clause(message: str) -> TableApiError:
    return validation_error(f"Invalid condition in {PARAMETER}: {message}")


def _missed_key(name: str) -> TableApiError:
    return validation_error(f"Query condition missed key schema element: {name}")

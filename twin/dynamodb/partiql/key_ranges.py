"""Which partitions and sort keys a WHERE clause names, so that a SELECT need not read everything.

The clause itself is still judged for each item read, so a range may be wider than the clause.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from twin.dynamodb.attribute_values import OrderKey, Value, order_key
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error
from twin.dynamodb.expressions.key_conditions import KeyCondition, SortRange
from twin.dynamodb.key_schema import KeySchema
from twin.dynamodb.operations.pages import Span
from twin.dynamodb.operations.queries import key_span
from twin.dynamodb.partiql.compilation import Parameters, constant_value, is_constant
from twin.dynamodb.partiql.syntax import (
    AndNode,
    BetweenNode,
    CallNode,
    ConstantNode,
    InNode,
    Node,
    OperatorNode,
    OrNode,
    ParameterNode,
    PathNode,
)

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Bound:
    """What one term of a clause demands of a key attribute."""

    operator: str
    """=, <, <=, >, >=, BETWEEN, begins_with or IN."""
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class PartitionRange:
    """Items of one partition."""

    partition: Value
    span: Span


def key_ranges(
    where: Node | None, schema: KeySchema, parameters: Parameters
) -> tuple[PartitionRange, ...] | None:
    """The ranges that hold everything the clause can let through; None: the whole table or index.

    Raises TableApiError for a value that a key attribute can't have.
    """
    if where is None:
        return None
    (name,) = schema.partition
    choices = partition_choices(where, name, parameters, schema.types[name])
    if choices is None:
        return None
    sort = _sort_range(where, schema, parameters)
    partitions = {next(iter(value.values())): value for value in choices}
    return tuple(
        PartitionRange(value, key_span(KeyCondition((value,), (), sort)))
        for value in partitions.values()
    )


def exact_key(
    where: Node | None, schema: KeySchema, parameters: Parameters
) -> dict[str, Value] | None:
    """The key of the one item that the clause can let through; None if it names no single one."""
    key: dict[str, Value] = {}
    for term in conjuncts(where):
        for name in schema.names:
            bound = key_bound(term, name, parameters)
            if bound is not None and bound.operator == "=":
                key.setdefault(name, bound.values[0])
    return key if len(key) == len(schema.names) else None


def conjuncts(where: Node | None) -> Iterator[Node]:
    """The terms of a clause that must all be true."""
    if isinstance(where, AndNode):
        for term in where.terms:
            yield from conjuncts(term)
    elif where is not None:
        yield where


def key_bound(term: Node, name: str, parameters: Parameters) -> Bound | None:
    """What a term demands of an attribute; None if it is about something else."""
    match term:
        case OperatorNode(operator, left, right) if operator in _MIRRORED:
            if isinstance(left, PathNode):
                return _bound(operator, left, name, (right,), parameters)
            return _bound(_MIRRORED[operator], right, name, (left,), parameters)
        case BetweenNode(operand, low, high):
            return _bound("BETWEEN", operand, name, (low, high), parameters)
        case CallNode("begins_with", (operand, prefix)):
            return _bound("begins_with", operand, name, (prefix,), parameters)
        case InNode(operand, candidates):
            return _bound("IN", operand, name, _members(candidates, parameters), parameters)
        case _:
            return None


def _members(
    candidates: tuple[Node, ...] | ParameterNode, parameters: Parameters
) -> tuple[Node, ...]:
    if not isinstance(candidates, ParameterNode):
        return candidates
    return tuple(map(ConstantNode, constant_value(candidates, parameters).get("L", ())))


def _bound(
    operator: str, operand: Node, name: str, values: tuple[Node, ...], parameters: Parameters
) -> Bound | None:
    is_it = isinstance(operand, PathNode) and operand.path == (name,)
    if not is_it or not all(map(is_constant, values)):
        return None
    return Bound(operator, tuple(constant_value(value, parameters) for value in values))


def partition_choices(
    where: Node, name: str, parameters: Parameters, kind: str | None = None
) -> tuple[Value, ...] | None:
    """The values of the partition key `name` that the clause allows; None: any.

    Raises TableApiError for a value of another type than `kind`.
    """
    if isinstance(where, OrNode):
        return _all_choices(where.terms, name, parameters, kind)
    for term in conjuncts(where):
        if isinstance(term, OrNode):
            choices = _all_choices(term.terms, name, parameters, kind)
            if choices is not None:
                return choices
        bound = key_bound(term, name, parameters)
        if bound is not None and bound.operator in ("=", "IN"):
            if kind is not None:
                _check_types(bound.values, kind)
            return bound.values
    return None


def _all_choices(
    terms: tuple[Node, ...], name: str, parameters: Parameters, kind: str | None
) -> tuple[Value, ...] | None:
    """The partition keys of alternatives; None if one allows any."""
    found: list[Value] = []
    for term in terms:
        choices = partition_choices(term, name, parameters, kind)
        if choices is None:
            return None
        found += choices
    return tuple(found)


def _sort_range(where: Node, schema: KeySchema, parameters: Parameters) -> SortRange | None:
    """The sort keys between all bounds of the clause; None: any."""
    low: tuple[OrderKey, bool] | None = None
    high: tuple[OrderKey, bool] | None = None
    for name in schema.sort:
        for term in conjuncts(where):
            bound = key_bound(term, name, parameters)
            if bound is None or bound.operator == "IN":
                continue
            _check_types(bound.values, schema.types[name])
            first, last = order_key(bound.values[0]), order_key(bound.values[-1])
            if bound.operator in ("=", ">", ">=", "BETWEEN", "begins_with"):
                low = _tighter(low, (first, bound.operator != ">"), upper=False)
            if bound.operator in ("=", "<", "<=", "BETWEEN"):
                high = _tighter(high, (last, bound.operator != "<"), upper=True)
    if low is None and high is None:
        return None
    return SortRange(*(low or (None, True)), *(high or (None, True)))


def _tighter(
    old: tuple[OrderKey, bool] | None, new: tuple[OrderKey, bool], *, upper: bool
) -> tuple[OrderKey, bool]:
    """The bound that lets less through."""
    if old is None or old[0] == new[0]:
        return (new[0], new[1] and (old is None or old[1]))
    new_is_less = new[0] < old[0]  # type: ignore[operator]
    return new if new_is_less == upper else old


def _check_types(values: tuple[Value, ...], kind: str) -> None:
    if any(kind not in value for value in values):
        raise validation_error(
            f"{INVALID_PARAMETER}Condition parameter type does not match schema type"
        )

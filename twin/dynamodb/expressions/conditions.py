"""Conditions and filters: whether an item is as an expression says.

An attribute that is missing equals nothing, and values of unlike types have no order: such a
comparison is false, and only `<>` is true.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from twin.dynamodb.attribute_values import (
    Item,
    Value,
    compare_values,
    decode_binary,
    value_type,
)
from twin.dynamodb.errors import validation_error
from twin.dynamodb.expressions.operands import (
    ORDERED_TYPES,
    Operand,
    PathOperand,
    SizeOperand,
    ValueOperand,
    bind_operand,
    check_argument_count,
    check_distinct_operands,
    check_nested_calls,
    check_operand_types,
    wrong_operand_type,
)
from twin.dynamodb.expressions.parser import parse_condition_syntax
from twin.dynamodb.expressions.paths import Path
from twin.dynamodb.expressions.placeholders import Placeholders
from twin.dynamodb.expressions.syntax import (
    AndSyntax,
    BetweenSyntax,
    CallSyntax,
    ComparisonSyntax,
    ConditionSyntax,
    LeafSyntax,
    NotSyntax,
    OrSyntax,
)
from twin.dynamodb.expressions.tokens import expression_error
from twin.dynamodb.item_size import binary_size

MAX_IN_OPERANDS = 100
TYPE_NAMES = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")
"""In the order of the service's message."""

_ORDER_TESTS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


class Comparison(msgspec.Struct, frozen=True, gc=False):
    operator: str
    operands: tuple[Operand, ...]
    """Left and right."""

    def holds(self, item: Item) -> bool:
        left, right = self.operands[0].value_in(item), self.operands[1].value_in(item)
        if left is None or right is None:
            return self.operator == "<>"
        if self.operator == "=":
            return left == right
        if self.operator == "<>":
            return left != right
        order = compare_values(left, right)
        return order is not None and _ORDER_TESTS[self.operator](order)


class Between(msgspec.Struct, frozen=True, gc=False):
    operands: tuple[Operand, ...]
    """What is compared, lower and upper bound."""

    def holds(self, item: Item) -> bool:
        value, low, high = (operand.value_in(item) for operand in self.operands)
        if value is None or low is None or high is None:
            return False
        above, below = compare_values(low, value), compare_values(value, high)
        return above is not None and below is not None and above <= 0 and below <= 0


class In(msgspec.Struct, frozen=True, gc=False):
    operands: tuple[Operand, ...]
    """The first one is looked for among the others."""

    def holds(self, item: Item) -> bool:
        value = self.operands[0].value_in(item)
        if value is None:
            return False
        return any(operand.value_in(item) == value for operand in self.operands[1:])


class Call(msgspec.Struct, frozen=True, gc=False):
    """A function that is a condition."""

    function: str
    operands: tuple[Operand, ...]

    def holds(self, item: Item) -> bool:
        first = self.operands[0].value_in(item)
        if self.function == "attribute_not_exists":
            return first is None
        if first is None:
            return False
        if self.function == "attribute_exists":
            return True
        second = self.operands[1].value_in(item)
        return second is not None and _VALUE_TESTS[self.function](first, second)


class Not(msgspec.Struct, frozen=True, gc=False):
    test: "Test"

    def holds(self, item: Item) -> bool:
        return not self.test.holds(item)


class And(msgspec.Struct, frozen=True, gc=False):
    tests: tuple["Test", ...]

    def holds(self, item: Item) -> bool:
        for test in self.tests:  # noqa: SIM110  # a loop is faster than all() and a generator
            if not test.holds(item):
                return False
        return True


class Or(msgspec.Struct, frozen=True, gc=False):
    tests: tuple["Test", ...]

    def holds(self, item: Item) -> bool:
        for test in self.tests:  # noqa: SIM110  # a loop is faster than any() and a generator
            if test.holds(item):
                return True
        return False


Leaf = Comparison | Between | In | Call
Test = Leaf | Not | And | Or


class Condition(msgspec.Struct, frozen=True, gc=False):
    """A condition with its placeholders resolved."""

    test: Test
    filter_name: str = "Filter Expression"
    """What messages call it as a filter."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """All document paths in it, in the order in which they are written."""
        return tuple(_paths_of(self.test))


def parse_condition(
    text: str, placeholders: Placeholders, parameter: str = "ConditionExpression"
) -> Condition:
    """Parse the condition in a request's parameter. Raises TableApiError."""
    return bind_condition(parse_condition_syntax(text, parameter), placeholders, parameter)


def bind_condition(
    syntax: ConditionSyntax, placeholders: Placeholders, parameter: str
) -> Condition:
    """Resolve and judge the operands of a parsed condition. Raises TableApiError."""
    return Condition(_bind(syntax, placeholders, parameter))


def check_filter_keys(condition: Condition, key_names: Iterable[str]) -> None:
    """Reject key attributes in the filter of a Query. Raises TableApiError."""
    used = {path[0] for path in condition.paths}
    for name in key_names:
        if name in used:
            raise validation_error(
                f"{condition.filter_name} can only contain non-primary key attributes: "
                f"Primary key attribute: {name}"
            )


def condition_holds(condition: Condition, item: Item) -> bool:
    """Whether the condition holds for the item; one that does not exist is empty."""
    return condition.test.holds(item)


def _paths_of(test: Test) -> Iterator[Path]:
    if isinstance(test, Not):
        yield from _paths_of(test.test)
    elif isinstance(test, And | Or):
        for part in test.tests:
            yield from _paths_of(part)
    else:
        for operand in test.operands:
            yield from _operand_paths(operand)


def _operand_paths(operand: Operand) -> Iterator[Path]:
    if isinstance(operand, PathOperand):
        yield operand.path
    elif isinstance(operand, SizeOperand):
        for argument in operand.arguments:
            yield from _operand_paths(argument)


# --- binding: each comparison and function is judged as soon as its placeholders are resolved


def _bind(syntax: ConditionSyntax, placeholders: Placeholders, parameter: str) -> Test:
    if isinstance(syntax, AndSyntax):
        return And(tuple([_bind(part, placeholders, parameter) for part in syntax.conditions]))
    if isinstance(syntax, OrSyntax):
        return Or(tuple([_bind(part, placeholders, parameter) for part in syntax.conditions]))
    if isinstance(syntax, NotSyntax):
        return Not(_bind(syntax.condition, placeholders, parameter))
    return _bind_leaf(syntax, placeholders, parameter)


def _bind_leaf(syntax: LeafSyntax, placeholders: Placeholders, parameter: str) -> Leaf:
    operands = tuple([bind_operand(part, placeholders, parameter) for part in syntax.operands])
    check_nested_calls(operands, parameter)
    if isinstance(syntax, ComparisonSyntax):
        return _checked_comparison(Comparison(syntax.operator, operands), parameter)
    if isinstance(syntax, CallSyntax):
        return _checked_call(Call(syntax.function, operands), parameter)
    if isinstance(syntax, BetweenSyntax):
        return _checked_between(Between(operands), parameter)
    return _checked_in(In(operands), parameter)


def _checked_comparison(comparison: Comparison, parameter: str) -> Comparison:
    check_distinct_operands(comparison.operator, comparison.operands, parameter)
    if comparison.operator in _ORDER_TESTS:
        check_operand_types(comparison.operator, comparison.operands, ORDERED_TYPES, parameter)
    return comparison


def _checked_between(between: Between, parameter: str) -> Between:
    check_distinct_operands("BETWEEN", between.operands, parameter)
    check_operand_types("BETWEEN", between.operands, ORDERED_TYPES, parameter)
    _, low, high = between.operands
    if isinstance(low, ValueOperand) and isinstance(high, ValueOperand):
        order = compare_values(low.value, high.value)
        if order is None or order > 0:
            problem = (
                "same data type for lower and upper bounds"
                if order is None
                else "upper bound to be greater than or equal to lower bound"
            )
            raise expression_error(
                parameter,
                f"The BETWEEN operator requires {problem}; lower bound operand: "
                f"AttributeValue: {_format_scalar(low.value)}, upper bound operand: "
                f"AttributeValue: {_format_scalar(high.value)}",
            )
    return between


def _format_scalar(value: Value) -> str:
    ((kind, content),) = value.items()
    if kind == "B":
        size = binary_size(content)
        content = f"java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"
    return f"{{{kind}:{content}}}"


def _checked_in(membership: In, parameter: str) -> In:
    candidates = len(membership.operands) - 1
    if candidates > MAX_IN_OPERANDS:
        raise expression_error(
            parameter,
            f"The IN operator is provided with too many operands; number of operands: {candidates}",
        )
    check_distinct_operands("IN", membership.operands, parameter)
    return membership


def _checked_call(call: Call, parameter: str) -> Call:
    function, operands = call.function, call.operands
    check_argument_count(function, operands, _ARGUMENT_COUNTS[function], parameter)
    check_distinct_operands(function, operands, parameter)
    if function in _PATH_FUNCTIONS and not isinstance(operands[0], PathOperand):
        raise expression_error(
            parameter,
            f"Operator or function requires a document path; operator or function: {function}",
        )
    if function == "begins_with":
        check_operand_types(function, operands, frozenset({"S", "B"}), parameter)
    elif function == "attribute_type":
        _check_type_name(operands[1], parameter)
    return call


def _check_type_name(operand: Operand, parameter: str) -> None:
    if not isinstance(operand, ValueOperand) or operand.known_type != "S":
        kind = operand.known_type or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
        raise wrong_operand_type("attribute_type", kind, parameter)
    name = operand.value["S"]
    if name not in TYPE_NAMES:
        raise expression_error(
            parameter,
            f"Invalid attribute type name found; type: {name}, "
            f"valid types: {{{','.join(TYPE_NAMES)}}}",
        )


# --- functions of two values


def _begins_with(value: Value, prefix: Value) -> bool:
    ((kind, start),) = prefix.items()
    content = value.get(kind)
    if content is None:
        return False
    if kind == "S":
        return bool(content.startswith(start))
    return kind == "B" and bool(decode_binary(content).startswith(decode_binary(start)))


def _contains(value: Value, part: Value) -> bool:
    """Whether a string or binary has the part in it, or a set or list has it as a member."""
    ((kind, content),) = value.items()
    ((part_kind, part_content),) = part.items()
    if kind == "L":
        return part in content
    if kind == "B" == part_kind:
        return bool(decode_binary(part_content) in decode_binary(content))
    if kind not in _SEARCHED or kind not in (part_kind, part_kind + "S"):
        return False
    return bool(part_content in content)


def _is_of_type(value: Value, name: Value) -> bool:
    return bool(name["S"] == value_type(value))


_SEARCHED = frozenset({"S", "SS", "NS", "BS"})
_VALUE_TESTS: dict[str, Callable[[Value, Value], bool]] = {
    "attribute_type": _is_of_type,
    "begins_with": _begins_with,
    "contains": _contains,
}
_PATH_FUNCTIONS = frozenset({"attribute_exists", "attribute_not_exists"})
_ARGUMENT_COUNTS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}

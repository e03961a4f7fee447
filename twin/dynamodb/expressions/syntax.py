"""The syntax trees of expressions, as written: placeholders are not resolved yet.

A tree depends on the expression's text only, so that it can be kept for the next request.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

import msgspec


class PathSyntax(msgspec.Struct, frozen=True, gc=False):
    """A document path: names, name placeholders with their `#`, and list indexes."""

    elements: tuple[str | int, ...]
    has_placeholders: bool


class ValueSyntax(msgspec.Struct, frozen=True, gc=False):
    """A value placeholder with its `:`."""

    placeholder: str


class CallSyntax(msgspec.Struct, frozen=True):
    function: str
    arguments: tuple["OperandSyntax", ...]


OperandSyntax = PathSyntax | ValueSyntax | CallSyntax


class ComparisonSyntax(msgspec.Struct, frozen=True):
    operator: str
    left: OperandSyntax
    right: OperandSyntax


class BetweenSyntax(msgspec.Struct, frozen=True):
    operand: OperandSyntax
    low: OperandSyntax
    high: OperandSyntax


class InSyntax(msgspec.Struct, frozen=True):
    operand: OperandSyntax
    candidates: tuple[OperandSyntax, ...]


class NotSyntax(msgspec.Struct, frozen=True):
    condition: "ConditionSyntax"


class AndSyntax(msgspec.Struct, frozen=True):
    conditions: tuple["ConditionSyntax", ...]


class OrSyntax(msgspec.Struct, frozen=True):
    conditions: tuple["ConditionSyntax", ...]


ConditionSyntax = (
    ComparisonSyntax | BetweenSyntax | InSyntax | CallSyntax | NotSyntax | AndSyntax | OrSyntax
)


class ArithmeticSyntax(msgspec.Struct, frozen=True):
    operator: str
    left: OperandSyntax
    right: OperandSyntax


class ActionSyntax(msgspec.Struct, frozen=True):
    """One action of an update; one of REMOVE has no value."""

    path: PathSyntax
    value: OperandSyntax | ArithmeticSyntax | None = None


class SectionSyntax(msgspec.Struct, frozen=True):
    keyword: str
    actions: tuple[ActionSyntax, ...]

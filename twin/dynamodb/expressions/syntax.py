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
    """A function: a condition, or an operand."""

    function: str
    operands: tuple["OperandSyntax", ...]


OperandSyntax = PathSyntax | ValueSyntax | CallSyntax


class ComparisonSyntax(msgspec.Struct, frozen=True):
    operator: str
    operands: tuple[OperandSyntax, ...]
    """Left and right."""


class BetweenSyntax(msgspec.Struct, frozen=True):
    operands: tuple[OperandSyntax, ...]
    """What is compared, lower and upper bound."""


class InSyntax(msgspec.Struct, frozen=True):
    operands: tuple[OperandSyntax, ...]
    """What is looked for, and where."""


LeafSyntax = ComparisonSyntax | BetweenSyntax | InSyntax | CallSyntax
"""A condition without others in it."""


class NotSyntax(msgspec.Struct, frozen=True):
    condition: "ConditionSyntax"


class AndSyntax(msgspec.Struct, frozen=True):
    conditions: tuple["ConditionSyntax", ...]


class OrSyntax(msgspec.Struct, frozen=True):
    conditions: tuple["ConditionSyntax", ...]


ConditionSyntax = LeafSyntax | NotSyntax | AndSyntax | OrSyntax


class ArithmeticSyntax(msgspec.Struct, frozen=True):
    operator: str
    operands: tuple[OperandSyntax, ...]
    """Left and right."""


class ActionSyntax(msgspec.Struct, frozen=True):
    """One action of an update; one of REMOVE has no value."""

    path: PathSyntax
    value: OperandSyntax | ArithmeticSyntax | None = None
    paths_with_placeholders: tuple[PathSyntax, ...] = ()
    """Those in the value."""


class SectionSyntax(msgspec.Struct, frozen=True):
    keyword: str
    actions: tuple[ActionSyntax, ...]

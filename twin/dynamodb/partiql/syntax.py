"""The syntax trees of PartiQL statements; parameters are not filled in yet.

A tree depends on the statement's text only, so that it can be kept for the next request.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
"""

import msgspec

from twin.dynamodb.attribute_values import Value
from twin.dynamodb.expressions.paths import Path

# -- expressions


class ConstantNode(msgspec.Struct, frozen=True):
    """A literal of one value."""

    value: Value


class ParameterNode(msgspec.Struct, frozen=True, gc=False):
    """A question mark."""

    number: int
    """From 0 on, in the order of the text."""


class PathNode(msgspec.Struct, frozen=True, gc=False):
    path: Path
    place: str
    """Line, column and length."""


class MapNode(msgspec.Struct, frozen=True):
    members: tuple[tuple[str, "Node"], ...]


class ListNode(msgspec.Struct, frozen=True):
    members: tuple["Node", ...]


class BagNode(msgspec.Struct, frozen=True):
    """A set."""

    members: tuple["Node", ...]


class CallNode(msgspec.Struct, frozen=True):
    function: str
    """In small letters."""
    arguments: tuple["Node", ...]
    place: str


class AndNode(msgspec.Struct, frozen=True):
    terms: tuple["Node", ...]


class OrNode(msgspec.Struct, frozen=True):
    terms: tuple["Node", ...]


class OperatorNode(msgspec.Struct, frozen=True):
    """Two operands with a comparison, + or - between them."""

    operator: str
    left: "Node"
    right: "Node"


class NotNode(msgspec.Struct, frozen=True):
    operand: "Node"


class BetweenNode(msgspec.Struct, frozen=True):
    operand: "Node"
    low: "Node"
    high: "Node"


class InNode(msgspec.Struct, frozen=True):
    operand: "Node"
    candidates: "tuple[Node, ...] | ParameterNode"


class IsNode(msgspec.Struct, frozen=True, gc=False):
    operand: PathNode
    types: tuple[str, ...]
    """DynamoDB's names of the types; empty: MISSING."""


Node = (
    ConstantNode
    | ParameterNode
    | PathNode
    | MapNode
    | ListNode
    | BagNode
    | CallNode
    | AndNode
    | OrNode
    | OperatorNode
    | NotNode
    | BetweenNode
    | InNode
    | IsNode
)


# -- statements


class SelectStatement(msgspec.Struct, frozen=True):
    table: str
    index: str | None
    paths: tuple[Path, ...] | None
    """What is selected; None: everything."""
    where: Node | None
    order: tuple[tuple[str, bool], ...] = ()
    """Key attributes, and whether each ascends."""


class InsertStatement(msgspec.Struct, frozen=True):
    table: str
    item: MapNode | ParameterNode


class Assignment(msgspec.Struct, frozen=True):
    path: PathNode
    value: Node


class UpdateStatement(msgspec.Struct, frozen=True):
    table: str
    assignments: tuple[Assignment, ...]
    removals: tuple[Path, ...]
    where: Node | None
    returning: str | None
    """ALL OLD, MODIFIED OLD, ALL NEW or MODIFIED NEW."""


class DeleteStatement(msgspec.Struct, frozen=True):
    table: str
    where: Node | None
    returning: str | None


class ExistsStatement(msgspec.Struct, frozen=True):
    """The condition check of a transaction."""

    select: SelectStatement

    @property
    def table(self) -> str:
        return self.select.table

    @property
    def where(self) -> Node | None:
        return self.select.where


Statement = SelectStatement | InsertStatement | UpdateStatement | DeleteStatement | ExistsStatement


class ParsedStatement(msgspec.Struct, frozen=True):
    statement: Statement
    parameters: int
    """Number of question marks."""

"""Turns PartiQL expressions into the conditions and updates of the other operations.

So both languages have one evaluation, and the same words for operands of a wrong type.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.data-types.html
"""

from collections.abc import Iterable, Sequence

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Item, Value, normalise_value, value_type
from twin.dynamodb.errors import in_older_words, validation_error
from twin.dynamodb.expressions.conditions import Condition, bind_condition
from twin.dynamodb.expressions.placeholders import Placeholders
from twin.dynamodb.expressions.syntax import (
    ActionSyntax,
    AndSyntax,
    ArithmeticSyntax,
    BetweenSyntax,
    CallSyntax,
    ComparisonSyntax,
    ConditionSyntax,
    InSyntax,
    NotSyntax,
    OperandSyntax,
    OrSyntax,
    PathSyntax,
    SectionSyntax,
    ValueSyntax,
)
from twin.dynamodb.expressions.updates import Update, bind_update
from twin.dynamodb.partiql.syntax import (
    AndNode,
    Assignment,
    BagNode,
    BetweenNode,
    CallNode,
    ConstantNode,
    InNode,
    IsNode,
    ListNode,
    MapNode,
    Node,
    NotNode,
    OperatorNode,
    OrNode,
    ParameterNode,
    PathNode,
    UpdateStatement,
)
from twin.dynamodb.partiql.tokens import malformed

CONDITION_FUNCTIONS = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
)
SET_FUNCTIONS = {"set_add": "ADD", "set_delete": "DELETE"}
WRONG_SET = "An operand in the update expression has an incorrect data type"
_NAME = "PartiQL"
"""Stands for the parameter of a request in the expressions' errors, and is cut out of them."""

Parameters = Sequence[Value]


def constant_value(node: Node, parameters: Parameters) -> Value:
    """The value of an expression that names no attribute. Raises TableApiError."""
    match node:
        case ConstantNode(value):
            return value
        case ParameterNode(number):
            return parameters[number]
        case MapNode(members):
            return {"M": {name: constant_value(value, parameters) for name, value in members}}
        case ListNode(members):
            return {"L": [constant_value(member, parameters) for member in members]}
        case BagNode(members):
            return _set_of([constant_value(member, parameters) for member in members])
        case CallNode(function, _, place):
            raise validation_error(f"Unrecognized function: {function} at {place}")
        case _:
            raise malformed("Unexpected term")


def _set_of(members: list[Value]) -> Value:
    if not members:
        raise validation_error("Empty bags are not supported")
    kinds = {value_type(member) for member in members}
    kind = kinds.pop()
    if kinds or kind not in ("S", "N", "B"):
        raise validation_error(WRONG_SET)
    try:
        return normalise_value({f"{kind}S": [member[kind] for member in members]})
    except TableApiError as exc:
        raise in_older_words(exc) from exc


def constant_item(node: MapNode | ParameterNode, parameters: Parameters) -> Item:
    """The item of an INSERT. Raises TableApiError."""
    value = constant_value(node, parameters)
    if "M" not in value:
        raise validation_error("The value of an INSERT statement must be a map")
    # Literals are checked here: their depth, and the names of their attributes.
    members: Item = normalise_value(value, depth=-1)["M"]
    return members


def is_constant(node: Node) -> bool:
    """Whether the expression names no attribute."""
    match node:
        case ConstantNode() | ParameterNode():
            return True
        case MapNode(members):
            return all(is_constant(value) for _, value in members)
        case ListNode(members) | BagNode(members):
            return all(map(is_constant, members))
        case _:
            return False


def compile_condition(node: Node, parameters: Parameters) -> Condition:
    """The condition of a WHERE clause. Raises TableApiError."""
    compiler = _Compiler(parameters)
    syntax = compiler.condition(node)
    try:
        return bind_condition(syntax, compiler.placeholders, _NAME)
    except TableApiError as exc:
        raise _without_name(exc) from exc


def compile_update(statement: UpdateStatement, parameters: Parameters) -> Update:
    """What an UPDATE does to its item. Raises TableApiError."""
    compiler = _Compiler(parameters)
    sections = compiler.sections(statement)
    try:
        return bind_update(sections, compiler.placeholders, _NAME)
    except TableApiError as exc:
        raise _without_name(exc) from exc


def _without_name(error: TableApiError) -> TableApiError:
    return TableApiError(error.code, error.message.removeprefix(f"Invalid {_NAME}: "))


class _Compiler:
    """Collects the values of one clause while it is compiled."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._values: dict[str, Value] = {}

    @property
    def placeholders(self) -> Placeholders:
        return Placeholders({}, self._values)

    # -- conditions

    def condition(self, node: Node) -> ConditionSyntax:
        match node:
            case AndNode(terms):
                return AndSyntax(tuple(map(self.condition, terms)))
            case OrNode(terms):
                return OrSyntax(tuple(map(self.condition, terms)))
            case NotNode(operand):
                return NotSyntax(self.condition(operand))
            case BetweenNode(operand, low, high):
                return BetweenSyntax(self._operands((operand, low, high)))
            case InNode(operand, candidates):
                return self._membership(operand, candidates)
            case _:
                return self._test(node)

    def _test(self, node: Node) -> ConditionSyntax:
        if isinstance(node, IsNode):
            return self._type_test(_path(node.operand), node.types)
        if isinstance(node, CallNode):
            return self._condition_call(node)
        if isinstance(node, OperatorNode) and node.operator not in ("+", "-"):
            return self._comparison(node.operator, node.left, node.right)
        raise malformed("Unexpected term")

    def _comparison(self, operator: str, left: Node, right: Node) -> ConditionSyntax:
        comparison = ComparisonSyntax(operator, self._operands((left, right)))
        missing = [_path(side) for side in (left, right) if isinstance(side, PathNode)]
        if operator != "<>" or not missing:
            return comparison
        # Other than in an expression, an attribute that is missing is not unequal.
        exist = tuple(CallSyntax("attribute_exists", (path,)) for path in missing)
        return AndSyntax((*exist, comparison))

    def _membership(
        self, operand: Node, candidates: tuple[Node, ...] | ParameterNode
    ) -> ConditionSyntax:
        if not isinstance(candidates, ParameterNode):
            return InSyntax(self._operands((operand, *candidates)))
        members = constant_value(candidates, self._parameters).get("L")
        if members is None:
            raise validation_error(
                "Incorrect operand type for operator or function; operator or function: IN, "
                f"operand type: {value_type(constant_value(candidates, self._parameters))}"
            )
        return InSyntax((self._operand(operand), *map(self._value, members)))

    def _type_test(self, path: PathSyntax, types: tuple[str, ...]) -> ConditionSyntax:
        missing = CallSyntax("attribute_not_exists", (path,))
        if not types:
            return missing
        tests = [CallSyntax("attribute_type", (path, self._value({"S": name}))) for name in types]
        # What is missing is NULL, too, as in PartiQL's specification.
        return OrSyntax((missing, *tests)) if types == ("NULL",) else OrSyntax(tuple(tests))

    def _condition_call(self, call: CallNode) -> ConditionSyntax:
        if call.function not in CONDITION_FUNCTIONS:
            raise validation_error(f"Unrecognized function: {call.function} at {call.place}")
        return CallSyntax(call.function, self._operands(call.arguments))

    # -- operands

    def _operands(self, nodes: Iterable[Node]) -> tuple[OperandSyntax, ...]:
        return tuple(map(self._operand, nodes))

    def _operand(self, node: Node) -> OperandSyntax:
        match node:
            case PathNode():
                return _path(node)
            case CallNode("size", arguments):
                return CallSyntax("size", self._operands(arguments))
            case OperatorNode("+" | "-" as operator):
                word = "Plus" if operator == "+" else "Minus"
                raise validation_error(f"Unsupported operation: {word}")
            case _:
                return self._value(constant_value(node, self._parameters))

    def _value(self, value: Value) -> ValueSyntax:
        placeholder = f":{len(self._values)}"
        self._values[placeholder] = value
        return ValueSyntax(placeholder)

    # -- updates

    def sections(self, statement: UpdateStatement) -> tuple[SectionSyntax, ...]:
        by_keyword: dict[str, list[ActionSyntax]] = {}
        for assignment in statement.assignments:
            keyword, action = self._assignment(assignment)
            by_keyword.setdefault(keyword, []).append(action)
        for path in statement.removals:
            action = ActionSyntax(PathSyntax(path, has_placeholders=False))
            by_keyword.setdefault("REMOVE", []).append(action)
        return tuple(SectionSyntax(keyword, tuple(a)) for keyword, a in by_keyword.items())

    def _assignment(self, assignment: Assignment) -> tuple[str, ActionSyntax]:
        path, value = _path(assignment.path), assignment.value
        if isinstance(value, CallNode) and value.function in SET_FUNCTIONS:
            members = self._value(self._set_argument(assignment.path, value))
            return SET_FUNCTIONS[value.function], ActionSyntax(path, members)
        return "SET", ActionSyntax(path, self._new_value(value))

    def _new_value(self, node: Node) -> OperandSyntax | ArithmeticSyntax:
        match node:
            case OperatorNode("+" | "-" as operator, left, right):
                operands = (self._update_operand(left), self._update_operand(right))
                return ArithmeticSyntax(operator, operands)
            case _:
                return self._update_operand(node)

    def _update_operand(self, node: Node) -> OperandSyntax:
        match node:
            case PathNode():
                return _path(node)
            case CallNode("list_append", arguments):
                return CallSyntax("list_append", tuple(map(self._update_operand, arguments)))
            case _:
                return self._value(normalise_value(constant_value(node, self._parameters)))

    def _set_argument(self, target: PathNode, call: CallNode) -> Value:
        name = call.function.upper()
        if len(call.arguments) != 2:
            raise validation_error(f"{name} must have exactly two arguments at {call.place}")
        first, second = call.arguments
        if not isinstance(first, PathNode) or first.path != target.path:
            raise validation_error(
                f"The first argument to {name} must equal the assignment value at {call.place}"
            )
        if not is_constant(second) or not isinstance(second, BagNode | ParameterNode):
            raise validation_error(
                f"The second argument to {name} must be a value with type SET at {first.place}"
            )
        value = constant_value(second, self._parameters)
        if value_type(value) not in ("SS", "NS", "BS"):
            raise validation_error(WRONG_SET)
        return value


def _path(node: PathNode) -> PathSyntax:
    return PathSyntax(node.path, has_placeholders=False)

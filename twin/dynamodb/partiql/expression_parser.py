"""Parses PartiQL expressions: conditions, new values, items.

From the loosest to the tightest: OR, AND, NOT, comparisons, + and -, the sign of a number.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.html
"""

from collections.abc import Callable

from twin.dynamodb.errors import validation_error
from twin.dynamodb.expressions.paths import Path
from twin.dynamodb.json_types import check_text
from twin.dynamodb.numbers import normalise_number
from twin.dynamodb.partiql.syntax import (
    AndNode,
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
)
from twin.dynamodb.partiql.tokens import (
    KEYWORD,
    NAME,
    NAMES,
    NUMBER,
    QUOTED_NAME,
    TEXT,
    TokenReader,
    malformed,
)

MAX_DEPTH = 50
"""Of parentheses, signs, NOTs, maps, lists and calls; the service documents no limit of its own."""
MAX_INDEX_DIGITS = 4096
"""As many as an expression can have by its size; Python converts no more than 4300."""
FUNCTION_KEYWORDS = frozenset({"size", "exists"})
COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=")
TYPES = {
    "null": ("NULL",),
    "bool": ("BOOL",),
    "boolean": ("BOOL",),
    **dict.fromkeys(("smallint", "int", "integer", "float", "real", "decimal", "numeric"), ("N",)),
    **dict.fromkeys(("string", "char", "character", "varchar", "symbol", "clob"), ("S",)),
    "blob": ("B",),
    "list": ("L",),
    "sexp": ("L",),
    "struct": ("M",),
    "tuple": ("M",),
    "bag": ("SS", "NS", "BS"),
    "missing": (),
}
"""DynamoDB's types by PartiQL's names, which the words after IS are."""


class ExpressionParser:
    """Reads expressions of one statement."""

    def __init__(self, tokens: TokenReader) -> None:
        self._tokens = tokens
        self._depth = 0
        self.parameters = 0
        """Number of question marks so far."""

    def read_expression(self) -> Node:
        """Read an expression of any kind. Raises TableApiError."""
        self._enter()
        terms = [self._read_conjunction()]
        while self._tokens.take_keyword("or"):
            self._require_operand()
            terms.append(self._read_conjunction())
        self._depth -= 1
        return OrNode(tuple(terms)) if len(terms) > 1 else terms[0]

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise validation_error(f"Statement is nested too deeply: more than {MAX_DEPTH} levels")

    def _require_operand(self) -> None:
        if self._tokens.is_finished:
            raise malformed("Missing right-hand side expression of infix operator")

    # -- operators

    def _read_conjunction(self) -> Node:
        terms = [self._read_negation()]
        while self._tokens.take_keyword("and"):
            self._require_operand()
            terms.append(self._read_negation())
        return AndNode(tuple(terms)) if len(terms) > 1 else terms[0]

    def _read_negation(self) -> Node:
        if not self._tokens.take_keyword("not"):
            return self._read_relation()
        self._enter()
        node = NotNode(self._read_negation())
        self._depth -= 1
        return node

    def _read_relation(self) -> Node:
        left = self._read_sum()
        tokens = self._tokens
        if tokens.sees(*COMPARISONS):
            operator = tokens.next().kind
            self._require_operand()
            return OperatorNode("<>" if operator == "!=" else operator, left, self._read_sum())
        if tokens.take_keyword("is"):
            return self._read_type_test(left)
        negated = tokens.sees_keyword("not") and tokens.following.kind == KEYWORD
        if negated and tokens.following.text in ("between", "in", "like"):
            tokens.next()
            return NotNode(self._read_keyword_relation(left))
        return self._read_keyword_relation(left)

    def _read_keyword_relation(self, left: Node) -> Node:
        tokens = self._tokens
        if tokens.take_keyword("between"):
            low = self._read_sum()
            tokens.expect_keyword("and", "Expected expression after AND")
            return BetweenNode(left, low, self._read_sum())
        if tokens.take_keyword("in"):
            return InNode(left, self._read_candidates())
        if tokens.sees_keyword("like"):
            raise validation_error("Unsupported operation: Like")
        return left

    def _read_candidates(self) -> tuple[Node, ...] | ParameterNode:
        tokens = self._tokens
        if tokens.sees("?"):
            return self._read_parameter()
        if not tokens.sees("(", "["):
            tokens.reject_term()
        return self._read_members("]" if tokens.next().kind == "[" else ")")

    def _read_type_test(self, left: Node) -> Node:
        negated = self._tokens.take_keyword("not")
        word = self._tokens.token.text
        if self._tokens.token.kind != KEYWORD or word not in TYPES:
            raise malformed("Expected type name")
        self._tokens.next()
        if not isinstance(left, PathNode):
            raise validation_error("Operator or function requires a document path: IS")
        test = IsNode(left, TYPES[word])
        return NotNode(test) if negated else test

    def _read_sum(self) -> Node:
        left = self._read_signed()
        while self._tokens.sees("+", "-"):
            operator = self._tokens.next().kind
            self._require_operand()
            left = OperatorNode(operator, left, self._read_signed())
        return left

    def _read_signed(self) -> Node:
        if not self._tokens.sees("-", "+"):
            return self._read_term()
        sign = self._tokens.next().kind
        self._enter()
        operand = self._read_signed()
        self._depth -= 1
        if not isinstance(operand, ConstantNode) or "N" not in operand.value:
            raise malformed("Unexpected operator")
        number = operand.value["N"]
        if sign == "+":
            return operand
        return ConstantNode(
            {"N": normalise_number(number[1:] if number[0] == "-" else f"-{number}")}
        )

    # -- terms

    def _read_term(self) -> Node:
        readers: dict[str, Callable[[], Node]] = {
            TEXT: self._read_text,
            NUMBER: self._read_number,
            "?": self._read_parameter,
            "(": self._read_group,
            "{": self.read_map,
            "[": self._read_list,
            "<<": self._read_bag,
            NAME: self._read_name,
            QUOTED_NAME: self._read_name,
            KEYWORD: self._read_keyword_term,
        }
        return readers.get(self._tokens.token.kind, self._tokens.reject_term)()

    def _read_text(self) -> ConstantNode:
        return ConstantNode({"S": check_text(self._tokens.next().text)})

    def _read_number(self) -> ConstantNode:
        return ConstantNode({"N": normalise_number(self._tokens.next().text)})

    def _read_list(self) -> ListNode:
        self._tokens.next()
        return ListNode(self._read_members("]"))

    def _read_bag(self) -> BagNode:
        self._tokens.next()
        return BagNode(self._read_members(">>"))

    def _read_name(self) -> Node:
        return self._read_call() if self._tokens.following.kind == "(" else self.read_path()

    def _read_group(self) -> Node:
        self._tokens.next()
        if self._tokens.sees(")"):
            raise malformed("Expression group cannot be empty")
        node = self.read_expression()
        self._tokens.expect(")", "Expected RIGHT_PAREN")
        return node

    def _read_keyword_term(self) -> Node:
        tokens = self._tokens
        word = tokens.token.text
        if word in ("true", "false"):
            tokens.next()
            return ConstantNode({"BOOL": word == "true"})
        if word == "null":
            tokens.next()
            return ConstantNode({"NULL": True})
        if word in FUNCTION_KEYWORDS and tokens.following.kind == "(":
            return self._read_call()
        return tokens.reject_term()

    def _read_parameter(self) -> ParameterNode:
        self._tokens.next()
        self.parameters += 1
        return ParameterNode(self.parameters - 1)

    def _read_call(self) -> CallNode:
        name = self._tokens.next()
        self._tokens.next()
        arguments = self._read_members(")")
        place = self._tokens.place(name.start, name.end)
        return CallNode(name.text.lower(), arguments, place)

    def _read_members(self, end: str) -> tuple[Node, ...]:
        """Read expressions up to the closing symbol."""
        members: list[Node] = []
        if self._tokens.take(end):
            return ()
        members.append(self.read_expression())
        while self._tokens.take(","):
            members.append(self.read_expression())
        self._tokens.expect(end, "Unexpected term")
        return tuple(members)

    def read_map(self) -> MapNode:
        """Read a map in braces. Raises TableApiError."""
        tokens = self._tokens
        tokens.expect("{")
        members: list[tuple[str, Node]] = []
        if tokens.take("}"):
            return MapNode(())
        while True:
            name = tokens.expect(TEXT).text
            tokens.expect(":")
            members.append((name, self.read_expression()))
            if not tokens.take(","):
                tokens.expect("}")
                return MapNode(tuple(members))

    def read_path(self) -> PathNode:
        """Read a document path. Raises TableApiError."""
        tokens = self._tokens
        if not tokens.sees(*NAMES):
            tokens.reject_term()
        first = last = tokens.next()
        elements: list[str | int] = [self._component(first.text)]
        while tokens.sees(".", "["):
            if tokens.next().kind == ".":
                if not tokens.sees(NAME, QUOTED_NAME):
                    raise malformed("Invalid path dot component")
                last = tokens.next()
                elements.append(self._component(last.text))
            else:
                elements.append(self._read_bracketed())
                last = tokens.expect("]")
        path: Path = tuple(elements)
        return PathNode(path, tokens.place(first.start, last.end))

    def _component(self, name: str) -> str:
        if not name:
            raise validation_error("Path component cannot be an empty string")
        return name

    def _read_bracketed(self) -> str | int:
        tokens = self._tokens
        if tokens.sees(TEXT):
            return self._component(tokens.next().text)
        if tokens.sees(NUMBER) and _is_index(tokens.token.text):
            return int(tokens.next().text)
        raise malformed("Unexpected term")


def _is_index(text: str) -> bool:
    return text.isdecimal() and len(text) <= MAX_INDEX_DIGITS

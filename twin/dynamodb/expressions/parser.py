"""Parses expressions into syntax trees; the same text is parsed once.

Only syntax, parentheses and limits are judged here; what is left to judge without the request's
placeholders is in static_checks.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from collections.abc import Iterator
from functools import lru_cache

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.expressions.static_checks import (
    check_condition_syntax,
    check_paths_syntax,
    check_update_syntax,
)
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
from twin.dynamodb.expressions.tokens import (
    END,
    INTEGER,
    NAME,
    NAME_PLACEHOLDER,
    VALUE_PLACEHOLDER,
    TokenReader,
    expression_error,
)

MAX_EXPRESSION_BYTES = 4096
MAX_OPERATORS = 300
MAX_CALL_DEPTH = 200
"""Of functions in functions; the service has no limit of its own below its limit of operators."""

CACHED_EXPRESSIONS = 1024
COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
REDUNDANT_PARENTHESES = "The expression has redundant parentheses;"


@lru_cache(CACHED_EXPRESSIONS)
def parse_condition_syntax(text: str, parameter: str) -> ConditionSyntax:
    """Parse a condition, filter or key condition. Raises TableApiError."""
    parser = _Parser(text, parameter)
    condition = parser.read_condition()
    parser.finish()
    parser.check_operators()
    check_condition_syntax(condition, parameter)
    return condition


@lru_cache(CACHED_EXPRESSIONS)
def parse_update_syntax(text: str, parameter: str) -> tuple[SectionSyntax, ...]:
    """Parse an update into its sections. Raises TableApiError."""
    parser = _Parser(text, parameter)
    sections = [parser.read_section()]
    while not parser.is_finished():
        sections.append(parser.read_section())
    parser.check_operators()
    check_update_syntax(sections, parameter)
    return tuple(sections)


@lru_cache(CACHED_EXPRESSIONS)
def parse_projection_syntax(text: str, parameter: str) -> tuple[PathSyntax, ...]:
    """Parse a projection into its paths. Raises TableApiError."""
    parser = _Parser(text, parameter)
    paths = parser.read_paths()
    parser.finish()
    check_paths_syntax(paths, parameter)
    return paths


class _Group:
    """A condition in parentheses, or the whole one, while it is read."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.is_negated = False
        """Whether the term that is read next is."""
        self._alternatives: list[ConditionSyntax] = []
        self._conjunction: list[ConditionSyntax] = []

    @property
    def is_empty(self) -> bool:
        return not (self.is_negated or self._conjunction or self._alternatives)

    def add(self, term: ConditionSyntax) -> None:
        """Add a term, and read the next one after AND."""
        self._conjunction.append(NotSyntax(term) if self.is_negated else term)
        self.is_negated = False

    def start_alternative(self) -> None:
        """Read the next term after OR."""
        terms, self._conjunction = self._conjunction, []
        self._alternatives.append(AndSyntax(tuple(terms)) if len(terms) > 1 else terms[0])

    def condition(self) -> ConditionSyntax:
        self.start_alternative()
        alternatives = self._alternatives
        return OrSyntax(tuple(alternatives)) if len(alternatives) > 1 else alternatives[0]


class _Parser:
    """Reads one expression from left to right."""

    def __init__(self, text: str, parameter: str) -> None:
        _check_size(text, parameter)
        self._tokens = TokenReader(text, parameter)
        self._operators = 0
        self._call_depth = 0

    def is_finished(self) -> bool:
        return self._tokens.kind == END

    def finish(self) -> None:
        self._tokens.expect(END)

    def check_operators(self) -> None:
        if self._operators > MAX_OPERATORS:
            raise self._too_many_operators()

    def _too_many_operators(self) -> TableApiError:
        return self._tokens.error(
            f"The expression contains too many operators; operator count: {MAX_OPERATORS + 1}"
        )

    # --- conditions

    def read_condition(self) -> ConditionSyntax:
        """Read a condition without recursion, however deep its parentheses are."""
        groups = [_Group(start=-1)]
        ends: dict[int, int] = {}
        while True:
            self._read_negations(groups[-1])
            position = self._tokens.position
            if self._tokens.take("("):
                groups.append(_Group(start=position))
                continue
            node = self._read_relation(self._read_operand())
            while self._tokens.kind == ")" and len(groups) > 1:
                node = self._close_group(groups.pop(), node, ends)
            if not self._read_conjunction(groups[-1], self._as_condition(node)):
                break
        if len(groups) > 1:
            self._tokens.reject()
        return groups[0].condition()

    def _read_negations(self, group: _Group) -> None:
        while self._tokens.take("NOT"):
            self._operators += 1
            group.is_negated = not group.is_negated

    def _read_conjunction(self, group: _Group, term: ConditionSyntax) -> bool:
        """Add a term; tell whether another one follows."""
        group.add(term)
        if self._tokens.take("OR"):
            group.start_alternative()
        elif not self._tokens.take("AND"):
            return False
        self._operators += 1
        return True

    def _close_group(
        self, group: _Group, node: ConditionSyntax | OperandSyntax, ends: dict[int, int]
    ) -> ConditionSyntax | OperandSyntax:
        """Read a closing parenthesis; an operand in parentheses may be the left one of a relation.

        `ends` has the positions of closing parentheses by those of the opening ones.
        """
        if not group.is_empty or not isinstance(node, PathSyntax | ValueSyntax):
            group.add(self._as_condition(node))
            node = group.condition()
        end = self._tokens.position
        self._tokens.expect(")")
        ends[group.start] = end
        if ends.get(group.start + 1) == end - 1:
            raise self._tokens.error(REDUNDANT_PARENTHESES)
        if isinstance(node, PathSyntax | ValueSyntax | CallSyntax):
            return self._read_relation(node)
        return node

    def _as_condition(self, node: ConditionSyntax | OperandSyntax) -> ConditionSyntax:
        if isinstance(node, PathSyntax | ValueSyntax):
            self._tokens.reject()
        return node

    def _read_relation(self, left: OperandSyntax) -> ConditionSyntax | OperandSyntax:
        """Read what a condition says of its left operand, if anything."""
        kind = self._tokens.kind
        if kind in COMPARATORS:
            self._operators += 1
            operator = self._tokens.expect(kind)
            return ComparisonSyntax(operator, (left, self._read_operand()))
        if self._tokens.take("BETWEEN"):
            self._operators += 1
            low = self._read_operand()
            self._tokens.expect("AND")
            return BetweenSyntax((left, low, self._read_operand()))
        if self._tokens.take("IN"):
            self._operators += 1
            return InSyntax((left, *self._read_operands()))
        return left

    # --- updates

    def read_section(self) -> SectionSyntax:
        keyword = self._tokens.expect("SET", "REMOVE", "ADD", "DELETE").upper()
        actions = [self._read_action(keyword)]
        while self._tokens.take(","):
            actions.append(self._read_action(keyword))
        return SectionSyntax(keyword, tuple(actions))

    def _read_action(self, keyword: str) -> ActionSyntax:
        path = self.read_path()
        if keyword == "REMOVE":
            return ActionSyntax(path)
        if keyword == "SET":
            self._tokens.expect("=")
            value = self._read_new_value()
            return ActionSyntax(path, value, tuple(_paths_with_placeholders(value)))
        return ActionSyntax(path, ValueSyntax(self._tokens.expect(VALUE_PLACEHOLDER)))

    def _read_new_value(self) -> OperandSyntax | ArithmeticSyntax:
        """Read the right side of SET: an operand, or two with + or -, in parentheses or not."""
        is_group = self._tokens.take("(")
        is_second_group = is_group and self._tokens.kind == "("
        left = self._read_operand()
        if is_group:
            if self._tokens.kind != ")":
                value = self._read_arithmetic(left)
                self._tokens.expect(")")
                return value
            self._tokens.expect(")")
            if is_second_group:
                raise self._tokens.error(REDUNDANT_PARENTHESES)
        return self._read_arithmetic(left) if self._tokens.kind in ("+", "-") else left

    def _read_arithmetic(self, left: OperandSyntax) -> ArithmeticSyntax:
        self._operators += 1
        operator = self._tokens.expect("+", "-")
        return ArithmeticSyntax(operator, (left, self._read_operand()))

    # --- operands

    def _read_operand(self) -> OperandSyntax:
        parentheses = 0
        while self._tokens.take("("):
            parentheses += 1
        tokens = self._tokens
        if tokens.kind == VALUE_PLACEHOLDER:
            operand: OperandSyntax = ValueSyntax(tokens.expect(VALUE_PLACEHOLDER))
        elif tokens.kind == NAME and tokens.kind_at(tokens.position + 1) == "(":
            operand = CallSyntax(tokens.expect(NAME), self._read_operands())
        else:
            operand = self.read_path()
        for depth in range(parentheses):
            tokens.expect(")")
            if depth:
                raise tokens.error(REDUNDANT_PARENTHESES)
        return operand

    def _read_operands(self) -> tuple[OperandSyntax, ...]:
        """Read operands in parentheses."""
        self._call_depth += 1
        if self._call_depth > MAX_CALL_DEPTH:
            raise self._too_many_operators()
        self._tokens.expect("(")
        operands = [self._read_operand()]
        while self._tokens.take(","):
            operands.append(self._read_operand())
        self._tokens.expect(")")
        self._call_depth -= 1
        return tuple(operands)

    def read_path(self) -> PathSyntax:
        elements: list[str | int] = [self._tokens.expect(NAME, NAME_PLACEHOLDER)]
        while True:
            if self._tokens.take("."):
                elements.append(self._tokens.expect(NAME, NAME_PLACEHOLDER))
            elif self._tokens.take("["):
                elements.append(int(self._tokens.expect(INTEGER)))
                self._tokens.expect("]")
            else:
                return PathSyntax(tuple(elements), any(map(_is_placeholder, elements)))

    def read_paths(self) -> tuple[PathSyntax, ...]:
        paths = [self.read_path()]
        while self._tokens.take(","):
            paths.append(self.read_path())
        return tuple(paths)


def _paths_with_placeholders(value: OperandSyntax | ArithmeticSyntax) -> Iterator[PathSyntax]:
    if isinstance(value, CallSyntax | ArithmeticSyntax):
        for operand in value.operands:
            yield from _paths_with_placeholders(operand)
    elif isinstance(value, PathSyntax) and value.has_placeholders:
        yield value


def _is_placeholder(element: str | int) -> bool:
    return isinstance(element, str) and element.startswith("#")


def _check_size(text: str, parameter: str) -> None:
    if not text:
        raise expression_error(parameter, "The expression can not be empty;")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_EXPRESSION_BYTES:
        detail = "" if parameter == "UpdateExpression" else f" expression size: {size}"
        raise expression_error(
            parameter, f"Expression size has exceeded the maximum allowed size;{detail}"
        )

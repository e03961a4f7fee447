"""Parses PartiQL statements; the same text is parsed once.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.exists.html
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from twin.dynamodb.attribute_values import Value, normalise_value
from twin.dynamodb.errors import validation_error
from twin.dynamodb.expressions.paths import Path
from twin.dynamodb.partiql.expression_parser import ExpressionParser
from twin.dynamodb.partiql.syntax import (
    Assignment,
    DeleteStatement,
    ExistsStatement,
    InsertStatement,
    MapNode,
    Node,
    ParameterNode,
    ParsedStatement,
    SelectStatement,
    Statement,
    UpdateStatement,
)
from twin.dynamodb.partiql.tokens import KEYWORD, NAMES, QUOTED_NAME, TokenReader, malformed

CACHED_STATEMENTS = 512
MAX_STATEMENT = 8192
"""Characters. Others than the engine parse statements before they are judged by the API's model."""
IDENTIFIER_EXPECTED = "Expected identifier for simple path"
RETURNING = frozenset({"ALL OLD", "MODIFIED OLD", "ALL NEW", "MODIFIED NEW"})


@lru_cache(CACHED_STATEMENTS)
def parse_statement(text: str) -> ParsedStatement:
    """Parse one statement. Raises TableApiError."""
    if len(text) > MAX_STATEMENT:
        raise validation_error(f"The statement has more than {MAX_STATEMENT} characters")
    parser = _StatementParser(text)
    statement = parser.read_statement()
    return ParsedStatement(statement, parser.expressions.parameters)


def read_statement(request: Mapping[str, Any]) -> tuple[Statement, tuple[Value, ...]]:
    """A request's statement, and the values of its parameters. Raises TableApiError."""
    parsed = parse_statement(request["Statement"])
    parameters = tuple(map(normalise_value, request.get("Parameters", ())))
    if len(parameters) != parsed.parameters:
        raise validation_error("Number of parameters in request and statement don't match.")
    return parsed.statement, parameters


class _StatementParser:
    def __init__(self, text: str) -> None:
        self._tokens = TokenReader(text)
        self.expressions = ExpressionParser(self._tokens)

    def read_statement(self) -> Statement:
        readers: dict[str, Callable[[], Statement]] = {
            "select": self._read_select,
            "insert": self._read_insert,
            "update": self._read_update,
            "delete": self._read_delete,
            "exists": self._read_exists,
        }
        token = self._tokens.token
        if token.kind != KEYWORD or token.text not in readers:
            raise malformed("Expected data manipulation")
        self._tokens.next()
        statement = readers[token.text]()
        self._tokens.expect_end()
        return statement

    # -- SELECT, EXISTS

    def _read_select(self) -> SelectStatement:
        paths = self._read_projection()
        self._tokens.expect_keyword("from", "Expected FROM after SELECT list")
        table, index = self._read_table("Unexpected term")
        self._reject_alias()
        where = self._read_where()
        return SelectStatement(table, index, paths, where, self._read_order())

    def _read_projection(self) -> tuple[Path, ...] | None:
        tokens = self._tokens
        if tokens.take("*"):
            return None
        if tokens.sees_keyword("from"):
            raise malformed("Cannot have empty SELECT list")
        paths: list[Path] = []
        while True:
            name = tokens.token
            if tokens.following.kind == "(" and name.kind in (*NAMES, KEYWORD):
                place = tokens.place(name.start, name.end)
                raise validation_error(f"Unexpected path component at {place}")
            paths.append(self.expressions.read_path().path)
            if not tokens.take(","):
                return tuple(paths)

    def _read_order(self) -> tuple[tuple[str, bool], ...]:
        tokens = self._tokens
        if not tokens.take_keyword("order"):
            return ()
        tokens.expect_keyword("by", "Expected BY")
        keys: list[tuple[str, bool]] = []
        while True:
            path = self.expressions.read_path().path
            ascending = not tokens.take_keyword("desc")
            if ascending:
                tokens.take_keyword("asc")
            keys.append((str(path[0]), ascending))
            if not tokens.take(","):
                return tuple(keys)

    def _read_exists(self) -> ExistsStatement:
        self._tokens.expect("(", "Unexpected keyword")
        self._tokens.expect_keyword("select", "Unexpected term")
        select = self._read_select()
        self._tokens.expect(")", "Unexpected token after expression")
        return ExistsStatement(select)

    # -- INSERT, UPDATE, DELETE

    def _read_insert(self) -> InsertStatement:
        tokens = self._tokens
        tokens.expect_keyword("into", "Unexpected term")
        name = tokens.token
        table, index = self._read_table("Unexpected term")
        if index is not None:
            raise validation_error(
                "FROM clause may only contain a single table name in data manipulation statements "
                f"at {tokens.place(name.start, name.end)}"
            )
        tokens.expect_keyword("value")
        if not tokens.sees("{", "?"):
            raise malformed("Unexpected term")
        item = self.expressions.read_expression()
        if not isinstance(item, MapNode | ParameterNode):
            raise malformed("Unexpected term")
        return InsertStatement(table, item)

    def _read_update(self) -> UpdateStatement:
        table = self._read_written_table()
        assignments: list[Assignment] = []
        removals: list[Path] = []
        while self._tokens.sees_keyword("set", "remove"):
            if self._tokens.next().text == "set":
                self._read_assignments(assignments)
            else:
                self._read_removals(removals)
        if not assignments and not removals:
            raise malformed("Unexpected term")
        where = self._read_where()
        returning = self._read_returning()
        return UpdateStatement(table, tuple(assignments), tuple(removals), where, returning)

    def _read_assignments(self, assignments: list[Assignment]) -> None:
        while True:
            path = self.expressions.read_path()
            self._tokens.expect("=", "Expected '='")
            assignments.append(Assignment(path, self.expressions.read_expression()))
            if not self._tokens.take(","):
                return

    def _read_removals(self, removals: list[Path]) -> None:
        removals.append(self.expressions.read_path().path)
        while self._tokens.take(","):
            removals.append(self.expressions.read_path().path)

    def _read_delete(self) -> DeleteStatement:
        self._tokens.expect_keyword("from", "Expected FROM after DELETE")
        table = self._read_written_table()
        where = self._read_where()
        returning = self._read_returning()
        if returning not in (None, "ALL OLD"):
            raise validation_error(
                f"Invalid returning clause: RETURNING {returning} *. Only RETURNING ALL OLD * is "
                "allowed in DELETE statements."
            )
        return DeleteStatement(table, where, returning)

    # -- clauses

    def _read_written_table(self) -> str:
        table, index = self._read_table(IDENTIFIER_EXPECTED)
        if index is not None:
            raise validation_error("This operation is not supported on an index")
        self._reject_alias()
        return table

    def _read_table(self, missing: str) -> tuple[str, str | None]:
        """Read the name of a table, and of its index after a dot.

        Names of tables may have dots; an index needs quotation marks around both names.
        """
        tokens = self._tokens
        names: list[str] = []
        quoted = False
        while True:
            if not tokens.sees(*NAMES):
                raise malformed("Unexpected term" if names else missing)
            quoted = quoted or tokens.token.kind == QUOTED_NAME
            names.append(tokens.next().text)
            if not names[-1]:
                raise validation_error("Path component cannot be an empty string")
            if not tokens.take("."):
                break
        if not quoted:
            return ".".join(names), None
        if len(names) > 2:
            raise validation_error("A path may contain at most 2 components in the FROM clause")
        return names[0], names[1] if len(names) == 2 else None

    def _reject_alias(self) -> None:
        if self._tokens.sees(*NAMES) or self._tokens.sees_keyword("as"):
            raise validation_error("Aliasing is not supported")

    def _read_where(self) -> Node | None:
        return self.expressions.read_expression() if self._tokens.take_keyword("where") else None

    def _read_returning(self) -> str | None:
        tokens = self._tokens
        if not tokens.take_keyword("returning"):
            return None
        words = f"{tokens.next().text} {tokens.next().text}".upper()
        if words not in RETURNING or not tokens.take("*"):
            raise malformed("Unexpected term")
        return words

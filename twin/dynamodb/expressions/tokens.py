"""Expressions' text as tokens, and the service's words for a token that does not fit.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html
"""

import re
from typing import NoReturn

import msgspec

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.errors import validation_error

NAME, NAME_PLACEHOLDER, VALUE_PLACEHOLDER, INTEGER = "name", "#", ":", "integer"
END, UNKNOWN = "end", "unknown"
KEYWORDS = frozenset({"ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"})
"""In any letter case. They are no names in any kind of expression."""

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<name>[A-Za-z][A-Za-z0-9_]*)
      | (?P<name_placeholder>\#[A-Za-z0-9_]+)
      | (?P<value_placeholder>:[A-Za-z0-9_]+)
      | (?P<integer>0|[1-9][0-9]*)
      | (?P<symbol><>|<=|>=|[=<>()\[\],.+-])
      | (?P<unknown>[^ \t\r\n])
    )""",
    re.VERBOSE,
)
_KINDS = {
    "name_placeholder": NAME_PLACEHOLDER,
    "value_placeholder": VALUE_PLACEHOLDER,
    "integer": INTEGER,
    "unknown": UNKNOWN,
}


class Token(msgspec.Struct, frozen=True, gc=False):
    """A token and its place in the text; the kind of a keyword or a symbol is its text."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The text's tokens; the last one is its end."""
    tokens = []
    for match in _TOKEN.finditer(text):
        group = match.lastgroup or UNKNOWN
        content = match[group]
        if group == "symbol":
            kind = content
        elif group == "name":
            kind = content.upper() if content.upper() in KEYWORDS else NAME
        else:
            kind = _KINDS[group]
        tokens.append(Token(kind, content, *match.span(group)))
    tokens.append(Token(END, "<EOF>", len(text), len(text)))
    return tokens


def expression_error(parameter: str, message: str) -> TableApiError:
    """What is wrong with the expression in a parameter, such as FilterExpression."""
    return validation_error(f"Invalid {parameter}: {message}")


class TokenReader:
    """Reads tokens one after another; a token that does not fit is a syntax error."""

    def __init__(self, text: str, parameter: str) -> None:
        self._text = text
        self._parameter = parameter
        self._tokens = tokenize(text)
        self.position = 0

    @property
    def kind(self) -> str:
        """Of the next token."""
        return self._tokens[self.position].kind

    def kind_at(self, position: int) -> str:
        return self._tokens[min(position, len(self._tokens) - 1)].kind

    def take(self, kind: str) -> bool:
        """Skip the next token if it is of that kind."""
        if self.kind != kind:
            return False
        self.position += 1
        return True

    def expect(self, *kinds: str) -> str:
        """Return the next token's text; it must be of one of the kinds."""
        token = self._tokens[self.position]
        if token.kind not in kinds:
            self.reject()
        self.position += 1
        return token.text

    def reject(self) -> NoReturn:
        """Raise the syntax error at the next token, with the text of its neighbours around it."""
        position = self.position
        token = self._tokens[position]
        start = self._tokens[position - 1].start if position else 0
        end = self._tokens[min(position + 1, len(self._tokens) - 1)].end
        near = self._text[start:end]
        raise self.error(f'Syntax error; token: "{token.text}", near: "{near}"')

    def error(self, message: str) -> TableApiError:
        """Another error of this expression."""
        return expression_error(self._parameter, message)

"""A PartiQL statement's text as tokens, and the service's words for one that does not fit.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
"""

import re
from typing import NoReturn

import msgspec

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.errors import validation_error

NAME, QUOTED_NAME, TEXT, NUMBER, KEYWORD, END = "name", "quoted", "text", "number", "keyword", "end"
NAMES = (NAME, QUOTED_NAME)
_RESERVED_WORDS = """
    absolute action add all allocate alter and any are as asc assertion at authorization avg
    bag begin between bit bit_length blob bool boolean both by cascade cascaded case cast
    catalog char char_length character character_length check clob close coalesce collate
    collation column commit connect connection constraint constraints continue convert
    corresponding count create cross current current_date current_time current_timestamp
    current_user cursor date date_add date_diff day deallocate dec decimal declare default
    deferrable deferred delete desc describe descriptor diagnostics disconnect distinct
    domain double drop else end escape except exception exec execute exists external extract
    false fetch first float for foreign found from full get global go goto grant group
    having hour identity immediate in index indicator initially inner input insensitive
    insert int integer intersect interval into is isolation join key language last leading
    left let level like limit list local lower match max min minute missing module month
    names national natural nchar next no not null nullif numeric octet_length of on only
    open option or order outer output overlaps pad partial pivot position precision prepare
    preserve primary prior privileges procedure public read real references relative remove
    restrict returning revoke right rollback rows schema scroll second section select
    session session_user set sexp size smallint some space sql sqlcode sqlerror sqlstate
    string struct substring sum symbol system_user table temporary then time timestamp to
    trailing transaction translate translation trim true tuple union unique unknown unpivot
    update upper usage user using value values varchar varying view when whenever where with
    work write year zone
"""
KEYWORDS = frozenset(_RESERVED_WORDS.split())
"""SQL-92's and a few of PartiQL's own: as names they need double quotation marks."""

_TOKEN = re.compile(
    r"""(?:\s|--[^\n]*+|/\*(?>.*?\*/))*+(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
      | (?P<symbol><<|>>|<=|>=|<>|!=|\|\||/(?!\*)|[-+*%=<>(),.\[\]{}:;?@])
      | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL,
)


class Token(msgspec.Struct, frozen=True, gc=False):
    """The kind of a symbol is its text; a keyword's text is in small letters."""

    kind: str
    text: str
    """Of names and texts without the quotation marks."""
    start: int
    end: int


def malformed(detail: str) -> TableApiError:
    """The text is not a statement."""
    return validation_error(f"Statement wasn't well formed, can't be processed: {detail}")


def tokenize(statement: str) -> list[Token]:
    """The statement's tokens; the last one is its end. Raises TableApiError."""
    tokens: list[Token] = []
    at = 0
    while not tokens or tokens[-1].kind != END:
        match = _TOKEN.match(statement, at)
        if match is None or match.lastgroup is None:
            raise malformed("")
        token = _token(match.lastgroup, match[match.lastgroup], *match.span(match.lastgroup))
        if token.text.startswith(".") and token.kind == NUMBER and _ends_path(tokens):
            # The dot of a path before a number, which is no component of one.
            token = Token(".", ".", token.start, token.start + 1)
        tokens.append(token)
        at = token.end
    return tokens


def _ends_path(tokens: list[Token]) -> bool:
    return bool(tokens) and tokens[-1].kind in (NAME, QUOTED_NAME, "]", ")")


def _token(group: str, text: str, start: int, end: int) -> Token:
    match group:
        case "text":
            return Token(TEXT, text[1:-1].replace("''", "'"), start, end)
        case "quoted":
            return Token(QUOTED_NAME, text[1:-1].replace('""', '"'), start, end)
        case "name" if text.lower() in KEYWORDS:
            return Token(KEYWORD, text.lower(), start, end)
        case "symbol":
            return Token(text, text, start, end)
        case _:
            return Token(group, text, start, end)


class TokenReader:
    """Reads tokens one after another."""

    def __init__(self, statement: str) -> None:
        self.statement = statement
        self._tokens = tokenize(statement)
        self._position = 0

    @property
    def token(self) -> Token:
        """The next one."""
        return self._tokens[self._position]

    @property
    def following(self) -> Token:
        """The one after the next."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    @property
    def is_finished(self) -> bool:
        return self.token.kind in (END, ";")

    def next(self) -> Token:
        """Read a token."""
        token = self.token
        if token.kind != END:
            self._position += 1
        return token

    def sees(self, *symbols: str) -> bool:
        """Whether the next token is one of these symbols or kinds."""
        return self.token.kind in symbols

    def sees_keyword(self, *words: str) -> bool:
        return self.token.kind == KEYWORD and self.token.text in words

    def take(self, symbol: str) -> bool:
        """Skip the next token if it is this symbol."""
        if not self.sees(symbol):
            return False
        self._position += 1
        return True

    def take_keyword(self, word: str) -> bool:
        if not self.sees_keyword(word):
            return False
        self._position += 1
        return True

    def expect(self, symbol: str, detail: str = "Unexpected term") -> Token:
        """Read this symbol. Raises TableApiError with the detail otherwise."""
        if not self.sees(symbol):
            raise malformed(detail)
        return self.next()

    def expect_keyword(self, word: str, detail: str = "Unexpected token after expression") -> Token:
        if not self.sees_keyword(word):
            raise malformed(detail)
        return self.next()

    def expect_end(self) -> None:
        """Nothing but a semicolon may follow. Raises TableApiError."""
        if self.take(";") and not self.sees(END):
            raise malformed("Unexpected token after semicolon. (Only one query is allowed.)")
        if not self.sees(END):
            raise malformed("Unexpected token after expression")

    def reject_term(self) -> NoReturn:
        """The next token can't begin an expression."""
        if self.token.kind == KEYWORD:
            is_operator = self.token.text in ("and", "or", "is", "in", "between", "like")
            raise malformed("Unexpected operator" if is_operator else "Unexpected keyword")
        if self.token.kind in (
            "=",
            "<>",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "+",
            "*",
            "/",
            "%",
            "||",
            "@",
        ):
            raise malformed("Unexpected operator")
        raise malformed("Unexpected term")

    def place(self, start: int, end: int) -> str:
        """Line, column and length of a piece of the statement, for the service's messages."""
        line_start = self.statement.rfind("\n", 0, start) + 1
        line = self.statement.count("\n", 0, start) + 1
        return f"{line}:{start - line_start + 1}:{end - start}"

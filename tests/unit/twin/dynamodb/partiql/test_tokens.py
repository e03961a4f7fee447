"""A statement's tokens, and where they are."""

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.partiql.tokens import KEYWORDS, TokenReader, tokenize

MALFORMED = "Statement wasn't well formed, can't be processed: "


def test_quotation_marks_are_doubled_inside_of_themselves() -> None:
    kinds = [(token.kind, token.text) for token in tokenize("""'it''s' "a ""b"" c" plain""")]

    assert kinds == [("text", "it's"), ("quoted", 'a "b" c'), ("name", "plain"), ("end", "")]


def test_keywords_are_read_in_any_letter_case_unless_they_are_quoted() -> None:
    kinds = [(token.kind, token.text) for token in tokenize('SeLeCt "select" "Key" data')]

    assert kinds[:4] == [
        ("keyword", "select"),
        ("quoted", "select"),
        ("quoted", "Key"),
        ("name", "data"),
    ]
    assert {"value", "key", "missing", "returning"} <= KEYWORDS


def test_comments_and_blanks_are_skipped() -> None:
    assert [t.text for t in tokenize("a -- b\n/* c\nd */ e")] == ["a", "e", ""]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("1.5e-3", ["number"]),
        ("a.b", ["name", ".", "name"]),
        ("a[1].b", ["name", "[", "number", "]", ".", "name"]),
        ("x<<1>>", ["name", "<<", "number", ">>"]),
        ("a<>b<=c", ["name", "<>", "name", "<=", "name"]),
        ("a.5", ["name", ".", "number"]),
    ],
)
def test_symbols_and_numbers_are_told_apart(text: str, kinds: list[str]) -> None:
    assert [token.kind for token in tokenize(text)][:-1] == kinds


@pytest.mark.parametrize(
    "text", ["'open", '"open', "a # b", "/* open", "a ! b", "/**/" * 1000 + "!"]
)
def test_what_is_no_token_makes_no_statement(text: str) -> None:
    with refused(MALFORMED):
        tokenize(text)


def test_a_place_is_line_column_and_length() -> None:
    reader = TokenReader("one\n  two")
    reader.next()

    assert reader.place(reader.token.start, reader.token.end) == "2:3:3"


def test_nothing_may_follow_a_statement_but_one_semicolon() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html"""
    for text, detail in (
        ("a", "Unexpected token after expression"),
        ("; a", "Unexpected token after semicolon. (Only one query is allowed.)"),
    ):
        with refused(MALFORMED + detail):
            TokenReader(text).expect_end()
    TokenReader(";").expect_end()

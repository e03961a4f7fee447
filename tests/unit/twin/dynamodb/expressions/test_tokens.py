"""Tokens of expressions, and the words for one that does not fit."""

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.expressions.tokens import END, TokenReader, tokenize


def kinds(text: str) -> list[str]:
    return [token.kind for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [END]),
        (" \t\r\n", [END]),
        ("a1_b", ["name", END]),
        ("#1a :_x", ["#", ":", END]),
        ("and Or NOT between IN set remove add DELETE", None),
        ("a<>b<=c>=d=e<f>g", None),
        ("10 01", ["integer", "integer", "integer", END]),
        ("_a", ["unknown", "name", END]),
        ("# : ü $", ["unknown", "unknown", "unknown", "unknown", END]),
        ("a[1].b", ["name", "[", "integer", "]", ".", "name", END]),
    ],
)
def test_text_is_read_as_tokens(text: str, expected: list[str] | None) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html"""
    if expected is not None:
        assert kinds(text) == expected
    assert "".join(token.text for token in tokenize(text)[:-1]) == "".join(text.split())


def test_keywords_are_written_in_any_case() -> None:
    assert kinds("aNd OR Between") == ["AND", "OR", "BETWEEN", END]
    assert kinds("android") == ["name", END]


@pytest.mark.parametrize(
    ("text", "skipped", "message"),
    [
        ("a - b", 1, 'token: "-", near: "a - b"'),
        ("!!!", 0, 'token: "!", near: "!!"'),
        ("a = ", 2, 'token: "<EOF>", near: "= "'),
        ("", 0, 'token: "<EOF>", near: ""'),
    ],
)
def test_a_syntax_error_shows_the_token_between_its_neighbours(
    text: str, skipped: int, message: str
) -> None:
    reader = TokenReader(text, "FilterExpression")
    reader.position = skipped

    with refused(f"Invalid FilterExpression: Syntax error; {message}"):
        reader.expect("name-that-is-none")


def test_tokens_are_taken_one_after_another() -> None:
    reader = TokenReader("a = :b", "FilterExpression")

    assert not reader.take("=")
    assert reader.expect("name", "#") == "a"
    assert reader.take("=")
    assert reader.kind == ":"
    assert reader.kind_at(reader.position + 9) == END

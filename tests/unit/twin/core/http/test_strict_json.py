"""What is no JSON is refused, though Python's parser takes it."""

import pytest

from twin.core.http.strict_json import parse_json


def test_json_is_read() -> None:
    """https://www.rfc-editor.org/rfc/rfc8259"""
    assert parse_json(b' {"a": [1, 2.5e3, null, "NaN"]} ') == {"a": [1, 2500.0, None, "NaN"]}


def test_numbers_are_what_the_caller_makes_of_them() -> None:
    assert parse_json("[1, 2.50, -3e400]", parse_number=str) == ["1", "2.50", "-3e400"]


@pytest.mark.parametrize(
    "text", ["NaN", '{"a": Infinity}', "[-Infinity]", "", "[" * 200_000, '{"a":' * 200_000]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc8259#section-6"""
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)

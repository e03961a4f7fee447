"""JSON bodies, and the texts in them."""

import json

import pytest

from app.errors import BadRequest
from app.http.bodies import MAX_TEXT_BYTES, check_text, is_whole_number, read_json_object

LARGEST_ANSWER = 1_000_000
"""Bytes of a function's answer to a load balancer:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""


def test_an_object_with_the_right_members_is_read() -> None:
    found = read_json_object(b' {"name": "a", "id": 7} ', required=("id", "name"))

    assert found == {"id": 7, "name": "a"}


def test_a_byte_order_mark_is_ignored() -> None:
    """https://www.rfc-editor.org/rfc/rfc8259#section-8.1"""
    assert read_json_object(b'\xef\xbb\xbf{"id": 7}', required=("id",)) == {"id": 7}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"value=a", "not JSON"),
        ('{"value": "a"}'.encode("utf-16"), "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"1" * 10_000, "not JSON"),
        (b"null", "must be a JSON object"),
        (b'["value"]', "must be a JSON object"),
        (b"{}", 'no "value"'),
        (b'{"Value": "a"}', 'no "value"'),
        (b'{"value": "a", "key": "b"}', "more than that"),
    ],
)
def test_another_body_is_refused_with_the_right_one(body: bytes, message: str) -> None:
    with pytest.raises(BadRequest, match=message) as caught:
        read_json_object(body, required=("value",))

    assert str(caught.value).endswith('send {"value": ...}')


@pytest.mark.parametrize(
    "text", ["", " ", "0", "<b>", "\u6771\u4eac", "\x00", "a" * MAX_TEXT_BYTES]
)
def test_any_string_is_a_text(text: str) -> None:
    assert check_text(text, "value") == text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, '"value" must be a string'),
        (0, '"value" must be a string'),
        (False, '"value" must be a string'),
        (["a"], '"value" must be a string'),
        ("\ud800", "surrogate"),
        ("\xe9" * (MAX_TEXT_BYTES // 2 + 1), f"at most {MAX_TEXT_BYTES}"),
    ],
)
def test_what_is_no_storable_string_is_refused(value: object, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        check_text(value, "value")


@pytest.mark.parametrize(
    ("value", "is_whole"), [(0, True), (-1, True), (True, False), (1.0, False), ("1", False)]
)
def test_true_and_text_are_no_whole_numbers(value: object, is_whole: bool) -> None:
    assert is_whole_number(value) is is_whole


@pytest.mark.parametrize("character", ["\x00", '"', "\\", "\x7f", "\xe9", "\u6771", "\U0001f600"])
def test_the_longest_text_fits_into_an_answer_however_it_is_escaped(character: str) -> None:
    text = character * (MAX_TEXT_BYTES // len(character.encode()))

    answer = json.dumps({"body": json.dumps({"value": text})})

    assert len(answer) < LARGEST_ANSWER

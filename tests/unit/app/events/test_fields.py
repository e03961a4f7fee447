"""What all dialects have: headers and bodies."""

import base64

import pytest

from app.errors import BadRequest, UnknownEvent
from app.events.fields import read_body, read_headers, read_section, read_text


def test_several_values_of_a_header_are_joined() -> None:
    """An event with both kinds has only the last value in the single ones.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    event = {
        "headers": {"Accept": "application/json"},
        "multiValueHeaders": {"Accept": ["text/html", "application/json"], "host": ["a"]},
    }

    assert read_headers(event) == {"accept": "text/html, application/json", "host": "a"}


@pytest.mark.parametrize(
    "event", [{}, {"headers": None}, {"headers": 3}, {"multiValueHeaders": None, "headers": {}}]
)
def test_an_event_may_have_no_headers(event: dict[str, object]) -> None:
    assert read_headers(event) == {}


def test_a_header_without_a_list_of_values_is_empty() -> None:
    assert read_headers({"multiValueHeaders": {"a": None}}) == {"a": ""}


@pytest.mark.parametrize(("body", "read"), [(None, b""), ("", b""), ("é", b"\xc3\xa9")])
def test_a_body_is_text(body: str | None, read: bytes) -> None:
    assert read_body({"body": body, "isBase64Encoded": False}) == read


def test_a_body_in_base64_is_decoded() -> None:
    encoded = base64.b64encode(b"\x00\xff").decode()

    assert read_body({"body": encoded, "isBase64Encoded": True}) == b"\x00\xff"


@pytest.mark.parametrize("body", ["%%%", "é"])
def test_a_body_that_is_not_base64_is_refused(body: str) -> None:
    with pytest.raises(BadRequest, match="not base64"):
        read_body({"body": body, "isBase64Encoded": True})


def test_a_body_that_is_no_text_is_no_event() -> None:
    with pytest.raises(UnknownEvent):
        read_body({"body": 3})


def test_a_missing_section_is_empty() -> None:
    event = {"a": {"b": {"c": "text"}}, "d": 3}

    assert read_text(read_section(event, "a", "b"), "c") == "text"
    for path in (("a", "x"), ("a", "b", "c"), ("d",), ("x", "y")):
        assert read_section(event, *path) == {}
    assert read_text(event, "d") == ""

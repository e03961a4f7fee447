"""What load balancers and API Gateway know of HTTP messages alike."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.http.messages import (
    can_be_sent,
    describe_json,
    find_host,
    group_values,
    is_text_type,
    is_utf8,
    make_trace_id,
    split_target,
    trace_header,
)

SURROGATE = "\udcff"
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


def test_a_trace_id_has_the_time_in_it() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html"""
    made = make_trace_id(0x5C4F3C2D + 0.5, random.Random(1).getrandbits(96))

    assert re.fullmatch(r"1-5c4f3c2d-[0-9a-f]{24}", made)


def test_a_trace_that_a_client_began_goes_on() -> None:
    assert trace_header("", "1-a-b") == "Root=1-a-b"
    assert trace_header("Self=1-x;Root=1-y", "1-a-b") == "Self=1-a-b;Root=1-y"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("X-A", "a\tb ü", True),
        ("X A", "a", False),
        ("", "a", False),
        ("X-A", "a\r\nb", False),
        ("X-A", SURROGATE, False),
    ],
)
def test_a_header_can_be_sent_in_one_line(name: str, value: str, expected: bool) -> None:
    assert can_be_sent(name, value) is expected


def test_a_long_value_is_cut_in_a_message() -> None:
    assert describe_json({"a": None}) == '{"a": null}'
    assert describe_json("x" * 100) == f'"{"x" * 79}...'


@pytest.mark.parametrize(("text", "expected"), [("a", True), ("ü", True), (SURROGATE, False)])
def test_bytes_that_are_no_text_are_known(text: str, expected: bool) -> None:
    assert is_utf8(text) is expected


@given(TEXT)
def test_a_query_begins_at_the_first_question_mark(query: str) -> None:
    assert split_target("/?" + query) == ("/", query)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a?b", ("/a", "b")),
        ("http://x/a?b", ("/a", "b")),
        ("http://x", ("/", "")),
        ("*", ("*", "")),
    ],
)
def test_a_target_has_a_path_and_a_query(target: str, expected: tuple[str, str]) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-3.2"""
    assert split_target(target) == expected


def test_an_absolute_target_names_the_host() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2"""
    headers = (("accept", "*/*"), ("host", "first"), ("host", "second"))

    assert find_host("/", headers) == "first"
    assert find_host("http://other/a?b", headers) == "other"
    assert find_host("/", ()) == ""


def test_values_keep_their_order() -> None:
    assert group_values([("a", "1"), ("b", "2"), ("a", "3")]) == {"a": ["1", "3"], "b": ["2"]}


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [("Text/HTML; charset=x", True), ("application/json", True), ("image/png", False), ("", False)],
)
def test_text_is_known_by_its_type(content_type: str, is_text: bool) -> None:
    assert is_text_type(content_type) is is_text


def test_a_value_that_is_too_deep_to_be_written_is_described_all_the_same() -> None:
    """A function's answer may be nested as deep as it can just be read."""
    value: object = 0
    for _ in range(10_000):
        value = [value]

    assert describe_json(value) == "a deeply nested value"

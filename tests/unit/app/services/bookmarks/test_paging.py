"""Limits and tokens of pages."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.services.bookmarks.keys import table_key
from app.services.bookmarks.paging import make_token, read_limit, read_start

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


@given(NAMES, NAMES)
def test_a_token_gives_its_key_back_and_needs_no_encoding(partition: str, sort: str) -> None:
    key = table_key(partition, sort)
    token = make_token(key)

    assert token.replace("-", "").replace("_", "").isalnum()
    assert read_start({"start": token}) == key
    assert read_start({"start": token}, partition) == key


def test_without_a_token_the_first_page_is_meant() -> None:
    assert read_start({}) is None
    assert read_start({"start": ""}) is None


def test_a_query_starts_in_its_own_partition() -> None:
    token = make_token(table_key("user10", "01"))

    with pytest.raises(BadRequest, match="another partition"):
        read_start({"start": token}, "user11")


@given(st.text())
def test_any_text_is_a_key_or_refused(token: str) -> None:
    try:
        read_start({"start": token})
    except BadRequest as exc:
        assert "LastEvaluatedKey" in str(exc)  # noqa: PT017 - the other outcome is a key


@pytest.mark.parametrize(
    "names", [None, 1, [], ["a"], ["a", 1], ["a", ""], ["a", "x" * 1025], ["a", "b", "c"], {"a": 1}]
)
def test_a_token_of_anything_else_is_refused(names: object) -> None:
    token = base64.urlsafe_b64encode(json.dumps(names).encode()).decode()

    with pytest.raises(BadRequest, match="start is not a LastEvaluatedKey"):
        read_start({"start": token})


@pytest.mark.parametrize(("text", "limit"), [("", 50), ("1", 1), ("50", 50)])
def test_a_limit_is_read(text: str, limit: int) -> None:
    assert read_limit({"limit": text}) == limit


@pytest.mark.parametrize("text", ["0", "51", "-1", "x", "1.5", "٣", "9" * 5000, " 1"])
def test_a_limit_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="from 1 to 50"):
        read_limit({"limit": text})

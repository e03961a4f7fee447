"""Pages and their tokens."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.control.apigateway.pages import take_page
from twin.control.document_service import CallRefused


@given(count=st.integers(0, 30), limit=st.integers(1, 10))
def test_all_pages_together_are_the_list(count: int, limit: int) -> None:
    found: list[int] = []
    token: str | None = None
    while True:
        page, token = take_page(range(count), token, limit, "position")
        found += page
        assert len(page) <= limit
        if token is None:
            break

    assert found == list(range(count))


def test_a_caller_that_deletes_what_a_page_shows_sees_every_item() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApis.html"""
    kept = list(range(7))
    seen: list[int] = []
    token: str | None = None
    while True:
        page, token = take_page(tuple(kept), token, 2, "position")
        seen += page
        kept = [item for item in kept if item not in page]
        if token is None:
            break

    assert seen == list(range(7))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "é",
        *(base64.b64encode(t).decode() for t in (b"from -1 a", b"to 1 a", b"from 1", b"\xff")),
    ],
)
def test_a_token_of_no_list_is_refused(token: str) -> None:
    with pytest.raises(CallRefused, match="Invalid position specified"):
        take_page([1], token, 1, "position")

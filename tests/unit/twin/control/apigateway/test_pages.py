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


@pytest.mark.parametrize(
    "token", ["", "x", "é", *(base64.b64encode(t).decode() for t in (b"from -1", b"to 1", b"\xff"))]
)
def test_a_token_of_no_list_is_refused(token: str) -> None:
    with pytest.raises(CallRefused, match="Invalid position specified"):
        take_page([1], token, 1, "position")

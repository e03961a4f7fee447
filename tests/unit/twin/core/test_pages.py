"""Pages of a list that changes between them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.pages import find_page, find_start


@pytest.mark.parametrize(
    ("keys", "start"),
    [
        (["a", "b", "c", "d"], 2),
        (["c", "d"], 0),
        (["new", "a", "b", "c", "d"], 3),
        (["a", "b", "d"], 2),
        (["a"], 1),
        ([], 0),
    ],
)
def test_a_page_begins_with_the_item_that_the_last_page_named(keys: list[str], start: int) -> None:
    assert find_start(keys, "c", 2) == start


@given(keys=st.lists(st.text(), unique=True), size=st.integers(1, 5))
def test_a_caller_that_deletes_what_each_page_shows_sees_every_item(
    keys: list[str], size: int
) -> None:
    left, seen, marker = list(keys), list[str](), None
    while True:
        page, marker = find_page(left, marker, size)
        seen += left[page]
        del left[page]
        if marker is None:
            break

    assert seen == keys


@pytest.mark.parametrize("marker", ["x", "é", "eA==", base64.b64encode(b"\xff 1").decode()])
def test_a_marker_that_no_page_has_given_is_an_error(marker: str) -> None:
    with pytest.raises(ValueError, match="is no marker of this list"):
        find_page(["a", "b"], marker, 1)

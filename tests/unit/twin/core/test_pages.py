"""Where the next page of a list begins."""

import pytest

from twin.core.pages import find_start


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

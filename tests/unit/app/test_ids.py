"""Valid and invalid ids of items."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.ids import check_item_id, item_id_to_path, new_item_id

GOOD = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=128)


@given(GOOD)
def test_every_printable_id_is_valid_and_one_segment_of_a_path(item_id: str) -> None:
    segment = item_id_to_path(check_item_id(item_id))

    assert "/" not in segment
    assert unquote(segment) == item_id


@pytest.mark.parametrize(
    ("item_id", "rule"),
    [
        ("", "empty"),
        ("x" * 129, "129 characters; at most 128"),
        ("\x00", "can't be printed"),
        ("a\nb", "can't be printed"),
        ("\u202e", "can't be printed"),
        (" a", "begins or ends with a space"),
    ],
)
def test_a_wrong_id_is_refused_with_the_rule(item_id: str, rule: str) -> None:
    with pytest.raises(BadRequest, match=rule):
        check_item_id(item_id)


def test_new_ids_differ() -> None:
    assert check_item_id(new_item_id()) != new_item_id()

"""Valid and invalid ids of items."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.ids import check_item_id, item_id_from_path, item_id_to_path, new_item_id

GOOD = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=128)


@given(GOOD)
def test_every_printable_id_is_decoded_from_its_path(item_id: str) -> None:
    assert item_id_from_path(item_id_to_path(item_id)) == item_id


@pytest.mark.parametrize(
    ("segment", "item_id"),
    [("foobar", "foobar"), ("a%20b", "a b"), ("a+b", "a+b"), ("a%2Fb", "a/b"), ("%C3%A9", "é")],
)
def test_a_path_is_percent_decoded_once(segment: str, item_id: str) -> None:
    assert item_id_from_path(segment) == item_id
    assert item_id_from_path("%2525") == "%25"


@pytest.mark.parametrize(
    ("segment", "rule"),
    [
        ("", "empty"),
        ("x" * 129, "129 characters; at most 128"),
        ("%00", "can't be printed"),
        ("a%0Ab", "can't be printed"),
        ("%E2%80%AE", "can't be printed"),
        ("%FF", "not UTF-8"),
        ("%20a", "begins or ends with a space"),
    ],
)
def test_a_wrong_id_is_refused_with_the_rule(segment: str, rule: str) -> None:
    with pytest.raises(BadRequest, match=rule):
        item_id_from_path(segment)


def test_new_ids_differ() -> None:
    assert check_item_id(new_item_id()) != new_item_id()

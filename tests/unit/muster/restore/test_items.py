"""Items as texts."""

import string
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from muster.restore.items import item_from_text, item_to_text, key_to_text

NAMES = st.text(string.ascii_letters, min_size=1, max_size=5)
SCALARS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda text: {"S": text}, st.text(max_size=8)),
    st.builds(lambda number: {"N": str(number)}, st.integers()),
    st.builds(lambda data: {"B": data}, st.binary(max_size=8)),
    st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda parts: {"SS": sorted(parts)}, st.sets(st.text(max_size=4), min_size=1)),
    st.builds(lambda parts: {"NS": sorted(map(str, parts))}, st.sets(st.integers(), min_size=1)),
    st.builds(lambda parts: {"BS": list(parts)}, st.just([b"a", b"b"])),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"L": parts}, st.lists(inner, max_size=3)),
        st.builds(lambda parts: {"M": parts}, st.dictionaries(NAMES, inner, max_size=3)),
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)


@given(ITEMS)
def test_an_item_comes_back_from_its_text(item: dict[str, dict[str, Any]]) -> None:
    assert item_from_text(item_to_text(item)) == item


def test_the_order_of_attributes_and_of_a_set_does_not_matter_that_of_a_list_does() -> None:
    one: dict[str, dict[str, Any]] = {
        "id": {"S": "a"},
        "tags": {"SS": ["x", "y"]},
        "in": {"M": {"b": {"BS": [b"1", b"2"]}}},
    }
    same: dict[str, dict[str, Any]] = {
        "tags": {"SS": ["y", "x"]},
        "in": {"M": {"b": {"BS": [b"2", b"1"]}}},
        "id": {"S": "a"},
    }

    assert item_to_text(one) == item_to_text(same)
    assert item_to_text({"l": {"L": [{"N": "1"}, {"N": "2"}]}}) != item_to_text(
        {"l": {"L": [{"N": "2"}, {"N": "1"}]}}
    )


def test_a_text_and_a_number_of_the_same_digits_differ() -> None:
    assert item_to_text({"a": {"S": "1"}}) != item_to_text({"a": {"N": "1"}})


def test_a_key_has_the_key_attributes_only() -> None:
    item = {"PK": {"S": "user"}, "SK": {"S": "film"}, "at": {"N": "7"}}

    assert item_from_text(key_to_text(item, ("PK", "SK"))) == {
        "PK": {"S": "user"},
        "SK": {"S": "film"},
    }

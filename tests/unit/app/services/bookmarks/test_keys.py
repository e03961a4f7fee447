"""Valid and invalid keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest, Forbidden
from app.services.bookmarks.keys import (
    check_film,
    check_not_library,
    film_of_sort_key,
    regional_sort_key,
    table_key,
)

KEYS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=128)


@given(KEYS.filter(lambda text: "#" not in text))
def test_a_film_is_found_in_its_regional_key_and_in_its_plain_one(film: str) -> None:
    assert film_of_sort_key(regional_sort_key(check_film(film), "us-west-2")) == film
    assert film_of_sort_key(film) == film


@given(KEYS)
def test_the_longest_key_is_within_dynamodb_s_limits(text: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    assert len(regional_sort_key(text, "ap-southeast-99").encode()) <= 1024


def test_a_film_has_no_separator() -> None:
    with pytest.raises(BadRequest, match="film has a '#'"):
        check_film("01#us-west-2")


def test_the_library_is_not_for_writes() -> None:
    check_not_library("user10")
    with pytest.raises(Forbidden, match="'library' has the films"):
        check_not_library("library")


def test_a_key_is_in_dynamodb_s_json() -> None:
    assert table_key("user10", "01") == {"PK": {"S": "user10"}, "SK": {"S": "01"}}

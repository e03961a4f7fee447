"""Reserved words."""

import pytest

from twin.dynamodb.expressions.reserved_words import RESERVED_WORDS, is_reserved
from twin.dynamodb.expressions.tokens import KEYWORDS


@pytest.mark.parametrize("name", ["name", "Status", "COUNT", "ttl", "abort", "zone", "uuid"])
def test_words_of_the_list_are_reserved_in_any_case(name: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html"""
    assert is_reserved(name)


@pytest.mark.parametrize("name", ["pk", "size", "convert", "contains", "names_", "#name"])
def test_other_words_are_not(name: str) -> None:
    assert not is_reserved(name)


def test_keywords_are_no_names_at_all() -> None:
    assert not KEYWORDS & RESERVED_WORDS
    assert len(RESERVED_WORDS) == 563

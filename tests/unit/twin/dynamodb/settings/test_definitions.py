"""Key schemas and projections of indexes."""

from typing import Any

import pytest

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.settings.definitions import (
    check_attributes,
    check_global_index,
    check_global_indexes,
    check_local_indexes,
    check_projected_count,
)

ATTRIBUTES = [{"AttributeName": name, "AttributeType": "S"} for name in "abcdefghij"]
TABLE = [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}]


def index(keys: str, **projection: Any) -> dict[str, Any]:  # noqa: ANN401
    """`keys`: names; capitals are partition keys."""
    return {
        "IndexName": "one",
        "KeySchema": [
            {"AttributeName": name.lower(), "KeyType": "HASH" if name.isupper() else "RANGE"}
            for name in keys
        ],
        "Projection": projection or {"ProjectionType": "ALL"},
    }


@pytest.mark.parametrize("keys", ["A", "Ab", "AB", "ABcd", "ABCDefgh", "Abcde"])
def test_a_global_index_has_up_to_four_keys_of_each_kind(keys: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html"""
    check_global_index(index(keys), ATTRIBUTES)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("Aa", "have the same name"),
        ("ABa", "have the same name"),
        ("aB", "The first KeySchemaElement is not a HASH key type"),
        ("AbC", "must precede all RANGE"),
        ("ABCDE", "number of HASH key elements exceeds the limit of 4"),
        ("Abcdef", "number of RANGE key elements exceeds the limit of 4"),
        ("Az", "not defined in AttributeDefinitions. Keys: [a, z]"),
        ("abc", "The first KeySchemaElement is not a HASH key type"),
    ],
)
def test_a_wrong_global_index_is_refused(keys: str, words: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndex.html"""
    with pytest.raises(TableApiError) as caught:
        check_global_index(index(keys), ATTRIBUTES)

    assert words in caught.value.message


@pytest.mark.parametrize(
    ("projection", "words"),
    [
        ({"NonKeyAttributes": ["x"]}, "Unknown ProjectionType: null"),
        (
            {"ProjectionType": "ALL", "NonKeyAttributes": ["x"]},
            "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        ({"ProjectionType": "INCLUDE"}, "ProjectionType is INCLUDE, but NonKeyAttributes is not"),
        ({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "x"]}, "Duplicate values"),
    ],
)
def test_a_wrong_projection_is_refused(projection: dict[str, Any], words: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html"""
    with pytest.raises(TableApiError) as caught:
        check_global_index(index("A", **projection), ATTRIBUTES)

    assert words in caught.value.message


@pytest.mark.parametrize(
    ("indexes", "words"),
    [
        ([index("A")], "Index KeySchema does not have a range key for index: one"),
        ([index("Bc")], "index hash key: b, table hash key: a"),
        ([index("Ac")] * 6, "exceeds per-table limit of 5"),
        ([index("Ac")] * 6 + [index("A")], "exceeds per-table limit of 5"),
    ],
)
def test_a_wrong_local_index_is_refused(indexes: list[dict[str, Any]], words: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_LocalSecondaryIndex.html"""
    with pytest.raises(TableApiError) as caught:
        check_local_indexes(indexes, TABLE, ATTRIBUTES)

    assert words in caught.value.message


def test_global_indexes_beyond_the_limit_are_not_looked_at() -> None:
    """Each look takes as long as the table has definitions of attributes."""
    with pytest.raises(TableApiError, match="exceeds the per-table limit of 20"):
        check_global_indexes([index("A")] * 21 + [index("aB")], ATTRIBUTES)


def test_a_repeated_attribute_is_found_among_very_many() -> None:
    """In a time that grows with their number, not with its square."""
    names = [*(f"a{number}" for number in range(100_000)), "a1"]
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in names]

    with pytest.raises(TableApiError, match=r"Duplicate AttributeName: a1$"):
        check_attributes(attributes, {"a1"}, has_indexes=False)


def test_all_indexes_together_project_100_attributes_at_most() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""
    twenty = {"ProjectionType": "INCLUDE", "NonKeyAttributes": [f"x{n}" for n in range(20)]}

    check_projected_count([index("A", **twenty)] * 5)
    with pytest.raises(TableApiError, match="per-table limit of 100: 120"):
        check_projected_count([index("A", **twenty)] * 6)

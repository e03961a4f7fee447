"""What a WHERE clause says of keys."""

import pytest

from tests.unit.twin.dynamodb.partiql.statements import sentence
from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.key_schema import KeySchema
from twin.dynamodb.partiql.key_ranges import exact_key, key_ranges
from twin.dynamodb.partiql.statement_parser import parse_statement
from twin.dynamodb.partiql.syntax import Node, SelectStatement

SCHEMA = KeySchema(("pk",), ("sk",), {"pk": "S", "sk": "N"})


def where(text: str) -> Node | None:
    select = parse_statement(sentence("SELECT * FROM t WHERE", text)).statement
    assert isinstance(select, SelectStatement)
    return select.where


def partitions(text: str) -> list[str] | None:
    """The partitions that are read; None for a scan."""
    ranges = key_ranges(where(text), SCHEMA, ())
    return None if ranges is None else [r.partition["S"] for r in ranges]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pk = 'a'", ["a"]),
        ("'a' = pk AND sk > 1", ["a"]),
        ("pk = 'a' OR pk = 'b' AND x = 1", ["a", "b"]),
        ("(pk = 'a' OR pk = 'b') AND sk = 1", ["a", "b"]),
        ("pk IN ['a', 'b', 'a']", ["a", "b"]),
        ("pk > 'a'", None),
        ("x = 1", None),
        ("pk = 'a' OR x = 1", None),
        ("NOT pk = 'a'", None),
        ("pk = other", None),
    ],
)
def test_a_clause_reads_partitions_only_if_it_names_all_that_it_allows(
    text: str, expected: list[str] | None
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html"""
    assert partitions(text) == expected


def test_bounds_of_the_sort_key_narrow_the_range() -> None:
    def span(text: str) -> object:
        (only,) = key_ranges(where(text), SCHEMA, ()) or ()
        return only.span

    assert span("pk = 'a' AND sk > 1 AND sk >= 0 AND sk < 9 AND sk <= 20") == span(
        "pk = 'a' AND sk > 1 AND sk < 9"
    )
    assert span("pk = 'a' AND sk = 3") == span("pk = 'a' AND sk BETWEEN 3 AND 3")
    assert span("pk = 'a' AND (sk = 3 OR sk = 4)") == span("pk = 'a'")


def test_a_key_of_another_type_is_refused() -> None:
    for text in ("pk = 5", "pk = 'a' AND sk = 'x'"):
        with refused(
            "One or more parameter values were invalid: Condition parameter type does not match "
            "schema type"
        ):
            key_ranges(where(text), SCHEMA, ())


@pytest.mark.parametrize(
    ("text", "names_one"),
    [
        ("pk = 'a' AND sk = 1", True),
        ("sk = 1 AND (pk = 'a' AND x = 2)", True),
        ("pk = 'a'", False),
        ("pk = 'a' AND sk IN [1]", False),
        ("pk = 'a' AND sk = 1 OR pk = 'a' AND sk = 2", False),
    ],
)
def test_one_item_is_named_by_equality_of_all_key_attributes(text: str, names_one: bool) -> None:
    key = exact_key(where(text), SCHEMA, ())

    assert key == ({"pk": {"S": "a"}, "sk": {"N": "1"}} if names_one else None)

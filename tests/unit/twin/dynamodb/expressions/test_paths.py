"""Document paths."""

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.attribute_values import Item, Value
from twin.dynamodb.expressions.paths import (
    Path,
    check_distinct_paths,
    check_scalar_keys,
    format_path,
    value_at,
)

ITEM: Item = {
    "a": {"M": {"b": {"L": [{"S": "x"}, {"M": {"c": {"N": "1"}}}]}}},
    "s": {"S": "text"},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("s",), {"S": "text"}),
        (("a", "b", 0), {"S": "x"}),
        (("a", "b", 1, "c"), {"N": "1"}),
        (("a", "b", 2), None),
        (("a", "b", "c"), None),
        (("a", 0), None),
        (("s", "a"), None),
        (("q", "a", 0), None),
    ],
)
def test_a_path_leads_to_a_value_or_nowhere(path: Path, value: Value | None) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html"""
    assert value_at(ITEM, path) == value


def test_a_path_is_shown_with_its_indexes_in_brackets() -> None:
    assert format_path(("ab", "bc", 1, "[3]")) == "[ab, bc, [1], [3]]"


@pytest.mark.parametrize(
    ("paths", "problem", "one", "two"),
    [
        ([("a",), ("a",)], "overlap", "[a]", "[a]"),
        ([("a", "b"), ("a",)], "overlap", "[a, b]", "[a]"),
        ([("a",), ("a", 1)], "overlap", "[a]", "[a, [1]]"),
        ([("b", 1), ("b", "a"), ("a", "b"), ("a",)], "overlap", "[a, b]", "[a]"),
        ([("a", "b", "c"), ("a", "b", "c", "d")], "overlap", "[a, b, c]", "[a, b, c, d]"),
        ([("a", "b"), ("a", 1), ("c",)], "conflict", "[a, b]", "[a, [1]]"),
        ([("a", "b", 1), ("a", 1)], "conflict", "[a, b, [1]]", "[a, [1]]"),
        ([("a", 3, "b"), ("a", "[3]", "b")], "conflict", "[a, [3], b]", "[a, [3], b]"),
    ],
)
def test_paths_that_clash_are_named(paths: list[Path], problem: str, one: str, two: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    with refused(
        f"Invalid UpdateExpression: Two document paths {problem} with each other; must remove or "
        f"rewrite one of these paths; path one: {one}, path two: {two}"
    ):
        check_distinct_paths(paths, "UpdateExpression")


def test_paths_to_different_places_go_together() -> None:
    paths: list[Path] = [("a", "b"), ("a", "c", 0), ("a", "c", 1), ("b",), ("c", 0), ("c", 1, "d")]

    check_distinct_paths(paths, "UpdateExpression")


def test_key_attributes_have_nothing_inside() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html"""
    check_scalar_keys([("p",), ("d",), ("x", "y")], ("p",), ("d",))
    words = (
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: "
    )
    with refused(f"{words}Key: p"):
        check_scalar_keys([("d", 0), ("p", "x")], ("p",), ("d",))
    with refused(f"{words}IndexKey: d"):
        check_scalar_keys([("d", 0)], ("p",), ("d",))

"""Projections: the parts of items that are returned."""

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.attribute_values import Item
from twin.dynamodb.expressions.placeholders import Placeholders
from twin.dynamodb.expressions.projections import Projection, parse_projection, project

ITEM: Item = {
    "a": {"S": "x"},
    "m": {"M": {"b": {"N": "1"}, "c": {"M": {"d": {"N": "2"}}}}},
    "l": {"L": [{"S": "0"}, {"S": "1"}, {"M": {"e": {"S": "2"}, "f": {"S": "3"}}}]},
}


def parsed(text: str) -> Projection:
    return parse_projection(text, Placeholders({"#b": "b", "#x": "a"}, {}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", {"a": {"S": "x"}}),
        ("#x, q", {"a": {"S": "x"}}),
        ("m.#b", {"m": {"M": {"b": {"N": "1"}}}}),
        ("m.c.d, m.b", {"m": {"M": {"c": {"M": {"d": {"N": "2"}}}, "b": {"N": "1"}}}}),
        ("l[2].f, l[0]", {"l": {"L": [{"S": "0"}, {"M": {"f": {"S": "3"}}}]}}),
        ("l[9], m.q, a.b, m.c.q", {}),
        ("l.a, m[0], a[0]", {}),
    ],
)
def test_a_projection_keeps_its_paths_only(text: str, expected: Item) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html"""
    assert project(parsed(text), ITEM) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a, b, a, #q",
            "An expression attribute name used in the document path is not defined; "
            "attribute name: #q",
        ),
        (
            "b[1], b.a, #x.b, a",
            "Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [a, b], path two: [a]",
        ),
        (
            "a.b, #x[1], #b",
            "Two document paths conflict with each other; must remove or rewrite one of these "
            "paths; path one: [a, b], path two: [a, [1]]",
        ),
    ],
)
def test_projections_against_the_rules_are_refused(text: str, message: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html"""
    with refused(f"Invalid ProjectionExpression: {message}"):
        parsed(text)


def test_a_projection_knows_its_paths() -> None:
    assert parsed("m.#b, l[0]").paths == (("m", "b"), ("l", 0))

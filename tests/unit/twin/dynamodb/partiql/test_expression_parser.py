"""Precedence, literals, paths and limits of expressions."""

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.partiql.expression_parser import MAX_DEPTH, ExpressionParser
from twin.dynamodb.partiql.syntax import (
    AndNode,
    BetweenNode,
    CallNode,
    ConstantNode,
    InNode,
    IsNode,
    ListNode,
    MapNode,
    Node,
    NotNode,
    OperatorNode,
    OrNode,
    ParameterNode,
    PathNode,
)
from twin.dynamodb.partiql.tokens import TokenReader

MALFORMED = "Statement wasn't well formed, can't be processed: "
ONE = ConstantNode({"N": "1"})


def parsed(text: str) -> Node:
    tokens = TokenReader(text)
    node = ExpressionParser(tokens).read_expression()
    tokens.expect_end()
    return node


def path(name: str, column: int) -> PathNode:
    return PathNode((name,), f"1:{column}:{len(name)}")


def test_or_binds_looser_than_and_and_not_looser_than_comparisons() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html"""
    a, b, c = path("a", 1), path("b", 10), path("c", 24)
    both = AndNode((OperatorNode("=", b, ONE), NotNode(OperatorNode("=", c, ONE))))
    assert parsed("a = 1 OR b = 1 AND NOT c = 1") == OrNode((OperatorNode("=", a, ONE), both))


def test_parentheses_group() -> None:
    node = parsed("(a = 1 OR b = 1) AND c = 1")

    assert isinstance(node, AndNode)
    assert isinstance(node.terms[0], OrNode)


def test_relations_of_several_operands_are_read() -> None:
    assert parsed("a BETWEEN 1 AND 1") == BetweenNode(path("a", 1), ONE, ONE)
    assert parsed("a IN [1, ?]") == InNode(path("a", 1), (ONE, ParameterNode(0)))
    assert parsed("a IN (1)") == InNode(path("a", 1), (ONE,))
    assert parsed("a IN ?") == InNode(path("a", 1), ParameterNode(0))
    assert parsed("a NOT IN [1]") == NotNode(InNode(path("a", 1), (ONE,)))
    assert parsed("a != 1") == OperatorNode("<>", path("a", 1), ONE)
    assert parsed("a IS NOT MISSING") == NotNode(IsNode(path("a", 1), ()))
    assert parsed("Size(a)") == CallNode("size", (path("a", 6),), "1:1:4")


def test_literals_have_dynamodbs_types() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.data-types.html"""
    assert parsed("'it''s'") == ConstantNode({"S": "it's"})
    assert parsed("-1.50") == ConstantNode({"N": "-1.5"})
    assert parsed("- -1") == ONE
    assert parsed("true") == ConstantNode({"BOOL": True})
    assert parsed("null") == ConstantNode({"NULL": True})
    assert parsed("{'a': [1]}") == MapNode((("a", ListNode((ONE,))),))


def test_paths_lead_into_maps_and_lists() -> None:
    node = parsed("a.\"b c\"[2]['d']")

    assert isinstance(node, PathNode)
    assert node.path == ("a", "b c", 2, "d")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "Unexpected term"),
        ("a = ", "Missing right-hand side expression of infix operator"),
        ("a AND ", "Missing right-hand side expression of infix operator"),
        ("= 1", "Unexpected operator"),
        ("a = AND", "Unexpected operator"),
        ("key = 1", "Unexpected keyword"),
        ("a.key", "Invalid path dot component"),
        ("a.1", "Invalid path dot component"),
        ("a[b]", "Unexpected term"),
        pytest.param(f"a[{'9' * 5000}]", "Unexpected term", id="an index of 5000 digits"),
        ("()", "Expression group cannot be empty"),
        ("a IS 5", "Expected type name"),
        ("{a: 1}", "Unexpected term"),
        ("[1, 2", "Unexpected term"),
        ("a IN 5", "Unexpected term"),
        ("-'a'", "Unexpected operator"),
    ],
)
def test_what_is_no_expression_is_malformed(text: str, detail: str) -> None:
    with refused(MALFORMED + detail):
        parsed(text)


def test_operators_without_a_meaning_in_dynamodb_are_unsupported() -> None:
    with refused("Unsupported operation: Like"):
        parsed("a LIKE 'x%'")


@pytest.mark.parametrize("wrap", ["(", "NOT ", "[", "{'a': ", "- ", "f("])
def test_deep_nesting_is_refused_before_it_costs_the_stack(wrap: str) -> None:
    with refused(f"Statement is nested too deeply: more than {MAX_DEPTH} levels"):
        parsed(wrap * 5000 + "1")

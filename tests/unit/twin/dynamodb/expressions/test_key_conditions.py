"""Key conditions of Query."""

from operator import le, lt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.attribute_values import OrderKey, Value, order_key
from twin.dynamodb.expressions.conditions import parse_condition
from twin.dynamodb.expressions.key_conditions import (
    PARAMETER,
    KeyCondition,
    SortRange,
    key_clauses,
    resolve_key_clauses,
)
from twin.dynamodb.expressions.placeholders import Placeholders
from twin.dynamodb.key_schema import KeySchema

SIMPLE = KeySchema(("p",), ("c",), {"p": "S", "c": "N"})
TEXT = KeySchema(("p",), ("c",), {"p": "S", "c": "S"})
BYTES = KeySchema(("p",), ("c",), {"p": "S", "c": "B"})
HASH_ONLY = KeySchema(("p",), (), {"p": "S"})
WIDE = KeySchema(("h",), ("a", "b", "c", "d"), dict.fromkeys("habcd", "S"))
DOUBLE = KeySchema(("g", "h"), (), {"g": "S", "h": "N"})
OPERATOR = "Invalid operator used in KeyConditionExpression: "
CLAUSE = "Invalid condition in KeyConditionExpression: "
INVALID = "Invalid KeyConditionExpression: "
UNSUPPORTED = "Query key condition not supported"
WRONG_TYPE = (
    "One or more parameter values were invalid: Condition parameter type does not match schema type"
)


def parsed(text: str, schema: KeySchema = SIMPLE, **values: Value) -> KeyCondition:
    defaults: dict[str, Value] = {"p": {"S": "x"}, "n": {"N": "3"}, "m": {"N": "7"}}
    given_values = {f":{name}": value for name, value in {**defaults, **values}.items()}
    condition = parse_condition(text, Placeholders({"#p": "p"}, given_values), PARAMETER)
    return resolve_key_clauses(key_clauses(condition), schema)


def in_range(key: OrderKey, limits: SortRange) -> bool:
    above = limits.low is None or (le if limits.low_included else lt)(limits.low, key)
    below = limits.high is None or (le if limits.high_included else lt)(key, limits.high)
    return bool(above and below)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("p = :p", range(10)),
        ("#p = :p and c = :n", [3]),
        ("(c = :n) and (:p = p)", [3]),
        ("p = :p and c < :n", range(3)),
        ("p = :p and c <= :n", range(4)),
        ("p = :p and c > :n", range(4, 10)),
        ("p = :p and :n <= c", range(3, 10)),
        ("p = :p and :n > c", range(3)),
        ("p = :p and c between :n and :m", range(3, 8)),
    ],
)
def test_a_key_condition_is_a_partition_and_a_range(text: str, numbers: range | list[int]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html"""
    condition = parsed(text)

    assert condition.partition == ({"S": "x"},)
    assert condition.sort_prefix == ()
    limits = condition.sort or SortRange()
    assert [n for n in range(10) if in_range(order_key({"N": str(n)}), limits)] == list(numbers)


@given(st.text(min_size=1, max_size=3), st.text(max_size=4))
def test_text_begins_with_a_prefix_exactly_in_its_range(prefix: str, text: str) -> None:
    condition = parsed("p = :p and begins_with(c, :x)", TEXT, x={"S": prefix})

    assert condition.sort is not None
    for candidate in (text, prefix + text):
        assert in_range(candidate, condition.sort) is candidate.startswith(prefix)


@pytest.mark.parametrize("prefix", ["/w==", "//8=", "AP8=", "YQ=="])
def test_binary_begins_with_a_prefix_exactly_in_its_range(prefix: str) -> None:
    condition = parsed("p = :p and begins_with(c, :x)", BYTES, x={"B": prefix})
    start = order_key({"B": prefix})

    assert condition.sort is not None
    assert isinstance(start, bytes)
    for candidate in (b"", b"a", b"b", b"\0\xff", b"\1", b"\xff", b"\xff\xff\xff", start + b"x"):
        assert in_range(candidate, condition.sort) is candidate.startswith(start)


def test_the_last_text_of_all_is_a_prefix_without_an_end() -> None:
    condition = parsed("p = :p and begins_with(c, :x)", TEXT, x={"S": "\U0010ffff"})

    assert condition.sort == SortRange(low="\U0010ffff", high_included=False)


def test_surrogates_are_no_characters_of_text() -> None:
    condition = parsed("p = :p and begins_with(c, :x)", TEXT, x={"S": "\ud7ff"})

    assert condition.sort == SortRange(low="\ud7ff", high="\ue000", high_included=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a > b and size(b) > c or a > c", f"{OPERATOR}OR"),
        ("a in (b, size(c), d)", f"{OPERATOR}IN"),
        ("attribute_exists(a)", f"{OPERATOR}attribute_exists"),
        ("contains(a.d, b)", f"{OPERATOR}contains"),
        ("not a > b", f"{OPERATOR}NOT"),
        ("a <> b", f"{OPERATOR}<>"),
        (
            ":p between size(b) and size(a) and b > :p",
            f"{CLAUSE}BETWEEN operator must have the key attribute as its first operand",
        ),
        (
            "begins_with(:p, b) and a > :p",
            f"{CLAUSE}begins_with operator must have the key attribute as its first operand",
        ),
        (
            "size(b) > a AND a.b > b AND b > c",
            f"{INVALID}KeyConditionExpressions cannot contain nested operations",
        ),
        ("a > size(b.d)", f"{INVALID}KeyConditionExpressions cannot contain nested operations"),
        ("b > a.b", f"{CLAUSE}Multiple attribute names used in one condition"),
        ("a between b and size(a)", f"{CLAUSE}Multiple attribute names used in one condition"),
        (
            "a between b and a",
            f"{INVALID}The first operand must be distinct from the remaining operands for this "
            "operator or function; operator: BETWEEN, first operand: [a]",
        ),
        ("begins_with(a, b)", f"{CLAUSE}Multiple attribute names used in one condition"),
        (
            "b.d > a AND c.d > e.f",
            f"{INVALID}KeyConditionExpressions cannot have conditions on nested attributes",
        ),
        (
            "b[0] > a",
            f"{INVALID}KeyConditionExpressions cannot have conditions on nested attributes",
        ),
        (":n > :m AND a < :m", f"{CLAUSE}No key attribute specified"),
        (
            "p = :p and c > :n and c < :m",
            f"{INVALID}KeyConditionExpressions must only contain one condition per key",
        ),
        (
            "p = :p and begins_with(c, :n)",
            f"{INVALID}Incorrect operand type for operator or function; operator or function: "
            "begins_with, operand type: N",
        ),
        (
            "p = :p and c > :n and extra = :m",
            "The number of query conditions (3) exceeds the number of key attributes defined in "
            "the schema (2)",
        ),
        ("c = :n", "Query condition missed key schema element: p"),
        ("p = :p and x = :n", "Query condition missed key schema element: c"),
        ("p > :p", UNSUPPORTED),
        ("begins_with(p, :p)", UNSUPPORTED),
        ("p between :p and :p", UNSUPPORTED),
        ("p = :n", WRONG_TYPE),
        ("p = :p and c = :p", WRONG_TYPE),
        (
            "p = :p and c between :n and d",
            f"{CLAUSE}Multiple attribute names used in one condition",
        ),
    ],
)
def test_key_conditions_against_the_rules_are_refused(text: str, message: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html"""
    with refused(message):
        parsed(text)


@pytest.mark.parametrize(
    ("schema", "value", "kind", "name"),
    [
        (TEXT, {"S": ""}, "string", "c"),
        (BYTES, {"B": ""}, "binary", "c"),
    ],
)
def test_keys_are_not_empty(schema: KeySchema, value: Value, kind: str, name: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    with refused(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        f"contain an empty {kind} value. Key: {name}"
    ):
        parsed("p = :p and c > :x", schema, x=value)


def test_a_table_without_sort_key_takes_one_condition() -> None:
    assert parsed("p = :p", HASH_ONLY).sort is None
    with refused(
        "The number of query conditions (2) exceeds the number of key attributes defined in the "
        "schema (1)"
    ):
        parsed("p = :p and c = :n", HASH_ONLY)


def test_an_index_may_have_several_keys() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html"""
    condition = parsed("b > :p and h = :p and a = :p", WIDE)

    assert condition.partition == ({"S": "x"},)
    assert condition.sort_prefix == ({"S": "x"},)
    assert condition.sort == SortRange(low="x", low_included=False)
    assert parsed("h = :n and g = :p", DOUBLE).partition == ({"S": "x"}, {"N": "3"})
    with refused("Query condition missed key schema element: h"):
        parsed("g = :p", DOUBLE)
    for text, lacking, name in (
        ("h = :p and a = :p and c = :p", "b", "c"),
        ("h = :p and a = :p and b > :p and c = :p", "b", "c"),
        ("h = :p and b = :p", "a", "b"),
        ("h = :p and d = :p", "a, b, c", "d"),
    ):
        with refused(
            f"RANGE key attributes {lacking} must have equality conditions specified in the query "
            f"because a condition is present on key attribute {name}"
        ):
            parsed(text, WIDE)

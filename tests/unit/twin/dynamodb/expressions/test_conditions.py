"""Conditions: what holds for which item, and which conditions are refused."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.attribute_values import Item, Value, normalise_value
from twin.dynamodb.expressions.conditions import (
    Condition,
    check_filter_keys,
    condition_holds,
    parse_condition,
)
from twin.dynamodb.expressions.placeholders import Placeholders

WRONG_TYPE = "Incorrect operand type for operator or function; operator or function: "
WRONG_COUNT = "Incorrect number of operands for operator or function; operator or function: "
NOT_DISTINCT = (
    "The first operand must be distinct from the remaining operands for this operator or function; "
    "operator: "
)
ONE_OF_EACH: Item = {
    "s": {"S": "hello"},
    "n": {"N": "2"},
    "b": {"B": "aGk="},
    "t": {"BOOL": True},
    "z": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
    "bs": {"BS": ["aGk=", "AA=="]},
    "l": {"L": [{"S": "x"}, {"N": "1"}, {"SS": ["a", "b"]}]},
    "m": {"M": {"in": {"S": "deep"}}},
}


def parsed(text: str, **values: Value) -> Condition:
    names = {"#a": "a", "#p": "in"}
    normal = {f":{name}": normalise_value(value) for name, value in values.items()}
    placeholders = Placeholders(names, normal)
    return parse_condition(text, placeholders, "FilterExpression")


def holds(text: str, item: Item = ONE_OF_EACH, **values: Value) -> bool:
    return condition_holds(parsed(text, **values), item)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("s = :v", {"S": "hello"}, True),
        ("s = :v", {"S": "Hello"}, False),
        ("n = :v", {"N": "2"}, True),
        ("n = :v", {"S": "2"}, False),
        ("q = :v", {"S": "2"}, False),
        ("q <> :v", {"S": "2"}, True),
        ("n <> :v", {"S": "2"}, True),
        ("ss = :v", {"SS": ["b", "a"]}, True),
        ("ss <> :v", {"SS": ["b", "a"]}, False),
        ("m = :v", {"M": {"in": {"S": "deep"}}}, True),
        ("m.#p = :v", {"S": "deep"}, True),
        ("l[2] = :v", {"SS": ["b", "a"]}, True),
        ("n < :v", {"N": "10"}, True),
        ("n >= :v", {"N": "2"}, True),
        ("n > :v", {"N": "2"}, False),
        ("n < :v", {"S": "3"}, False),
        ("n >= :v", {"S": "1"}, False),
        ("q < :v", {"N": "1"}, False),
        ("t < :v", {"N": "1"}, False),
        ("b <= :v", {"B": "aGk="}, True),
        ("s between :v and :v", {"S": "hello"}, True),
        ("n between :v and n", {"N": "1"}, None),
        ("q between :v and :v", {"N": "1"}, False),
        ("s between :v and :v", {"N": "1"}, False),
        (":v in (s, n)", {"N": "2"}, True),
        (":v in (s, q)", {"N": "2"}, False),
        ("q in (:v)", {"N": "2"}, False),
        ("ss in (:v)", {"SS": ["b", "a"]}, True),
        ("contains(s, :v)", {"S": "ell"}, True),
        ("contains(s, :v)", {"N": "2"}, False),
        ("contains(b, :v)", {"B": "aQ=="}, True),
        ("contains(b, :v)", {"S": "aQ=="}, False),
        ("contains(ss, :v)", {"S": "a"}, True),
        ("contains(ss, :v)", {"SS": ["a"]}, False),
        ("contains(ns, :v)", {"N": "2"}, True),
        ("contains(bs, :v)", {"B": "AA=="}, True),
        ("contains(l, :v)", {"SS": ["b", "a"]}, True),
        ("contains(l, :v)", {"S": "1"}, False),
        ("contains(n, :v)", {"N": "2"}, False),
        ("contains(m, :v)", {"S": "in"}, False),
        ("contains(q, :v)", {"S": "in"}, False),
        ("contains(:v, s)", {"L": [{"S": "hello"}]}, True),
        ("begins_with(s, :v)", {"S": "he"}, True),
        ("begins_with(s, :v)", {"B": "aA=="}, False),
        ("begins_with(b, :v)", {"B": "aA=="}, True),
        ("begins_with(n, :v)", {"S": "2"}, False),
        ("begins_with(q, :v)", {"S": "2"}, False),
        ("begins_with(:v, s)", {"S": "hello world"}, True),
        ("attribute_type(l, :v)", {"S": "L"}, True),
        ("attribute_type(l, :v)", {"S": "M"}, False),
        ("attribute_type(q, :v)", {"S": "L"}, False),
        ("attribute_type(:v, :v)", {"S": "S"}, True),
        ("size(s) = :v", {"N": "5"}, True),
        ("size(b) = :v", {"N": "2"}, True),
        ("size(l) > :v", {"N": "2"}, True),
        ("size(n) = :v", {"N": "1"}, False),
        ("size(q) <> :v", {"N": "1"}, True),
        ("size(:v) < n", {"S": "x"}, True),
    ],
)
def test_comparisons_and_functions_hold_for_what_they_say(
    text: str, value: Value, expected: bool | None
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    if expected is None:
        with refused(f"Invalid FilterExpression: {NOT_DISTINCT}BETWEEN, first operand: [n]"):
            parsed(text, v=value)
    else:
        assert holds(text, v=value) is expected


def test_attributes_exist_or_do_not() -> None:
    assert holds("attribute_exists(m.#p) and attribute_exists(z)")
    assert not holds("attribute_exists(q) or attribute_exists(l[3])")
    assert holds("attribute_not_exists(q) and not attribute_not_exists(t)")
    assert not holds("attribute_exists(s)", {})


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_not_binds_before_and_before_or(flags: list[bool]) -> None:
    names = "abcd"
    item: Item = {name: {"S": ""} for name, flag in zip(names, flags, strict=True) if flag}
    a, b, c, d = flags
    parts = [f"attribute_exists({name})" for name in names]

    assert holds("{} or {} and not {} or {}".format(*parts), item) is (a or (b and not c) or d)
    assert holds("not ({} or {}) and ({} or {})".format(*parts), item) is (
        not (a or b) and (c or d)
    )


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        # Undefined placeholders, in the first condition that has one.
        (
            "attribute_exists(#q.x, :v) and a=a",
            None,
            "An expression attribute name used in the document path is not defined; "
            "attribute name: #q",
        ),
        (
            "begins_with(:hello, #q, #b)",
            None,
            "An expression attribute value used in expression is not defined; "
            "attribute value: :hello",
        ),
        ("a = a and a = :q", None, f"{NOT_DISTINCT}=, first operand: [a]"),
        # Numbers of operands.
        (
            "attribute_exists(things, a) and a=a",
            None,
            f"{WRONG_COUNT}attribute_exists, number of operands: 2",
        ),
        ("attribute_type(things)", None, f"{WRONG_COUNT}attribute_type, number of operands: 1"),
        ("begins_with(a)", None, f"{WRONG_COUNT}begins_with, number of operands: 1"),
        ("contains(a, b, c)", None, f"{WRONG_COUNT}contains, number of operands: 3"),
        ("size(a, c) > b", None, f"{WRONG_COUNT}size, number of operands: 2"),
        # The same path twice.
        ("#a <> a", None, f"{NOT_DISTINCT}<>, first operand: [a]"),
        ("((a=a) OR (a=c))", None, f"{NOT_DISTINCT}=, first operand: [a]"),
        (
            "contains(ab.bc[1].a, ab.bc[1].#a)",
            None,
            f"{NOT_DISTINCT}contains, first operand: [ab, bc, [1], a]",
        ),
        ("a in (b, #a)", None, f"{NOT_DISTINCT}IN, first operand: [a]"),
        # Types of operands.
        ("size(:v) > a", {"N": "1"}, f"{WRONG_TYPE}size, operand type: N"),
        ("size(size(a)) > :v", {"N": "1"}, f"{WRONG_TYPE}size, operand type: N"),
        ("attribute_not_exists(size(:v))", {"BOOL": True}, f"{WRONG_TYPE}size, operand type: BOOL"),
        ("begins_with(a, :v)", {"N": "1"}, f"{WRONG_TYPE}begins_with, operand type: N"),
        ("begins_with(:v, a)", {"L": []}, f"{WRONG_TYPE}begins_with, operand type: L"),
        (
            "begins_with(a, size(a)) and a=:v",
            {"N": "1"},
            f"{WRONG_TYPE}begins_with, operand type: N",
        ),
        ("attribute_type(a, :v)", {"SS": ["1"]}, f"{WRONG_TYPE}attribute_type, operand type: SS"),
        (
            "attribute_type(a, size(a)) and a=a",
            None,
            f"{WRONG_TYPE}attribute_type, operand type: N",
        ),
        (
            "attribute_type(a, b)",
            None,
            f"{WRONG_TYPE}attribute_type, operand type: {{NS,SS,L,BS,N,M,B,BOOL,NULL,S}}",
        ),
        (
            "attribute_type(a, :v)",
            {"S": "1"},
            "Invalid attribute type name found; type: 1, valid types: "
            "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        ("a < :v", {"BOOL": True}, f"{WRONG_TYPE}<, operand type: BOOL"),
        (":v >= a", {"M": {}}, f"{WRONG_TYPE}>=, operand type: M"),
        ("a between :v and b", {"NULL": True}, f"{WRONG_TYPE}BETWEEN, operand type: NULL"),
        (
            "attribute_exists(:v)",
            {"S": "1"},
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
    ],
)
def test_conditions_against_the_rules_are_refused(
    text: str, value: Value | None, message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    with refused(f"Invalid FilterExpression: {message}"):
        parsed(text, **({} if value is None else {"v": value}))


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (
            {"S": "b"},
            {"S": "a"},
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {S:b}, "
            "upper bound operand: AttributeValue: {S:a}",
        ),
        (
            {"S": "a"},
            {"N": "1"},
            "The BETWEEN operator requires same data type for lower and upper bounds; "
            "lower bound operand: AttributeValue: {S:a}, "
            "upper bound operand: AttributeValue: {N:1}",
        ),
        (
            {"B": "AQ=="},
            {"B": "AA=="},
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]}, "
            "upper bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]}",
        ),
    ],
)
def test_bounds_of_between_are_of_a_type_and_in_order(
    low: Value, high: Value, message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    with refused(f"Invalid FilterExpression: {message}"):
        parsed("a between :low and :high", low=low, high=high)


def test_in_has_up_to_100_operands() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    values: dict[str, Value] = {f"v{number}": {"N": str(number)} for number in range(101)}
    names = [f":{name}" for name in values]

    assert holds(f"n in ({', '.join(names[:100])})", **values)
    with refused(
        "Invalid FilterExpression: The IN operator is provided with too many operands; "
        "number of operands: 101"
    ):
        parsed(f"n in ({', '.join(names)})", **values)


def test_the_deepest_conditions_are_evaluated() -> None:
    deep = "s<n " + "or (s<n " * 149 + ")" * 149

    assert not holds(deep)
    assert holds("not (" * 299 + "s<n" + ")" * 299)


def test_the_paths_of_a_condition_are_known() -> None:
    condition = parsed("a.b = :v or not (size(c[0]) > d) and :v in (e)", v={"S": ""})

    assert condition.paths == (("a", "b"), ("c", 0), ("d",), ("e",))


def test_the_filter_of_a_query_is_not_for_keys() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html"""
    check_filter_keys(parsed("a = :v", v={"S": ""}), ("p", "s"))
    with refused(
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: s"
    ):
        check_filter_keys(parsed("a = :v or size(s) > :n", v={"S": ""}, n={"N": "1"}), ("p", "s"))


SCALARS: list[Value] = [{"S": "a"}, {"S": "b"}, {"N": "1"}, {"N": "10"}, {"B": "AA=="}]


@pytest.mark.parametrize(("left", "right"), list(product(SCALARS, SCALARS)))
def test_comparisons_agree_with_each_other(left: Value, right: Value) -> None:
    item: Item = {"a": left, "b": right}
    less, equal, greater = (holds(f"a {operator} b", item) for operator in ("<", "=", ">"))

    assert less + equal + greater == (left.keys() == right.keys())
    assert holds("a <> b", item) is not equal
    assert holds("a <= b", item) is (less or equal)
    assert holds("a >= b", item) is (greater or equal)
    assert holds("a between b and :v", item, v=right) is equal

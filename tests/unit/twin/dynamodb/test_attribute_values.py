"""Attribute values: what is refused in which words, what is normalised, equality and order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.refusals import refused
from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import (
    Value,
    check_levels,
    compare_values,
    normalise_item,
    normalise_value,
    order_key,
    sorted_set,
    value_type,
)
from twin.dynamodb.errors import in_older_words

EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
INVALID = "One or more parameter values were invalid: "
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
    "beyond supported limit"
)

SCALARS = st.one_of(
    st.builds(lambda text: {"S": text}, st.text(max_size=4)),
    st.builds(lambda number: {"N": str(number)}, st.integers(-9, 9)),
    st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
    st.just({"NULL": True}),
    st.sampled_from([{"B": ""}, {"B": "YQ=="}, {"B": "YWI="}]),
    st.builds(
        lambda names: {"SS": sorted(names)}, st.sets(st.text(max_size=2), min_size=1, max_size=4)
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda values: {"L": values}, st.lists(inner, max_size=3)),
        st.builds(
            lambda values: {"M": values}, st.dictionaries(st.text(min_size=1), inner, max_size=3)
        ),
    ),
    max_leaves=6,
)


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "leaf"}
    for _ in range(levels):
        value = {"M": {"n": value}}
    return value


@given(VALUES)
def test_a_normal_value_is_left_as_it_is(value: dict[str, Any]) -> None:
    assert normalise_value(value) == value


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ({"N": "1.0"}, {"N": "1"}),
        ({"NS": ["1.0", "2e1"]}, {"NS": ["20", "1"]}),
        ({"L": [{"N": "01"}]}, {"L": [{"N": "1"}]}),
        ({"M": {"a": {"N": "+1"}, "b": {"S": "x"}}}, {"M": {"a": {"N": "1"}, "b": {"S": "x"}}}),
        ({"BOOL": "true"}, {"BOOL": True}),
        ({"BOOL": "no"}, {"BOOL": False}),
        ({"S": "x", "N": None, "other": 1}, {"S": "x"}),
    ],
)
def test_values_are_normalised(raw: dict[str, Any], normal: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html"""
    before = repr(raw)

    assert normalise_value(raw) == normal
    assert repr(raw) == before


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, EMPTY),
        (None, EMPTY),
        ({"S": None}, EMPTY),
        ({"X": "a"}, EMPTY),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes",
        ),
        ({"S": "a", "N": "b"}, "The parameter cannot be converted to a numeric value: b"),
        ({"SS": []}, f"{INVALID}An string set  may not be empty"),
        ({"NS": []}, f"{INVALID}An number set  may not be empty"),
        ({"BS": []}, f"{INVALID}Binary sets should not be empty"),
        (
            {"SS": ["b", "a", "b"]},
            f'{INVALID}Input collection ["a", "b", "b"] contains duplicates.',
        ),
        ({"NS": ["1", "1.0"]}, f"{INVALID}Input collection contains duplicates."),
        (
            {"BS": ["/w==", "AA==", "AA=="]},
            f'{INVALID}Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.',
        ),
        ({"L": [{"M": {"a": {"SS": []}}}]}, f"{INVALID}An string set  may not be empty"),
    ],
)
def test_values_against_the_rules_are_refused(raw: object, message: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    with refused(message):
        normalise_value(raw)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"SS": ["b", "a", "b"]}, f"{INVALID}Input collection [b, a, b] contains duplicates."),
        ({"NS": ["1", "1"]}, "Input collection contains duplicates"),
        (
            {"BS": ["AA==", "AA=="]},
            f"{INVALID}Input collection [AA==, AA==]of type BS contains duplicates.",
        ),
        ({"SS": []}, f"{INVALID}An string set  may not be empty"),
    ],
)
def test_some_operations_report_duplicates_in_older_words(raw: object, message: str) -> None:
    with pytest.raises(TableApiError) as caught:
        normalise_value(raw)

    assert in_older_words(caught.value).message == message


@pytest.mark.parametrize("raw", ["x", {"S": 1}, {"SS": [1]}, {"L": {}}, {"M": {"a": []}}])
def test_values_of_wrong_json_types_are_refused(raw: object) -> None:
    with pytest.raises(TableApiError) as caught:
        normalise_value(raw)

    assert caught.value.code == "SerializationException"


def test_a_value_may_be_on_32_levels() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    assert normalise_value(nested(31)) == nested(31)
    for levels in (32, 5000):
        with refused(TOO_DEEP):
            normalise_value(nested(levels))


def test_a_value_that_moves_down_may_become_too_deep() -> None:
    check_levels(nested(30), 1)
    with refused(TOO_DEEP):
        check_levels(nested(31), 1)
    with refused(TOO_DEEP):
        check_levels({"L": [nested(31)]}, 0)


def test_attribute_names_have_a_length() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    assert normalise_item({"n" * 65_535: {"S": ""}})
    with refused("Empty attribute name"):
        normalise_item({"a": {"SS": []}, "": {"S": ""}})
    with refused("Empty attribute name"):
        normalise_value({"M": {"": {"S": ""}}})
    for name in ("n" * 65_536, "ß" * 32_768):
        with refused("Attribute name is too large, must be less than 65536 bytes"):
            normalise_item({name: {"S": ""}})


@pytest.mark.parametrize(
    ("raw", "members"),
    [
        ({"SS": ["b", "Z", "a"]}, ["Z", "a", "b"]),
        ({"NS": ["-1", "9", "10"]}, ["10", "9", "-1"]),
        ({"BS": ["/w==", "AA=="]}, ["AA==", "/w=="]),
    ],
)
def test_sets_are_sorted(raw: Value, members: list[str]) -> None:
    """https://github.com/architect/dynalite (test/scan.js, written against the service)"""
    ((kind, _),) = raw.items()

    assert normalise_value({"L": [raw]}) == {"L": [{kind: members}]}
    assert sorted_set(kind, reversed(members)) == members


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ({"S": "Z"}, {"S": "a"}),
        ({"S": "z"}, {"S": "¿"}),
        ({"S": "\uffff"}, {"S": "😀"}),
        ({"N": "-10"}, {"N": "9"}),
        ({"N": "9"}, {"N": "10"}),
        ({"B": "fw=="}, {"B": "gA=="}),
    ],
)
def test_values_of_a_type_are_in_order(lower: Value, higher: Value) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    assert compare_values(lower, higher) == -1
    assert compare_values(higher, lower) == 1
    assert compare_values(lower, lower) == 0
    assert sorted([higher, lower], key=order_key) == [lower, higher]


@pytest.mark.parametrize(
    ("left", "right"),
    [({"S": "1"}, {"N": "1"}), ({"BOOL": True}, {"BOOL": True}), ({"L": []}, {"L": []})],
)
def test_unlike_types_and_types_without_order_are_not_compared(left: Value, right: Value) -> None:
    assert compare_values(left, right) is None


def test_the_type_of_a_value_is_its_member() -> None:
    assert value_type({"NS": ["1"]}) == "NS"
    with refused(EMPTY):
        value_type({})

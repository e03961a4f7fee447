"""The parameters that requests had before expressions."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.attribute_values import Item, Value
from twin.dynamodb.expressions.conditions import check_filter_keys, condition_holds
from twin.dynamodb.expressions.key_conditions import KeyCondition, SortRange, resolve_key_clauses
from twin.dynamodb.expressions.legacy import (
    legacy_key_clauses,
    parse_attribute_updates,
    parse_attributes_to_get,
    parse_expected,
    parse_filter,
)
from twin.dynamodb.expressions.projections import project
from twin.dynamodb.expressions.updates import apply_update
from twin.dynamodb.key_schema import KeySchema

INVALID = "One or more parameter values were invalid: "
SCHEMA = KeySchema(("p",), ("c",), {"p": "S", "c": "N"})
ITEM: Item = {
    "s": {"S": "hello"},
    "n": {"N": "2"},
    "b": {"B": "aGk="},
    "z": {"NULL": True},
    "ns": {"NS": ["2", "1"]},
    "l": {"L": [{"N": "2"}]},
}


def condition(operator: str, *values: Value) -> dict[str, Any]:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("n", condition("EQ", {"N": "2.0"}), True),
        ("n", condition("EQ", {"S": "2"}), False),
        ("q", condition("EQ", {"S": "2"}), False),
        ("ns", condition("EQ", {"NS": ["1", "2"]}), True),
        ("n", condition("NE", {"N": "2"}), False),
        ("n", condition("NE", {"S": "2"}), True),
        ("q", condition("NE", {"S": "2"}), True),
        ("n", condition("LE", {"N": "2"}), True),
        ("n", condition("LT", {"N": "10"}), True),
        ("s", condition("GE", {"S": "z"}), False),
        ("b", condition("GT", {"B": "AA=="}), True),
        ("l", condition("GT", {"N": "1"}), False),
        ("n", condition("IN", {"N": "1"}, {"N": "2"}), True),
        ("q", condition("IN", {"N": "1"}), False),
        ("n", condition("BETWEEN", {"N": "1"}, {"N": "2"}), True),
        ("n", condition("BETWEEN", {"N": "3"}, {"N": "4"}), False),
        ("z", condition("NOT_NULL"), True),
        ("q", condition("NOT_NULL"), False),
        ("z", {"ComparisonOperator": "NULL"}, False),
        ("q", {"ComparisonOperator": "NULL"}, True),
        ("s", condition("CONTAINS", {"S": "ell"}), True),
        ("l", condition("CONTAINS", {"N": "2"}), True),
        ("ns", condition("CONTAINS", {"N": "3"}), False),
        ("s", condition("NOT_CONTAINS", {"S": "dog"}), True),
        ("s", condition("NOT_CONTAINS", {"S": "ell"}), False),
        ("q", condition("NOT_CONTAINS", {"S": "ell"}), False),
        ("s", condition("BEGINS_WITH", {"S": "he"}), True),
        ("b", condition("BEGINS_WITH", {"B": "aQ=="}), False),
    ],
)
def test_conditions_hold_as_their_operator_says(
    name: str, content: dict[str, Any], expected: bool
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Condition.html"""
    assert condition_holds(parse_filter({name: content}, None), ITEM) is expected
    assert condition_holds(parse_expected({name: content}, None), ITEM) is expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"Value": {"N": "2"}}, True),
        ({"Value": {"N": "3"}}, False),
        ({"Value": {"N": "2"}, "Exists": True}, True),
        ({"Exists": False}, False),
        ({"ComparisonOperator": "GT", "Value": {"N": "1"}}, True),
        ({"ComparisonOperator": "NOT_NULL"}, True),
    ],
)
def test_expected_also_has_values_and_existence(content: dict[str, Any], expected: bool) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExpectedAttributeValue.html"""
    assert condition_holds(parse_expected({"n": content}, None), ITEM) is expected


def test_conditions_are_joined_by_the_operator() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.ConditionalOperator.html"""
    contents = {"n": condition("NOT_NULL"), "q": condition("NOT_NULL")}

    assert not condition_holds(parse_expected(contents, None), ITEM)
    assert not condition_holds(parse_expected(contents, "AND"), ITEM)
    assert condition_holds(parse_filter(contents, "OR"), ITEM)
    assert condition_holds(parse_expected({}, None), ITEM)
    with refused(
        "ConditionalOperator can only be used when Filter or Expected has two or more elements"
    ):
        parse_filter({"n": condition("NOT_NULL")}, "OR")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            condition("EQ"),
            f"{INVALID}Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (
            condition("NULL", {"S": "a"}),
            f"{INVALID}Invalid number of argument(s) for the NULL ComparisonOperator",
        ),
        (
            condition("BETWEEN", {"S": "a"}),
            f"{INVALID}Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            condition("IN", {"S": "a"}, {"N": "1"}),
            f"{INVALID}AttributeValues inside AttributeValueList must be of same type",
        ),
        (
            condition("LE", {"L": []}),
            f"{INVALID}ComparisonOperator LE is not valid for L AttributeValue type",
        ),
        (
            condition("CONTAINS", {"SS": ["a"]}),
            f"{INVALID}ComparisonOperator CONTAINS is not valid for SS AttributeValue type",
        ),
        (
            condition("BEGINS_WITH", {"N": "1"}),
            f"{INVALID}ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
        ),
        (
            condition("BETWEEN", {"S": "b"}, {"S": "a"}),
            "The BETWEEN condition was provided a range where the lower bound is greater than the "
            "upper bound",
        ),
        (condition("EQ", {"SS": []}), f"{INVALID}An string set  may not be empty"),
    ],
)
def test_conditions_against_the_rules_are_refused(content: dict[str, Any], message: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Condition.html"""
    for parse in (parse_filter, parse_expected):
        with refused(message):
            parse({"a": content}, None)
    with refused(message):
        legacy_key_clauses({"a": content})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"Value": {"S": "a"}, "AttributeValueList": []},
            "Value and AttributeValueList cannot be used together",
        ),
        (
            {"Exists": True, "ComparisonOperator": "NULL"},
            "Exists and ComparisonOperator cannot be used together",
        ),
        (
            {"ComparisonOperator": "EQ"},
            "Value or AttributeValueList must be used with ComparisonOperator: EQ",
        ),
        (
            {"AttributeValueList": []},
            "AttributeValueList can only be used with a ComparisonOperator",
        ),
        ({}, "Value must be provided when Exists is null"),
        ({"Exists": True}, "Value must be provided when Exists is true"),
        ({"Exists": False, "Value": {"S": ""}}, "Value cannot be used when Exists is false"),
    ],
)
def test_expectations_that_contradict_themselves_are_refused(
    content: dict[str, Any], message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExpectedAttributeValue.html"""
    with refused(f"{INVALID}{message} for Attribute: a"):
        parse_expected({"a": content}, None)


def test_the_query_filter_is_not_for_keys() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.QueryFilter.html"""
    with refused(
        "QueryFilter can only contain non-primary key attributes: Primary key attribute: p"
    ):
        check_filter_keys(parse_filter({"p": condition("NOT_NULL")}, None), ("p",))


def test_key_conditions_are_a_partition_and_a_range() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.KeyConditions.html"""
    conditions = {"c": condition("GT", {"N": "1"}), "p": condition("EQ", {"S": "x"})}

    parsed = resolve_key_clauses(legacy_key_clauses(conditions), SCHEMA)

    assert isinstance(parsed, KeyCondition)
    assert parsed.partition == ({"S": "x"},)
    assert parsed.sort == SortRange(low=Decimal(1), low_included=False)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({}, "Conditions can be of length 1 or 2 only"),
        (
            {"p": condition("NULL")},
            "Attempted conditional constraint is not an indexable operation",
        ),
        (
            {"p": condition("EQ", {"S": "x"}), "c": condition("NE", {"N": "1"})},
            "Attempted conditional constraint is not an indexable operation",
        ),
        ({"p": condition("GT", {"S": "x"})}, "Query key condition not supported"),
        ({"c": condition("EQ", {"N": "1"})}, "Query condition missed key schema element: p"),
    ],
)
def test_key_conditions_against_the_rules_are_refused(
    conditions: dict[str, Any], message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.KeyConditions.html"""
    with refused(message):
        resolve_key_clauses(legacy_key_clauses(conditions), SCHEMA)


def test_attributes_to_get_are_a_projection() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributesToGet.html"""
    assert project(parse_attributes_to_get(["n", "s.x", "q"]), ITEM) == {"n": {"N": "2"}}
    with refused(f"{INVALID}Duplicate value in attribute name: n"):
        parse_attributes_to_get(["n", "s", "n"])
    with refused("Empty attribute name"):
        parse_attributes_to_get([""])


@pytest.mark.parametrize(
    ("updates", "after"),
    [
        ({"a": {"Value": {"N": "1.0"}}}, {"a": {"N": "1"}}),
        ({"n": {"Value": {"S": "x"}, "Action": "PUT"}}, {"n": {"S": "x"}}),
        ({"n": {"Action": "DELETE"}, "q": {"Action": "DELETE"}}, {"n": None}),
        ({"n": {"Action": "ADD", "Value": {"N": "3"}}}, {"n": {"N": "5"}}),
        ({"q": {"Action": "ADD", "Value": {"N": "3"}}}, {"q": {"N": "3"}}),
        (
            {"ns": {"Action": "ADD", "Value": {"NS": ["0"]}}},
            {"ns": {"NS": ["2", "1", "0"]}},
        ),
        (
            {"l": {"Action": "ADD", "Value": {"L": [{"S": "x"}]}}},
            {"l": {"L": [{"N": "2"}, {"S": "x"}]}},
        ),
        ({"ns": {"Action": "DELETE", "Value": {"NS": ["2", "9"]}}}, {"ns": {"NS": ["1"]}}),
        ({"ns": {"Action": "DELETE", "Value": {"NS": ["2", "1"]}}}, {"ns": None}),
        # A point in a name is a part of it.
        ({"a.b": {"Value": {"S": ""}}}, {"a.b": {"S": ""}}),
        ({}, {}),
    ],
)
def test_attribute_updates_change_whole_attributes(
    updates: dict[str, Any], after: dict[str, Value | None]
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html"""
    expected = {name: value for name, value in {**ITEM, **after}.items() if value is not None}

    assert apply_update(parse_attribute_updates(updates), ITEM) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, f"{INVALID}Only DELETE action is allowed when no attribute value is specified"),
        (
            {"Action": "DELETE", "Value": {"S": "x"}},
            f"{INVALID}DELETE action with value is not supported for the type S",
        ),
        (
            {"Action": "ADD", "Value": {"BOOL": True}},
            f"{INVALID}ADD action is not supported for the type BOOL",
        ),
        ({"Value": {"SS": []}}, f"{INVALID}An string set  may not be empty"),
    ],
)
def test_attribute_updates_against_the_rules_are_refused(
    content: dict[str, Any], message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValueUpdate.html"""
    with refused(message):
        parse_attribute_updates({"a": content})


@pytest.mark.parametrize(
    "updates",
    [
        {"s": {"Action": "ADD", "Value": {"N": "1"}}},
        {"ns": {"Action": "ADD", "Value": {"N": "1"}}},
        {"n": {"Action": "DELETE", "Value": {"NS": ["1"]}}},
    ],
)
def test_attribute_updates_of_another_type_are_refused(updates: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    with refused("Type mismatch for attribute to update"):
        apply_update(parse_attribute_updates(updates), ITEM)

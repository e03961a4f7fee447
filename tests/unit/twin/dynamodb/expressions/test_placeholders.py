"""Placeholders: which are allowed, and that each is defined and used."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.expressions.placeholders import (
    Placeholders,
    check_parameters,
    read_placeholders,
)
from twin.dynamodb.expressions.syntax import PathSyntax, ValueSyntax

UPDATE = ("UpdateExpression", "ConditionExpression")
UPDATE_LEGACY = ("AttributeUpdates", "Expected", "ConditionalOperator")
QUERY = ("ProjectionExpression", "FilterExpression", "KeyConditionExpression")
QUERY_LEGACY = ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions")


def checked(request: dict[str, Any], *, wrap_value_errors: bool = False) -> Placeholders:
    return read_placeholders(request, wrap_value_errors=wrap_value_errors)


def test_placeholders_are_resolved_and_counted() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html"""
    placeholders = checked(
        {
            "ExpressionAttributeNames": {"#n": "name", "#m": "a.b"},
            "ExpressionAttributeValues": {":v": {"N": "1.0"}},
        }
    )

    assert placeholders.path(PathSyntax(("x", "#n", 0), True), "P") == ("x", "name", 0)
    assert placeholders.value(ValueSyntax(":v"), "P") == {"N": "1"}
    with refused("Value provided in ExpressionAttributeNames unused in expressions: keys: {#m}"):
        placeholders.check_unused()
    assert placeholders.path(PathSyntax(("#m",), True), "P") == ("a.b",)
    placeholders.check_unused()


def test_unused_values_are_listed() -> None:
    with refused(
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :b}"
    ):
        Placeholders({}, {":a": {"S": ""}, ":b": {"S": ""}}).check_unused()


def test_undefined_placeholders_are_named() -> None:
    with refused(
        "Invalid FilterExpression: An expression attribute name used in the document path is not "
        "defined; attribute name: #c"
    ):
        Placeholders({}, {}).path(PathSyntax(("a", "#c"), True), "FilterExpression")
    with refused(
        "Invalid FilterExpression: An expression attribute value used in expression is not "
        "defined; attribute value: :c"
    ):
        Placeholders({}, {}).value(ValueSyntax(":c"), "FilterExpression")


def test_a_path_has_at_most_32_levels() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    placeholders = Placeholders({}, {})

    assert placeholders.path(PathSyntax(("a",) * 32, False), "P") == ("a",) * 32
    with refused("Invalid P: The document path has too many nesting levels; nesting levels: 33"):
        placeholders.path(PathSyntax(("a",) * 33, False), "P")


@pytest.mark.parametrize(
    ("request_part", "message"),
    [
        ({"ExpressionAttributeNames": {}}, "ExpressionAttributeNames must not be empty"),
        ({"ExpressionAttributeValues": {}}, "ExpressionAttributeValues must not be empty"),
        (
            {"ExpressionAttributeNames": {"a": "a"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
        ),
        (
            {"ExpressionAttributeNames": {"#a-b": "a"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"',
        ),
        (
            {"ExpressionAttributeValues": {":": {"S": ""}}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: ":"',
        ),
        (
            {"ExpressionAttributeNames": {"#" + "a" * 255: "a"}},
            "ExpressionAttributeNames contains invalid key: The expression attribute map contains "
            "a key that is too long; size of key: 256",
        ),
        (
            {"ExpressionAttributeNames": {"#a": ""}},
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
        ),
        (
            {"ExpressionAttributeNames": {"#a": "n" * 65_536}},
            "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be "
            "less than 65536 bytes for key #a",
        ),
        (
            {"ExpressionAttributeValues": {":a": {"SS": []}}},
            "One or more parameter values were invalid: An string set  may not be empty",
        ),
    ],
)
def test_placeholders_against_the_rules_are_refused(
    request_part: dict[str, Any], message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html"""
    with refused(message):
        checked(request_part)


def test_some_operations_name_the_value_that_is_wrong() -> None:
    with refused(
        "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
        "numeric value for key :a"
    ):
        checked({"ExpressionAttributeValues": {":a": {"N": ""}}}, wrap_value_errors=True)


@pytest.mark.parametrize(
    ("request_part", "message"),
    [
        ({"ExpressionAttributeNames": []}, "Unexpected field type"),
        ({"ExpressionAttributeNames": {"#a": 1}}, "NUMBER_VALUE cannot be converted to String"),
        (
            {"ExpressionAttributeValues": {":a": {"S": 1}}},
            "NUMBER_VALUE cannot be converted to String",
        ),
    ],
)
def test_placeholders_of_another_shape_cannot_be_read(
    request_part: dict[str, Any], message: str
) -> None:
    for wrap in (False, True):
        with refused(message, "SerializationException"):
            checked(request_part, wrap_value_errors=wrap)


def test_expressions_and_what_was_before_them_do_not_go_together() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html"""
    request = {
        "UpdateExpression": "",
        "ConditionExpression": "",
        "AttributeUpdates": {},
        "Expected": {},
    }
    with refused(
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: "
        "{UpdateExpression, ConditionExpression}"
    ):
        check_parameters(request, UPDATE, UPDATE_LEGACY)


def test_key_conditions_go_with_the_other_expressions_of_a_query() -> None:
    request: dict[str, Any] = {"FilterExpression": "", "KeyConditions": {}}
    check_parameters(request, QUERY, QUERY_LEGACY)

    with refused(
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {KeyConditions} Expression parameters: "
        "{FilterExpression, KeyConditionExpression}"
    ):
        check_parameters({**request, "KeyConditionExpression": ""}, QUERY, QUERY_LEGACY)


@pytest.mark.parametrize(
    ("request_part", "expressions", "message"),
    [
        (
            {"ExpressionAttributeNames": {}},
            UPDATE,
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ExpressionAttributeValues": {}},
            UPDATE,
            "ExpressionAttributeValues can only be specified when using expressions: "
            "UpdateExpression and ConditionExpression are null",
        ),
        (
            {"ExpressionAttributeValues": {}},
            ("ConditionExpression",),
            "ExpressionAttributeValues can only be specified when using expressions",
        ),
        (
            {"ExpressionAttributeValues": {}},
            ("FilterExpression",),
            "ExpressionAttributeValues can only be specified when using expressions: "
            "FilterExpression is null",
        ),
        (
            {"ExpressionAttributeValues": {}, "ProjectionExpression": ""},
            QUERY,
            "ExpressionAttributeValues can only be specified when using expressions: "
            "FilterExpression and KeyConditionExpression are null",
        ),
    ],
)
def test_placeholders_need_an_expression(
    request_part: dict[str, Any], expressions: tuple[str, ...], message: str
) -> None:
    with refused(message):
        check_parameters(request_part, expressions)

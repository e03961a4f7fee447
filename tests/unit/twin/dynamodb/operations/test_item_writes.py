"""PutItem, UpdateItem, DeleteItem: returned values, conditions, what a plan changes."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    KEY,
    UNREADABLE,
    WRONG,
    expect_engine_error,
    put_engine_item,
    response_of,
    run_operation,
)
from twin.dynamodb.engine import MemoryTableEngine

COUNTED = "1 validation error detected: "
SET_V = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"N": "2"}}}


@pytest.mark.parametrize(
    ("wanted", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", {**KEY, "v": {"N": "1"}, "w": {"S": "w"}}),
        ("UPDATED_OLD", {"v": {"N": "1"}}),
        ("ALL_NEW", {**KEY, "v": {"N": "2"}, "w": {"S": "w"}}),
        ("UPDATED_NEW", {"v": {"N": "2"}}),
    ],
)
def test_an_update_returns_the_attributes_that_are_asked_for(
    engine: MemoryTableEngine, wanted: str, attributes: dict[str, Any] | None
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    put_engine_item(engine, "a", v={"N": "1"}, w={"S": "w"})

    response = response_of(
        engine, "UpdateItem", TableName="tab", Key=KEY, ReturnValues=wanted, **SET_V
    )

    assert response.get("Attributes") == attributes


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem"])
def test_puts_and_deletions_return_the_old_item_or_nothing(
    engine: MemoryTableEngine, operation: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html"""
    put_engine_item(engine, "a", v={"N": "1"})
    target = {"Item": KEY} if operation == "PutItem" else {"Key": KEY}

    wrong = expect_engine_error(
        engine, operation, TableName="tab", ReturnValues="ALL_NEW", **target
    )
    old = response_of(engine, operation, TableName="tab", ReturnValues="ALL_OLD", **target)

    assert wrong == (WRONG, f"{COUNTED}ReturnValues can only be ALL_OLD or NONE")
    assert old == {"Attributes": {**KEY, "v": {"N": "1"}}}


def test_a_failed_condition_returns_the_item_on_request(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html"""
    put_engine_item(engine, "a")
    request = {
        "TableName": "tab",
        "Key": KEY,
        "ConditionExpression": "attribute_exists(v)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    found = engine.execute("DeleteItem", request)
    absent = engine.execute("DeleteItem", {**request, "Key": {"id": {"S": "none"}}})

    assert b'"message":"The conditional request failed"' in found.body
    assert b'"Item":{"id":{"S":"a"}}' in found.body
    assert b"Item" not in absent.body


def test_an_update_that_only_removes_does_not_create_an_item(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValueUpdate.html"""
    update: dict[str, Any] = {"TableName": "tab", "Key": KEY, "ReturnValues": "ALL_NEW"}

    removed = response_of(engine, "UpdateItem", **update, UpdateExpression="REMOVE v")
    assert removed == {}
    assert engine.get_image("tab", KEY) is None
    assert response_of(engine, "UpdateItem", **update) == {"Attributes": KEY}
    assert engine.get_image("tab", KEY) == KEY


def test_a_conditional_operator_needs_conditions(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.ConditionalOperator.html"""
    found = expect_engine_error(
        engine, "PutItem", TableName="tab", Item=KEY, ConditionalOperator="OR"
    )

    assert found == (
        WRONG,
        f"{COUNTED}ConditionalOperator cannot be used without Filter or Expected",
    )


NOT_NUMERIC = "The parameter cannot be converted to a numeric value: x"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("PutItem", {"Item": {**KEY, "n": {"N": "x"}}}),
        ("PutItem", {"Item": KEY, "Expected": {"n": {"Value": {"N": "x"}}}}),
        ("UpdateItem", {"Key": {"id": {"N": "x"}}}),
        ("UpdateItem", {"Key": KEY, "AttributeUpdates": {"n": {"Value": {"N": "x"}}}}),
        ("UpdateItem", {"Key": KEY, **SET_V, "ExpressionAttributeValues": {":v": {"N": "x"}}}),
        ("DeleteItem", {"Key": {"id": {"N": "x"}}}),
    ],
)
def test_errors_that_need_no_table_are_counted(
    engine: MemoryTableEngine, operation: str, request_: dict[str, Any]
) -> None:
    """https://github.com/paritysuite/dynamodb-conformance (recorded in 2026)"""
    found = expect_engine_error(engine, operation, TableName="none", **request_)

    assert found == (WRONG, COUNTED + NOT_NUMERIC)


def test_errors_of_keys_are_not_counted(engine: MemoryTableEngine) -> None:
    """https://github.com/paritysuite/dynamodb-conformance (recorded in 2026)"""
    found = expect_engine_error(engine, "DeleteItem", TableName="tab", Key={"id": {"N": "1"}})

    assert found == (WRONG, "The provided key element does not match the schema")


def test_an_item_s_values_are_judged_before_placeholders(engine: MemoryTableEngine) -> None:
    """https://github.com/architect/dynalite (test/putItem.js)"""
    found = expect_engine_error(
        engine,
        "PutItem",
        TableName="tab",
        Item={**KEY, "n": {"N": "x"}},
        ConditionExpression="",
        ExpressionAttributeNames={},
    )

    assert found == (WRONG, COUNTED + NOT_NUMERIC)


def test_an_item_has_400_kilobytes_at_most(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    most = 400 * 1024 - len("ida" + "v")
    put_engine_item(engine, "a", v={"S": "x" * most})

    found = expect_engine_error(
        engine, "PutItem", TableName="tab", Item={**KEY, "v": {"S": "x" * (most + 1)}}
    )

    assert found == (WRONG, "Item size has exceeded the maximum allowed size")


def setting(value: object) -> dict[str, Any]:
    return {
        "TableName": "tab",
        "Key": KEY,
        "UpdateExpression": "SET v = :v",
        "ExpressionAttributeValues": {":v": value},
    }


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ({"N": "abc"}, WRONG, "numeric value: abc"),
        ({"N": " 1"}, WRONG, "numeric value"),
        ({"N": "NaN"}, WRONG, "numeric value"),
        ({"N": "1E126"}, WRONG, "overflow"),
        ({"N": "-1E126"}, WRONG, "overflow"),
        ({"N": "1E-131"}, WRONG, "underflow"),
        ({"N": "1" * 39}, WRONG, "38 significant digits"),
        ({"N": 1}, UNREADABLE, "NUMBER_VALUE cannot be converted to String"),
        ({"NULL": False}, WRONG, "value of true"),
        ({"SS": []}, WRONG, "may not be empty"),
        ({"NS": ["1", "1"]}, WRONG, "duplicates"),
        ({"L": [{"N": "x"}]}, WRONG, "numeric value: x"),
        ({"M": {"a": {}}}, WRONG, "exactly one"),
        ({"S": "a", "N": "1"}, WRONG, "exactly one"),
        ({"X": "a"}, WRONG, "exactly one"),
        ({"BOOL": "maybe"}, UNREADABLE, "Unexpected token received from parser"),
        ({"S": "\ud800"}, UNREADABLE, "Unicode"),
    ],
)
def test_no_operation_stores_an_invalid_value(
    engine: MemoryTableEngine, value: object, code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    item = {**KEY, "v": value}
    named: dict[str, Any] = {"TableName": "tab"}
    requests: list[tuple[str, dict[str, Any]]] = [
        ("PutItem", {**named, "Item": item}),
        ("UpdateItem", setting(value)),
        ("UpdateItem", {**named, "Key": KEY, "AttributeUpdates": {"v": {"Value": value}}}),
        ("BatchWriteItem", {"RequestItems": {"tab": [{"PutRequest": {"Item": item}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Update": setting(value)}]}),
    ]

    for operation, request in requests:
        found = expect_engine_error(engine, operation, **request)
        assert found[0] == code, operation
        assert words in found[1], operation
        assert list(engine.all_images("tab")) == []


@pytest.mark.parametrize(
    ("number", "stored"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("1.", "1"),
        (".5", "0.5"),
        ("+7", "7"),
        ("9.9E+125", "99" + "0" * 124),
        ("1E-130", "0." + "0" * 129 + "1"),
        ("1" + "0" * 120, "1" + "0" * 120),
        ("1" * 38, "1" * 38),
    ],
)
def test_every_valid_number_is_stored_in_one_form(
    engine: MemoryTableEngine, number: str, stored: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    run_operation(engine, "UpdateItem", **setting({"N": number}))

    assert engine.get_image("tab", KEY) == {**KEY, "v": {"N": stored}}

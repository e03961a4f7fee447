"""Values and index updates that DynamoDB refuses."""

from typing import Any

import pytest

from tests.unit.twin.moto.dynamodb.engine_calls import (
    KEY,
    UNREADABLE,
    WRONG,
    expect_engine_error,
    index_definition,
    run_operation,
)
from twin.moto.dynamodb.engine import MotoTableEngine


def setting(value: object) -> dict[str, Any]:
    return {
        "TableName": "t",
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
        ({"N": 1}, WRONG, "v.N"),
        ({"NULL": False}, WRONG, "value of true"),
        ({"SS": []}, WRONG, "may not be empty"),
        ({"NS": ["1", "1"]}, WRONG, "duplicates"),
        ({"L": [{"N": "x"}]}, WRONG, "numeric value: x"),
        ({"M": {"a": {}}}, WRONG, "exactly one"),
        ({"S": "a", "N": "1"}, WRONG, "exactly one"),
        ({"X": "a"}, WRONG, "exactly one"),
        ({"BOOL": "yes"}, WRONG, "v.BOOL"),
        ({"S": "\ud800"}, UNREADABLE, "Unicode"),
    ],
)
def test_no_operation_stores_an_invalid_value(
    engine: MotoTableEngine, value: object, code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    item = {**KEY, "v": value}
    requests: list[tuple[str, dict[str, Any]]] = [
        ("PutItem", {"TableName": "t", "Item": item}),
        ("UpdateItem", setting(value)),
        ("UpdateItem", {"TableName": "t", "Key": KEY, "AttributeUpdates": {"v": {"Value": value}}}),
        ("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": item}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Update": setting(value)}]}),
        (
            "ExecuteStatement",
            {"Statement": "UPDATE t SET v=? WHERE id='a'", "Parameters": [value]},
        ),
    ]

    for operation, request in requests:
        found = expect_engine_error(engine, operation, **request)
        assert found[0] == code, operation
        assert words.removeprefix("v") in found[1], operation
        assert list(engine.all_images("t")) == []


@pytest.mark.parametrize(
    "number", ["0", "-0", "1.", ".5", "+7", "9.9E+125", "1E-130", "1" + "0" * 120, "1" * 38]
)
def test_every_valid_number_is_stored(engine: MotoTableEngine, number: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    run_operation(engine, "UpdateItem", **setting({"N": number}))

    assert engine.get_image("t", KEY) == {**KEY, "v": {"N": number}}


@pytest.mark.parametrize(
    ("updates", "code", "words"),
    [
        ([{"Delete": {"IndexName": "none"}}], "ResourceNotFoundException", "none"),
        (
            [{"Update": {"IndexName": "none", "WarmThroughput": {}}}],
            "ResourceNotFoundException",
            "none",
        ),
        ([{"Create": index_definition("there")}], WRONG, "already exists"),
        (
            [{"Create": index_definition("new", "unknown")}],
            WRONG,
            "not defined in AttributeDefinitions",
        ),
        ([{"Create": {"IndexName": "new"}}], WRONG, "KeySchema"),
        ([{"Create": {**index_definition("new"), "KeySchema": []}}], WRONG, "KeySchema"),
        ([{}], WRONG, "must not be null"),
        (
            [{"Create": index_definition("one")}, {"Delete": {"IndexName": "there"}}],
            "LimitExceededException",
            "Only 1 online index",
        ),
    ],
)
def test_wrong_index_updates_are_refused_in_the_service_s_words(
    engine: MotoTableEngine, updates: list[dict[str, Any]], code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "g")]
    made = {"TableName": "t", "AttributeDefinitions": attributes}
    run_operation(
        engine,
        "UpdateTable",
        **made,
        GlobalSecondaryIndexUpdates=[{"Create": index_definition("there")}],
    )

    found = expect_engine_error(
        engine, "UpdateTable", TableName="t", GlobalSecondaryIndexUpdates=updates
    )

    assert found[0] == code
    assert words in found[1]
    assert [i["IndexName"] for i in engine.settings("t").shared["indexes"]] == ["there"]

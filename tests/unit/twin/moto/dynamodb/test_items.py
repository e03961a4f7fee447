"""Items between moto's objects and AWS's JSON, and keys that a request gets wrong."""

import json
from typing import Any

import pytest

from tests.unit.twin.moto.dynamodb.engine_calls import (
    KEY,
    UNREADABLE,
    WRONG,
    expect_engine_error,
    put_engine_item,
    run_operation,
)
from twin.moto.dynamodb.engine import MotoTableEngine

LONG = {"id": {"S": "x" * 2049}}
REMOVE = {"UpdateExpression": "REMOVE y"}


@pytest.mark.parametrize(
    ("operation", "request_", "code", "words"),
    [
        ("GetItem", {"TableName": "no", "Key": KEY}, "ResourceNotFoundException", "not found"),
        ("GetItem", {"TableName": "t", "Key": {"id": {"N": "1"}}}, WRONG, "schema"),
        ("GetItem", {"TableName": "t", "Key": {**KEY, "x": {"S": ""}}}, WRONG, "schema"),
        ("GetItem", {"TableName": "t", "Key": {"id": {"S": ""}}}, WRONG, "empty string"),
        ("DeleteItem", {"TableName": "sorted", "Key": KEY}, WRONG, "schema"),
        ("GetItem", {"TableName": "t"}, WRONG, '"Key"'),
        ("PutItem", {"TableName": "t", "Item": {"id": 7}}, WRONG, "Item.id"),
        ("UpdateItem", {"TableName": "t", "Key": "a"}, WRONG, "Key"),
        ("PutItem", {"TableName": "t", "Item": {"x": {"S": "y"}}}, WRONG, "Missing the key id"),
        ("PutItem", {"TableName": "t", "Item": {"b": {"B": "*"}}}, UNREADABLE, "base64"),
        ("UpdateItem", {"TableName": "t", "Key": LONG, **REMOVE}, WRONG, "2048 bytes"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_in_the_service_s_words(
    engine: MotoTableEngine, operation: str, request_: dict[str, Any], code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    found = expect_engine_error(engine, operation, **request_)

    assert found[0] == code
    assert words in found[1]


def test_binary_values_are_equal_from_every_operation(engine: MotoTableEngine) -> None:
    put_engine_item(engine, "a", b={"B": "aGVsbG8="}, m={"M": {"in": {"L": [{"BS": ["YQ=="]}]}}})
    got = json.loads(run_operation(engine, "GetItem", TableName="t", Key=KEY).body)["Item"]
    scan = run_operation(
        engine,
        "Scan",
        TableName="t",
        FilterExpression="b = :b",
        ExpressionAttributeValues={":b": {"B": "aGVsbG8="}},
    )

    assert got["b"] == {"B": "aGVsbG8="}
    assert got["m"] == {"M": {"in": {"L": [{"BS": ["YQ=="]}]}}}
    assert json.loads(scan.body)["Count"] == 1

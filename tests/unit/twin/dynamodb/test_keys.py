"""Keys that a request gets wrong."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    KEY,
    NOT_FOUND,
    UNREADABLE,
    WRONG,
    expect_engine_error,
    index_definition,
    response_of,
    run_operation,
    table_definition,
)
from twin.dynamodb.engine import MemoryTableEngine

LONG = {"id": {"S": "x" * 2049}}
REMOVE = {"UpdateExpression": "REMOVE y"}
SORTED = {**KEY, "at": {"S": "x" * 1025}}


@pytest.mark.parametrize(
    ("operation", "request_", "code", "words"),
    [
        ("GetItem", {"TableName": "no", "Key": KEY}, NOT_FOUND, "not found"),
        ("GetItem", {"TableName": "tab", "Key": {"id": {"N": "1"}}}, WRONG, "schema"),
        ("GetItem", {"TableName": "tab", "Key": {**KEY, "x": {"S": ""}}}, WRONG, "schema"),
        ("GetItem", {"TableName": "tab", "Key": {"id": {"S": ""}}}, WRONG, "empty string"),
        ("DeleteItem", {"TableName": "sorted", "Key": KEY}, WRONG, "schema"),
        ("GetItem", {"TableName": "tab"}, WRONG, "at 'key'"),
        ("PutItem", {"TableName": "tab", "Item": {"id": 7}}, UNREADABLE, "value type"),
        ("UpdateItem", {"TableName": "tab", "Key": "a"}, UNREADABLE, "field type"),
        ("PutItem", {"TableName": "tab", "Item": {"x": {"S": "y"}}}, WRONG, "Missing the key id"),
        ("PutItem", {"TableName": "tab", "Item": {"id": {"N": "1"}}}, WRONG, "expected: S actual"),
        ("PutItem", {"TableName": "tab", "Item": {"b": {"B": "*"}}}, UNREADABLE, "Base64"),
        ("UpdateItem", {"TableName": "tab", "Key": LONG, **REMOVE}, WRONG, "2048 bytes"),
        ("PutItem", {"TableName": "sorted", "Item": SORTED}, WRONG, "1024 bytes"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_in_the_service_s_words(
    engine: MemoryTableEngine, operation: str, request_: dict[str, Any], code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    found = expect_engine_error(engine, operation, **request_)

    assert found[0] == code
    assert words in found[1]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"N": "1"}, "Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"),
        ({"S": ""}, "IndexName: by-g, IndexKey: g"),
        ({"S": "x" * 2049}, "2048 bytes"),
    ],
)
def test_key_attributes_of_an_index_must_fit_it(
    engine: MemoryTableEngine, value: dict[str, Any], words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html"""
    run_operation(
        engine,
        "CreateTable",
        **table_definition("indexed", "id", g="S"),
        GlobalSecondaryIndexes=[index_definition("by-g")],
    )
    named: dict[str, Any] = {"TableName": "indexed"}

    put = expect_engine_error(engine, "PutItem", **named, Item={**KEY, "g": value})
    update = expect_engine_error(
        engine,
        "UpdateItem",
        **named,
        Key=KEY,
        UpdateExpression="SET g = :v",
        ExpressionAttributeValues={":v": value},
    )

    assert words in put[1]
    assert words in update[1]


def test_key_attributes_are_scalars(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html"""
    found = expect_engine_error(engine, "Scan", TableName="tab", ProjectionExpression="id.x")

    assert "Key attributes must be scalars" in found[1]
    assert response_of(engine, "Scan", TableName="tab", ProjectionExpression="x.y")["Count"] == 0

"""BatchGetItem and BatchWriteItem: limits, duplicates, what is left unprocessed."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    KEY,
    NOT_FOUND,
    WRONG,
    expect_engine_error,
    put_engine_item,
    response_of,
)
from twin.dynamodb.engine import MemoryTableEngine


def keys(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"id": {"S": f"{number}"}} for number in range(start, start + count)]


def puts(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": key}} for key in keys(count, start)]


SORTED_PUT = {"PutRequest": {"Item": {**KEY, "at": {"S": "1"}}}}


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ({}, "The requestItems parameter is required for BatchWriteItem"),
        ({"tab": None}, "Value null at 'requestItems.tab.member' failed"),
        ({"tab": [None]}, "Value null at 'requestItems.tab.member.1.member' failed"),
        ({"tab": puts(26)}, "Map value must satisfy constraint: [Member must have length less"),
        ({"tab": puts(25), "sorted": [SORTED_PUT]}, "Too many items requested for the BatchWrite"),
        ({"tab": puts(1) * 2}, "Provided list of item keys contains duplicates"),
        ({"tab": [*puts(1), {"DeleteRequest": {"Key": keys(1)[0]}}]}, "contains duplicates"),
        ({"tab": [{"PutRequest": {"Item": {"x": {"SS": ["b", "b"]}}}}]}, "Input collection [b, b]"),
        ({"tab": [{}]}, "must contain exactly one of the supported datatypes"),
        ({"tab": [{"PutRequest": {"Item": {"x": {"S": ""}}}}]}, "does not match the schema"),
        ({"tab": [{"PutRequest": {"Item": {"id": {"N": "1"}}}}]}, "does not match the schema"),
    ],
)
def test_a_wrong_batch_of_writes_is_refused_as_a_whole(
    engine: MemoryTableEngine, items: dict[str, Any], words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    code, message = expect_engine_error(engine, "BatchWriteItem", RequestItems=items)

    assert code == WRONG
    assert words in message


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ({}, "The requestItems parameter is required for BatchGetItem"),
        ({"tab": {"Keys": keys(101)}}, "Value at 'RequestItems.tab.member.Keys' failed to satisf"),
        ({"tab": {"Keys": keys(100)}, "sorted": {"Keys": [KEY]}}, "Too many items requested for"),
        (
            {"a;": {"Keys": [KEY]}},
            'Value \'{"a;":{"Keys":[{"id":{"S":"a"}}]}}\' at \'requestItems\'',
        ),
        ({"none": {"Keys": keys(1) * 2}}, "Provided list of item keys contains duplicates"),
        ({"tab": {"Keys": keys(1) * 2}}, "Provided list of item keys contains duplicates"),
        ({"tab": {"Keys": [{"id": {"N": "1"}}]}}, "does not match the schema"),
    ],
)
def test_a_wrong_batch_of_reads_is_refused(
    engine: MemoryTableEngine, items: dict[str, Any], words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
    code, message = expect_engine_error(engine, "BatchGetItem", RequestItems=items)

    assert code == WRONG
    assert words in message


def test_a_missing_table_fails_the_whole_batch(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    found = expect_engine_error(
        engine, "BatchWriteItem", RequestItems={"tab": puts(1), "none": puts(1)}
    )

    assert found == (NOT_FOUND, "Requested resource not found")


def test_a_batch_reads_several_tables(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
    put_engine_item(engine, "a", v={"N": "1"}, w={"N": "2"})

    found = response_of(
        engine,
        "BatchGetItem",
        RequestItems={
            "tab": {"Keys": [KEY, {"id": {"S": "none"}}], "ProjectionExpression": "v"},
            "sorted": {"Keys": [{**KEY, "at": {"S": "1"}}]},
        },
        ReturnConsumedCapacity="TOTAL",
    )

    assert found["Responses"] == {"tab": [{"v": {"N": "1"}}], "sorted": []}
    assert found["UnprocessedKeys"] == {}
    assert [c["CapacityUnits"] for c in found["ConsumedCapacity"]] == [1.0, 0.5]


def test_a_response_of_reads_has_16_megabytes_at_most(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
    for number in range(50):
        put_engine_item(engine, f"{number}", v={"S": "x" * 400_000})

    found = response_of(
        engine, "BatchGetItem", RequestItems={"tab": {"Keys": keys(50), "ConsistentRead": True}}
    )

    left = found["UnprocessedKeys"]["tab"]
    assert len(found["Responses"]["tab"]) == 41
    assert left == {"Keys": keys(9, start=41), "ConsistentRead": True}

"""What writes consume of a table and of the indexes that they change."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    index_definition,
    response_of,
    run_operation,
    table_definition,
)
from twin.dynamodb.engine import MemoryTableEngine
from twin.dynamodb.operations.capacity import read_units, write_units

KEY = {"id": {"S": "a"}, "at": {"S": "1"}}
IN_INDEXES = {**KEY, "g": {"S": "g"}}


@pytest.fixture
def indexed(engine: MemoryTableEngine) -> MemoryTableEngine:
    run_operation(
        engine,
        "CreateTable",
        **table_definition("indexed", "id", "at", g="S"),
        GlobalSecondaryIndexes=[
            {**index_definition("by-g"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "local",
                "KeySchema": [
                    {"AttributeName": "id", "KeyType": "HASH"},
                    {"AttributeName": "g", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return engine


def put(engine: MemoryTableEngine, item: dict[str, Any]) -> tuple[float, float, float]:
    """Units of the table, of the global index, and of the local one."""
    consumed = response_of(
        engine, "PutItem", TableName="indexed", Item=item, ReturnConsumedCapacity="INDEXES"
    )["ConsumedCapacity"]
    world = consumed.get("GlobalSecondaryIndexes", {}).get("by-g", {}).get("CapacityUnits", 0.0)
    local = consumed.get("LocalSecondaryIndexes", {}).get("local", {}).get("CapacityUnits", 0.0)
    table = consumed["Table"]["CapacityUnits"]
    assert consumed["CapacityUnits"] == table + world + local
    return table, world, local


def test_a_write_consumes_of_each_index_that_it_changes(indexed: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes"""
    assert put(indexed, KEY) == (1.0, 0.0, 0.0)
    assert put(indexed, IN_INDEXES) == (1.0, 1.0, 1.0)
    assert put(indexed, IN_INDEXES) == (1.0, 0.0, 0.0)
    assert put(indexed, {**IN_INDEXES, "v": {"S": "v"}}) == (1.0, 0.0, 1.0)
    assert put(indexed, {**KEY, "g": {"S": "another"}}) == (1.0, 2.0, 2.0)
    assert put(indexed, KEY) == (1.0, 1.0, 1.0)


def test_a_write_consumes_by_the_bigger_of_the_old_and_the_new_item(
    indexed: MemoryTableEngine,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""
    assert put(indexed, {**KEY, "v": {"S": "x" * 2500}})[0] == 3.0
    assert put(indexed, KEY)[0] == 3.0


def test_transactions_consume_twice(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-capacity-handling"""
    put_one = {"Put": {"TableName": "tab", "Item": {"id": {"S": "a"}}}}
    get_one = {"Get": {"TableName": "tab", "Key": {"id": {"S": "a"}}}}

    written = response_of(
        engine, "TransactWriteItems", TransactItems=[put_one], ReturnConsumedCapacity="TOTAL"
    )
    read = response_of(
        engine, "TransactGetItems", TransactItems=[get_one], ReturnConsumedCapacity="TOTAL"
    )

    assert written["ConsumedCapacity"] == [
        {"TableName": "tab", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}
    ]
    assert read["ConsumedCapacity"] == [
        {"TableName": "tab", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}
    ]


def test_collections_are_measured_only_with_a_local_index(indexed: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ItemCollectionMetrics.html"""
    size = {"ReturnItemCollectionMetrics": "SIZE"}

    with_index = response_of(indexed, "PutItem", TableName="indexed", Item=KEY, **size)
    without = response_of(indexed, "PutItem", TableName="tab", Item={"id": {"S": "a"}}, **size)

    assert with_index["ItemCollectionMetrics"]["ItemCollectionKey"] == {"id": {"S": "a"}}
    assert without == {}


@pytest.mark.parametrize(("size", "units"), [(0, 1.0), (1024, 1.0), (1025, 2.0)])
def test_a_write_unit_is_a_kilobyte(size: int, units: float) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""
    assert write_units(size) == units
    assert read_units(size * 4, consistent=True) == units

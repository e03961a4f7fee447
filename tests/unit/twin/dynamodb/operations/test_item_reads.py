"""GetItem: projections of either kind, and consumed capacity."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    KEY,
    WRONG,
    expect_engine_error,
    put_engine_item,
    response_of,
)
from twin.dynamodb.engine import MemoryTableEngine


@pytest.mark.parametrize(
    "wanted",
    [{"AttributesToGet": ["v", "nope"]}, {"ProjectionExpression": "v, nope"}],
    ids=["older", "expression"],
)
def test_only_the_wanted_attributes_are_returned(
    engine: MemoryTableEngine, wanted: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""
    put_engine_item(engine, "a", v={"N": "1"}, w={"S": "w"})

    assert response_of(engine, "GetItem", TableName="tab", Key=KEY, **wanted) == {
        "Item": {"v": {"N": "1"}}
    }


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(10, False, 0.5), (10, True, 1.0), (4096, False, 1.0), (4096, True, 2.0), (None, True, 1.0)],
)
def test_a_read_consumes_by_size_and_consistency(
    engine: MemoryTableEngine, size: int | None, consistent: bool, units: float
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""
    if size is not None:
        put_engine_item(engine, "a", v={"S": "x" * size})

    response = response_of(
        engine,
        "GetItem",
        TableName="tab",
        Key=KEY,
        ConsistentRead=consistent,
        ReturnConsumedCapacity="INDEXES",
    )

    assert response["ConsumedCapacity"] == {
        "TableName": "tab",
        "CapacityUnits": units,
        "Table": {"CapacityUnits": units},
    }


@pytest.mark.parametrize("path", ["id.x", "id[0]"])
def test_key_attributes_have_no_inner_paths(engine: MemoryTableEngine, path: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html#HowItWorks.CoreComponents.PrimaryKey"""
    get = {"TableName": "tab", "Key": KEY, "ProjectionExpression": path}
    words = (
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: Key: id"
    )
    keys = {"tab": {"Keys": [KEY], "ProjectionExpression": path}}
    transaction = engine.execute("TransactGetItems", {"TransactItems": [{"Get": get}]})

    assert expect_engine_error(engine, "GetItem", **get) == (WRONG, words)
    assert expect_engine_error(engine, "BatchGetItem", RequestItems=keys) == (WRONG, words)
    assert words in transaction.body.decode()


def test_a_key_is_judged_before_placeholders(engine: MemoryTableEngine) -> None:
    """https://github.com/architect/dynalite (test/getItem.js)"""
    found = expect_engine_error(
        engine,
        "GetItem",
        TableName="tab",
        Key={"id": {}},
        ProjectionExpression="",
        ExpressionAttributeNames={},
    )

    assert found[0] == WRONG
    assert "Supplied AttributeValue is empty" in found[1]


def test_both_kinds_of_projection_do_not_go_together(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html"""
    found = expect_engine_error(
        engine,
        "GetItem",
        TableName="tab",
        Key=KEY,
        AttributesToGet=["v"],
        ProjectionExpression="v",
    )

    assert found[0] == WRONG
    assert "Can not use both expression and non-expression parameters" in found[1]

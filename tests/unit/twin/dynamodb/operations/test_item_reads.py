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

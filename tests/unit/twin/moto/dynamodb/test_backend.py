"""Traps of moto's backend that are closed: leaks, copies, streams, missing tables."""

import gc
from typing import Any

import pytest

from tests.unit.twin.moto.dynamodb.engine_calls import (
    KEY,
    WRONG,
    expect_engine_error,
    index_definition,
    put_engine_item,
    run_operation,
)
from twin.core.table_engine import EngineResult
from twin.moto.dynamodb.engine import MotoTableEngine


@pytest.mark.parametrize("words", ["INSERT INTO {} VALUE {{'id': 'a'}}", "DELETE FROM {} {}"])
def test_statements_on_a_missing_table_are_refused(engine: MotoTableEngine, words: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    statement = {"Statement": words.format('"none"', "WHERE id = 'a'")}

    found = [
        expect_engine_error(engine, "ExecuteStatement", **statement),
        expect_engine_error(engine, "ExecuteTransaction", TransactStatements=[statement]),
    ]

    assert found == [("ResourceNotFoundException", "Requested resource not found")] * 2


def test_a_hidden_table_does_not_exist_for_one_request(engine: MotoTableEngine) -> None:
    write = {"RequestItems": {"t": [{"PutRequest": {"Item": KEY}}]}}

    outcome = engine.execute("BatchWriteItem", write, hidden=["t"])

    assert b"ResourceNotFoundException" in outcome.body
    assert list(engine.all_images("t")) == []
    assert run_operation(engine, "BatchWriteItem", **write).changes != ()


def test_a_transaction_does_not_copy_the_table(engine: MotoTableEngine) -> None:
    for number in range(300):
        put_engine_item(engine, f"item {number}")
    table = engine._backend.tables["t"]
    untouched = table.items.copy()
    run_operation(
        engine, "TransactWriteItems", TransactItems=[{"Put": {"TableName": "t", "Item": KEY}}]
    )

    assert engine._backend.tables["t"] is table
    assert all(table.items[key] is item for key, item in untouched.items())


def test_a_stream_is_switched_on_off_and_on_again(engine: MotoTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    off = {"StreamEnabled": False}

    def update(stream: dict[str, Any]) -> EngineResult:
        return run_operation(engine, "UpdateTable", TableName="t", StreamSpecification=stream)

    update(on)
    found = expect_engine_error(engine, "UpdateTable", TableName="t", StreamSpecification=on)
    assert found == (WRONG, "Table already has an enabled stream: TableName: t")
    update(off)
    assert (
        expect_engine_error(engine, "UpdateTable", TableName="t", StreamSpecification=off)[0]
        == WRONG
    )
    update(on)

    stream = engine.stream("t")
    assert stream is not None
    assert stream.enabled


def test_an_image_is_stored_without_validation(engine: MotoTableEngine) -> None:
    """A long value was there before its index, say: replicas and restarts must still take it."""
    image = {**KEY, "g": {"S": "x" * 3000}, "n": {"N": "1E400"}}
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "g")]
    made = {"TableName": "t", "AttributeDefinitions": attributes}
    run_operation(
        engine,
        "UpdateTable",
        **made,
        GlobalSecondaryIndexUpdates=[{"Create": index_definition("there")}],
    )

    engine.put_image("t", image)

    assert engine.get_image("t", KEY) == image


def test_overwriting_an_item_keeps_no_old_items(engine: MotoTableEngine) -> None:
    """moto keeps every item that it ever made; 87,000 overwrites made 159 MB."""
    put_engine_item(engine, "a")
    gc.collect()
    before = len(gc.get_objects())
    for number in range(2000):
        put_engine_item(engine, "a", v={"S": str(number)})
    gc.collect()

    assert len(gc.get_objects()) < before + 500


def test_reading_missing_items_keeps_no_memory(engine: MotoTableEngine) -> None:
    for number in range(50):
        key = {"id": {"S": f"{number}"}, "at": {"S": "x"}}
        run_operation(engine, "GetItem", TableName="sorted", Key=key)
        run_operation(engine, "DeleteItem", TableName="sorted", Key=key)

    assert len(engine._backend.tables["sorted"].items) == 0

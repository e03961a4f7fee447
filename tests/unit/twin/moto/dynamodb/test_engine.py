"""The engine: moto behind a narrow interface, with its traps closed."""

import json

from tests.unit.twin.moto.dynamodb.engine_calls import (
    KEY,
    expect_engine_error,
    put_engine_item,
    run_operation,
)
from twin.moto.dynamodb.engine import MotoTableEngine


def test_each_written_item_has_images_before_and_after(engine: MotoTableEngine) -> None:
    put_engine_item(engine, "a", n={"N": "1"})
    (change,) = run_operation(
        engine,
        "UpdateItem",
        TableName="t",
        Key=KEY,
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    ).changes

    assert (change.table, change.key) == ("t", KEY)
    assert change.before == {**KEY, "n": {"N": "1"}}
    assert change.after == {**KEY, "n": {"N": "2"}}
    (deleted,) = run_operation(engine, "DeleteItem", TableName="t", Key=KEY).changes
    assert deleted.after is None


def test_batches_and_transactions_report_written_items_without_condition_checks(
    engine: MotoTableEngine,
) -> None:
    put_engine_item(engine, "a")
    batch = run_operation(
        engine,
        "BatchWriteItem",
        RequestItems={
            "t": [{"PutRequest": {"Item": {"id": {"S": "b"}}}}, {"DeleteRequest": {"Key": KEY}}]
        },
    )
    transaction = run_operation(
        engine,
        "TransactWriteItems",
        TransactItems=[
            {
                "ConditionCheck": {
                    "TableName": "t",
                    "Key": {"id": {"S": "b"}},
                    "ConditionExpression": "attribute_exists(id)",
                }
            },
            {"Put": {"TableName": "t", "Item": {"id": {"S": "c"}}}},
        ],
    )

    assert [c.key["id"]["S"] for c in batch.changes] == ["b", "a"]
    assert [c.key["id"]["S"] for c in transaction.changes] == ["c"]


def test_statements_report_the_items_that_they_changed(engine: MotoTableEngine) -> None:
    outcome = run_operation(
        engine, "ExecuteStatement", Statement="INSERT INTO \"t\" VALUE {'id': 'a', 'v': 'x'}"
    )
    read = run_operation(engine, "ExecuteStatement", Statement='SELECT * FROM "t"')

    assert [c.after for c in outcome.changes] == [{**KEY, "v": {"S": "x"}}]
    assert read.changes == ()


def test_a_failed_request_leaves_no_trace(engine: MotoTableEngine) -> None:
    put_engine_item(engine, "a", n={"N": "1"})
    before = list(engine.all_images("t"))
    failures = [
        (
            "UpdateItem",
            {
                "Key": {"id": {"S": "new"}},
                "UpdateExpression": "SET x = y + :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            },
        ),
        (
            "UpdateItem",
            {
                "Key": {"id": {"S": "new"}},
                "UpdateExpression": "ADD id :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            },
        ),
        (
            "UpdateItem",
            {
                "Key": {"id": {"N": "1"}},
                "UpdateExpression": "SET x = :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            },
        ),
        (
            "PutItem",
            {"Item": {**KEY, "n": {"N": "2"}}, "ConditionExpression": "attribute_not_exists(id)"},
        ),
        (
            "DeleteItem",
            {
                "Key": KEY,
                "ConditionExpression": "n = :two",
                "ExpressionAttributeValues": {":two": {"N": "2"}},
            },
        ),
    ]

    for operation, request in failures:
        expect_engine_error(engine, operation, TableName="t", **request)
    assert list(engine.all_images("t")) == before


def test_what_moto_changed_before_it_failed_is_undone(engine: MotoTableEngine) -> None:
    big = {":big": {"S": "x" * 450_000}}
    update = {"UpdateExpression": "SET big = :big", "ExpressionAttributeValues": big}
    wrong = {"id": {"N": "1"}}
    expect_engine_error(engine, "UpdateItem", TableName="t", Key=KEY, **update)
    expect_engine_error(
        engine,
        "BatchWriteItem",
        RequestItems={"t": [{"PutRequest": {"Item": KEY}}, {"PutRequest": {"Item": wrong}}]},
    )

    assert list(engine.all_images("t")) == []


def test_a_cancelled_transaction_leaves_no_trace_and_gives_reasons(engine: MotoTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    put_engine_item(engine, "a")
    outcome = engine.execute(
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "t", "Item": {"id": {"S": "b"}}}},
                {
                    "Put": {
                        "TableName": "t",
                        "Item": KEY,
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
            ]
        },
    )

    assert outcome.status == 400
    reasons = json.loads(outcome.body)["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert list(engine.all_images("t")) == [KEY]


def test_a_response_has_only_the_requested_members(engine: MotoTableEngine) -> None:
    put_engine_item(engine, "a")

    update = {"TableName": "t", "Key": KEY, "UpdateExpression": "REMOVE x"}
    assert run_operation(engine, "UpdateItem", **update).body == b"{}"
    assert run_operation(engine, "DeleteItem", TableName="t", Key=KEY).body == b"{}"
    asked = json.loads(
        run_operation(engine, "UpdateItem", **update, ReturnConsumedCapacity="TOTAL").body
    )
    assert asked["ConsumedCapacity"]["TableName"] == "t"

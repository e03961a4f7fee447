"""The engine as a Region sees it: changes with images, errors without a trace, replication."""

import json

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    KEY,
    WRONG,
    expect_engine_error,
    index_definition,
    put_engine_item,
    run_operation,
)
from twin.dynamodb.engine import MemoryTableEngine


def test_each_written_item_has_images_before_and_after(engine: MemoryTableEngine) -> None:
    put_engine_item(engine, "a", n={"N": "1"})
    (change,) = run_operation(
        engine,
        "UpdateItem",
        TableName="tab",
        Key=KEY,
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    ).changes

    assert (change.table, change.key) == ("tab", KEY)
    assert change.before == {**KEY, "n": {"N": "1"}}
    assert change.after == {**KEY, "n": {"N": "2"}}
    (deleted,) = run_operation(engine, "DeleteItem", TableName="tab", Key=KEY).changes
    assert deleted.after is None


def test_batches_and_transactions_report_written_items_without_condition_checks(
    engine: MemoryTableEngine,
) -> None:
    put_engine_item(engine, "a")
    batch = run_operation(
        engine,
        "BatchWriteItem",
        RequestItems={
            "tab": [{"PutRequest": {"Item": {"id": {"S": "b"}}}}, {"DeleteRequest": {"Key": KEY}}]
        },
    )
    transaction = run_operation(
        engine,
        "TransactWriteItems",
        TransactItems=[
            {
                "ConditionCheck": {
                    "TableName": "tab",
                    "Key": {"id": {"S": "b"}},
                    "ConditionExpression": "attribute_exists(id)",
                }
            },
            {"Put": {"TableName": "tab", "Item": {"id": {"S": "c"}}}},
        ],
    )

    assert [c.key["id"]["S"] for c in batch.changes] == ["b", "a"]
    assert [c.key["id"]["S"] for c in transaction.changes] == ["c"]


def test_a_failed_request_leaves_no_trace(engine: MemoryTableEngine) -> None:
    put_engine_item(engine, "a", n={"N": "1"})
    new, one = {"id": {"S": "new"}}, {":one": {"N": "1"}}
    failures = [
        ("UpdateItem", {"Key": new, "UpdateExpression": "SET x = y + :one"}),
        ("UpdateItem", {"Key": new, "UpdateExpression": "ADD id :one"}),
        ("UpdateItem", {"Key": {"id": {"N": "1"}}, "UpdateExpression": "SET x = :one"}),
        (
            "PutItem",
            {"Item": {**KEY, "x": {"N": "2"}}, "ConditionExpression": "n <> :one"},
        ),
        ("DeleteItem", {"Key": KEY, "ConditionExpression": "n > :one"}),
    ]

    for operation, request in failures:
        expect_engine_error(
            engine, operation, TableName="tab", ExpressionAttributeValues=one, **request
        )


def test_an_item_that_an_update_makes_too_big_is_not_stored(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    big = {":big": {"S": "x" * 450_000}}
    update = {"UpdateExpression": "SET big = :big", "ExpressionAttributeValues": big}
    wrong = {"id": {"N": "1"}}
    found = expect_engine_error(engine, "UpdateItem", TableName="tab", Key=KEY, **update)
    expect_engine_error(
        engine,
        "BatchWriteItem",
        RequestItems={"tab": [{"PutRequest": {"Item": KEY}}, {"PutRequest": {"Item": wrong}}]},
    )

    assert found == (WRONG, "Item size to update has exceeded the maximum allowed size")


def test_a_response_has_only_the_requested_members(engine: MemoryTableEngine) -> None:
    put_engine_item(engine, "a")

    update = {"TableName": "tab", "Key": KEY, "UpdateExpression": "REMOVE x"}
    assert run_operation(engine, "UpdateItem", **update).body == b"{}"
    assert run_operation(engine, "DeleteItem", TableName="tab", Key=KEY).body == b"{}"
    asked = json.loads(
        run_operation(engine, "UpdateItem", **update, ReturnConsumedCapacity="TOTAL").body
    )
    assert asked["ConsumedCapacity"]["TableName"] == "tab"


def test_a_hidden_table_does_not_exist_for_one_request(engine: MemoryTableEngine) -> None:
    write = {"RequestItems": {"tab": [{"PutRequest": {"Item": KEY}}]}}

    outcome = engine.execute("BatchWriteItem", write, hidden=["tab"])

    assert b"ResourceNotFoundException" in outcome.body
    assert list(engine.all_images("tab")) == []
    assert run_operation(engine, "BatchWriteItem", **write).changes != ()


def test_an_image_is_stored_without_validation(engine: MemoryTableEngine) -> None:
    """A long value was there before its index, say: replicas and restarts must still take it."""
    image = {**KEY, "g": {"S": "x" * 3000}, "n": {"N": "1E400"}}
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "g")]
    run_operation(
        engine,
        "UpdateTable",
        TableName="tab",
        AttributeDefinitions=attributes,
        GlobalSecondaryIndexUpdates=[{"Create": index_definition("there")}],
    )

    engine.put_image("tab", image)

    assert engine.get_image("tab", KEY) == image


def test_images_of_older_logs_are_brought_into_normal_form(engine: MemoryTableEngine) -> None:
    """Equal numbers are one key, and equal in conditions, however they were written.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """
    definition = {
        "TableName": "numbers",
        "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    run_operation(engine, "CreateTable", **definition)

    engine.put_image("numbers", {"n": {"N": "1.0"}, "m": {"N": "+2.50"}})

    assert engine.get_image("numbers", {"n": {"N": "1E0"}}) == {"n": {"N": "1"}, "m": {"N": "2.5"}}
    engine.remove_item("numbers", {"n": {"N": "1.00"}})
    assert engine.count_items("numbers") == 0


def test_an_operation_that_is_not_served_is_known_as_such(engine: MemoryTableEngine) -> None:
    assert engine.serves("GetItem")
    assert not engine.serves("CreateBackup")


@pytest.mark.parametrize("action", ["PUT", "ADD", "DELETE"])
def test_older_updates_with_binary_values_leave_a_usable_item(
    engine: MemoryTableEngine, action: str
) -> None:
    """The change is reported, so it reaches the log and the replicas.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValueUpdate.html
    """
    put_engine_item(engine, "a", b={"BS": ["YQ==", "Yg=="]})

    (change,) = run_operation(
        engine,
        "UpdateItem",
        TableName="tab",
        Key=KEY,
        AttributeUpdates={"b": {"Value": {"BS": ["YQ==", "Yw=="]}, "Action": action}},
    ).changes

    expected = {"PUT": ["YQ==", "Yw=="], "ADD": ["YQ==", "Yg==", "Yw=="], "DELETE": ["Yg=="]}
    assert change.after is not None
    assert sorted(change.after["b"]["BS"]) == expected[action]
    assert engine.get_image("tab", KEY) == change.after

"""CreateTable and UpdateTable: what is refused, and what a change does."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    NOT_FOUND,
    WRONG,
    expect_engine_error,
    index_definition,
    put_engine_item,
    response_of,
    run_operation,
    table_definition,
)
from twin.core.tables.table_engine import EngineResult
from twin.dynamodb.engine import MemoryTableEngine

IN_USE = "ResourceInUseException"
G = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "g")]
LOCAL = {
    "IndexName": "local",
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "g", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
}
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}


def add_index(engine: MemoryTableEngine, name: str = "there") -> EngineResult:
    return run_operation(
        engine,
        "UpdateTable",
        TableName="tab",
        AttributeDefinitions=G,
        GlobalSecondaryIndexUpdates=[{"Create": index_definition(name)}],
    )


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"TableName": "tab"}, IN_USE, "Table already exists: tab"),
        ({"TableName": "ab"}, WRONG, "Member must have length greater than or equal to 3"),
        ({"TableName": "a" * 256}, WRONG, "Member must have length less than or equal to 255"),
        ({"KeySchema": None}, WRONG, "Value null at 'keySchema'"),
        ({"AttributeDefinitions": []}, WRONG, "Some index key attribute have no definition"),
        (
            {
                "AttributeDefinitions": G[-1:] * 2,
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            },
            WRONG,
            "Duplicate AttributeName: g",
        ),
        ({"AttributeDefinitions": G}, WRONG, "Number of attributes in KeySchema does not exactly"),
        (
            {"KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}]},
            WRONG,
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [x]",
        ),
        (
            {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]},
            WRONG,
            "The first KeySchemaElement is not a HASH key type",
        ),
        ({"ProvisionedThroughput": UNITS}, WRONG, "Neither ReadCapacityUnits nor WriteCapacity"),
        ({"BillingMode": "PROVISIONED"}, WRONG, "must both be specified when BillingMode is PROV"),
        (
            {"BillingMode": None, "ProvisionedThroughput": {**UNITS, "ReadCapacityUnits": 10**13}},
            WRONG,
            "Given value 10000000000000 for ReadCapacityUnits is out of bounds",
        ),
        ({"LocalSecondaryIndexes": []}, WRONG, "List of LocalSecondaryIndexes is empty"),
        (
            {"LocalSecondaryIndexes": [LOCAL], "AttributeDefinitions": G},
            WRONG,
            "Table KeySchema does not have a range key",
        ),
        (
            {"GlobalSecondaryIndexes": [index_definition("one")] * 2, "AttributeDefinitions": G},
            WRONG,
            "Duplicate index name: one",
        ),
        (
            {
                "GlobalSecondaryIndexes": [index_definition(f"i{n:02}") for n in range(21)],
                "AttributeDefinitions": G,
            },
            WRONG,
            "GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            {
                "GlobalSecondaryIndexes": [
                    {**index_definition("one"), "ProvisionedThroughput": UNITS}
                ],
                "AttributeDefinitions": G,
            },
            WRONG,
            "ProvisionedThroughput should not be specified for index: one when BillingMode is PAY",
        ),
        (
            {"GlobalSecondaryIndexes": [index_definition("one", "id")], "AttributeDefinitions": G},
            WRONG,
            "AttributeDefinitions are not used. AttributeDefinitions: [id, g], keys used: [id]",
        ),
        ({"StreamSpecification": {"StreamEnabled": True}}, WRONG, "StreamViewType must be"),
        ({"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]}, WRONG, "Too many tags"),
        ({"SSESpecification": {"KMSMasterKeyId": "k"}}, WRONG, "KMSMasterKeyId can only be"),
    ],
)
def test_a_wrong_table_is_refused_in_the_service_s_words(
    engine: MemoryTableEngine, changes: dict[str, Any], code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html"""
    found = expect_engine_error(
        engine, "CreateTable", **{**table_definition("new", "id"), **changes}
    )

    assert found[0] == code
    assert words in found[1]
    assert "new" not in engine.table_names()


@pytest.mark.parametrize(
    ("updates", "code", "words"),
    [
        ([{"Delete": {"IndexName": "none"}}], NOT_FOUND, "none"),
        ([{"Update": {"IndexName": "none", "WarmThroughput": {}}}], NOT_FOUND, "none"),
        ([{"Create": index_definition("there")}], WRONG, "already exists"),
        (
            [{"Create": index_definition("new", "unknown")}],
            WRONG,
            "not defined in AttributeDefinitions",
        ),
        ([{"Create": {"IndexName": "new"}}], WRONG, "keySchema"),
        ([{"Create": {**index_definition("new"), "KeySchema": []}}], WRONG, "keySchema"),
        ([{}], WRONG, "must not be null"),
        (
            [{"Create": index_definition("one")}, {"Delete": {"IndexName": "there"}}],
            "LimitExceededException",
            "Only 1 online index",
        ),
        (
            [{"Delete": {"IndexName": "there"}}] * 2,
            WRONG,
            "Only one global secondary index update per index is allowed simultaneously",
        ),
    ],
)
def test_wrong_index_updates_are_refused_in_the_service_s_words(
    engine: MemoryTableEngine, updates: list[dict[str, Any]], code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    add_index(engine)

    found = expect_engine_error(
        engine, "UpdateTable", TableName="tab", GlobalSecondaryIndexUpdates=updates
    )

    assert found[0] == code
    assert words in found[1]
    assert [i["IndexName"] for i in engine.settings("tab").shared["indexes"]] == ["there"]


def test_a_new_index_is_filled_and_a_removed_one_is_gone(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html"""
    put_engine_item(engine, "a", g={"S": "x"})
    add_index(engine)
    query = {
        "TableName": "tab",
        "IndexName": "there",
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": {":g": {"S": "x"}},
    }
    found = response_of(engine, "Query", **query)
    run_operation(
        engine,
        "UpdateTable",
        TableName="tab",
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "there"}}],
    )

    assert found["Count"] == 1
    assert "does not have the specified index" in expect_engine_error(engine, "Query", **query)[1]
    definitions = engine.settings("tab").shared["attributes"]
    assert [d["AttributeName"] for d in definitions] == ["id"]


def test_an_update_changes_something(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    empty = expect_engine_error(engine, "UpdateTable", TableName="tab")
    missing = expect_engine_error(
        engine, "UpdateTable", TableName="none", DeletionProtectionEnabled=True
    )
    described = response_of(
        engine,
        "UpdateTable",
        TableName="tab",
        DeletionProtectionEnabled=True,
        TableClass="STANDARD_INFREQUENT_ACCESS",
    )["TableDescription"]

    assert empty[1].startswith("At least one of ProvisionedThroughput, BillingMode")
    assert missing == (NOT_FOUND, "Requested resource not found: Table: none not found")
    assert described["TableStatus"] == "UPDATING"
    assert described["DeletionProtectionEnabled"]
    assert described["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}


def test_a_stream_is_switched_on_off_and_on_again(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    off = {"StreamEnabled": False}

    def update(stream: dict[str, Any]) -> EngineResult:
        return run_operation(engine, "UpdateTable", TableName="tab", StreamSpecification=stream)

    update(on)
    found = expect_engine_error(engine, "UpdateTable", TableName="tab", StreamSpecification=on)
    assert found == (WRONG, "Table already has an enabled stream: TableName: tab")
    update(off)
    assert (
        expect_engine_error(engine, "UpdateTable", TableName="tab", StreamSpecification=off)[0]
        == WRONG
    )
    update(on)

    stream = engine.stream("tab")
    assert stream is not None
    assert stream.enabled

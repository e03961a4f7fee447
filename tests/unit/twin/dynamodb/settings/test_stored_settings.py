"""Settings from which a table is created again, also those of older logs."""

import json

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    make_engine,
    run_operation,
    table_definition,
)
from twin.core.tables.table_engine import TableSettings
from twin.dynamodb.engine import MemoryTableEngine


def test_a_table_created_from_settings_has_equal_settings(engine: MemoryTableEngine) -> None:
    request = table_definition("rich", "id", "at")
    request["AttributeDefinitions"].append({"AttributeName": "g", "AttributeType": "N"})
    run_operation(
        engine,
        "CreateTable",
        **request,
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-at",
                "KeySchema": [
                    {"AttributeName": "id", "KeyType": "HASH"},
                    {"AttributeName": "at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        Tags=[{"Key": "k", "Value": "v"}],
        DeletionProtectionEnabled=True,
    )
    ttl = {"Enabled": True, "AttributeName": "u"}
    run_operation(engine, "UpdateTimeToLive", TableName="rich", TimeToLiveSpecification=ttl)
    recovery = {"PointInTimeRecoveryEnabled": True}
    run_operation(
        engine,
        "UpdateContinuousBackups",
        TableName="rich",
        PointInTimeRecoverySpecification=recovery,
    )
    sections = engine.settings("rich")
    stored = json.loads(json.dumps([sections.shared, sections.local]))
    other = make_engine()
    other.create_table("rich", sections)

    made = other.settings("rich")
    assert [made.shared, made.local] == stored
    described = [
        json.loads(run_operation(e, "DescribeTable", TableName="rich").body)
        for e in (engine, other)
    ]
    assert described[0] == described[1]


OLDER = {
    "keys": {
        "schema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "indexes": [],
    },
    "attributes": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "g", "AttributeType": "S"},
    ],
    "indexes": [
        {
            "IndexName": "by-g",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
            "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000},
        }
    ],
    "billing": {
        "mode": "PAY_PER_REQUEST",
        "throughput": {
            "ReadCapacityUnits": 0,
            "WriteCapacityUnits": 0,
            "NumberOfDecreasesToday": 0,
        },
        "warm": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"},
    },
    "stream": {"StreamEnabled": False},
    "encryption": {},
    "ttl": {"enabled": False, "attribute": ""},
}
"""Shared settings as earlier versions of the twin have written them to logs."""


def test_settings_of_older_logs_are_taken(engine: MemoryTableEngine) -> None:
    engine.create_table("old", TableSettings(shared=OLDER, local={"label": None, "tags": []}))

    assert engine.key_names("old") == ("id",)
    assert engine.settings("old").shared == OLDER
    assert engine.settings("old").local["class"] == "STANDARD"
    described = json.loads(run_operation(engine, "DescribeTable", TableName="old").body)["Table"]
    assert described["GlobalSecondaryIndexes"][0]["IndexName"] == "by-g"


def test_replicated_indexes_may_come_before_their_attributes(engine: MemoryTableEngine) -> None:
    """Settings are replicated one by one, in any order."""
    engine.put_image("tab", {"id": {"S": "a"}, "g": {"S": "x"}})
    engine.set_setting("tab", "indexes", OLDER["indexes"])
    engine.set_setting("tab", "attributes", OLDER["attributes"])

    found = run_operation(engine, "Scan", TableName="tab", IndexName="by-g", Select="COUNT")
    assert json.loads(found.body)["Count"] == 1
    engine.set_setting("tab", "indexes", [])
    assert engine.settings("tab").shared["indexes"] == []


def test_a_table_starts_with_an_index_whose_attributes_have_not_come_yet(
    engine: MemoryTableEngine,
) -> None:
    """A snapshot may have been taken in between."""
    early = {**OLDER, "attributes": [{"AttributeName": "id", "AttributeType": "S"}]}
    engine.create_table("early", TableSettings(shared=early))
    engine.put_image("early", {"id": {"S": "a"}, "g": {"S": "x"}})

    engine.set_setting("early", "attributes", OLDER["attributes"])

    found = run_operation(engine, "Scan", TableName="early", IndexName="by-g", Select="COUNT")
    assert json.loads(found.body)["Count"] == 1


def test_a_setting_that_is_read_is_not_changed_later(engine: MemoryTableEngine) -> None:
    """The store compares the settings before and after a request."""
    before = engine.settings("tab")
    copy = json.loads(json.dumps([before.shared, before.local]))
    run_operation(
        engine,
        "UpdateTable",
        TableName="tab",
        DeletionProtectionEnabled=True,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )

    assert [before.shared, before.local] == copy
    assert engine.settings("tab").shared["stream"]["StreamEnabled"]


def test_an_unknown_setting_is_a_mistake(engine: MemoryTableEngine) -> None:
    with pytest.raises(KeyError):
        engine.set_setting("tab", "unknown", 1)

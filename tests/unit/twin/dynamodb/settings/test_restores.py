"""The settings of a restored table."""

from typing import Any

from twin.core.tables.table_engine import TableSettings
from twin.dynamodb.engine import MemoryTableEngine

NOW = 1_700_000_000.0


def open_source() -> MemoryTableEngine:
    """An engine with a table that has everything that is restored, and what is not."""
    engine = MemoryTableEngine("eu-central-1", "123456789012", lambda: NOW)
    throughput = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
    keys = [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    outcome = engine.execute(
        "CreateTable",
        {
            "TableName": "source",
            "KeySchema": keys,
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "x", "y")
            ],
            "ProvisionedThroughput": throughput,
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by-x",
                    "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                    "ProvisionedThroughput": throughput,
                }
            ],
            "LocalSecondaryIndexes": [
                {
                    "IndexName": "by-y",
                    "KeySchema": [keys[0], {"AttributeName": "y", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
            "SSESpecification": {"Enabled": True, "SSEType": "KMS"},
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            "Tags": [{"Key": "a", "Value": "b"}],
            "DeletionProtectionEnabled": True,
        },
    )
    assert outcome.status == 200, outcome.body
    return engine


def restored(**overrides: Any) -> TableSettings:  # noqa: ANN401
    """The settings of a table `target` that is made from the plan."""
    engine = open_source()
    request = {
        "SourceTableName": "source",
        "TargetTableName": "target",
        "RestoreDateTime": NOW,
        **overrides,
    }
    engine.create_table("target", engine.plan_restore(request).settings_at(NOW))
    return engine.settings("target")


def test_keys_indexes_capacity_and_encryption_are_the_sources() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html"""
    source, target = open_source().settings("source"), restored()

    for name in ("keys", "attributes", "indexes", "billing", "encryption"):
        assert target.shared[name] == source.shared[name]
    assert target.local["key"] == source.local["key"]
    assert target.shared["stream"] == {"StreamEnabled": False}
    assert target.local["tags"] == []
    assert not target.local["protection"]


def test_overrides_leave_indexes_out_with_their_attributes() -> None:
    target = restored(GlobalSecondaryIndexOverride=[], LocalSecondaryIndexOverride=[])

    assert target.shared["indexes"] == target.shared["keys"]["indexes"] == []
    assert [a["AttributeName"] for a in target.shared["attributes"]] == ["pk", "sk"]


def test_overrides_change_how_the_table_is_billed() -> None:
    on_demand = restored(BillingModeOverride="PAY_PER_REQUEST").shared
    assert on_demand["billing"]["mode"] == "PAY_PER_REQUEST"
    assert on_demand["indexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    units = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8}
    provisioned = restored(ProvisionedThroughputOverride=units).shared["billing"]
    assert provisioned["throughput"]["ReadCapacityUnits"] == 7


def test_overrides_change_the_key() -> None:
    target = restored(SSESpecificationOverride={"Enabled": True, "KMSMasterKeyId": "alias/mine"})

    assert target.local["key"] == "arn:aws:kms:eu-central-1:123456789012:alias/mine"
    assert restored(SSESpecificationOverride={"Enabled": False}).shared["encryption"] == {}

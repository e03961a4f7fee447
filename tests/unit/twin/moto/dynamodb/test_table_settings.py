"""Tags, time to live, and settings from which a table is created again."""

import json

from tests.unit.twin.moto.dynamodb.engine_calls import (
    expect_engine_error,
    run_operation,
    table_definition,
)
from twin.moto.dynamodb.engine import MotoTableEngine


def test_tags_are_replaced_not_repeated(engine: MotoTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html"""
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/t"
    run_operation(engine, "TagResource", ResourceArn=arn, Tags=[{"Key": "k", "Value": "1"}])
    run_operation(engine, "TagResource", ResourceArn=arn, Tags=[{"Key": "k", "Value": "2"}])

    tags = json.loads(run_operation(engine, "ListTagsOfResource", ResourceArn=arn).body)
    assert tags == {"Tags": [{"Key": "k", "Value": "2"}]}
    code, _ = expect_engine_error(engine, "TagResource", ResourceArn=arn + "x", Tags=[])
    assert code == "ResourceNotFoundException"


def test_time_to_live_is_not_enabled_twice(engine: MotoTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"""
    wanted = {"Enabled": True, "AttributeName": "until"}
    run_operation(engine, "UpdateTimeToLive", TableName="t", TimeToLiveSpecification=wanted)

    again = expect_engine_error(
        engine, "UpdateTimeToLive", TableName="t", TimeToLiveSpecification=wanted
    )
    assert again == ("ValidationException", "TimeToLive is already enabled")


def test_a_table_created_from_settings_has_equal_settings(engine: MotoTableEngine) -> None:
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
    other = MotoTableEngine("eu-central-1", "123456789012")
    other.create_table("rich", sections)

    made = other.settings("rich")
    assert [made.shared, made.local] == stored
    described = [
        json.loads(run_operation(e, "DescribeTable", TableName="rich").body)
        for e in (engine, other)
    ]
    assert described[0] == described[1]

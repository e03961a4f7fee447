"""What DescribeTable tells of a table."""

from tests.unit.twin.dynamodb.engine_calls import (
    NOW,
    index_definition,
    put_engine_item,
    response_of,
    run_operation,
)
from twin.dynamodb.engine import MemoryTableEngine

ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/tab"


def test_a_plain_table_has_no_empty_members(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html"""
    put_engine_item(engine, "a", v={"S": "xyz"})

    table = response_of(engine, "DescribeTable", TableName="tab")["Table"]

    assert table == {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "TableName": "tab",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "TableStatus": "ACTIVE",
        "CreationDateTime": NOW,
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": 0,
            "WriteCapacityUnits": 0,
        },
        "TableSizeBytes": 7,
        "ItemCount": 1,
        "TableArn": ARN,
        "BillingModeSummary": {
            "BillingMode": "PAY_PER_REQUEST",
            "LastUpdateToPayPerRequestDateTime": NOW,
        },
        "DeletionProtectionEnabled": False,
        "WarmThroughput": {
            "ReadUnitsPerSecond": 12000,
            "WriteUnitsPerSecond": 4000,
            "Status": "ACTIVE",
        },
    }


def test_indexes_and_streams_are_described(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndexDescription.html"""
    run_operation(
        engine,
        "UpdateTable",
        TableName="tab",
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index_definition("by-g")}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        SSESpecification={"Enabled": True},
    )
    put_engine_item(engine, "a", g={"S": "x"})
    put_engine_item(engine, "b")

    table = response_of(engine, "DescribeTable", TableName="tab")["Table"]

    (index,) = table["GlobalSecondaryIndexes"]
    assert (index["IndexStatus"], index["ItemCount"], index["IndexSizeBytes"]) == ("ACTIVE", 1, 5)
    assert index["IndexArn"] == f"{ARN}/index/by-g"
    assert table["LatestStreamArn"] == f"{ARN}/stream/2023-11-14T22:13:20.500"
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert table["SSEDescription"]["KMSMasterKeyArn"].startswith("arn:aws:kms:eu-central-1:")

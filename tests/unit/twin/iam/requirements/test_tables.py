"""DynamoDB's permissions.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

import base64
import json

import pytest

from tests.unit.twin.iam.requirements.requirement_lists import ACCOUNT, REGION, find, needs

TABLES = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
ITEMS = f"{TABLES}/items"


def test_an_item_operation_is_about_its_table_by_name_or_arn() -> None:
    assert needs("dynamodb", "GetItem", TableName="items") == [("dynamodb:GetItem", ITEMS)]
    assert needs("dynamodb", "GetItem", TableName=ITEMS) == [("dynamodb:GetItem", ITEMS)]


def test_a_query_of_an_index_is_about_the_index() -> None:
    found = needs("dynamodb", "Query", TableName="items", IndexName="by-owner")

    assert found == [("dynamodb:Query", f"{ITEMS}/index/by-owner")]


def test_a_list_of_tables_is_about_all_and_limits_about_none() -> None:
    assert needs("dynamodb", "ListTables") == [("dynamodb:ListTables", f"{TABLES}/*")]
    assert needs("dynamodb", "DescribeLimits") == [("dynamodb:DescribeLimits", "*")]


def test_a_batch_needs_its_action_on_each_table() -> None:
    requests: dict[str, object] = {"items": {"Keys": []}, "control": {"Keys": []}}

    assert needs("dynamodb", "BatchGetItem", RequestItems=requests) == [
        ("dynamodb:BatchGetItem", ITEMS),
        ("dynamodb:BatchGetItem", f"{TABLES}/control"),
    ]


def test_of_a_request_with_too_many_parts_a_hundred_are_looked_at() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
    statement = {"Statement": "SELECT * FROM items"}

    tables = needs("dynamodb", "BatchGetItem", RequestItems={str(n): {} for n in range(1000)})
    statements = needs("dynamodb", "BatchExecuteStatement", Statements=[statement] * 1000)

    assert (len(tables), len(statements)) == (100, 100)


def test_a_transaction_needs_the_actions_of_its_parts() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"""
    parts = ["Put", "Update", "Delete", "ConditionCheck"]
    items = [{part: {"TableName": "items"}} for part in parts]

    written = find("dynamodb", "TransactWriteItems", TransactItems=items)
    read = find("dynamodb", "TransactGetItems", TransactItems=[{"Get": {"TableName": "items"}}])

    assert [r.action for r in written] == [
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:ConditionCheckItem",
    ]
    assert [r.action for r in read] == ["dynamodb:GetItem"]
    for operation, found in (("TransactWriteItems", written), ("TransactGetItems", read)):
        assert {r.keys["dynamodb:enclosingoperation"] for r in found} == {(operation,)}
        assert {r.resource for r in found} == {ITEMS}


@pytest.mark.parametrize(
    ("statement", "action", "resource"),
    [
        ('SELECT * FROM "items" WHERE id = ?', "PartiQLSelect", ITEMS),
        ("select a, b from items", "PartiQLSelect", ITEMS),
        ('SELECT * FROM "items"."by-owner"', "PartiQLSelect", f"{ITEMS}/index/by-owner"),
        ("INSERT INTO items VALUE {'id': 'x'}", "PartiQLInsert", ITEMS),
        ('  update "items" SET a = 1 WHERE id = 2', "PartiQLUpdate", ITEMS),
        ("DELETE FROM items WHERE id = 1", "PartiQLDelete", ITEMS),
        ("/* SELECT * */ DELETE FROM items WHERE id = 1", "PartiQLDelete", ITEMS),
        ("DELETE -- FROM others\nFROM items WHERE id = 1", "PartiQLDelete", ITEMS),
        ("EXISTS(SELECT * FROM items WHERE id = 1)", "PartiQLSelect", ITEMS),
        ("no statement", "PartiQLSelect", "*"),
    ],
)
def test_statements_have_actions_of_their_own(statement: str, action: str, resource: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html"""
    expected = [(f"dynamodb:{action}", resource)]
    one = {"Statement": statement}

    assert needs("dynamodb", "ExecuteStatement", **one) == expected
    assert needs("dynamodb", "BatchExecuteStatement", Statements=[one]) == expected
    assert needs("dynamodb", "ExecuteTransaction", TransactStatements=[one]) == expected


def test_a_scan_by_statement_is_told_from_a_lookup() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html"""
    (scan,) = find("dynamodb", "ExecuteStatement", Statement="SELECT * FROM items")
    (lookup,) = find("dynamodb", "ExecuteStatement", Statement="SELECT * FROM items WHERE id=1")
    (noted,) = find("dynamodb", "ExecuteStatement", Statement="SELECT * FROM items -- where id=1")

    assert scan.keys["dynamodb:fulltablescan"] == ("true",)
    assert noted.keys["dynamodb:fulltablescan"] == ("true",)
    assert lookup.keys["dynamodb:fulltablescan"] == ("false",)


def test_a_new_replica_needs_the_documented_permissions_in_its_region() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2gt_IAM.html"""
    updates = [{"Create": {"RegionName": "us-west-2"}}]
    replica = f"arn:aws:dynamodb:us-west-2:{ACCOUNT}:table/items"

    found = needs("dynamodb", "UpdateTable", TableName="items", ReplicaUpdates=updates)

    assert found[0] == ("dynamodb:UpdateTable", ITEMS)
    assert {action for action, resource in found if resource == replica} == {
        f"dynamodb:{name}"
        for name in [
            "CreateTable",
            "CreateTableReplica",
            "Scan",
            "Query",
            "UpdateItem",
            "PutItem",
            "GetItem",
            "DeleteItem",
            "BatchWriteItem",
        ]
    }
    assert found[-1][0] == "iam:CreateServiceLinkedRole"
    assert found[-1][1].endswith("/AWSServiceRoleForDynamoDBReplication")


def test_a_removed_replica_is_a_deleted_table() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2gt_IAM.html"""
    updates = [{"Delete": {"RegionName": "us-west-2"}}]
    replica = f"arn:aws:dynamodb:us-west-2:{ACCOUNT}:table/items"

    found = needs("dynamodb", "UpdateTable", TableName="items", ReplicaUpdates=updates)

    assert found[1:] == [
        ("dynamodb:DeleteTable", replica),
        ("dynamodb:DeleteTableReplica", replica),
    ]


def test_a_restore_needs_its_action_on_the_source_and_reads_and_writes_on_the_new_table() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html"""
    by_name = needs(
        "dynamodb",
        "RestoreTableToPointInTime",
        SourceTableName="items",
        TargetTableName="items-restore-1",
    )
    by_arn = needs(
        "dynamodb",
        "RestoreTableToPointInTime",
        SourceTableArn=ITEMS,
        TargetTableName="items-restore-1",
    )

    assert by_name == by_arn
    assert by_name[0] == ("dynamodb:RestoreTableToPointInTime", ITEMS)
    assert {resource for _, resource in by_name[1:]} == {f"{TABLES}/items-restore-1"}
    assert {"dynamodb:PutItem", "dynamodb:Scan"} <= {action for action, _ in by_name[1:]}


def test_tags_and_a_policy_on_creation_need_their_own_permissions() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-create-table.html"""
    tags = [{"Key": "a", "Value": "b"}]

    found = needs("dynamodb", "CreateTable", TableName="items", Tags=tags, ResourcePolicy="{}")

    assert found == [
        ("dynamodb:CreateTable", ITEMS),
        ("dynamodb:TagResource", ITEMS),
        ("dynamodb:PutResourcePolicy", ITEMS),
    ]


def test_a_stream_is_named_by_its_arn_or_its_iterator() -> None:
    stream = f"{ITEMS}/stream/2026-01-01T00:00:00.000"
    iterator = base64.b64encode(json.dumps([stream, 7]).encode()).decode()

    assert needs("dynamodb", "DescribeStream", StreamArn=stream)[0][1] == stream
    assert needs("dynamodb", "GetRecords", ShardIterator=f"{stream}|1|{iterator}")[0][1] == stream
    assert needs("dynamodb", "GetRecords", ShardIterator="no iterator")[0][1] == "*"

"""The HTTP API: headers, errors, names, idempotency tokens."""

import json
import re
import zlib
from contextlib import closing
from http.client import HTTPConnection, HTTPMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.region.tables.conftest import HOME, RegionProcesses

SERIALIZATION = "SerializationException"


def post(regions: RegionProcesses, target: str, body: bytes) -> tuple[int, HTTPMessage, bytes]:
    with closing(HTTPConnection(*regions.instance.region_address(HOME), timeout=5)) as connection:
        connection.request("POST", "/", body=body, headers={"X-Amz-Target": target})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("DynamoDB_20120810.Nonsense", b"{}", "UnknownOperationException"),
        ("Other.GetItem", b"{}", "UnknownOperationException"),
        ("", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.GetItem", b"{", SERIALIZATION),
        ("DynamoDB_20120810.GetItem", b"[]", SERIALIZATION),
        ("DynamoDB_20120810.ListTables", b'{"Limit":NaN}', SERIALIZATION),
        ("DynamoDB_20120810.ListTables", b'{"Limit":1e999}', "ValidationException"),
        ("DynamoDB_20120810.PutItem", b"[" * 100_000, SERIALIZATION),
        ("DynamoDB_20120810.GetItem", b"{}", "ValidationException"),
        ("DynamoDB_20120810.UpdateTable", b"{}", "ValidationException"),
        ("DynamoDB_20120810.GetItem", b'{"TableName":{}}', SERIALIZATION),
        ("DynamoDB_20120810.ListTables", b'{"Limit":"x"}', SERIALIZATION),
        ("DynamoDB_20120810.TransactWriteItems", b'{"ClientRequestToken":1}', SERIALIZATION),
        ("DynamoDB_20120810.UpdateTable", b'{"ReplicaUpdates":{}}', SERIALIZATION),
        ("DynamoDB_20120810.UpdateTable", b'{"ReplicaUpdates":[1]}', SERIALIZATION),
        ("DynamoDB_20120810.DeleteTable", b'{"TableName":[]}', SERIALIZATION),
        ("DynamoDB_20120810.CreateBackup", b"{}", "UnknownOperationException"),
    ],
)
def test_invalid_requests_get_an_error_in_the_service_s_form(
    regions: RegionProcesses, target: str, body: bytes, code: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    status, _, raw = post(regions, target, body)

    assert status == 400
    assert json.loads(raw)["__type"].endswith(f"#{code}")


def test_a_request_of_more_than_16_mb_is_refused(regions: RegionProcesses) -> None:
    """https://github.com/architect/dynalite (test/connection.js)"""
    status, _, raw = post(regions, "DynamoDB_20120810.ListTables", b" " * (16 * 1024 * 1024 + 1))

    assert status == 413
    assert json.loads(raw)["__type"].endswith("#RequestEntityTooLarge")


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/", 200, f"healthy: dynamodb.{HOME}.amazonaws.com "),
        ("PUT", "/", 404, "<UnknownOperationException/>\n"),
        ("GET", "/foo", 404, "<UnknownOperationException/>\n"),
        ("POST", "/bar", 400, '{"__type":"com.amazon.coral.service#UnknownOperationException",'),
    ],
)
def test_what_is_no_call_is_answered_as_by_dynamodb(
    regions: RegionProcesses, method: str, path: str, status: int, body: str
) -> None:
    """https://github.com/architect/dynalite (test/connection.js, written against the service)"""
    with closing(HTTPConnection(*regions.instance.region_address(HOME), timeout=5)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        text = answer.read()

    assert answer.status == status
    assert text.startswith(body.encode())
    assert answer.headers["x-amz-crc32"] == str(zlib.crc32(text))
    assert re.fullmatch("[0-9A-Z]{52}", answer.headers["x-amzn-RequestId"])


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/_twin/nothing"), ("GET", "/2015-03-31/functions/f/invocations")],
)
def test_paths_of_others_are_not_dynamodbs(
    regions: RegionProcesses, method: str, path: str
) -> None:
    with closing(HTTPConnection(*regions.instance.region_address(HOME), timeout=5)) as connection:
        connection.request(method, path)
        assert connection.getresponse().status == 404


@pytest.fixture
def regions(regions: RegionProcesses) -> RegionProcesses:
    regions.start(HOME)
    return regions


def test_responses_have_checksum_request_id_and_type(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html"""
    status, headers, raw = post(regions, "DynamoDB_20120810.ListTables", b"{}")

    assert (status, raw) == (200, b'{"TableNames":[]}')
    assert headers["x-amz-crc32"] == str(zlib.crc32(raw))
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert len(headers["x-amzn-RequestId"]) == 52


def test_a_deleted_table_is_described_in_short(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html"""
    home = regions.create_table()
    table_id = home.describe_table(TableName="items")["Table"]["TableId"]
    deleted = home.delete_table(TableName="items")["TableDescription"]

    assert (deleted["TableStatus"], deleted["TableId"]) == ("DELETING", table_id)
    assert not {"AttributeDefinitions", "CreationDateTime", "KeySchema"} & deleted.keys()


def test_a_table_can_be_named_by_its_arn(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""
    home = regions.create_table()
    arn = home.describe_table(TableName="items")["Table"]["TableArn"]
    home.put_item(TableName=arn, Item={"id": {"S": "a"}})
    home.transact_write_items(
        TransactItems=[{"Put": {"TableName": arn, "Item": {"id": {"S": "b"}}}}]
    )
    regions.kill(HOME)
    regions.start(HOME)

    got = home.batch_get_item(RequestItems={arn: {"Keys": [{"id": {"S": "a"}}]}})
    assert got["Responses"] == {"items": [{"id": {"S": "a"}}]}
    assert home.scan(TableName=arn, Select="COUNT")["Count"] == 2


def test_a_transaction_with_a_known_token_is_not_executed_again(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    home = regions.create_table()

    def add(step: str) -> None:
        update: Any = {
            "TableName": "items",
            "Key": {"id": {"S": "a"}},
            "UpdateExpression": "ADD n :step",
            "ExpressionAttributeValues": {":step": {"N": step}},
        }
        home.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken="once")

    add("1")
    add("1")

    assert home.get_item(TableName="items", Key={"id": {"S": "a"}})["Item"]["n"] == {"N": "1"}
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        add("2")


def test_a_transaction_of_reads_is_not_kept_for_its_token(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html"""
    home = regions.create_table()
    found = []
    for value in "12":
        home.put_item(TableName="items", Item={"id": {"S": "a"}, "v": {"S": value}})
        statement: Any = {"Statement": "SELECT v FROM items WHERE id = 'a'"}
        read = home.execute_transaction(TransactStatements=[statement], ClientRequestToken="once")
        found.append(read["Responses"][0]["Item"]["v"]["S"])

    assert found == ["1", "2"]


def test_indexes_queries_and_batches_work_after_a_restart(regions: RegionProcesses) -> None:
    home = regions.client(HOME)
    home.create_table(
        TableName="orders",
        KeySchema=[
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
            {"AttributeName": "state", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-state",
                "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    states = ("even", "odd")
    orders: list[dict[str, Any]] = [
        {"customer": {"S": "c"}, "number": {"N": f"{n}"}, "state": {"S": states[n % 2]}}
        for n in range(10)
    ]
    home.batch_write_item(RequestItems={"orders": [{"PutRequest": {"Item": o}} for o in orders]})
    regions.kill(HOME)
    regions.start(HOME)

    by_state = home.query(
        TableName="orders",
        IndexName="by-state",
        KeyConditionExpression="#s = :s",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":s": {"S": "odd"}},
    )
    some = home.query(
        TableName="orders",
        KeyConditionExpression="customer = :c AND #n BETWEEN :a AND :b",
        ExpressionAttributeNames={"#n": "number"},
        ExpressionAttributeValues={":c": {"S": "c"}, ":a": {"N": "3"}, ":b": {"N": "5"}},
    )
    assert by_state["Count"] == 5
    assert [item["number"]["N"] for item in some["Items"]] == ["3", "4", "5"]

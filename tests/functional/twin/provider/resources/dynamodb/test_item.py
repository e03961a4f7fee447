"""Items of a table, on moto."""

import json

import grpc
import pytest

from tests.functional.twin.provider.deployments import TABLE
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from twin.provider.aws_client import AwsClient
from twin.provider.config import parse_configuration
from twin.provider.values import Properties

TOKEN = "aws:dynamodb/tableItem:TableItem"


def test_an_item_lives(driver: Driver) -> None:
    table = driver.create("aws:dynamodb/table:Table", "items", {**TABLE, "name": "items"})
    first = {"item_id": {"S": "a"}, "data": {"B": "AAEC"}, "list": {"L": [{"N": "1"}]}}
    second = {"item_id": {"S": "b"}, "map": {"M": {"deep": {"BOOL": True}}}}
    item = check_lifecycle(
        driver,
        TOKEN,
        "one",
        {"tableName": "items", "hashKey": "item_id", "item": json.dumps(first)},
        {"item": json.dumps(second)},
    )

    assert item.id == "items|item_id|a"
    check_deletion(driver, item)
    driver.delete(table)


def test_an_update_keeps_what_others_wrote_into_the_item(driver: Driver, moto_url: str) -> None:
    table = driver.create("aws:dynamodb/table:Table", "shared", {**TABLE, "name": "shared"})
    args = {"tableName": "shared", "hashKey": "item_id"}
    first = json.dumps({"item_id": {"S": "a"}, "n": {"N": "1"}, "old": {"S": "x"}})
    item = driver.create(TOKEN, "shared", {**args, "item": first})
    aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": moto_url}))
    key: Properties = {"TableName": "shared", "Key": {"item_id": {"S": "a"}}}
    by_hand = {"other": {"Action": "PUT", "Value": {"S": "y"}}}
    aws.call("dynamodb", "eu-central-1", "UpdateItem", {**key, "AttributeUpdates": by_hand})

    second = json.dumps({"item_id": {"S": "a"}, "n": {"N": "2"}})
    item = driver.update(item, {**args, "item": second})

    found = aws.call("dynamodb", "eu-central-1", "GetItem", key)["Item"]
    assert found == {"item_id": {"S": "a"}, "n": {"N": "2"}, "other": {"S": "y"}}
    check_deletion(driver, item)
    driver.delete(table)


@pytest.mark.parametrize(
    "text",
    [
        '{"item_id": {"B": "!"}}',
        '{"item_id": {"B": 5}}',
        '{"item_id": {"S": "a"}, "m": {"M": [1]}}',
        '{"item_id": {"S": "a"}, "m": {"L": 5}}',
        '{"item_id": {"S": "a"}, "m": {"BS": 5}}',
    ],
)
def test_an_item_in_other_json_is_refused(driver: Driver, text: str) -> None:
    args = {"tableName": "none", "hashKey": "item_id", "item": text}

    with pytest.raises(grpc.RpcError, match="the item is not in DynamoDB's JSON"):
        driver.create(TOKEN, "foreign", args)


def test_an_item_needs_its_key(driver: Driver) -> None:
    args = {"tableName": "none", "hashKey": "item_id", "item": '{"other": {"S": "a"}}'}

    with pytest.raises(grpc.RpcError, match="lacks the key attribute 'item_id'"):
        driver.create(TOKEN, "keyless", args)

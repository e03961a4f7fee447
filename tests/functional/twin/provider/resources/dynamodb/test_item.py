"""Items of a table, on moto."""

import json

import grpc
import pytest

from tests.functional.twin.provider.deployments import TABLE
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle

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


def test_an_item_needs_its_key(driver: Driver) -> None:
    args = {"tableName": "none", "hashKey": "item_id", "item": '{"other": {"S": "a"}}'}

    with pytest.raises(grpc.RpcError, match="lacks the key attribute 'item_id'"):
        driver.create(TOKEN, "keyless", args)

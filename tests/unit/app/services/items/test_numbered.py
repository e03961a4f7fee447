"""Items with a number."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from app.services.items.numbered import LARGEST
from tests.unit.app.fakes import TABLE, FunctionWorld

HERE, ELSEWHERE = "us-west-2", "eu-central-1"


def ask(world: FunctionWorld, method: str, path: str, body: str = "") -> tuple[int, dict[str, Any]]:
    answer = world.ask(method, path, body=body, headers={"accept": "text/html"})
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    return answer["statusCode"], json.loads(answer["body"])


def test_an_item_is_stored_by_its_number_and_read() -> None:
    world = FunctionWorld()
    stored = {"id": 7, "name": "postman7", "region": HERE, "readRegion": HERE}

    assert ask(world, "POST", "/item", '{"id": 7, "name": "postman7"}') == (200, stored)
    assert ask(world, "GET", "/item/7") == (200, stored)
    assert world.dynamo.stored(TABLE) == [
        {"item_id": {"S": "7"}, "name": {"S": "postman7"}, "region": {"S": HERE}}
    ]


def test_a_number_keeps_its_name() -> None:
    world = FunctionWorld()
    first = ask(world, "POST", "/item", '{"id": 7, "name": "a"}')

    assert ask(world, "POST", "/item", '{"id": 7, "name": "a"}') == first
    status, answer = ask(world, "POST", "/item", '{"id": 7, "name": "b"}')

    assert (status, answer["error"]) == (409, f"there is an item '7' already, written in {HERE}")
    assert ask(world, "GET", "/item/7") == first


def test_the_same_item_of_another_region_stays_as_it_is() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "7", name={"S": "a"}, region={"S": ELSEWHERE})

    status, item = ask(world, "POST", "/item", '{"id": 7, "name": "a"}')

    assert (status, item["region"], item["readRegion"]) == (200, ELSEWHERE, HERE)


def test_the_region_of_a_write_elsewhere_is_told() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "7", name={"S": "postman7"}, region={"S": ELSEWHERE})

    _, item = ask(world, "GET", "/item/7")

    assert (item["region"], item["readRegion"]) == (ELSEWHERE, HERE)


def test_it_is_an_item_like_the_others() -> None:
    world = FunctionWorld()
    ask(world, "POST", "/item", '{"id": 7, "name": "postman7"}')

    assert world.json("GET", "/get/7") == {"item_id": "7", "region": HERE, "written_in": HERE}


def test_an_item_that_was_created_by_its_number_has_no_name() -> None:
    world = FunctionWorld()
    world.json("POST", "/create", {"item_id": "7"})

    assert ask(world, "GET", "/item/7")[1]["name"] is None


def test_an_unknown_number_is_not_found() -> None:
    status, answer = ask(FunctionWorld(), "GET", "/item/8")

    assert (status, answer["error"]) == (404, "no item 8")


@pytest.mark.parametrize(
    ("written", "read"),
    [("0", "0"), ("-7", "-7"), (str(LARGEST), str(LARGEST)), ('"7"', "7"), ("7", "007")],
)
def test_whole_numbers_are_ids(written: str, read: str) -> None:
    world = FunctionWorld()

    assert ask(world, "POST", "/item", f'{{"id": {written}, "name": ""}}')[0] == 200
    assert ask(world, "GET", f"/item/{read}")[0] == 200


@pytest.mark.parametrize(
    "number", ["7abc", "7.5", "1e3", "", "%20", "+7", "--7", "\u0667", "0x7", "1_0", "1" * 17]
)
def test_anything_else_in_the_path_is_refused(number: str) -> None:
    status, answer = ask(FunctionWorld(), "GET", f"/item/{number}")

    assert status == 400
    assert '"id" must be a whole number' in answer["error"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        '{"id": 7}',
        '{"name": "a"}',
        '{"id": "7abc", "name": "a"}',
        '{"id": 7.5, "name": "a"}',
        '{"id": true, "name": "a"}',
        '{"id": null, "name": "a"}',
        '{"id": [7], "name": "a"}',
        f'{{"id": {LARGEST + 1}, "name": "a"}}',
        '{"id": 7, "name": 7}',
        '{"id": 7, "name": "a", "region": "mine"}',
    ],
)
def test_another_body_is_refused_and_stores_nothing(body: str) -> None:
    world = FunctionWorld()

    status, answer = ask(world, "POST", "/item", body)

    assert status == 400
    assert answer["error"]
    assert world.dynamo.stored(TABLE) == []


def test_a_broken_table_is_503() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, EndpointConnectionError(endpoint_url="http://x"))

    assert ask(world, "GET", "/item/7")[0] == 503
    assert ask(world, "POST", "/item", '{"id": 7, "name": "a"}')[0] == 503

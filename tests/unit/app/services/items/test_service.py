"""Paths, methods and bodies of the routes of items."""

import json
from typing import Any

import pytest

from tests.unit.app.fakes import TABLE, FunctionWorld


def create(world: FunctionWorld, body: str) -> dict[str, Any]:
    return world.ask("POST", "/create", body=body, headers={"accept": "application/json"})


def test_an_item_is_found_by_its_percent_encoded_id() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a b/c", region={"S": "eu-central-1"})

    answer = world.json("GET", "/get/a%20b%2Fc")

    assert answer == {"item_id": "a b/c", "region": "us-west-2", "written_in": "eu-central-1"}


def test_a_missing_item_is_not_found() -> None:
    answer = FunctionWorld().json("GET", "/get/nobody")

    assert answer == {"error": "no item 'nobody'", "status": 404, "region": "us-west-2"}


@pytest.mark.parametrize(
    ("segment", "rule"),
    [("", "the id is empty"), ("%FF", "the id is not UTF-8"), ("%00", "can't be printed")],
)
def test_a_wrong_id_is_refused(segment: str, rule: str) -> None:
    answer = FunctionWorld().json("GET", f"/get/{segment}")

    assert answer["status"] == 400
    assert rule in answer["error"]


def test_an_item_is_created_with_the_given_id() -> None:
    world = FunctionWorld()

    answer = create(world, '{"item_id": "foobar"}')

    assert answer["statusCode"] == 201
    assert world.dynamo.stored(TABLE) == [
        {
            "item_id": {"S": "foobar"},
            "value": {"S": "This item is coming from us-west-2"},
            "region": {"S": "us-west-2"},
            "request": {"S": "id-1"},
        }
    ]


def test_an_item_is_created_once_and_a_second_time_refused() -> None:
    world = FunctionWorld()
    create(world, '{"item_id": "foobar"}')

    again = create(world, '{"item_id": "foobar"}')

    message = "there is an item 'foobar' already, written in us-west-2"
    assert again["statusCode"] == 409
    assert json.loads(again["body"]) == {"error": message, "status": 409, "region": "us-west-2"}
    page = world.ask(
        "POST", "/create", body='{"item_id": "foobar"}', headers={"accept": "text/html"}
    )
    assert (page["statusCode"], "409 Conflict" in page["body"]) == (409, True)


def test_an_item_may_declare_its_end() -> None:
    world = FunctionWorld()

    answer = json.loads(create(world, '{"item_id": "a", "expires_in_s": 60}')["body"])

    ends = int(world.clock.now()) + 60
    assert answer["expires_at"] == ends
    assert world.json("GET", "/get/a")["expires_at"] == ends
    world.clock.advance(61)
    assert world.json("GET", "/get/a")["status"] == 404
    assert create(world, '{"item_id": "a"}')["statusCode"] == 201


@pytest.mark.parametrize("life", ["59", "31536001", "60.0", '"60"', "true", "null", "[60]"])
def test_another_end_is_refused(life: str) -> None:
    world = FunctionWorld()

    answer = create(world, f'{{"item_id": "a", "expires_in_s": {life}}}')

    assert answer["statusCode"] == 400
    assert "a whole number from 60 to 31536000" in json.loads(answer["body"])["error"]
    assert world.dynamo.stored(TABLE) == []


@pytest.mark.parametrize("body", ["", " \n", "{}"])
def test_an_item_without_a_given_id_gets_a_new_one(body: str) -> None:
    world = FunctionWorld()

    first, second = (json.loads(create(world, body)["body"])["item_id"] for _ in range(2))

    assert first != second
    assert len(world.dynamo.stored(TABLE)) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "not JSON"),
        ("\udcff", "not JSON"),
        ("item_id=a", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("1" * 10_000, "not JSON"),
        ('"foobar"', "JSON object"),
        ('{"item_id": "a", "value": "mine"}', "nothing else"),
        ('{"item_id": null}', "must be a string"),
        ('{"item_id": 7}', "must be a string"),
        ('{"item_id": ""}', "empty"),
        ('{"item_id": "\\ud800"}', "can't be printed"),
        (json.dumps({"item_id": "x" * 129}), "at most 128"),
    ],
)
def test_a_wrong_body_is_refused_and_stores_nothing(body: str, message: str) -> None:
    world = FunctionWorld()

    answer = create(world, body)

    assert answer["statusCode"] == 400
    assert message in json.loads(answer["body"])["error"]
    assert world.dynamo.stored(TABLE) == []

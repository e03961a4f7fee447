"""The routes of the key/value store."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from app.http.bodies import MAX_TEXT_BYTES
from tests.unit.app.fakes import FunctionWorld

HERE, ELSEWHERE = "us-west-2", "eu-central-1"


def make_world() -> FunctionWorld:
    return FunctionWorld(HERE, ("items", "keyvalues"))


def ask(world: FunctionWorld, method: str, path: str, body: str = "") -> tuple[int, dict[str, Any]]:
    """Status and JSON of an answer, which is JSON whatever the client prefers."""
    answer = world.ask(method, path, body=body, headers={"accept": "text/html"})
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    assert answer["headers"]["X-Served-Region"] == HERE
    return answer["statusCode"], json.loads(answer["body"])


def test_a_value_is_stored_with_its_region_and_read() -> None:
    world = make_world()

    written = ask(world, "POST", "/kv/testkey", '{"value": "Just testing"}')
    read = ask(world, "GET", "/kv/testkey")

    assert written == (200, {"key": "testkey", "value": "Just testing", "region": HERE})
    assert read == (
        200,
        {"key": "testkey", "value": "Just testing", "writeRegion": HERE, "readRegion": HERE},
    )
    assert world.dynamo.stored("keyvalues") == [
        {"key": {"S": "testkey"}, "value": {"S": "Just testing"}, "region": {"S": HERE}}
    ]


def test_the_region_of_a_write_elsewhere_is_told() -> None:
    world = make_world()
    world.dynamo.declare_item(
        "keyvalues", "testing", value={"S": "It worked"}, region={"S": ELSEWHERE}
    )

    _, read = ask(world, "GET", "/kv/testing")

    assert (read["writeRegion"], read["readRegion"]) == (ELSEWHERE, HERE)


def test_an_item_of_another_writer_may_lack_attributes() -> None:
    world = make_world()
    world.dynamo.declare_item("keyvalues", "a", value={"N": "3"})

    assert ask(world, "GET", "/kv/a") == (
        200,
        {"key": "a", "value": None, "writeRegion": None, "readRegion": HERE},
    )


def test_an_unknown_key_is_not_found() -> None:
    status, body = ask(make_world(), "GET", "/kv/nobody")

    assert (status, body["error"]) == (404, "no key 'nobody'")


@pytest.mark.parametrize("value", ["", "0", "false", "<script>", "x" * MAX_TEXT_BYTES])
def test_any_string_is_a_value(value: str) -> None:
    world = make_world()

    status, _ = ask(world, "POST", "/kv/a", json.dumps({"value": value}))

    assert status == 200
    assert ask(world, "GET", "/kv/a")[1]["value"] == value


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"value": null}',
        '{"value": 0}',
        '{"value": false}',
        '{"value": {"S": "a"}}',
        '{"value": "\\ud800"}',
        '{"value": "a", "region": "mine"}',
        json.dumps({"value": "x" * (MAX_TEXT_BYTES + 1)}),
    ],
)
def test_another_body_is_refused_and_stores_nothing(body: str) -> None:
    world = make_world()

    status, answer = ask(world, "POST", "/kv/a", body)

    assert status == 400
    assert answer["error"]
    assert world.dynamo.stored("keyvalues") == []


@pytest.mark.parametrize("key", ["testkey", "ping", "a%20b", "%C3%A9", "a%2Bb", "%3Cb%3E", "."])
def test_a_key_is_percent_encoded(key: str) -> None:
    world = make_world()

    assert ask(world, "POST", f"/kv/{key}", '{"value": ""}')[0] == 200
    assert ask(world, "GET", f"/kv/{key}")[0] == 200


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "the key is empty"),
        ("a%2Fb", "the key has a slash"),
        ("%FF", "not UTF-8"),
        ("%00", "can't be printed"),
        ("%20a", "begins or ends with a space"),
        ("a" * 129, "at most 128"),
    ],
)
def test_a_wrong_key_is_refused(key: str, message: str) -> None:
    for method, body in (("GET", ""), ("POST", '{"value": "a"}')):
        status, answer = ask(make_world(), method, f"/kv/{key}", body)

        assert status == 400
        assert message in answer["error"]


def test_a_key_with_a_slash_that_a_door_has_decoded_is_not_found() -> None:
    assert ask(make_world(), "GET", "/kv/a/b")[0] == 404


def test_a_broken_table_is_503() -> None:
    world = make_world()
    world.dynamo.declare_broken("keyvalues", EndpointConnectionError(endpoint_url="http://x"))

    for method, body in (("GET", ""), ("POST", '{"value": "a"}')):
        status, answer = ask(world, method, "/kv/a", body)
        assert (status, answer["error"]) == (503, "the table does not answer")


def test_another_method_is_refused() -> None:
    assert ask(make_world(), "DELETE", "/kv/a")[0] == 405

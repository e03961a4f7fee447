"""Paths and methods."""

import json

import pytest

from app.errors import BadRequest, MethodNotAllowed, NotFound
from app.messages import Page, Request
from app.routes import answer_request
from tests.unit.app.fakes import TABLE, FunctionWorld


def ask(world: FunctionWorld, method: str, path: str, body: bytes = b"") -> Page:
    request = Request(method=method, path=path, headers={}, body=body)
    return answer_request(world.service, request)


def test_an_item_is_found_by_its_percent_encoded_id() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a b/c", region={"S": "eu-central-1"})

    answer = ask(world, "GET", "/get/a%20b%2Fc")

    assert answer.data == {"item_id": "a b/c", "region": "us-west-2", "written_in": "eu-central-1"}


def test_a_missing_item_is_not_found() -> None:
    with pytest.raises(NotFound, match="no item 'nobody'"):
        ask(FunctionWorld(), "GET", "/get/nobody")


@pytest.mark.parametrize("path", ["/nowhere", "/get", "/get/a/b", "/health/", "//", "/GET/a"])
def test_an_unknown_path_is_not_found(path: str) -> None:
    with pytest.raises(NotFound, match="no such path"):
        ask(FunctionWorld(), "GET", path)


def test_an_unknown_path_is_shortened_in_the_message() -> None:
    with pytest.raises(NotFound) as caught:
        ask(FunctionWorld(), "GET", "/\ud800\x00" + "x" * 500)

    assert str(caught.value) == "no such path: /" + "x" * 97 + "..."


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/get/a", "GET, HEAD"),
        ("OPTIONS", "/health", "GET, HEAD"),
        ("GET", "/create", "POST"),
        ("HEAD", "/create", "POST"),
    ],
)
def test_a_wrong_method_is_refused_with_the_right_ones(
    method: str, path: str, allowed: str
) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        ask(FunctionWorld(), method, path)

    assert caught.value.headers == {"Allow": allowed}


@pytest.mark.parametrize("path", ["/", "/health", "/get/a"])
def test_head_is_answered_as_get_is(path: str) -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a")

    assert ask(world, "HEAD", path) == ask(world, "GET", path)


def test_an_item_is_created_with_the_given_id() -> None:
    world = FunctionWorld()

    answer = ask(world, "POST", "/create", b'{"item_id": "foobar"}')

    assert answer.status == 201
    assert world.dynamo.items[TABLE, "foobar"] == {
        "item_id": {"S": "foobar"},
        "value": {"S": "This item is coming from us-west-2"},
        "region": {"S": "us-west-2"},
    }


@pytest.mark.parametrize("body", [b"", b" \n", b"{}"])
def test_an_item_without_a_given_id_gets_a_new_one(body: bytes) -> None:
    world = FunctionWorld()

    first, second = (ask(world, "POST", "/create", body).data["item_id"] for _ in range(2))

    assert first != second
    assert len(world.dynamo.items) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"item_id=a", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"1" * 10_000, "not JSON"),
        (b'"foobar"', "JSON object"),
        (b'{"item_id": "a", "value": "mine"}', "nothing else"),
        (b'{"item_id": null}', "must be a string"),
        (b'{"item_id": 7}', "must be a string"),
        (b'{"item_id": ""}', "empty"),
        (b'{"item_id": "\\ud800"}', "can't be printed"),
        (json.dumps({"item_id": "x" * 129}).encode(), "at most 128"),
    ],
)
def test_a_wrong_body_is_refused_and_stores_nothing(body: bytes, message: str) -> None:
    world = FunctionWorld()

    with pytest.raises(BadRequest, match=message):
        ask(world, "POST", "/create", body)

    assert world.dynamo.items == {}

"""The workshop's routes: its JSON, with real statuses, pages and limits."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from tests.unit.app.services.bookmarks.function import BookmarksFunction

GONE = EndpointConnectionError(endpoint_url="https://dynamodb.us-west-2.amazonaws.com")
SLOW = ReadTimeoutError(endpoint_url="https://dynamodb.us-west-2.amazonaws.com")


@pytest.mark.parametrize("path", ["", "/"])
def test_a_ping_touches_no_table(path: str) -> None:
    world = BookmarksFunction()

    assert world.call("GET", path) == (200, {"ping": "ok", "region": "us-west-2"})
    assert world.dynamo.calls == []


def test_a_scan_shows_the_sample_items() -> None:
    status, data = BookmarksFunction().call("GET", "/scan")

    assert status == 200
    assert len(data["Items"]) == 13
    assert data["Latency"] == 0
    assert "LastEvaluatedKey" not in data


def test_a_scan_is_refused_where_it_is_off() -> None:
    world = BookmarksFunction(scan="off")

    status, data = world.call("GET", "/scan")

    assert status == 403
    assert "muster:bookmarks_scan" in data["error"]
    assert world.dynamo.calls == []


@pytest.mark.parametrize(("path", "count"), [("/scan", 13), ("/query/library", 12)])
def test_pages_follow_each_other_by_the_key_of_the_last(path: str, count: int) -> None:
    world = BookmarksFunction()
    query = {"limit": "5"}
    found: list[str] = []
    while True:
        _, data = world.call("GET", path, queryStringParameters=query)
        found += [json.dumps(item) for item in data["Items"]]
        assert len(data["Items"]) <= 5
        if "LastEvaluatedKey" not in data:
            break
        query["start"] = data["LastEvaluatedKey"]

    assert len(found) == len(set(found)) == count


@pytest.mark.parametrize("query", [{"limit": "51"}, {"limit": "x"}, {"start": "%%%"}])
@pytest.mark.parametrize("path", ["/scan", "/query/library"])
def test_a_wrong_page_is_400(path: str, query: dict[str, str]) -> None:
    assert BookmarksFunction().call("GET", path, queryStringParameters=query)[0] == 400


def test_an_item_is_read_with_its_types() -> None:
    status, data = BookmarksFunction().call("GET", "/get/user100/AshlandValley")

    assert status == 200
    assert data == {
        "Item": {
            "PK": {"S": "user100"},
            "SK": {"S": "AshlandValley"},
            "Bookmark": {"N": "0"},
        },
        "Latency": 0,
        "region": "us-west-2",
    }


def test_an_unknown_item_is_404_and_null() -> None:
    status, data = BookmarksFunction().call("GET", "/get/user100/Nowhere")

    assert status == 404
    assert data == {
        "error": "no such item",
        "status": 404,
        "Item": None,
        "Latency": 0,
        "region": "us-west-2",
    }


def add_by_get(world: BookmarksFunction, step: str, path: str = "user100/AshlandValley") -> Any:  # noqa: ANN401
    return world.call("GET", f"/update/{path}/{step}")


def add_by_post(world: BookmarksFunction, step: str, path: str = "user100/AshlandValley") -> Any:  # noqa: ANN401
    return world.call("POST", f"/add/{path}", body=f'{{"add": {step}}}')


@pytest.mark.parametrize("add", [add_by_get, add_by_post])
def test_a_number_is_added(add: Any) -> None:  # noqa: ANN401
    world = BookmarksFunction()

    assert add(world, "1") == (
        200,
        {
            "Attributes": {"Bookmark": {"N": "1"}},
            "PK": "user100",
            "SK": "AshlandValley",
            "Latency": 0,
            "region": "us-west-2",
        },
    )
    assert add(world, "-0.5")[1]["Attributes"] == {"Bookmark": {"N": "0.5"}}
    item = world.call("GET", "/get/user100/AshlandValley")[1]["Item"]
    assert item["region"] == {"S": "us-west-2"}
    assert "expires_at" not in item


@pytest.mark.parametrize("add", [add_by_get, add_by_post])
def test_nothing_is_added_to_what_has_no_number(add: Any) -> None:  # noqa: ANN401
    world = BookmarksFunction()
    world.call("GET", "/update/user10/01/0.5/x")

    for path in ("user10/02", "user10/01"):
        status, data = add(world, "1", path)
        assert status == 404
        assert "Bookmark" in data["error"]
    assert world.call("GET", "/get/user10/02")[0] == 404


@pytest.mark.parametrize("add", [add_by_get, add_by_post])
def test_an_add_whose_fate_is_unknown_is_not_repeated(add: Any) -> None:  # noqa: ANN401
    world = BookmarksFunction()
    world.dynamo.declare_failures("bookmarks", SLOW)

    assert add(world, "1")[0] == 503
    assert world.dynamo.calls == [("update_item", "bookmarks")]


def test_a_bookmark_is_set_with_a_thumb_that_is_stored_as_it_is() -> None:
    world = BookmarksFunction()
    thumb = "<script>alert(1)</script>"

    status, data = world.call("GET", "/update/user10/01/0.412/%3Cscript%3Ealert(1)%3C%2Fscript%3E")

    assert status == 200
    assert data == {
        "Attributes": {"bookmark": {"S": "0.412"}, "thumb": {"S": thumb}},
        "PK": "user10",
        "SK": "01",
        "Latency": 0,
        "region": "us-west-2",
    }
    item = world.call("GET", "/get/user10/01")[1]["Item"]
    assert item["thumb"] == {"S": thumb}
    assert int(item["expires_at"]["N"]) > world.clock.now()


def test_a_bookmark_that_is_set_in_the_sample_item_does_not_expire() -> None:
    world = BookmarksFunction()

    assert world.call("GET", "/update/user100/AshlandValley/0.5/x")[0] == 200

    item = world.call("GET", "/get/user100/AshlandValley")[1]["Item"]
    assert (item["bookmark"], item["Bookmark"]) == ({"S": "0.5"}, {"N": "0"})
    assert "expires_at" not in item


@pytest.mark.parametrize("value", ["1", "0.5/x"])
def test_head_of_a_route_that_writes_only_reads(value: str) -> None:
    world = BookmarksFunction()

    status, data = world.call("HEAD", f"/update/user100/AshlandValley/{value}")

    assert (status, data["Item"]["Bookmark"]) == (200, {"N": "0"})
    assert world.dynamo.calls == [("get_item", "bookmarks")]


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("GET", "/update/user10/01/x", "not a number"),
        ("GET", "/update/user10/01/NaN", "not a number"),
        ("GET", "/update/user10/01/1.5/x", "from 0 to 1"),
        ("GET", "/update/user10/01/NaN/x", "not a number"),
        ("GET", "/update/user10/01/0.5/" + "x" * 513, "at most 512"),
        ("GET", "/get/%20/01", "PK begins or ends with a space"),
        ("GET", "/get/a/" + "x" * 129, "SK has 129 characters"),
        ("GET", "/query/%01", "PK has a character"),
        ("POST", "/add/user100/AshlandValley", "not JSON"),
    ],
)
def test_bad_input_is_400_and_says_what_would_be_right(
    method: str, path: str, message: str
) -> None:
    world = BookmarksFunction()

    status, data = world.call(method, path)

    assert status == 400
    assert message in data["error"]
    assert world.dynamo.calls == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/update/library/01/1", ""),
        ("GET", "/update/library/01/0.5/x", ""),
        ("POST", "/add/library/01", '{"add": 1}'),
    ],
)
def test_the_films_can_not_be_changed(method: str, path: str, body: str) -> None:
    world = BookmarksFunction()

    assert world.call(method, path, body=body)[0] == 403
    assert world.dynamo.calls == []


@pytest.mark.parametrize(
    "path", ["/scan", "/query/a", "/get/a/b", "/update/a/b/1", "/update/a/b/0.5/x"]
)
def test_a_table_that_does_not_answer_is_503(path: str) -> None:
    world = BookmarksFunction()
    world.dynamo.declare_broken("bookmarks", GONE)

    status, data = world.call("GET", path)

    assert status == 503
    assert data["error"] == "the table does not answer"

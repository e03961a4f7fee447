"""The routes of the films and the player."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from app.services.bookmarks.keys import table_key
from app.services.bookmarks.player import parse_film
from tests.unit.app.services.bookmarks.function import VERSION, BookmarksFunction

GONE = EndpointConnectionError(endpoint_url="https://dynamodb.us-west-2.amazonaws.com")
SLOW = ReadTimeoutError(endpoint_url="https://dynamodb.us-west-2.amazonaws.com")


def test_the_films_are_listed() -> None:
    status, data = BookmarksFunction().call("GET", "/films")

    assert status == 200
    assert [film["id"] for film in data["films"]] == [f"{number:02}" for number in range(1, 13)]
    assert data["films"][0] == {
        "id": "01",
        "title": "The Last Ferry",
        "seconds": 312,
        "colours": ["#0b3954", "#f2a65a"],
    }
    assert data["Latency"] == 0


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"title": {"N": "1"}, "seconds": {"S": "x"}, "colours": {"S": "red"}},
        {"seconds": {"N": "1e400"}, "colours": {"L": [{"S": "red"}, {"N": "1"}]}},
    ],
)
def test_a_film_of_another_form_has_defaults(item: Any) -> None:  # noqa: ANN401
    film = parse_film({**table_key("library", "13"), **item})

    assert film == {"id": "13", "title": "13", "seconds": 0, "colours": ["#444444", "#bbbbbb"]}


def test_a_bookmark_that_is_written_is_read() -> None:
    world = BookmarksFunction()
    stored = {
        "viewer": "user10",
        "film": "01",
        "bookmark": 0.412,
        "version": VERSION,
        "session": "s1",
        "writtenIn": "us-west-2",
        "Latency": 0,
        "region": "us-west-2",
    }

    assert world.write("user10/01", bookmark=0.412) == (200, stored)
    assert world.call("GET", "/viewers/user10/01") == (200, stored)


def test_without_a_bookmark_there_is_null_and_version_0() -> None:
    status, data = BookmarksFunction().call("GET", "/viewers/user10/01")

    assert status == 200
    assert (data["bookmark"], data["version"]) == (None, 0)
    assert (data["session"], data["writtenIn"]) == (None, None)


def test_an_older_write_is_409_with_what_is_stored_and_changes_nothing() -> None:
    world = BookmarksFunction()
    world.write("user10/01", bookmark=0.6)

    status, data = world.write("user10/01", bookmark=0.5, version=VERSION - 1)

    assert status == 409
    assert data["status"] == 409
    assert "nothing was written" in data["error"]
    assert (data["bookmark"], data["version"]) == (0.6, VERSION)
    assert world.call("GET", "/viewers/user10/01")[1]["bookmark"] == 0.6


def test_the_same_write_again_is_no_conflict() -> None:
    world = BookmarksFunction()

    assert world.write("user10/01") == world.write("user10/01")


def test_a_write_whose_answer_is_lost_is_repeated() -> None:
    world = BookmarksFunction()
    world.dynamo.declare_failures("bookmarks", SLOW)

    assert world.write("user10/01")[0] == 200
    assert [call for call in world.dynamo.calls if call == ("put_item", "bookmarks")] == [
        ("put_item", "bookmarks")
    ] * 2


def test_another_film_whose_id_begins_the_same_is_another_film() -> None:
    world = BookmarksFunction()
    for film in ("010", "01%20x", "01!", "01$", "0"):
        world.write(f"user10/{film}")

    assert world.call("GET", "/viewers/user10/01")[1]["version"] == 0


def test_films_to_continue_are_those_of_this_viewer() -> None:
    world = BookmarksFunction()
    world.write("user10/01", bookmark=0.2)
    world.write("user10/02", bookmark=0.96, version=VERSION + 1)
    world.write("user10/03", bookmark=0.3, version=VERSION + 2)
    world.write("user11/04")

    status, data = world.call("GET", "/viewers/user10")

    assert status == 200
    assert data["viewer"] == "user10"
    assert data["watching"] == [
        {
            "film": film,
            "bookmark": fraction,
            "version": version,
            "session": "s1",
            "writtenIn": "us-west-2",
        }
        for film, fraction, version in (("03", 0.3, VERSION + 2), ("01", 0.2, VERSION))
    ]


def test_a_viewer_whom_nobody_knows_watches_nothing() -> None:
    assert BookmarksFunction().call("GET", "/viewers/nobody")[1]["watching"] == []


def test_the_workshop_s_item_counts_as_a_bookmark_of_its_time() -> None:
    world = BookmarksFunction()
    world.write("user10/01", bookmark=0.1, version=VERSION - 1)
    world.clock.advance(1)
    world.call("GET", "/update/user10/01/0.7/x")

    data = world.call("GET", "/viewers/user10/01")[1]

    assert (data["bookmark"], data["session"]) == (0.7, None)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a%00/01", "viewer has a character that can't be printed"),
        ("user10/" + "x" * 129, "film has 129 characters"),
        ("user10/01%23us-west-2", "film has a '#'"),
        ("user10/%FF", "not UTF-8"),
        ("/01", "viewer is empty"),
    ],
)
def test_a_wrong_name_is_400(path: str, message: str) -> None:
    status, data = BookmarksFunction().write(path)

    assert (status, data["status"]) == (400, 400)
    assert message in data["error"]


def test_a_wrong_body_is_400_and_changes_nothing() -> None:
    world = BookmarksFunction()

    status, data = world.write("user10/01", bookmark=2)

    assert status == 400
    assert '"bookmark" must be' in data["error"]
    assert world.call("GET", "/viewers/user10/01")[1]["version"] == 0


def test_the_library_is_no_viewer_who_writes() -> None:
    status, data = BookmarksFunction().write("library/01")

    assert status == 403
    assert "can be read" in data["error"]


@pytest.mark.parametrize("path", ["/films", "/viewers/user10", "/viewers/user10/01"])
def test_a_table_that_does_not_answer_is_503(path: str) -> None:
    world = BookmarksFunction()
    world.dynamo.declare_broken("bookmarks", GONE)

    assert world.call("GET", path)[0] == 503
    assert world.write("user10/01")[0] == 503

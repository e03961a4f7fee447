"""Each event is read, and answered, in its own dialect; what is served is the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.dialects import EventDialect, find_dialect, format_response, parse_event
from app.http.messages import Response
from tests.unit.app.events.samples import (
    HTTP_API_EVENT,
    REST_API_EVENT,
    http_api_event,
    rest_api_event,
)
from tests.unit.app.fakes import TABLE, FakeContext, FunctionWorld

ALB_EVENT = {"requestContext": {"elb": {}}, "httpMethod": "GET", "path": "/get/a%20b"}


@pytest.mark.parametrize(
    ("event", "dialect"),
    [
        (ALB_EVENT, EventDialect.LOAD_BALANCER),
        ({"httpMethod": "GET", "path": "/health"}, EventDialect.LOAD_BALANCER),
        (HTTP_API_EVENT, EventDialect.HTTP_API),
        (REST_API_EVENT, EventDialect.REST_API),
        ({**REST_API_EVENT, "version": "1.0"}, EventDialect.REST_API),
    ],
)
def test_the_dialect_is_found(event: dict[str, Any], dialect: EventDialect) -> None:
    assert find_dialect(event) is dialect
    assert parse_event(event).method == "GET"


def test_only_a_load_balancers_answer_has_a_description() -> None:
    response = Response(status=200, headers={}, body="")

    with_description = [
        "statusDescription" in format_response(response, event)
        for event in (ALB_EVENT, HTTP_API_EVENT, REST_API_EVENT)
    ]
    assert with_description == [True, False, False]


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("item_id", ["foobar", "100%41", "a b"])
def test_every_door_gives_the_same_answer(accept: str, item_id: str) -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, item_id)
    encoded = f"/get/{item_id}".replace("%", "%25").replace(" ", "%20")
    headers = {"accept": accept}
    many = {"Accept": [accept]}

    answers = [
        world.ask("GET", encoded, headers=headers),
        world.entry.handle(
            http_api_event("GET", f"/get/{item_id}", headers=headers), FakeContext()
        ),
        world.entry.handle(rest_api_event("GET", encoded, multiValueHeaders=many), FakeContext()),
    ]

    assert answers[0]["statusCode"] == 200
    shared = [(a["statusCode"], a["headers"], a["body"], a["isBase64Encoded"]) for a in answers]
    assert shared[0] == shared[1] == shared[2]


def test_the_log_has_the_clients_address() -> None:
    world = FunctionWorld()

    world.entry.handle(http_api_event("GET", "/"), FakeContext())
    world.ask("GET", "/")

    assert [line.get("client") for line in world.logged()] == ["198.51.100.9", None]


@given(
    st.sampled_from([HTTP_API_EVENT, REST_API_EVENT]),
    st.sampled_from(sorted({*HTTP_API_EVENT, *REST_API_EVENT})),
    st.none() | st.integers() | st.text() | st.lists(st.text(), max_size=2)
    | st.dictionaries(st.text(), st.text(), max_size=2),
)  # fmt: skip
def test_every_malformed_event_gets_an_answer(
    event: dict[str, Any], key: str, value: object
) -> None:
    answer = FunctionWorld().entry.handle({**event, key: value}, FakeContext())

    assert answer["statusCode"] in {200, 400, 404, 405}
    assert json.dumps(answer)

"""Hostile requests to all routes of all services, in every dialect of events.

No request makes an error of the function, and none loses an item.
"""

import base64
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.bookmarks.sample import SAMPLE_ITEMS
from app.table import Attributes
from tests.hostile_requests import (
    HostileRequest,
    list_single_faults,
    list_templates,
    make_hostile_request,
)
from tests.unit.app.events.samples import http_api_event, rest_api_event
from tests.unit.app.fakes import FakeContext, FunctionWorld

SERVICES = ("items", "keyvalues", "hits", "bookmarks")
TEMPLATES = list_templates()
DIALECTS = ("load balancer", "HTTP API", "REST API")
ALLOWED = {200, 201, 204, 304, 400, 403, 404, 405, 409, 413, 429}
KEPT: dict[str, Attributes] = {
    "items": {"item_id": {"S": "kept"}, "value": {"S": "v"}, "region": {"S": "us-west-2"}},
    "keyvalues": {"key": {"S": "kept"}, "value": {"S": "v"}, "region": {"S": "us-west-2"}},
    "bookmarks": {"PK": {"S": "kept"}, "SK": {"S": "01#us-west-2"}, "bookmark": {"S": "0.5"}},
}


class HostileWorld(FunctionWorld):
    """The function with all services, and an item of each that nobody names."""

    def __init__(self) -> None:
        super().__init__(
            services=SERVICES,
            settings={"hits": {"SECRET": "0123456789abcdef"}, "bookmarks": {"SCAN": "on"}},
        )
        for table, item in KEPT.items():
            self.dynamo.store(table, item)
        for film in SAMPLE_ITEMS[1:]:
            self.dynamo.store("bookmarks", film)

    def send(self, request: HostileRequest, dialect: str) -> dict[str, Any]:
        path, _, query = request.target.partition("?")
        body = {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}
        if dialect == "load balancer":
            headers = {
                "x-forwarded-for": "192.0.2.1",
                **{name.lower(): text for name, text in request.headers.items()},
            }
            parameters = dict(pair.partition("=")[::2] for pair in query.split("&"))
            return self.ask(
                request.method, path, headers=headers, queryStringParameters=parameters, **body
            )
        event = (
            http_api_event(request.method, path, rawQueryString=query, **body)
            if dialect == "HTTP API"
            else rest_api_event(request.method, path, **body)
        )
        event["headers"] = dict(request.headers)
        return self.entry.handle(event, FakeContext())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_hostile_at_any_place_of_a_request_makes_an_error_of_the_function(
    dialect: str,
) -> None:
    world = HostileWorld()

    for request in list_single_faults(TEMPLATES):
        check_answer(world, request, dialect)

    check_nothing_is_lost(world)


@settings(max_examples=50)
@given(rng=st.randoms(use_true_random=False), dialect=st.sampled_from(DIALECTS))
def test_no_mixture_of_hostile_pieces_makes_an_error_of_the_function(
    rng: random.Random, dialect: str
) -> None:
    world = HostileWorld()

    for _ in range(10):
        check_answer(world, make_hostile_request(rng, TEMPLATES), dialect)

    check_nothing_is_lost(world)


def check_answer(world: HostileWorld, request: HostileRequest, dialect: str) -> None:
    answer = world.send(request, dialect)

    assert answer["statusCode"] in ALLOWED, (request, world.lines[-1])
    assert json.dumps(answer)
    assert all(text.isprintable() for text in answer["headers"].values())
    assert "Access-Control-Allow-Origin" in answer["headers"]
    if answer["headers"].get("Content-Type") == "application/json":
        json.loads(answer["body"])


def check_nothing_is_lost(world: HostileWorld) -> None:
    for table, item in KEPT.items():
        assert item in world.dynamo.stored(table)
    films = [item for item in world.dynamo.stored("bookmarks") if item["PK"]["S"] == "library"]
    assert sorted(films, key=lambda film: str(film["SK"]["S"])) == list(SAMPLE_ITEMS[1:])

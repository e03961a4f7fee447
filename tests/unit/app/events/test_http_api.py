"""Events of an HTTP API in format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UnknownEvent
from app.events.http_api import encode_path, format_api_gateway_response, parse_http_api_event
from app.http.messages import Response
from tests.unit.app.events.samples import HTTP_API_EVENT, http_api_event


def test_an_event_is_read() -> None:
    request = parse_http_api_event(HTTP_API_EVENT)

    assert request.method == "GET"
    assert request.path == "/get/a%20b"
    assert request.headers["accept"] == "text/html,application/json"
    assert request.body == b""


def test_the_client_is_the_address_that_api_gateway_saw() -> None:
    forged = {"x-forwarded-for": "203.0.113.7"}

    assert parse_http_api_event({**HTTP_API_EVENT, "headers": forged}).client == "198.51.100.9"


def test_the_query_is_decoded_and_the_last_of_equal_names_counts() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    event = {**HTTP_API_EVENT, "rawQueryString": "a=1,2&a=3&b=x%2Fy+z&c="}

    assert parse_http_api_event(event).query == {"a": "3", "b": "x/y z", "c": ""}


@pytest.mark.parametrize(
    ("stage", "path", "sent"),
    [
        ("$default", "/get/a", "/get/a"),
        ("dev", "/dev/get/a", "/get/a"),
        ("dev", "/dev", "/"),
        ("dev", "/develop", "/develop"),
        ("$default", "/get/100%25", "/get/100%2525"),
        ("$default", "/get/a?b#c", "/get/a%3Fb%23c"),
    ],
)
def test_the_path_is_the_clients_without_the_stage(stage: str, path: str, sent: str) -> None:
    assert encode_path(path, stage) == sent


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/")))
def test_an_id_survives_that_api_gateway_decodes_it(item_id: str) -> None:
    decoded = unquote(quote(f"/get/{item_id}"))

    assert unquote(encode_path(decoded, "$default")) == f"/get/{item_id}"


@pytest.mark.parametrize(
    "event",
    [
        {"version": "2.0"},
        {**HTTP_API_EVENT, "rawPath": None},
        {**HTTP_API_EVENT, "requestContext": {"http": {}}},
    ],
)
def test_an_event_without_method_and_path_is_refused(event: dict[str, object]) -> None:
    with pytest.raises(UnknownEvent):
        parse_http_api_event(event)


def test_a_body_is_read() -> None:
    event = http_api_event("POST", "/create", body="e30=", isBase64Encoded=True)

    assert parse_http_api_event(event).body == b"{}"


def test_the_answer_has_the_keys_of_both_formats() -> None:
    response = Response(status=404, headers={"Vary": "Accept"}, body="no")

    assert format_api_gateway_response(response) == {
        "statusCode": 404,
        "isBase64Encoded": False,
        "headers": {"Vary": "Accept"},
        "body": "no",
    }

"""Events of a REST API, and of an HTTP API with format 1.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import pytest

from app.errors import UnknownEvent
from app.events.rest_api import parse_rest_api_event
from tests.unit.app.events.samples import REST_API_EVENT, rest_api_event


def test_an_event_is_read() -> None:
    request = parse_rest_api_event(REST_API_EVENT)

    assert request.method == "GET"
    assert request.path == "/get/a%20b"
    assert request.headers["accept"] == "text/html, application/json"
    assert request.body == b""


def test_the_client_is_the_address_that_api_gateway_saw() -> None:
    assert parse_rest_api_event(REST_API_EVENT).client == "198.51.100.9"


def test_an_http_apis_path_is_decoded_and_has_the_stage() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    event = rest_api_event("GET", "/dev/get/a b", version="1.0")

    assert parse_rest_api_event(event).path == "/get/a%20b"


def test_the_query_is_as_api_gateway_decoded_it() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    event = {**REST_API_EVENT, "multiValueQueryStringParameters": {"a": ["1", "50%"]}}

    assert parse_rest_api_event(event).query == {"a": "50%"}


def test_a_rest_apis_path_is_left_alone() -> None:
    assert parse_rest_api_event(rest_api_event("GET", "/dev/x%25")).path == "/dev/x%25"


@pytest.mark.parametrize("key", ["httpMethod", "path"])
def test_an_event_without_method_and_path_is_refused(key: str) -> None:
    with pytest.raises(UnknownEvent):
        parse_rest_api_event({**REST_API_EVENT, key: None})

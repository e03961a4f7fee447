"""Events of a load balancer, with single and with multi-value headers."""

import pytest

from app.errors import UnknownEvent
from app.events.alb import format_alb_response, parse_alb_event
from app.events.fields import Event
from app.http.messages import Response

EVENT = {
    "requestContext": {"elb": {"targetGroupArn": "arn"}},
    "httpMethod": "get",
    "path": "/get/a%20b",
    "queryStringParameters": {},
    "headers": {"Accept": "text/html"},
    "body": "",
    "isBase64Encoded": False,
}


def test_an_event_with_single_headers_is_read() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    request = parse_alb_event(EVENT)

    assert request.method == "GET"
    assert request.path == "/get/a%20b"
    assert request.headers == {"accept": "text/html"}
    assert request.body == b""


@pytest.mark.parametrize("body", [None, ""])
def test_an_event_without_headers_or_body_is_a_request(body: str | None) -> None:
    request = parse_alb_event({"httpMethod": "GET", "path": "/health", "body": body})

    assert (request.headers, request.body) == ({}, b"")


@pytest.mark.parametrize(
    "event", [{}, {"path": "/"}, {"httpMethod": 1, "path": "/"}, {**EVENT, "body": 3}]
)
def test_an_event_of_another_service_is_refused(event: Event) -> None:
    with pytest.raises(UnknownEvent):
        parse_alb_event(event)


def test_the_query_is_decoded_and_the_last_of_equal_names_counts() -> None:
    """A load balancer does not decode it.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    single = {**EVENT, "queryStringParameters": {"a%20b": "1%2F2", "c": "x+y"}}
    multi = {**EVENT, "multiValueQueryStringParameters": {"a": ["1", "2"], "b": []}}

    assert parse_alb_event(single).query == {"a b": "1/2", "c": "x y"}
    assert parse_alb_event(multi).query == {"a": "2", "b": ""}
    assert parse_alb_event({**EVENT, "queryStringParameters": None}).query == {}


def test_only_the_last_forwarded_address_counts_as_the_clients() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html"""
    headers = {"X-Forwarded-For": "203.0.113.7, 198.51.100.9"}

    assert parse_alb_event({**EVENT, "headers": headers}).client == "198.51.100.9"
    assert parse_alb_event({**EVENT, "headers": {}}).client == ""


def test_the_answer_has_the_kind_of_headers_of_its_event() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    response = Response(status=404, headers={"Vary": "Accept"}, body="no")

    plain = format_alb_response(response, EVENT)
    multi = format_alb_response(response, {**EVENT, "multiValueHeaders": {}})

    assert plain == {
        "statusCode": 404,
        "statusDescription": "404 Not Found",
        "isBase64Encoded": False,
        "headers": {"Vary": "Accept"},
        "body": "no",
    }
    assert multi["multiValueHeaders"] == {"Vary": ["Accept"]}
    assert "headers" not in multi

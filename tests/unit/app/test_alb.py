"""Events of a load balancer, with single and with multi-value headers."""

import base64

import pytest

from app.alb import AlbEvent, format_alb_response, parse_alb_event
from app.errors import BadRequest, UnknownEvent
from app.messages import Response

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


def test_several_values_of_a_header_are_joined() -> None:
    many = {"Accept": ["text/html", "application/json"], "host": ["a"]}
    event = {k: v for k, v in EVENT.items() if k != "headers"} | {"multiValueHeaders": many}

    request = parse_alb_event(event)

    assert request.headers == {"accept": "text/html, application/json", "host": "a"}


@pytest.mark.parametrize("body", [None, ""])
def test_an_event_without_headers_or_body_is_a_request(body: str | None) -> None:
    request = parse_alb_event({"httpMethod": "GET", "path": "/health", "body": body})

    assert (request.headers, request.body) == ({}, b"")


def test_a_body_in_base64_is_decoded() -> None:
    encoded = base64.b64encode(b"\x00\xff").decode()

    request = parse_alb_event({**EVENT, "body": encoded, "isBase64Encoded": True})

    assert request.body == b"\x00\xff"


def test_a_body_that_is_not_base64_is_refused() -> None:
    with pytest.raises(BadRequest, match="not base64"):
        parse_alb_event({**EVENT, "body": "%%%", "isBase64Encoded": True})


@pytest.mark.parametrize(
    "event", [{}, {"path": "/"}, {"httpMethod": 1, "path": "/"}, {**EVENT, "body": 3}]
)
def test_an_event_of_another_service_is_refused(event: AlbEvent) -> None:
    with pytest.raises(UnknownEvent):
        parse_alb_event(event)


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

"""Translates an Application Load Balancer's event to a Request, and a Response to its answer.

With multi-value headers enabled at the target group, an event has `multiValueHeaders` instead of
`headers`, and the answer must have the same:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

import base64
import binascii
from collections.abc import Mapping
from http import HTTPStatus

from app.errors import BadRequest, UnknownEvent
from app.messages import Request, Response

AlbEvent = Mapping[str, object]


def parse_alb_event(event: AlbEvent) -> Request:
    """The HTTP request in an event. Raises UnknownEvent, BadRequest."""
    method, path = event.get("httpMethod"), event.get("path")
    if not isinstance(method, str) or not isinstance(path, str):
        raise UnknownEvent("the event has no httpMethod and path: not from a load balancer")
    return Request(method=method.upper(), path=path, headers=_headers(event), body=_body(event))


def format_alb_response(response: Response, event: AlbEvent) -> dict[str, object]:
    """The answer, with the kind of headers that the event has."""
    answer: dict[str, object] = {
        "statusCode": response.status,
        "statusDescription": f"{response.status} {HTTPStatus(response.status).phrase}",
        "isBase64Encoded": False,
        "body": response.body,
    }
    if "multiValueHeaders" in event:
        answer["multiValueHeaders"] = {name: [text] for name, text in response.headers.items()}
    else:
        answer["headers"] = dict(response.headers)
    return answer


def _headers(event: AlbEvent) -> dict[str, str]:
    """Headers with lower-case names; several values of one name are joined (RFC 9110, 5.3)."""
    many = event.get("multiValueHeaders")
    if isinstance(many, Mapping):
        return {str(name).lower(): ", ".join(map(str, values)) for name, values in many.items()}
    single = event.get("headers")
    if isinstance(single, Mapping):
        return {str(name).lower(): str(text) for name, text in single.items()}
    return {}


def _body(event: AlbEvent) -> bytes:
    body = event.get("body") or ""
    if not isinstance(body, str):
        raise UnknownEvent("the event's body is not text")
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise BadRequest("the body is not base64, though the event says so") from None

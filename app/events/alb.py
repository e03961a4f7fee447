"""Translates an Application Load Balancer's event to a Request, and a Response to its answer.

With multi-value headers enabled at the target group, an event has `multiValueHeaders` instead of
`headers`, and the answer must have the same:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html

The parameters of the query are as the client sent them, still percent-encoded.

A client can send X-Forwarded-For itself: the load balancer appends the address that it sees, so
only the last one counts:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
"""

from http.client import responses as reason_phrases
from urllib.parse import unquote_plus

from app.errors import UnknownEvent
from app.events.fields import Event, read_body, read_headers, read_query
from app.http.messages import Request, Response


def parse_alb_event(event: Event) -> Request:
    """The HTTP request in an event. Raises UnknownEvent, BadRequest."""
    method, path = event.get("httpMethod"), event.get("path")
    if not isinstance(method, str) or not isinstance(path, str):
        raise UnknownEvent(
            "the event has no httpMethod and path: not from a load balancer or API Gateway"
        )
    headers = read_headers(event)
    return Request(
        method=method.upper(),
        path=path,
        headers=headers,
        body=read_body(event),
        query={
            unquote_plus(name): unquote_plus(value) for name, value in read_query(event).items()
        },
        client=headers.get("x-forwarded-for", "").rpartition(",")[2].strip(),
    )


def format_alb_response(response: Response, event: Event) -> dict[str, object]:
    """The answer, with the kind of headers that the event has."""
    answer: dict[str, object] = {
        "statusCode": response.status,
        "statusDescription": f"{response.status} {reason_phrases[response.status]}",
        "isBase64Encoded": False,
        "body": response.body,
    }
    if "multiValueHeaders" in event:
        answer["multiValueHeaders"] = {name: [text] for name, text in response.headers.items()}
    else:
        answer["headers"] = dict(response.headers)
    return answer

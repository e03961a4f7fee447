"""Translates the events of a REST API of API Gateway to a Request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html

An HTTP API with format 1.0 sends the same with `version`; its path is decoded and has the stage
in front (http_api.py). A REST API's path is as the client sent it, without the stage.
"""

from app.errors import UnknownEvent
from app.events.fields import Event, read_body, read_headers, read_query, read_section, read_text
from app.events.http_api import encode_path
from app.http.messages import Request


def parse_rest_api_event(event: Event) -> Request:
    """The HTTP request in an event of format 1.0. Raises UnknownEvent, BadRequest."""
    method, path = read_text(event, "httpMethod"), read_text(event, "path")
    if not method or not path:
        raise UnknownEvent("the event has no httpMethod and path")
    context = read_section(event, "requestContext")
    return Request(
        method=method.upper(),
        path=encode_path(path, read_text(context, "stage")) if "version" in event else path,
        headers=read_headers(event),
        body=read_body(event),
        query=read_query(event),
        client=read_text(read_section(context, "identity"), "sourceIp"),
    )

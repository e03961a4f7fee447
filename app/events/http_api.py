"""Translates the events of an HTTP API of API Gateway, format 2.0, and a Response to its answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

* An HTTP API decodes a path before it invokes the function, other than load balancers and REST
  APIs. It is encoded again here, so that an id with a percent sign is the same behind each door. An
  encoded slash can't be restored.
* The path has the stage in front, unless that is `$default`.
* The client's address is what API Gateway saw; X-Forwarded-For can be a client's invention.
"""

from urllib.parse import parse_qsl, quote

from app.errors import UnknownEvent
from app.events.fields import Event, read_body, read_headers, read_section, read_text
from app.http.messages import Request, Response

DEFAULT_STAGE = "$default"
_UNESCAPED = "/-._~!$&'()*+,;=:@"
"""Characters of a path that need no encoding (RFC 3986, 3.3)."""


def parse_http_api_event(event: Event) -> Request:
    """The HTTP request in an event of format 2.0. Raises UnknownEvent, BadRequest."""
    http = read_section(event, "requestContext", "http")
    method, path = read_text(http, "method"), read_text(event, "rawPath")
    if not method or not path:
        raise UnknownEvent("the event has no requestContext.http.method and rawPath")
    stage = read_text(read_section(event, "requestContext"), "stage")
    return Request(
        method=method.upper(),
        path=encode_path(path, stage),
        headers=read_headers(event),
        body=read_body(event),
        query=dict(parse_qsl(read_text(event, "rawQueryString"), keep_blank_values=True)),
        client=read_text(http, "sourceIp"),
    )


def encode_path(decoded: str, stage: str) -> str:
    """The path as a client sends it, without the stage."""
    if stage and stage != DEFAULT_STAGE and (decoded + "/").startswith(f"/{stage}/"):
        decoded = decoded.removeprefix(f"/{stage}") or "/"
    return quote(decoded, safe=_UNESCAPED, errors="surrogatepass")


def format_api_gateway_response(response: Response) -> dict[str, object]:
    """The answer in format 2.0, and in format 1.0: both have these keys.

    REST APIs refuse an answer with a key that they don't know.
    """
    return {
        "statusCode": response.status,
        "isBase64Encoded": False,
        "headers": dict(response.headers),
        "body": response.body,
    }

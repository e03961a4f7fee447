"""From a Lambda function's response to the HTTP response of a load balancer; its error pages.

Decides which Lambda responses are malformed (502), which headers are forwarded, and every byte of
the HTTP response. The caller passes the Date header.

AWS documents that a response "must include the Base64 encoding status, status code, and headers".
The real service asks for less and is stricter about types. Of a response with only a statusCode,
every other member has a default; but a member that is null, or has another type, is an error:

| Member | absent | null | another type |
|---|---|---|---|
| statusCode | 502 | 502 | 502 [1] |
| statusDescription | the standard phrase | 502 [2] | 502 |
| headers, multiValueHeaders | none [3] | 502 [4] | 502 |
| the value of a header | | 502 | 502 [5] |
| body | empty | 502 [6] | 502 |
| isBase64Encoded | false | 502 [7] | 502 |

As users of the real service report it; an entry without a number is inferred from the others.
[1] https://github.com/adamchainz/apig-wsgi/issues/52
[2] https://github.com/aws/aws-lambda-dotnet/issues/507
[3] https://github.com/dougmoscrop/serverless-http/pull/283
[4] https://github.com/awslabs/aws-lambda-go-api-proxy/issues/79
[5] https://github.com/CodeGenieApp/serverless-express/pull/699
[6] https://github.com/aws/aws-lambda-go/issues/438
[7] https://github.com/awsdocs/elb-application-load-balancers-user-guide/issues/33

Of headers and multiValueHeaders, the one that the target group does not use is not looked at, and
neither is any other member: AWS's type for Go always sends the unused one as null.

Sources, unless noted otherwise:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from twin.core.http.messages import (
    FRAMING_HEADERS,
    HttpResponse,
    can_be_sent,
    describe_json,
    standard_phrase,
)

MAX_LAMBDA_RESPONSE_BYTES = 1024 * 1024
"""Limit of the function's response as JSON; a larger one gets a 502."""
MAX_RESPONSE_HEAD_BYTES = 32 * 1024
"""Limit of all headers of a response:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
SERVER_HEADER = "awselb/2.0"
SERVER_ATTRIBUTE = "routing.http.response.server.enabled"
INSERTED_HEADERS = {
    f"routing.http.response.{name.lower().replace('-', '_')}.header_value": name
    for name in (
        "Strict-Transport-Security",
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers",
        "Access-Control-Allow-Credentials",
        "Access-Control-Expose-Headers",
        "Access-Control-Max-Age",
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
    )
}
"""Attribute of a listener -> the header that it adds to responses:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html"""
_LEADING_HEADERS = frozenset({"server", "date", "content-type"})
_REASON = re.compile(r"\d{3} ([\x20-\x7e]*)")

_REASON_PHRASES = {
    405: "Not Allowed",
    408: "Request Time-out",
    413: "Request Entity Too Large",
    414: "Request-URI Too Large",
    463: "",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
"""Reason phrases that differ from RFC 9110's (observed on the real service)."""


class LambdaTargetError(Exception):
    """A Lambda target gave no usable response; the client gets a 502."""

    def __init__(self, reason: str, detail: str) -> None:
        """`reason` is an error reason code of the access log.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes
        """
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderModification:
    """How a listener changes the headers of all responses.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
    """

    server: bool = True
    """Whether there is a Server header."""
    inserted: tuple[tuple[str, str], ...] = ()
    """Added to a response, in place of the function's own headers of these names."""

    @classmethod
    def from_attributes(cls, named: Mapping[str, str]) -> "HeaderModification":
        return cls(
            server=named.get(SERVER_ATTRIBUTE) != "false",
            inserted=tuple(
                (header, value)
                for attribute, header in INSERTED_HEADERS.items()
                if (value := named.get(attribute, ""))
            ),
        )

    def apply_to(self, response: HttpResponse) -> HttpResponse:
        """The response with the inserted headers."""
        if not self.inserted:
            return response
        replaced = {name.lower() for name, _ in self.inserted}
        kept = (header for header in response.headers if header[0].lower() not in replaced)
        return replace(response, headers=(*kept, *self.inserted))


# -- from the function


def parse_lambda_response(payload: bytes, *, multi_value: bool) -> HttpResponse:
    """Parse the function's response. Raises LambdaTargetError."""
    if len(payload) > MAX_LAMBDA_RESPONSE_BYTES:
        raise LambdaTargetError(
            "LambdaResponseTooLarge", f"the response has {len(payload)} bytes of JSON"
        )
    document = _parse_object(payload)
    status = document.get("statusCode")
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 999:
        raise _invalid(f"statusCode is {describe_json(status)}, not a number from 200 to 999")
    return HttpResponse(
        status=status,
        reason=_reason(document.get("statusDescription", ""), status),
        headers=_multi_value_headers(document) if multi_value else _headers(document),
        body=_body(document),
    )


def _invalid(detail: str) -> LambdaTargetError:
    return LambdaTargetError("LambdaInvalidResponse", detail)


def _parse_object(payload: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as exc:
        raise _invalid(f"the response is not JSON: {exc}") from None
    if not isinstance(document, dict):
        raise _invalid(f"the response is {describe_json(document)}, not a JSON object")
    return document


def _reason(description: object, status: int) -> str:
    """The phrase of `statusDescription` ("200 OK"), else the standard one."""
    if not isinstance(description, str):
        raise _invalid(
            f'statusDescription is {describe_json(description)}, not a string like "200 OK"; it '
            "may be left out"
        )
    if match := _REASON.fullmatch(description):
        return match[1]
    return reason_phrase(status)


def _headers(document: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    headers = document.get("headers", {})
    if not isinstance(headers, dict):
        raise _invalid(f"headers is {describe_json(headers)}, not an object; it may be left out")
    return _check_headers(headers.items())


def _multi_value_headers(document: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    headers = document.get("multiValueHeaders", {})
    if not isinstance(headers, dict):
        raise _invalid(
            f"multiValueHeaders is {describe_json(headers)}, not an object of lists; "
            "it may be left out"
        )
    pairs: list[tuple[str, object]] = []
    for name, values in headers.items():
        if not isinstance(values, list):
            raise _invalid(
                f"multiValueHeaders.{name} is {describe_json(values)}, not a list of strings"
            )
        pairs.extend((name, value) for value in values)
    return _check_headers(pairs)


def _check_headers(pairs: Iterable[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    kept = []
    size = 0
    for name, value in pairs:
        if not isinstance(value, str):
            raise _invalid(f"header {name} has the value {describe_json(value)}, not a string")
        if name.lower() in FRAMING_HEADERS:
            continue
        if not can_be_sent(name, value):
            raise _invalid(f"header {name!r} can't be sent: {describe_json(value)}")
        size += len(name) + len(value) + 4
        kept.append((name, value))
    if size > MAX_RESPONSE_HEAD_BYTES:
        raise _invalid(f"headers of {size} bytes, more than {MAX_RESPONSE_HEAD_BYTES}")
    return tuple(kept)


def _body(document: Mapping[str, object]) -> bytes:
    is_base64 = document.get("isBase64Encoded", False)
    if not isinstance(is_base64, bool):
        raise _invalid(
            f"isBase64Encoded is {describe_json(is_base64)}, not true or false; it may be left out"
        )
    body = document.get("body", "")
    if not isinstance(body, str):
        raise _invalid(f"body is {describe_json(body)}, not a string; it may be left out")
    try:
        return base64.b64decode(body, validate=True) if is_base64 else body.encode()
    except (binascii.Error, ValueError) as exc:
        raise _invalid(f"body can't be read: {exc}") from None


# -- error responses of the load balancer itself


def reason_phrase(status: int) -> str:
    """The load balancer's reason phrase for a status; empty without one."""
    if status in _REASON_PHRASES:
        return _REASON_PHRASES[status]
    return standard_phrase(status)


def error_response(status: int) -> HttpResponse:
    """The HTML page that the load balancer sends with an error of its own."""
    title = f"{status} {reason_phrase(status)}".rstrip()
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return HttpResponse(
        status=status,
        reason=reason_phrase(status),
        headers=(("Content-Type", "text/html"),),
        body=page.encode(),
    )


# -- to bytes


def serialize_response(
    response: HttpResponse, *, date: str, keep_alive: bool, head_only: bool, server: bool
) -> bytes:
    """The bytes of the response.

    Server, Date, Content-Type, Content-Length and Connection come first and in this order, as the
    real service sends them, then the function's other headers. The function's own Server and Date
    are kept. `server` is the attribute routing.http.response.server.enabled:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
    """
    leading: dict[str, str] = {}
    rest: list[str] = []
    for name, value in response.headers:
        if (lower := name.lower()) in _LEADING_HEADERS:
            leading[lower] = value
        else:
            rest.append(f"{name}: {value}")
    lines = [f"HTTP/1.1 {response.status} {response.reason}"]
    if server:
        lines.append(f"Server: {leading.get('server', SERVER_HEADER)}")
    lines.append(f"Date: {leading.get('date', date)}")
    bodiless = response.status in (204, 304)
    if not bodiless and (kind := leading.get("content-type", _default_content_type(response))):
        lines.append(f"Content-Type: {kind}")
    if not bodiless:
        lines.append(f"Content-Length: {len(response.body)}")
    lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
    lines.extend(rest)
    head = "\r\n".join((*lines, "", "")).encode()
    return head if head_only or bodiless else head + response.body


def _default_content_type(response: HttpResponse) -> str:
    """Content-Type of a body without one (observed on the real service, not documented)."""

    return "application/octet-stream" if response.body else ""

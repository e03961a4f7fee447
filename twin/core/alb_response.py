"""From a Lambda function's answer to the HTTP response of a load balancer, and its own errors.

Decides which answers are malformed (502), which headers count, and every byte of a response.
Time comes in as the text of the Date header.

Sources, unless a line says otherwise:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

MAX_LAMBDA_RESPONSE_BYTES = 1024 * 1024
"""Bytes of the function's answer, as JSON; a larger one is a 502."""
MAX_RESPONSE_HEAD_BYTES = 32 * 1024
"""Bytes of all headers of a response:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
SERVER_HEADER = "awselb/2.0"

_NOT_HONOURED = frozenset(
    {
        "connection",
        "content-length",  # the load balancer computes it
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_OWN_PLACE = frozenset({"server", "date", "content-type"})
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")
_REASON = re.compile(r"\d{3} ([\x20-\x7e]*)")

_TITLES = {
    405: "Not Allowed",
    408: "Request Time-out",
    413: "Request Entity Too Large",
    414: "Request-URI Too Large",
    463: "",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
"""Where the load balancer's words differ from those of RFC 9110 (seen on the real service)."""


class MalformedLambdaResponse(Exception):
    """The function's answer is no response: the client gets 502."""

    def __init__(self, reason: str, why: str) -> None:
        """`reason` is an error reason code of the access log.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes
        """
        super().__init__(f"{reason}: {why}")
        self.reason = reason
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbResponse:
    """A response, before it is bytes."""

    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


# -- from the function


def parse_lambda_response(payload: bytes, *, multi_value: bool) -> AlbResponse:
    """The response that the function's answer stands for. Raises BadAnswer.

    The documented fields are asked for strictly ("must include the Base64 encoding status, status
    code, and headers"), although the real service is known to let some be absent.
    """
    if len(payload) > MAX_LAMBDA_RESPONSE_BYTES:
        raise MalformedLambdaResponse(
            "LambdaResponseTooLarge", f"the answer has {len(payload)} bytes of JSON"
        )
    document = _parsed(payload)
    status = document.get("statusCode")
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 999:
        raise _invalid(f"statusCode is {status!r}, not a number from 200 to 999")
    return AlbResponse(
        status=status,
        reason=_reason(document.get("statusDescription"), status),
        headers=_many_headers(document) if multi_value else _headers(document),
        body=_body(document),
    )


def _invalid(why: str) -> MalformedLambdaResponse:
    return MalformedLambdaResponse("LambdaInvalidResponse", why)


def _parsed(payload: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as exc:
        raise _invalid(f"the answer is not JSON: {exc}") from None
    if not isinstance(document, dict):
        raise _invalid(f"the answer is no JSON object but {type(document).__name__}")
    return document


def _reason(description: object, status: int) -> str:
    """The words after the status: those of `statusDescription` ("200 OK"), else the usual ones."""
    if isinstance(description, str) and (said := _REASON.fullmatch(description)):
        return said[1]
    return reason_phrase(status)


def _headers(document: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    headers = document.get("headers")
    if not isinstance(headers, dict):
        raise _invalid("no headers (an object) in the answer")
    return _checked((name, _text(name, value)) for name, value in headers.items())


def _many_headers(document: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    headers = document.get("multiValueHeaders")
    if not isinstance(headers, dict):
        raise _invalid(
            "no multiValueHeaders (an object of lists) in the answer, though the target group has "
            "lambda.multi_value_headers.enabled"
        )
    pairs: list[tuple[str, str]] = []
    for name, values in headers.items():
        if not isinstance(values, list):
            raise _invalid(f"multiValueHeaders.{name} is no list")
        pairs.extend((name, _text(name, value)) for value in values)
    return _checked(pairs)


def _text(name: str, value: object) -> str:
    """A header's value. Numbers are let through, as JSON writers make them of lengths and ages."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _invalid(f"header {name} has the value {value!r}, not a string")


def _checked(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    kept = []
    size = 0
    for name, value in pairs:
        if name.lower() in _NOT_HONOURED:
            continue
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise _invalid(f"header {name!r} can't be sent: {value!r}")
        size += len(name) + len(value) + 4
        kept.append((name, value))
    if size > MAX_RESPONSE_HEAD_BYTES:
        raise _invalid(f"headers of {size} bytes, more than {MAX_RESPONSE_HEAD_BYTES}")
    return tuple(kept)


def _body(document: Mapping[str, object]) -> bytes:
    is_base64 = document.get("isBase64Encoded")
    if not isinstance(is_base64, bool):
        raise _invalid(f"isBase64Encoded is {is_base64!r}, not true or false")
    body = document.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise _invalid(f"body is no string but {type(body).__name__}")
    try:
        return base64.b64decode(body, validate=True) if is_base64 else body.encode()
    except (binascii.Error, ValueError) as exc:
        raise _invalid(f"body can't be read: {exc}") from None


# -- of its own


def reason_phrase(status: int) -> str:
    """The load balancer's words for a status; empty for one without."""
    if status in _TITLES:
        return _TITLES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def error_response(status: int) -> AlbResponse:
    """The small page that the load balancer sends with an error of its own."""
    title = f"{status} {reason_phrase(status)}".rstrip()
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return AlbResponse(
        status=status,
        reason=reason_phrase(status),
        headers=(("Content-Type", "text/html"),),
        body=page.encode(),
    )


# -- to bytes


def serialize_response(
    answer: AlbResponse, *, date: str, keep_alive: bool, head_only: bool, server: bool
) -> bytes:
    """The response as it goes over the wire.

    Server, Date, Content-Type, Content-Length and Connection come first and in this order, as the
    real service sends them; what the function set beyond them follows. Its own Server and Date
    stand. `server` False is the attribute routing.http.response.server.enabled:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
    """
    own: dict[str, str] = {}
    rest: list[str] = []
    for name, value in answer.headers:
        if (lower := name.lower()) in _OWN_PLACE:
            own[lower] = value
        else:
            rest.append(f"{name}: {value}")
    lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
    if server:
        lines.append(f"Server: {own.get('server', SERVER_HEADER)}")
    lines.append(f"Date: {own.get('date', date)}")
    bodiless = answer.status in (204, 304)
    if not bodiless and (kind := own.get("content-type", _default_type(answer))):
        lines.append(f"Content-Type: {kind}")
    if not bodiless:
        lines.append(f"Content-Length: {len(answer.body)}")
    lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
    lines.extend(rest)
    head = "\r\n".join((*lines, "", "")).encode()
    return head if head_only or bodiless else head + answer.body


def _default_type(answer: AlbResponse) -> str:
    """What a body without a type is called (seen on the real service, not documented)."""
    return "application/octet-stream" if answer.body else ""

"""From a function's answer to the HTTP response, as each type of API judges it.

A REST API takes an object with `statusCode` and no members that it does not know; anything else is
a 502. An HTTP API takes the same object, without looking at other members; with payload format 2.0
it takes any JSON, which is the body then.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping

from twin.core.apigateway.errors import GatewayError, GatewayErrorKind
from twin.core.apigateway.events import is_binary_type
from twin.core.apigateway.requests import GatewayRequest
from twin.core.http.messages import FRAMING_HEADERS, HttpResponse, can_be_sent, describe_json

_REST_MEMBERS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
_REMAPPED = frozenset({"connection", "content-length", "date", "server", "www-authenticate"})
"""REST APIs put `x-amzn-Remapped-` before these.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html"""
_STATUS = re.compile(r"[2-5][0-9]{2}")
"""No interim response: the client would go on waiting. INFERRED."""

Header = tuple[str, str]


def read_answer(payload: bytes, request: GatewayRequest) -> HttpResponse:
    """The response in a function's answer, without the gateway's own headers.

    Raises GatewayError (BAD_ANSWER).
    """
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as exc:
        raise _malformed(f"the answer is not JSON: {exc}") from None
    is_rest = request.stage_path.served.is_rest
    takes_any = not is_rest and request.match.route.integration.payload_format == "2.0"
    if takes_any and not (isinstance(document, dict) and "statusCode" in document):
        return _inferred(document, payload)
    if not isinstance(document, dict):
        raise _malformed(f"the answer is {describe_json(document)}, not an object with statusCode")
    if is_rest and not document.keys() <= _REST_MEMBERS:
        unknown = ", ".join(sorted(document.keys() - _REST_MEMBERS))
        raise _malformed(f"a REST API takes no {unknown} in an answer")
    headers = _read_headers(document, multi_value=not takes_any)
    if takes_any:
        headers += _read_cookies(document)
    body = _read_body(document, request, headers)
    default = "application/json" if is_rest else "text/plain;charset=UTF-8"
    return HttpResponse(
        status=_read_status(document.get("statusCode")),
        headers=_sent_headers(headers, is_rest=is_rest, default_type=default),
        body=body,
    )


def _inferred(document: object, payload: bytes) -> HttpResponse:
    body = document.encode(errors="replace") if isinstance(document, str) else payload
    return HttpResponse(status=200, headers=(("Content-Type", "application/json"),), body=body)


def _malformed(detail: str) -> GatewayError:
    return GatewayError(GatewayErrorKind.BAD_ANSWER, detail)


def _read_status(value: object) -> int:
    """A number, or its digits as text."""
    if isinstance(value, str) and _STATUS.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise _malformed(f"statusCode is {describe_json(value)}, not a number from 200 to 599")
    return value


def _read_headers(document: Mapping[str, object], *, multi_value: bool) -> list[Header]:
    """`headers` and `multiValueHeaders` together; a pair that is in both counts once."""
    single = _read_object(document, "headers")
    lists = _read_object(document, "multiValueHeaders") if multi_value else {}
    many: list[Header] = []
    for name, values in lists.items():
        if not isinstance(values, list):
            raise _malformed(f"multiValueHeaders.{name} is {describe_json(values)}, not a list")
        many.extend((name, _read_value(name, value)) for value in values)
    known = {(name.lower(), value) for name, value in many}
    first = ((name, _read_value(name, value)) for name, value in single.items())
    return [header for header in first if (header[0].lower(), header[1]) not in known] + many


def _read_object(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = document.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _malformed(f"{name} is {describe_json(found)}, not an object")
    return found


def _read_value(name: str, value: object) -> str:
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, int | float):
        value = json.dumps(value)
    if not isinstance(value, str):
        raise _malformed(f"header {name} has the value {describe_json(value)}, not a string")
    if not can_be_sent(name, value):
        raise _malformed(f"header {name!r} can't be sent: {describe_json(value)}")
    return value


def _read_cookies(document: Mapping[str, object]) -> list[Header]:
    cookies = document.get("cookies")
    if cookies is None:
        return []
    if not isinstance(cookies, list):
        raise _malformed(f"cookies is {describe_json(cookies)}, not a list of strings")
    return [("Set-Cookie", _read_value("Set-Cookie", cookie)) for cookie in cookies]


def _read_body(
    document: Mapping[str, object], request: GatewayRequest, headers: Iterable[Header]
) -> bytes:
    body = document.get("body")
    is_base64 = document.get("isBase64Encoded")
    if is_base64 is not None and not isinstance(is_base64, bool):
        raise _malformed(f"isBase64Encoded is {describe_json(is_base64)}, not true or false")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise _malformed(f"body is {describe_json(body)}, not a string")
    try:
        if is_base64 and _is_decoded(request, headers):
            return base64.b64decode(body, validate=True)
        return body.encode()
    except (binascii.Error, ValueError) as exc:
        raise _malformed(f"body can't be read: {exc}") from None


def _is_decoded(request: GatewayRequest, headers: Iterable[Header]) -> bool:
    """Whether a body in base64 is decoded: REST APIs do it for their binary media types only."""
    served = request.stage_path.served
    if not served.is_rest:
        return True
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    accepted = request.header("accept").partition(",")[0]
    binary = served.api.binary_media_types
    return is_binary_type(binary, accepted) or is_binary_type(binary, content_type)


def _sent_headers(
    headers: Iterable[Header], *, is_rest: bool, default_type: str
) -> tuple[Header, ...]:
    sent: list[Header] = []
    has_type = False
    for name, value in headers:
        lower = name.lower()
        if is_rest and lower in _REMAPPED:
            sent.append((f"x-amzn-Remapped-{name}", value))
        elif lower not in FRAMING_HEADERS:
            has_type = has_type or lower == "content-type"
            sent.append((name, value))
    if not has_type:
        sent.append(("Content-Type", default_type))
    return tuple(sent)

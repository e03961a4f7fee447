"""From an HTTP request to the event with which a load balancer invokes a Lambda function.

Builds the event with single- or multi-value headers, and rejects the requests that the load
balancer answers itself with an error. `alb_response` parses the function's response. The caller
does the I/O and passes the trace id.

Sources, unless noted otherwise:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from twin.core.http.messages import (
    HOP_BY_HOP_HEADERS,
    RequestRejected,
    TlsSession,
    find_host,
    group_values,
    is_text_type,
    is_utf8,
    split_target,
    trace_header,
)

MAX_BODY_BYTES = 1024 * 1024
"""A larger request body gets a 413."""
MAX_FORWARDED_ADDRESSES = 30

_REFUSED_METHODS = frozenset({"TRACE", "CONNECT"})
"""AWS documents the 405 for TRACE, and that rules may name custom methods:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#http-request-method-conditions
"""

_SET_BY_BALANCER = frozenset({"x-forwarded-port", "x-forwarded-proto"})
_NOT_FORWARDED = HOP_BY_HOP_HEADERS | _SET_BY_BALANCER | {"expect"}
_NOT_FORWARDED_WITH_HOST = _NOT_FORWARDED | {"host"}
_VALID_NAME = re.compile(r"[-a-z0-9]+")
_PORT = re.compile(r":\d*$")
_encode_json = msgspec.json.Encoder().encode
_TLS_HEADERS = "routing.http.x_amzn_tls_version_and_cipher_suite"
_TLS_VERSION_NAME = "routing.http.request.x_amzn_tls_version.header_name"
_TLS_CIPHER_NAME = "routing.http.request.x_amzn_tls_cipher_suite.header_name"
_FORWARDED_FOR, _TRACE_ID = "x-forwarded-for", "x-amzn-trace-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbAttributes:
    """The load balancer's attributes that change the forwarded headers.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-attributes
    """

    forwarded_for: Literal["append", "preserve", "remove"] = "append"
    client_port: bool = False
    drop_invalid_headers: bool = False
    preserve_host: bool = False
    tls_headers: bool = False
    tls_version_header: str = "x-amzn-tls-version"
    """Names in lower case of the headers that `tls_headers` adds."""
    tls_cipher_header: str = "x-amzn-tls-cipher-suite"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbRequest:
    """A request as received."""

    method: str
    target: str
    """Path and query, not decoded."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in their order; bytes that are not UTF-8 are lone surrogates."""
    client: str
    """The client's address."""
    client_port: int
    port: int
    """The listener's port."""
    tls: TlsSession | None = None
    """None for plain HTTP."""

    @property
    def protocol(self) -> Literal["http", "https"]:
        return "http" if self.tls is None else "https"

    @property
    def host(self) -> str:
        """The host of an absolute target, else the first Host header.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#host-header-preservation
        """
        return find_host(self.target, self.headers)


def parse_attributes(named: Mapping[str, str]) -> AlbAttributes:
    """Parse AWS's attribute names and values; absent ones have their documented defaults.

    `named` are the load balancer's and the listener's together.
    """
    mode = named.get("routing.http.xff_header_processing.mode", "append")
    forwarded_for: Literal["append", "preserve", "remove"] = "append"
    if mode == "preserve":
        forwarded_for = "preserve"
    elif mode == "remove":
        forwarded_for = "remove"
    return AlbAttributes(
        forwarded_for=forwarded_for,
        client_port=_is_enabled(named, "routing.http.xff_client_port.enabled"),
        drop_invalid_headers=_is_enabled(named, "routing.http.drop_invalid_header_fields.enabled"),
        preserve_host=_is_enabled(named, "routing.http.preserve_host_header.enabled"),
        tls_headers=_is_enabled(named, f"{_TLS_HEADERS}.enabled"),
        tls_version_header=named.get(_TLS_VERSION_NAME, "").lower() or "x-amzn-tls-version",
        tls_cipher_header=named.get(_TLS_CIPHER_NAME, "").lower() or "x-amzn-tls-cipher-suite",
    )


def _is_enabled(named: Mapping[str, str], attribute: str) -> bool:
    return named.get(attribute, "false") == "true"


# -- what is not forwarded


def check_request(request: AlbRequest, version: tuple[int, int]) -> None:
    """Raise RequestRejected for a request that no action gets."""
    if request.method in _REFUSED_METHODS:
        raise RequestRejected(405, f"method {request.method} is not supported")
    has_host = False
    addresses = 0
    for name, value in request.headers:
        if name == "host":
            has_host = True
        elif name == _FORWARDED_FOR:
            addresses += value.count(",") + 1
    if addresses > MAX_FORWARDED_ADDRESSES:
        raise RequestRejected(463, f"X-Forwarded-For has {addresses} addresses")
    if not has_host and version >= (1, 1):
        # https://www.rfc-editor.org/rfc/rfc9112#section-3.2
        raise RequestRejected(400, "no Host header")


def check_lambda_request(request: AlbRequest) -> None:
    """Raise RequestRejected for a request that a Lambda target can't get.

    AWS documents no status for text that is not UTF-8; malformed requests in general get 400.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes
    """
    upgrades = connections = ""
    for name, value in request.headers:
        if name == "upgrade":
            upgrades += f"{value.lower()},"
        elif name == "connection":
            connections += f"{value.lower()},"
        if not value.isascii() or not name.isascii():
            _check_utf8(name + value)
    if upgrades and "websocket" in upgrades and "upgrade" in connections:
        raise RequestRejected(400, "upgrade to a WebSocket", reason="LambdaWebsocketNotSupported")
    if not request.target.isascii():
        _check_utf8(request.target)


def _check_utf8(text: str) -> None:
    if not is_utf8(text):
        raise RequestRejected(400, "the head is not UTF-8", reason="LambdaBadRequest")


def has_invalid_header(request: AlbRequest) -> bool:
    """Whether a header's name has other characters than letters, digits and hyphens."""
    return not all(_is_valid_name(name) for name, _ in request.headers)


def _is_valid_name(name: str) -> bool:
    return _VALID_NAME.fullmatch(name) is not None


# -- the event


def build_event(
    request: AlbRequest,
    body: bytes,
    *,
    target_group_arn: str,
    multi_value: bool,
    attributes: AlbAttributes,
    trace_id: str,
) -> bytes:
    """Build the event's JSON. Raises RequestRejected (400)."""
    path, query = split_target(request.target)
    forwarded = _forwarded_headers(request, attributes, trace_id)
    text, is_base64 = _body(body, forwarded)
    document: dict[str, object] = {
        "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
        "httpMethod": request.method,
        "path": path,
    }
    parameters = _parameters(query) if query else []
    if multi_value:
        document["multiValueQueryStringParameters"] = group_values(parameters)
        document["multiValueHeaders"] = group_values(forwarded)
    else:
        # Of a repeated name, the last value wins.
        document["queryStringParameters"] = dict(parameters)
        document["headers"] = dict(forwarded)
    document["body"] = text
    document["isBase64Encoded"] = is_base64
    return _encode_json(document)


def build_health_check_event(*, path: str, target_group_arn: str, multi_value: bool) -> bytes:
    """Build the event of a health check; `path` may have a query.

    User-Agent is the only header that AWS documents.
    """
    bare, query = split_target(path)
    agent = "ELB-HealthChecker/2.0"
    parameters = _parameters(query)
    document: dict[str, object] = {
        "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
        "httpMethod": "GET",
        "path": bare,
    }
    if multi_value:
        document["multiValueQueryStringParameters"] = group_values(parameters)
        document["multiValueHeaders"] = {"user-agent": [agent]}
    else:
        document["queryStringParameters"] = dict(parameters)
        document["headers"] = {"user-agent": agent}
    document["body"] = ""
    document["isBase64Encoded"] = False
    return _encode_json(document)


def _forwarded_headers(
    request: AlbRequest, attributes: AlbAttributes, trace_id: str
) -> list[tuple[str, str]]:
    """The headers for the function: without hop-by-hop ones, with the load balancer's own four."""
    kept = [] if attributes.preserve_host else _own_host(request)
    not_forwarded = _NOT_FORWARDED if attributes.preserve_host else _NOT_FORWARDED_WITH_HOST
    trace = chain = ""
    for name, value in request.headers:
        if name == _FORWARDED_FOR:
            chain = f"{chain}, {value}" if chain else value
        elif name == _TRACE_ID:
            trace = value
        elif name not in not_forwarded and (
            not attributes.drop_invalid_headers or _is_valid_name(name)
        ):
            kept.append((name, value))
    kept.append((_TRACE_ID, trace_header(trace, trace_id)))
    if chain := _forwarded_for(chain, request, attributes):
        kept.append((_FORWARDED_FOR, chain))
    kept.append(("x-forwarded-port", str(request.port)))
    kept.append(("x-forwarded-proto", request.protocol))
    if attributes.tls_headers and request.tls is not None:
        own = {
            attributes.tls_version_header: request.tls.version,
            attributes.tls_cipher_header: request.tls.cipher_suite,
        }
        kept = [*((name, value) for name, value in kept if name not in own), *own.items()]
    return kept


def _own_host(request: AlbRequest) -> list[tuple[str, str]]:
    """The Host header with the listener's port, unless that is 80 or 443; empty without a host.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#host-header-preservation
    """
    host = request.host
    if not host:
        return []
    bare = _PORT.sub("", host)
    if request.port in (80, 443):
        return [("host", bare)]
    return [("host", host if bare != host else f"{host}:{request.port}")]


def _forwarded_for(existing: str, request: AlbRequest, attributes: AlbAttributes) -> str:
    """X-Forwarded-For: the received value and the client's address.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    if attributes.forwarded_for == "preserve":
        return existing
    if attributes.forwarded_for == "remove":
        return ""
    client = request.client
    if attributes.client_port:
        client = f"{client}:{request.client_port}"
    return f"{existing}, {client}" if existing else client


def _parameters(query: str) -> list[tuple[str, str]]:
    """Names and values of a query, not decoded: ALB leaves that to the function."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(name, value) for name, _, value in pairs]


def _body(body: bytes, headers: Iterable[tuple[str, str]]) -> tuple[str, bool]:
    """The body as the event has it, and whether it is base64."""

    if not body:
        return "", False
    named = dict(headers)
    if "content-encoding" not in named and is_text_type(named.get("content-type", "")):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            raise RequestRejected(
                400, "a body of text is not UTF-8", reason="LambdaBadRequest"
            ) from None
    return base64.b64encode(body).decode("ascii"), True

"""From an HTTP request to the event that a load balancer gives to a Lambda function.

Decides what the event says, in both dialects, and which requests the load balancer answers itself
with an error. What the function answers is read in `alb_answer`; sockets, time and chance are
somebody else's: a trace id comes in as a parameter.

Sources, unless a line says otherwise:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

MAX_BODY_BYTES = 1024 * 1024
"""Bytes; a larger request body is answered with 413."""
MAX_REQUEST_LINE_BYTES = 16 * 1024
MAX_HEADER_BYTES = 16 * 1024
MAX_HEAD_BYTES = 64 * 1024
"""Bytes of the request line, of one header and of all headers:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
MAX_FORWARDED_ADDRESSES = 30

SUPPORTED_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html"""

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "expect",  # answered by the load balancer itself, and not forwarded
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_OWN = frozenset({"x-forwarded-port", "x-forwarded-proto"})
_NOT_PASSED_ON = _HOP_BY_HOP | _OWN
_TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})
_VALID_NAME = re.compile(r"[-a-z0-9]+")
_FORWARDED_FOR, _TRACE_ID = "x-forwarded-for", "x-amzn-trace-id"


class RequestRejected(Exception):
    """The load balancer answers by itself; the function is not invoked."""

    def __init__(self, status: int, why: str) -> None:
        """`status` as AWS documents it for `why`, which is for the log."""
        super().__init__(f"{status}: {why}")
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbAttributes:
    """The load balancer's attributes that shape a request.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-attributes
    """

    forwarded_for: Literal["append", "preserve", "remove"] = "append"
    client_port: bool = False
    drop_invalid_headers: bool = False
    preserve_host: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbRequest:
    """A request as it came over the wire."""

    method: str
    target: str
    """Path and query as sent, nothing decoded."""
    headers: tuple[tuple[bytes, bytes], ...]
    client: str
    """The client's address."""
    client_port: int
    port: int
    """The listener's port."""
    version: tuple[int, int] = (1, 1)

    @property
    def path(self) -> str:
        """The path as sent, without the query."""
        return split_target(self.target)[0]


def parse_attributes(named: Mapping[str, str]) -> AlbAttributes:
    """The attributes as AWS names them; the documented default where one is absent."""
    mode = named.get("routing.http.xff_header_processing.mode", "append")
    forwarded_for: Literal["append", "preserve", "remove"] = "append"
    if mode == "preserve":
        forwarded_for = "preserve"
    elif mode == "remove":
        forwarded_for = "remove"
    return AlbAttributes(
        forwarded_for=forwarded_for,
        client_port=_on(named, "routing.http.xff_client_port.enabled"),
        drop_invalid_headers=_on(named, "routing.http.drop_invalid_header_fields.enabled"),
        preserve_host=_on(named, "routing.http.preserve_host_header.enabled"),
    )


def _on(named: Mapping[str, str], attribute: str) -> bool:
    return named.get(attribute, "false") == "true"


# -- reading the head


def decode_headers(request: AlbRequest) -> list[tuple[str, str]]:
    """The headers, names in lower case, in the order in which they came.

    Raises Refused (400) for text that is not UTF-8: `LambdaBadRequest`,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
    (AWS names no status for it; 400 is what it answers to malformed requests).
    """
    try:
        return [(name.decode().lower(), value.decode()) for name, value in request.headers]
    except UnicodeDecodeError:
        raise RequestRejected(400, "LambdaBadRequest: a header is not UTF-8") from None


def check_head(request: AlbRequest, headers: Iterable[tuple[str, str]]) -> None:
    """Raise Refused for a request that no target may get, whatever its body."""
    if request.method not in SUPPORTED_METHODS:
        # TRACE is documented; the other methods that are not supported are taken to be alike.
        raise RequestRejected(405, f"method {request.method} is not supported")
    has_host = False
    size = addresses = 0
    for name, value in headers:
        size += len(name) + len(value) + 4
        if name == "host":
            has_host = True
        elif name == _FORWARDED_FOR:
            addresses += value.count(",") + 1
        elif name == "upgrade" and value.lower() == "websocket":
            raise RequestRejected(400, "LambdaWebsocketNotSupported: upgrade to a WebSocket")
    _check_limits(size, addresses)
    if not has_host and request.version >= (1, 1):
        raise RequestRejected(
            400, "no Host header"
        )  # https://www.rfc-editor.org/rfc/rfc9112#section-3.2


def _check_limits(size: int, addresses: int) -> None:
    if addresses > MAX_FORWARDED_ADDRESSES:
        raise RequestRejected(463, f"X-Forwarded-For has {addresses} addresses")
    if size > MAX_HEAD_BYTES:
        raise RequestRejected(400, f"headers of {size} bytes, more than {MAX_HEAD_BYTES}")


def check_body_size(body_bytes: int) -> None:
    """Raise Refused (413) for a body that Lambda can't be given through a load balancer."""
    if body_bytes > MAX_BODY_BYTES:
        raise RequestRejected(
            413, f"LambdaRequestTooLarge: a body of more than {MAX_BODY_BYTES} bytes"
        )


def split_target(target: str) -> tuple[str, str]:
    """Path and query of a request target; an absolute one loses scheme and host."""
    if not target.startswith(("/", "*")):
        rest = target.partition("://")[2]
        slash = rest.find("/")
        target = rest[slash:] if slash >= 0 else "/"
    path, _, query = target.partition("?")
    return path, query


# -- the event


def build_event(  # noqa: PLR0913 - each says one thing about the event
    request: AlbRequest,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    *,
    target_group_arn: str,
    multi_value: bool,
    attributes: AlbAttributes,
    trace_id: str,
) -> bytes:
    """The event's JSON. `headers` come from `fields`. Raises Refused (400)."""
    path, query = split_target(request.target)
    forwarded = _forwarded(request, headers, attributes, trace_id)
    text, is_base64 = _body(body, forwarded)
    document: dict[str, object] = {
        "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
        "httpMethod": request.method,
        "path": path,
    }
    parameters = _parameters(query) if query else []
    if multi_value:
        document["multiValueQueryStringParameters"] = _gathered(parameters)
        document["multiValueHeaders"] = _gathered(forwarded)
    else:
        # A name that is repeated: the last value that the client sent is the one used.
        document["queryStringParameters"] = dict(parameters)
        document["headers"] = dict(forwarded)
    document["body"] = text
    document["isBase64Encoded"] = is_base64
    return json.dumps(document).encode()


def build_health_check_event(*, path: str, target_group_arn: str, multi_value: bool) -> bytes:
    """The event of a health check; `path` may have a query.

    The headers are documented as just this one.
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
        document["multiValueQueryStringParameters"] = _gathered(parameters)
        document["multiValueHeaders"] = {"user-agent": [agent]}
    else:
        document["queryStringParameters"] = dict(parameters)
        document["headers"] = {"user-agent": agent}
    document["body"] = ""
    document["isBase64Encoded"] = False
    return json.dumps(document).encode()


def _forwarded(
    request: AlbRequest,
    headers: Iterable[tuple[str, str]],
    attributes: AlbAttributes,
    trace_id: str,
) -> list[tuple[str, str]]:
    """The headers as the function gets them: cleaned, with the load balancer's own four."""
    kept: list[tuple[str, str]] = []
    trace = chain = ""
    for name, value in headers:
        if name == _FORWARDED_FOR:
            chain = f"{chain}, {value}" if chain else value
        elif name == _TRACE_ID:
            trace = value
        elif name == "host":
            kept.append((name, value if attributes.preserve_host else value.lower()))
        elif name not in _NOT_PASSED_ON and (
            not attributes.drop_invalid_headers or _VALID_NAME.fullmatch(name)
        ):
            kept.append((name, value))
    kept.append((_TRACE_ID, _traced(trace, trace_id)))
    if chain := _chain(chain, request, attributes):
        kept.append((_FORWARDED_FOR, chain))
    kept.append(("x-forwarded-port", str(request.port)))
    kept.append(("x-forwarded-proto", "http"))
    return kept


def _chain(existing: str, request: AlbRequest, attributes: AlbAttributes) -> str:
    """X-Forwarded-For: what came, and the address of who sent it.

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


def _traced(existing: str, trace_id: str) -> str:
    """X-Amzn-Trace-Id: a Root where there is none, else a Self before the Root; the rest stays.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
    """
    if not existing:
        return f"Root={trace_id}"
    parts = [part for part in existing.split(";") if not part.startswith("Self=")]
    name = "Self" if any(part.startswith("Root=") for part in parts) else "Root"
    return ";".join((f"{name}={trace_id}", *parts))


def make_trace_id(now_s: float, bits: int) -> str:
    """A trace id of this time (seconds since 1970) and 96 random bits."""
    return f"1-{int(now_s):08x}-{bits:024x}"


def _parameters(query: str) -> list[tuple[str, str]]:
    """Names and values of a query, not decoded: the function must do that."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(name, value) for name, _, value in pairs]


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def _body(body: bytes, headers: Iterable[tuple[str, str]]) -> tuple[str, bool]:
    """The body as the event has it, and whether that is base64."""
    if not body:
        return "", False
    named = dict(headers)
    if "content-encoding" not in named and _is_text(named.get("content-type", "")):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            raise RequestRejected(400, "LambdaBadRequest: a body of text is not UTF-8") from None
    return base64.b64encode(body).decode("ascii"), True


def _is_text(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT_TYPES

"""HTTP messages as load balancers and API Gateway see them: responses, rejections, common rules."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

HOP_BY_HOP_HEADERS = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers of one connection, forwarded in neither direction."""
FRAMING_HEADERS = HOP_BY_HOP_HEADERS | {"content-length"}
"""Headers that the server alone sets: clients find the next response by them."""
MAX_SHOWN_LENGTH = 80
"""Characters of a wrong value in an error message."""
_TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")


class RequestRejected(Exception):
    """The server answers with an error of its own and does not invoke the function."""

    def __init__(self, status: int, detail: str, *, reason: str = "") -> None:
        """`status` is the one AWS documents; `detail` is for the log.

        `reason` is an error reason of a load balancer's access log, for a request that a Lambda
        target can't get.
        """
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = f"{reason}: {detail}" if reason else detail
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSession:
    """What the client and the listener have agreed on."""

    version: str
    """`TLSv1.3`."""
    cipher_suite: str
    """By OpenSSL's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """A response that is not yet serialized."""

    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


_PLAIN_TITLE = "The plain HTTP request was sent to HTTPS port"
PLAIN_ON_TLS = HttpResponse(
    status=400,
    reason="Bad Request",
    headers=(("Content-Type", "text/html"),),
    body=(
        f"<html>\r\n<head><title>400 {_PLAIN_TITLE}</title></head>\r\n<body>\r\n"
        "<center><h1>400 Bad Request</h1></center>\r\n"
        f"<center>{_PLAIN_TITLE}</center>\r\n</body>\r\n</html>\r\n"
    ).encode(),
)
"""For a client that speaks plain HTTP on a port of HTTPS. AWS documents the 400 and no wording;
this is the one that clients report."""


def standard_phrase(status: int) -> str:
    """RFC 9110's reason phrase for a status; empty without one."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def split_target(target: str) -> tuple[str, str]:
    """Split a request target into path and query, dropping scheme and host."""
    if not target.startswith(("/", "*")):
        rest = target.partition("://")[2]
        slash = rest.find("/")
        target = rest[slash:] if slash >= 0 else "/"
    path, _, query = target.partition("?")
    return path, query


def find_host(target: str, headers: Iterable[tuple[str, str]]) -> str:
    """The host of an absolute target, else the first Host header; names are in lower case."""
    if "://" in target and not target.startswith("/"):
        return target.partition("://")[2].partition("/")[0].partition("?")[0]
    return next((value for name, value in headers if name == "host"), "")


def group_values(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Name -> all its values, in their order."""
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def can_be_sent(name: str, value: str) -> bool:
    """Whether a function's header would be one line of a response."""
    return _NAME.fullmatch(name) is not None and _VALUE.fullmatch(value) is not None


def can_be_configured(name: str, value: str) -> bool:
    """Whether an API's settings may add this header to responses."""
    return name.lower() not in FRAMING_HEADERS and can_be_sent(name, value)


def describe_json(value: object) -> str:
    """A value for an error message, as the function's JSON had it."""
    try:
        text = json.dumps(value)
    except RecursionError:  # it was read on a smaller stack
        return "a deeply nested value"
    return text if len(text) <= MAX_SHOWN_LENGTH else f"{text[:MAX_SHOWN_LENGTH]}..."


def is_utf8(text: str) -> bool:
    """Whether a text of a request's head was UTF-8; other bytes are lone surrogates in it."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_text_type(content_type: str) -> bool:
    """Whether a Lambda event has a body of this type as text, and not in base64."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT_TYPES


def make_trace_id(now_s: float, bits: int) -> str:
    """Make a trace id of a time (seconds since 1970) and 96 random bits."""
    return f"1-{int(now_s):08x}-{bits:024x}"


def trace_header(existing: str, trace_id: str) -> str:
    """X-Amzn-Trace-Id: adds a Root, or a Self before an existing Root; other fields stay.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
    """
    if not existing:
        return f"Root={trace_id}"
    parts = [part for part in existing.split(";") if not part.startswith("Self=")]
    name = "Self" if any(part.startswith("Root=") for part in parts) else "Root"
    return ";".join((f"{name}={trace_id}", *parts))

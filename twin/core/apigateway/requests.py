"""A request as API Gateway has routed it, and what functions learn of it in every event format."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

from twin.core.apigateway.api_names import StagePath
from twin.core.apigateway.routes import DEFAULT_ROUTE, RouteMatch, route_key
from twin.core.http.messages import HOP_BY_HOP_HEADERS, trace_header
from twin.topology.apigateway import Integration, Route

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_HEAD_BYTES = 10_240
"""Request line and headers together.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
_FORWARDED_FOR, _TRACE_ID = "x-forwarded-for", "x-amzn-trace-id"
_SET_BY_GATEWAY = frozenset(
    {_FORWARDED_FOR, _TRACE_ID, "x-forwarded-port", "x-forwarded-proto", "expect", "content-length"}
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NOT_FORWARDED = HOP_BY_HOP_HEADERS | _SET_BY_GATEWAY

Header = tuple[str, str]

NO_ROUTE = RouteMatch(route=Route(method="", path="", integration=Integration(type="MOCK")))
"""Of a request that has a stage and no route."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestIds:
    """What API Gateway calls a request."""

    request_id: str
    """A UUID, which clients may choose; only REST APIs show it."""
    extended_id: str
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRequest:
    """A request with its stage and its route."""

    method: str
    query: str
    """As sent."""
    version: tuple[int, int]
    headers: tuple[Header, ...]
    """Names in lower case, in their order."""
    source_ip: str
    port: int
    """API Gateway's own."""
    received_s: float
    """Seconds since 1970."""
    ids: RequestIds
    stage_path: StagePath
    match: RouteMatch = NO_ROUTE

    @property
    def request_id(self) -> str:
        """The id that the API's type shows."""
        is_rest = self.stage_path.served.is_rest
        return self.ids.request_id if is_rest else self.ids.extended_id

    @property
    def protocol(self) -> str:
        return f"HTTP/{self.version[0]}.{self.version[1]}"

    @property
    def user_agent(self) -> str:
        return self.header("user-agent")

    def header(self, name: str) -> str:
        """The first value of a header, by its name in lower case; empty without one."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def route_key(self) -> str:
        """`GET /a/{b}`, or `$default`; empty without a route."""
        return route_key(self.match.route.method, self.match.route.path)


def source_arn(request: GatewayRequest, region: str, account: str) -> str:
    """Whom the function's policy must permit to invoke it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
    """
    served, route = request.stage_path.served, request.match.route
    path = route.path if route.path == DEFAULT_ROUTE else f"{request.method}{route.path}"
    return f"arn:aws:execute-api:{region}:{account}:{served.api.id}/{served.stage.name}/{path}"


def forwarded_headers(request: GatewayRequest, body_size: int | None) -> list[Header]:
    """The headers for the function: without hop-by-hop ones, with the gateway's own."""
    kept, chain, trace = [], "", ""
    for name, value in request.headers:
        if name not in _NOT_FORWARDED:
            kept.append((name, value))
        elif name == _FORWARDED_FOR:
            chain = f"{chain}, {value}" if chain else value
        elif name == _TRACE_ID:
            trace = value
    if body_size is not None:
        kept.append(("content-length", str(body_size)))
    kept.append((_TRACE_ID, trace_header(trace, request.ids.trace_id)))
    kept.append((_FORWARDED_FOR, f"{chain}, {request.source_ip}" if chain else request.source_ip))
    kept.append(("x-forwarded-port", str(request.port)))
    kept.append(("x-forwarded-proto", "https"))
    return kept


def choose_request_id(headers: Iterable[Header]) -> str:
    """The request id that a client of a REST API gives; empty if it is no UUID.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    sent = next((value for name, value in headers if name == "x-amzn-requestid"), "")
    return sent if _UUID.fullmatch(sent) else ""


def query_parameters(query: str) -> list[tuple[str, str]]:
    """Names and values, decoded."""
    return parse_qsl(query, keep_blank_values=True, errors="replace") if query else []


def decode_path(path: str) -> str:
    """The path as HTTP APIs hand it to functions: decoded, and cut at a decoded question mark.

    https://github.com/middleapi/standard-server/pull/93
    """
    return unquote(path, errors="replace").partition("?")[0] if "%" in path else path


def as_base64(body: bytes) -> str:
    return base64.b64encode(body).decode("ascii")


@lru_cache(maxsize=64)
def log_time(second: int) -> str:
    """`12/Mar/2020:19:03:58 +0000`."""
    day, month, year, time = formatdate(second, usegmt=True)[5:-4].split(" ")
    return f"{day}/{month}/{year}:{time} +0000"

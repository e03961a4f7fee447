"""Requests that nobody should send: to every route of every service, made of hostile pieces."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.clock import SystemClock
from app.registry import known_services, load_service
from app.service import Route, ServiceContext, SiteContext
from app.web.site import make_routes

PLAIN = {"{pk}": "user100", "{sk}": "AshlandValley", "{val}": "0.5", "{id}": "7", "{film}": "01"}
"""Good segments by their names in templates."""
PLAIN_SEGMENTS = ("a", "01", "7", "user100", "AshlandValley", "library", "1", "0.5")
SEGMENTS = (
    "0.5",
    "-1",
    "NaN",
    "1e999",
    "9" * 40,
    "",
    ".",
    "..",
    "%2e%2e",
    "%2F",
    "a%2Fb",
    "%5C",
    "%00",
    "%0d%0aX-Injected:%201",
    "%FF",
    "%C0%AF",
    "%ED%A0%80",
    "%E2%80%AE",
    "%F0%9F%98%80",
    "%",
    "%2",
    "%zz",
    "%2525",
    "+",
    "a;b=c",
    "a,b",
    "{key}",
    "$ne",
    "~",
    "*",
    "%23us-west-2",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "'%20OR%201=1--",
    "constructor",
    "__proto__",
    "x" * 129,
    "%F0%9F%98%80" * 128,
    "x" * 3000,
)
QUERIES = (
    "",
    "?",
    "?limit=0",
    "?limit=50&limit=x",
    "?limit=-1&start=%%%",
    "?start=W10",
    "?start=WyJhIiwiYiJd",
    "?start=" + "A" * 2000,
    "?=&&==%FF",
    "?a[]=1&%00=%00",
)
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
NUMBERS = (0, 1, -1, 0.5, 2**53, -(2**63), 10**400, 1e308, 1e-320, True, None)
TEXTS = ("", "a", "7abc", "\x00", "\ud800", "é" * 100, "<img src=x onerror=alert(1)>", "x" * 5000)
HOSTILE_VALUES: tuple[object, ...] = (*NUMBERS, *TEXTS, [], {})
GOOD_BODIES: Mapping[str, Mapping[str, object]] = {
    "/create": {"item_id": "a"},
    "/item": {"id": 7, "name": "a"},
    "/kv/{key}": {"value": "a"},
    "/bookmarks/add/{pk}/{sk}": {"add": 1},
    "/bookmarks/viewers/{viewer}/{film}": {"bookmark": 0.5, "version": 1, "session": "a"},
}
"""By template: what a route wants."""
BODIES = (
    b"",
    b" ",
    b"{",
    b"null",
    b"[]",
    b'"a"',
    b"NaN",
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"[" * 5000,
    b'{"add": Infinity}',
    b'{"a": 1, "a": 2}',
    b"9" * 5000,
    b"x" * 100_000,
)
HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {"Accept": "application/json;q=x,,;,*/*;q=9"},
    {"Accept": "text/html"},
    {"Origin": "null"},
    {"Origin": "https://pages.example", "Access-Control-Request-Method": "DELETE"},
    {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"},
    {"X-Forwarded-For": "1.2.3.4, <script>, 999.999.999.999"},
    {"X-Forwarded-For": "", "Forwarded": "for=unknown"},
    {"Idempotency-Key": "x" * 1000},
    {"Idempotency-Key": "%00\t,"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"X-Amzn-Trace-Id": "Root=<script>"},
    {"If-None-Match": '*, W/"x', "Range": "bytes=5-1"},
    {"Cookie": "a=" + "b" * 2000},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileRequest:
    """A request; the target is what the request line has."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def list_templates() -> list[tuple[str, str]]:
    """Method and template of each route that the function has with all services."""
    services = known_services()
    table: Any = None  # no route is called
    context = ServiceContext(
        region="us-west-2",
        table=table,
        clock=SystemClock(),
        settings={"SECRET": "0123456789abcdef"},
        new_id=lambda: "id",
    )
    routes: list[Route] = [
        route for name in services for route in load_service(name)(context).routes
    ]
    routes += make_routes(SiteContext(region="us-west-2", endpoints={}, services=services))
    return [("GET", "/health"), *((route.method, route.template) for route in routes)]


def list_single_faults(templates: list[tuple[str, str]]) -> Iterator[HostileRequest]:
    """For each route: each hostile piece at each place of a request that is right otherwise."""
    for method, template in templates:
        good = GOOD_BODIES.get(template)
        body = b"" if good is None else json.dumps(good).encode()
        right = HostileRequest(method=method, target=_plain_path(template), headers={}, body=body)
        for target in _hostile_targets(template):
            yield replace(right, target=target)
        for other in METHODS:
            yield replace(right, method=other)
        for headers in HEADERS:
            yield replace(right, headers=headers)
        if good is not None:
            for hostile in (*BODIES, *_hostile_bodies(good)):
                yield replace(right, body=hostile)


def _hostile_targets(template: str) -> Iterator[str]:
    names = [name for name in template.split("/") if name.startswith("{")]
    for name in names:
        for segment in SEGMENTS:
            yield _plain_path(template.replace(name, segment))
    for query in QUERIES:
        yield _plain_path(template) + query


def _plain_path(template: str) -> str:
    """The template with a good segment for each name."""
    segments = template.split("/")
    return "/".join(PLAIN.get(one, "a") if one.startswith("{") else one for one in segments)


def _hostile_bodies(good: Mapping[str, object]) -> Iterator[bytes]:
    for name in good:
        for value in HOSTILE_VALUES:
            yield json.dumps({**good, name: value}).encode()
        yield json.dumps({other: value for other, value in good.items() if other != name}).encode()


def make_hostile_request(rng: random.Random, templates: list[tuple[str, str]]) -> HostileRequest:
    """One request, mostly of a route's method and form, with something hostile in it."""
    method, template = rng.choice(templates)
    if rng.random() < 0.3:
        method, template = rng.choice([one for one in templates if one[0] in ("POST", "PUT")])
    if rng.random() < 0.15:
        method = rng.choice(METHODS)
    has_body = method in ("POST", "PUT", "PATCH", "DELETE") or rng.random() < 0.05
    return HostileRequest(
        method=method,
        target=_make_path(rng, template) + rng.choice(QUERIES),
        headers=rng.choice(HEADERS),
        body=_make_body(rng, GOOD_BODIES.get(template, {"a": 1})) if has_body else b"",
    )


def _make_path(rng: random.Random, template: str) -> str:
    segments = [
        _make_segment(rng) if segment.startswith("{") or rng.random() < 0.02 else segment
        for segment in template.split("/")[1:]
    ]
    if rng.random() < 0.05:
        segments.insert(rng.randrange(len(segments) + 1), rng.choice(SEGMENTS))
    return "/" + "/".join(segments)


def _make_segment(rng: random.Random) -> str:
    return rng.choice(PLAIN_SEGMENTS if rng.random() < 0.6 else SEGMENTS)


def _make_body(rng: random.Random, good: Mapping[str, object]) -> bytes:
    if rng.random() < 0.2:
        return rng.choice(BODIES)
    fields = dict(good)
    for name in good:
        if rng.random() < 0.5:
            fields[name] = rng.choice(HOSTILE_VALUES)
    if rng.random() < 0.1:
        fields["__proto__"] = 1
    return json.dumps(fields).encode()

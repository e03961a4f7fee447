"""Which function answers which path and method; everything a client can ask for is in ROUTES.

Decides the answer, and refuses to know events, headers that all answers share, or the clock.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.errors import BadRequest, MethodNotAllowed, NotFound
from app.health import HealthCheck
from app.ids import check_item_id, item_id_from_path, new_item_id
from app.messages import Page, Request
from app.pages import created_page, health_page, home_page, item_page
from app.store import Item, ItemStore

SHOWN_CHARACTERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteServices:
    """What the routes work with."""

    region: str
    store: ItemStore
    health: HealthCheck


Route = Callable[[RouteServices, Request, str], Page]
"""Service, request and the rest of the path (empty where the path is whole) -> answer."""


def get_home(service: RouteServices, _request: Request, _rest: str) -> Page:
    """A page with links to try."""
    return home_page(service.region)


def get_health(service: RouteServices, _request: Request, _rest: str) -> Page:
    """What the load balancer asks."""
    found = service.health.now()
    return health_page(found.status, found.reason, service.region)


def get_item(service: RouteServices, _request: Request, rest: str) -> Page:
    """One item."""
    item_id = item_id_from_path(rest)
    item = service.store.read(item_id)
    if item is None:
        raise NotFound(f"no item '{item_id}'")
    return item_page(item, service.region)


def create_item(service: RouteServices, request: Request, _rest: str) -> Page:
    """Store an item under the id that the body names, else under a new one."""
    item = Item(
        item_id=parse_item_id(request.body) or new_item_id(),
        value=f"This item is coming from {service.region}",
        written_in=service.region,
    )
    service.store.write(item)
    return created_page(item, service.region)


def parse_item_id(body: bytes) -> str | None:
    """The id in a JSON body; None where there is no body or no id in it. Raises BadRequest."""
    if not body.strip():
        return None
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest('the body is not JSON; send {"item_id": "..."} or nothing') from None
    if not isinstance(parsed, dict) or parsed.keys() - {"item_id"}:
        raise BadRequest('the body must be a JSON object with "item_id" and nothing else')
    if "item_id" not in parsed:
        return None
    if not isinstance(parsed["item_id"], str):
        raise BadRequest('"item_id" must be a string')
    return check_item_id(parsed["item_id"])


ROUTES: Mapping[str, Mapping[str, Route]] = {
    "/": {"GET": get_home},
    "/health": {"GET": get_health},
    "/create": {"POST": create_item},
}
"""Whole paths."""
PREFIXES: Mapping[str, Mapping[str, Route]] = {"/get/": {"GET": get_item}}
"""Paths with one piece after the prefix."""


def answer_request(service: RouteServices, request: Request) -> Page:
    """The answer of the route that the request means. Raises Refused, TableUnavailable.

    HEAD goes to the GET route, and its answer keeps the body: the load balancer leaves the body
    out and says its length, as it would for GET (RFC 9110, 9.3.2).
    """
    methods, rest = _found(request.path)
    route = methods.get("GET" if request.method == "HEAD" else request.method)
    if route is None:
        raise MethodNotAllowed(request.method, _shown(request.path), _allowed(methods))
    return route(service, request, rest)


def _found(path: str) -> tuple[Mapping[str, Route], str]:
    if path in ROUTES:
        return ROUTES[path], ""
    for prefix, methods in PREFIXES.items():
        rest = path.removeprefix(prefix)
        if rest != path and "/" not in rest:
            return methods, rest
    raise NotFound(f"no such path: {_shown(path)}")


def _shown(path: str) -> str:
    """A path for a message: short, and without what can't be printed."""
    kept = "".join(character for character in path[:SHOWN_CHARACTERS] if character.isprintable())
    return kept if len(path) <= SHOWN_CHARACTERS else f"{kept}..."


def _allowed(methods: Mapping[str, Route]) -> str:
    return ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])

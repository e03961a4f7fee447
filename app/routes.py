"""Routes: which function answers which path and method. ROUTES and PREFIXES have all of them.

Decides the page; events, common headers and time are entry.py's.
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

MAX_SHOWN_PATH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteServices:
    """The Region, and what the routes call."""

    region: str
    store: ItemStore
    health: HealthCheck


Route = Callable[[RouteServices, Request, str], Page]
"""(services, request, rest of the path after a prefix) -> page."""


def get_home(services: RouteServices, _request: Request, _rest: str) -> Page:
    return home_page(services.region)


def get_health(services: RouteServices, _request: Request, _rest: str) -> Page:
    result = services.health.check()
    return health_page(result.status, result.reason, services.region)


def get_item(services: RouteServices, _request: Request, rest: str) -> Page:
    item_id = item_id_from_path(rest)
    item = services.store.read(item_id)
    if item is None:
        raise NotFound(f"no item '{item_id}'")
    return item_page(item, services.region)


def create_item(services: RouteServices, request: Request, _rest: str) -> Page:
    """Store an item with the id in the body, else with a new id."""
    item = Item(
        item_id=parse_item_id(request.body) or new_item_id(),
        value=f"This item is coming from {services.region}",
        written_in=services.region,
    )
    services.store.write(item)
    return created_page(item, services.region)


def parse_item_id(body: bytes) -> str | None:
    """The id in a JSON body; None without a body or an id. Raises BadRequest."""
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
"""By exact path, then method."""
PREFIXES: Mapping[str, Mapping[str, Route]] = {"/get/": {"GET": get_item}}
"""By prefix of a path with one more segment, then method."""


def answer_request(services: RouteServices, request: Request) -> Page:
    """The page of the request's route. Raises RequestRefused, TableUnavailable.

    HEAD is answered by the GET route, with a body: the load balancer drops it and sends its length,
    as for GET (RFC 9110, 9.3.2).
    """
    methods, rest = _find_methods(request.path)
    route = methods.get("GET" if request.method == "HEAD" else request.method)
    if route is None:
        raise MethodNotAllowed(
            request.method, _shorten_path(request.path), _format_allowed(methods)
        )
    return route(services, request, rest)


def _find_methods(path: str) -> tuple[Mapping[str, Route], str]:
    if path in ROUTES:
        return ROUTES[path], ""
    for prefix, methods in PREFIXES.items():
        rest = path.removeprefix(prefix)
        if rest != path and "/" not in rest:
            return methods, rest
    raise NotFound(f"no such path: {_shorten_path(path)}")


def _shorten_path(path: str) -> str:
    """A path for a message: shortened, and without unprintable characters."""
    kept = "".join(character for character in path[:MAX_SHOWN_PATH] if character.isprintable())
    return kept if len(path) <= MAX_SHOWN_PATH else f"{kept}..."


def _format_allowed(methods: Mapping[str, Route]) -> str:
    return ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])

"""The routes of items."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from app.clock import Clock
from app.errors import BadRequest, NotFound
from app.http.bodies import is_whole_number, parse_json
from app.http.messages import Page, Request
from app.ids import check_item_id
from app.service import Route, Segments, Service, ServiceContext
from app.services.items.numbered import make_routes
from app.services.items.pages import created_page, item_page
from app.services.items.store import Item, ItemStore, item_key

PROBE_ID = "health"
EXPIRY_S = (60, 31_536_000)
"""Shortest and longest life of an item that expires: a minute and a year."""
_SHAPE = '{"item_id": "...", "expires_in_s": 3600}, each optional,'


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOrder:
    """The body of POST /create."""

    item_id: str | None
    """None: a new one."""
    expires_in_s: int | None
    """None: the item is kept."""


class ItemRoutes:
    """Answers the requests for items."""

    def __init__(
        self, store: ItemStore, *, region: str, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._region = region
        self._clock = clock
        self._new_id = new_id

    def get_item(self, _request: Request, segments: Segments) -> Page:
        item_id = check_item_id(segments["id"])
        item = self._store.read(item_id)
        if item is None:
            raise NotFound(f"no item '{item_id}'")
        return item_page(item, self._region)

    def create_item(self, request: Request, _segments: Segments) -> Page:
        """Store an item with the id in the body, else with a new id. Raises Conflict."""
        order = parse_order(request.body)
        life_s = order.expires_in_s
        new_id = self._new_id()
        item = Item(
            item_id=order.item_id or new_id,
            value=f"This item is coming from {self._region}",
            written_in=self._region,
            expires_at=None if life_s is None else math.floor(self._clock.now()) + life_s,
        )
        self._store.create(item, request=new_id)
        return created_page(item, self._region)


def make_service(context: ServiceContext) -> Service:
    """The service `items`."""
    store = ItemStore(context.table, context.clock)
    routes = ItemRoutes(store, region=context.region, clock=context.clock, new_id=context.new_id)
    return Service(
        name="items",
        routes=(
            Route(method="GET", template="/get/{id}", answer=routes.get_item, html=True),
            Route(method="POST", template="/create", answer=routes.create_item, html=True),
            *make_routes(context.region, store),
        ),
        probe_key=item_key(PROBE_ID),
    )


def parse_order(body: bytes) -> ItemOrder:
    """What POST /create is to store. Raises BadRequest."""
    if not body.strip():
        return ItemOrder(item_id=None, expires_in_s=None)
    parsed = parse_json(body, f"{_SHAPE} or nothing")
    if not isinstance(parsed, dict) or parsed.keys() - {"item_id", "expires_in_s"}:
        raise BadRequest(f"the body must be a JSON object, {_SHAPE} and nothing else")
    item_id = parsed.get("item_id")
    if "item_id" in parsed and not isinstance(item_id, str):
        raise BadRequest('"item_id" must be a string')
    return ItemOrder(
        item_id=None if item_id is None else check_item_id(item_id),
        expires_in_s=_check_life(parsed["expires_in_s"]) if "expires_in_s" in parsed else None,
    )


def _check_life(value: object) -> int:
    shortest, longest = EXPIRY_S
    if not is_whole_number(value) or not shortest <= value <= longest:
        raise BadRequest(f'"expires_in_s" must be a whole number from {shortest} to {longest}')
    return value

"""The routes of items."""

import json
from collections.abc import Callable, Mapping

from app.errors import BadRequest, NotFound
from app.ids import check_item_id
from app.messages import Page, Request
from app.service import Route, Service, ServiceContext
from app.services.items.numbered import make_routes
from app.services.items.pages import created_page, item_page
from app.services.items.store import Item, ItemStore, item_key

PROBE_ID = "health"


class ItemRoutes:
    """Answers the requests for items."""

    def __init__(self, store: ItemStore, *, region: str, new_id: Callable[[], str]) -> None:
        self._store = store
        self._region = region
        self._new_id = new_id

    def get_item(self, _request: Request, segments: Mapping[str, str]) -> Page:
        item_id = check_item_id(segments["id"])
        item = self._store.read(item_id)
        if item is None:
            raise NotFound(f"no item '{item_id}'")
        return item_page(item, self._region)

    def create_item(self, request: Request, _segments: Mapping[str, str]) -> Page:
        """Store an item with the id in the body, else with a new id."""
        item = Item(
            item_id=parse_item_id(request.body) or self._new_id(),
            value=f"This item is coming from {self._region}",
            written_in=self._region,
        )
        self._store.write(item)
        return created_page(item, self._region)


def make_service(context: ServiceContext) -> Service:
    """The service `items`."""
    routes = ItemRoutes(ItemStore(context.table), region=context.region, new_id=context.new_id)
    return Service(
        name="items",
        routes=(
            Route(method="GET", template="/get/{id}", answer=routes.get_item, html=True),
            Route(method="POST", template="/create", answer=routes.create_item, html=True),
            *make_routes(context),
        ),
        probe_key=item_key(PROBE_ID),
    )


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

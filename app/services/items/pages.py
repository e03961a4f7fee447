"""The pages of items: one function for each, with its HTML and its JSON.

Text from clients and items is escaped here and nowhere else.
"""

import json
from html import escape

from app.http.messages import Page
from app.http.pages import format_headline
from app.ids import item_id_to_path
from app.services.items.store import Item


def item_page(item: Item, region: str) -> Page:
    """GET /get/ID."""
    data: dict[str, object] = {"item_id": item.item_id, "region": region}
    if item.value is not None:
        data["value"] = item.value
    if item.written_in is not None:
        data["written_in"] = item.written_in
    if item.expires_at is not None:
        data["expires_at"] = item.expires_at
    return Page(status=200, html=_headline("Returned", item, f"from {region}"), data=data)


def created_page(item: Item, region: str) -> Page:
    """POST /create."""
    return Page(
        status=201,
        html=_headline("Created", item, f"in {region}"),
        data={
            "item_id": item.item_id,
            "region": region,
            "value": item.value,
            "written_in": item.written_in,
            **({} if item.expires_at is None else {"expires_at": item.expires_at}),
        },
        headers={"Location": f"/get/{item_id_to_path(item.item_id)}"},
    )


def _headline(verb: str, item: Item, where: str) -> str:
    """The id as JSON, in its key's object."""
    shown = escape(json.dumps(item.item_id), quote=False)
    return format_headline(f'{verb} {{"item_id": {shown}}} {where}')

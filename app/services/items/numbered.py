"""Items with a number: `POST /item` {"id": 7, "name": "..."} and `GET /item/7`.

They share the table of all items, by the number's text. The answer is the stored item, with the
Region that wrote it and the one that answers. A number that has another name already is refused
with 409; the same name again is the item that is there.
"""

import re

from app.errors import BadRequest, NotFound
from app.http.bodies import check_text, is_whole_number, read_json_object
from app.http.messages import Page, Request
from app.service import Route, Segments
from app.services.items.store import ItemStore, item_key
from app.table import Attributes, read_text

LARGEST = 2**53 - 1
"""Every program reads whole numbers to here exactly from JSON (RFC 8259, 6)."""
_DIGITS = re.compile(r"-?[0-9]{1,16}", re.ASCII)


def make_routes(region: str, store: ItemStore) -> tuple[Route, ...]:
    answers = _Answers(region, store)
    return (
        Route(method="POST", template="/item", answer=answers.write),
        Route(method="GET", template="/item/{id}", answer=answers.read),
    )


def parse_number(value: object) -> int:
    """A whole number, as JSON has it or in digits. Raises BadRequest."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if not is_whole_number(value) or abs(value) > LARGEST:
        raise BadRequest(f'"id" must be a whole number, at most {LARGEST}')
    return value


class _Answers:
    def __init__(self, region: str, store: ItemStore) -> None:
        self._region = region
        self._store = store

    def write(self, request: Request, _segments: Segments) -> Page:
        body = read_json_object(request.body, required=("id", "name"))
        number = parse_number(body["id"])
        name = check_text(body["name"], "name")
        item = self._store.put_new(
            str(number),
            {**item_key(str(number)), "name": {"S": name}, "region": {"S": self._region}},
            is_same=lambda there: read_text(there, "name") == name,
        )
        return self._page(number, item)

    def read(self, _request: Request, segments: Segments) -> Page:
        number = parse_number(segments["id"])
        item = self._store.find(str(number))
        if item is None:
            raise NotFound(f"no item {number}")
        return self._page(number, item)

    def _page(self, number: int, item: Attributes) -> Page:
        data = {
            "id": number,
            "name": read_text(item, "name"),
            "region": read_text(item, "region"),
            "readRegion": self._region,
        }
        return Page(status=200, html=None, data=data)

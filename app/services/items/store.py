"""Reads and creates items; an item that is there is never overwritten. Ids are checked before.

A write has the condition that there is no item. It may be executed twice, since the table's client
repeats a call whose answer is lost; the second time the condition fails on the first one's item. So
the caller says how to know its own item, and such a failure is a success. The condition holds in
one Region: items that two Regions create at the same time are both acknowledged, and the later one
stays: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html

An item with `expires_at` (epoch seconds) ends then: it is not found, and may be created anew.
DynamoDB deletes it within days:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from app.clock import Clock
from app.errors import ConditionFailed, Conflict
from app.table import Attributes, Table, read_text

EXPIRES_AT = "expires_at"
"""The tables' TTL attribute, as infra/table.py declares it."""
_ABSENT = "attribute_not_exists(#id) OR #expires < :now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of the table."""

    item_id: str
    value: str | None
    written_in: str | None
    """The Region that wrote it."""
    expires_at: int | None = None
    """Epoch seconds; None: kept."""


def item_key(item_id: str) -> Attributes:
    return {"item_id": {"S": item_id}}


class ItemStore:
    """The table of items. Raises TableUnavailable."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def find(self, item_id: str) -> Attributes | None:
        """The item's attributes; None if there is none, or if it has expired."""
        found = self._table.get(item_key(item_id))
        expires_at = read_expiry(found) if found else None
        if expires_at is not None and expires_at < self._clock.now():
            return None
        return found

    def read(self, item_id: str) -> Item | None:
        """The item, or None."""
        found = self.find(item_id)
        if found is None:
            return None
        return Item(
            item_id=item_id,
            value=read_text(found, "value"),
            written_in=read_text(found, "region"),
            expires_at=read_expiry(found),
        )

    def create(self, item: Item, *, request: str) -> None:
        """Store a new item. Raises Conflict if there is one with its id.

        `request`: unique to the request that writes it, by which the item is known as its own.
        """
        texts = {"value": item.value, "region": item.written_in, "request": request}
        attributes = {
            **item_key(item.item_id),
            **{name: {"S": text} for name, text in texts.items() if text is not None},
        }
        if item.expires_at is not None:
            attributes[EXPIRES_AT] = {"N": str(item.expires_at)}
        self.put_new(
            item.item_id, attributes, is_same=lambda there: read_text(there, "request") == request
        )

    def put_new(
        self, item_id: str, attributes: Attributes, *, is_same: Callable[[Attributes], bool]
    ) -> Attributes:
        """Store a new item; the stored one, which may be an equal one that was there.

        Raises Conflict if there is another item with this id.
        """
        try:
            self._table.put(
                attributes,
                condition=_ABSENT,
                names={"#id": "item_id", "#expires": EXPIRES_AT},
                values={":now": {"N": str(math.floor(self._clock.now()))}},
                repeat=True,
            )
        except ConditionFailed as exc:
            there = exc.item or {}
            if is_same(there):
                return there
            region = read_text(there, "region")
            source = f", written in {region}" if region else ""
            raise Conflict(f"there is an item '{item_id}' already{source}") from exc
        return attributes


def read_expiry(item: Attributes) -> int | None:
    """Epoch seconds; None if the item does not expire."""
    text = read_text(item, EXPIRES_AT, "N")
    try:
        return None if text is None else math.floor(float(text))
    except (ValueError, OverflowError):
        return None

"""Reads and writes items. Ids are checked before."""

from dataclasses import dataclass

from app.table import Attributes, Table, read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of the table."""

    item_id: str
    value: str | None
    written_in: str | None
    """The Region that wrote it."""


def item_key(item_id: str) -> Attributes:
    return {"item_id": {"S": item_id}}


class ItemStore:
    """The table of items. Raises TableUnavailable."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, item_id: str) -> Item | None:
        """The item, or None."""
        found = self._table.get(item_key(item_id))
        if found is None:
            return None
        return Item(
            item_id=item_id, value=read_text(found, "value"), written_in=read_text(found, "region")
        )

    def write(self, item: Item) -> None:
        """Store the item; replaces one with its id."""
        texts = {"value": item.value, "region": item.written_in}
        self._table.put(
            {
                **item_key(item.item_id),
                **{name: {"S": text} for name, text in texts.items() if text is not None},
            }
        )

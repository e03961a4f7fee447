"""The tables of one Region by name, each with its settings, and what an operation returns.

Settings are JSON values that are replaced, never changed, so a reader may keep them.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from twin.core.tables.table_engine import ItemChange, JsonObject, TableApiError
from twin.dynamodb.tables import Table

Request = dict[str, Any]


@dataclass(slots=True)
class TableRecord:
    """A table and its settings."""

    name: str
    arn: str
    table: Table
    shared: JsonObject
    """See twin.dynamodb.settings.stored_settings."""
    local: JsonObject


@dataclass(frozen=True, slots=True)
class Outcome:
    """A response's JSON, and the item changes that were made."""

    response: JsonObject | None = field(default_factory=dict)
    """None for no body at all."""
    changes: tuple[ItemChange, ...] = ()


class TableCatalogue:
    """All tables of one Region."""

    def __init__(self, region: str, account: str, now: Callable[[], float]) -> None:
        self.region = region
        self.account = account
        self.now = now
        """Seconds since 1970."""
        self.records: dict[str, TableRecord] = {}
        self.hidden: Collection[str] = ()
        """Names of tables that do not exist for the present operation."""

    def find(self, name: str) -> TableRecord | None:
        """The table of this name or ARN; None if there is none."""
        if name.startswith("arn:"):
            name = name.removeprefix(self.table_arn(""))
        record = self.records.get(name)
        return None if record is None or record.name in self.hidden else record

    def item_table(self, name: str) -> TableRecord:
        """The table for an operation on items. Raises ResourceNotFoundException."""
        record = self.find(name)
        if record is None:
            raise TableApiError("ResourceNotFoundException", "Requested resource not found")
        return record

    def table(self, name: str) -> TableRecord:
        """The table for an operation on its settings. Raises ResourceNotFoundException."""
        record = self.find(name)
        if record is None:
            raise TableApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Table: {name} not found",
            )
        return record

    def table_arn(self, name: str) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{name}"


Operation = Callable[[TableCatalogue, Request], Outcome]
"""Runs one operation on a request that fits its shape. Raises TableApiError with no change made."""

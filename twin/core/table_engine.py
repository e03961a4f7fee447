"""What the rest of the Region needs of a DynamoDB engine, and nothing of how one works.

Replication, durability and global tables see tables as sections of settings, items as JSON images
in AWS's own form (`{"id": {"S": "x"}}`, binary as base64), and each request as the changes that it
made. The one implementation is twin.moto.dynamodb.engine.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

Image = dict[str, Any]
"""An item, or its key, as JSON on the wire has it; only the engine looks into its values."""

JsonObject = dict[str, Any]
"""Sections of a table's settings, each JSON; only the engine looks into them."""


class TableApiError(Exception):
    """An error that the caller is meant to see, in AWS's words."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """One item before and after a request; None where there was, or is, none."""

    table: str
    key: Image
    before: Image | None
    after: Image | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineResult:
    """What a request came to."""

    status: int
    body: bytes
    changes: tuple[ItemChange, ...] = ()
    """Items that it wrote, in order; written with the same content counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSettings:
    """All settings of a table."""

    shared: JsonObject = field(default_factory=dict)
    """The same in all replicas: keys, indexes, billing, stream, encryption, time to live."""
    local: JsonObject = field(default_factory=dict)
    """Each replica's own: tags, point-in-time recovery, deletion protection, policy, birth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStream:
    """A table's stream in this Region."""

    arn: str
    label: str
    view: str
    """KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES."""
    enabled: bool
    key_schema: tuple[Image, ...]
    created_s: float


class TableEngine(Protocol):
    """The tables of one Region, in this process; every call is synchronous and atomic."""

    def serves(self, operation: str) -> bool:
        """Whether `execute` knows the operation."""
        ...

    def execute(
        self, operation: str, request: dict[str, Any], hidden: Collection[str] = ()
    ) -> EngineResult:
        """Run one operation. An error of the caller's making is an Outcome; changes are undone.

        To an operation on items and settings the tables `hidden` are not there.
        """
        ...

    def table_names(self) -> tuple[str, ...]:
        """Names of all tables."""
        ...

    def key_names(self, table: str) -> tuple[str, ...]:
        """Names of the key attributes, partition key first."""
        ...

    def count(self, table: str) -> int:
        """How many items the table has."""
        ...

    def image(self, table: str, key: Image) -> Image | None:
        """The item of this key."""
        ...

    def images(self, table: str) -> Iterator[Image]:
        """All items; the table must not change meanwhile."""
        ...

    def put(self, table: str, image: Image) -> None:
        """Store an item as it is: no conditions, no validation."""
        ...

    def remove(self, table: str, key: Image) -> None:
        """Remove an item if it is there."""
        ...

    def sections(self, table: str) -> TableSettings:
        """All settings of the table."""
        ...

    def create(self, table: str, sections: TableSettings) -> None:
        """Make a table with these settings; local ones that are missing take their defaults."""
        ...

    def set_section(self, table: str, name: str, value: object) -> None:
        """Change one section of the settings."""
        ...

    def drop(self, table: str) -> None:
        """Remove the table and its items, protected or not."""
        ...

    def stream(self, table: str) -> TableStream | None:
        """The table's stream, if it ever had one."""
        ...

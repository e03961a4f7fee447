"""The interface between a Region's tables and their DynamoDB engine.

Replication, durability and global tables know tables by their settings, items by their JSON images
in AWS's own form (`{"id": {"S": "x"}}`, binary as base64), and each request by the item changes it
made. The implementation is twin.dynamodb.engine.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

Image = dict[str, Any]
"""An item, or its key, in AWS's JSON; opaque outside of the engine."""

JsonObject = dict[str, Any]
"""Settings by name, each a JSON value; opaque outside of the engine."""


class TableApiError(Exception):
    """An error response of the DynamoDB API."""

    def __init__(
        self, code: str, message: str, status: int = 400, members: JsonObject | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members: JsonObject = members or {}
        """More members of the response, such as CancellationReasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """One item's images before and after a request; None where it does not exist."""

    table: str
    key: Image
    before: Image | None
    after: Image | None
    is_expiry: bool = False
    """Whether the item was deleted because its time to live is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineResult:
    """The response to a request, and the items that it wrote."""

    status: int
    body: bytes
    changes: tuple[ItemChange, ...] = ()
    """In order; includes items written with unchanged content."""


_OF_FRAMEWORK = {
    "AccessDeniedException": "com.amazon.coral.service",
    "SerializationException": "com.amazon.coral.service",
    "UnknownOperationException": "com.amazon.coral.service",
    "ValidationException": "com.amazon.coral.validate",
}
"""Errors that AWS's framework raises before DynamoDB itself: their namespace."""
_CAPITALISED = frozenset(
    {"AccessDeniedException", "SerializationException", "TransactionCanceledException"}
)
"""Errors whose text is in the member `Message`."""


def error_result(error: TableApiError) -> EngineResult:
    """The error as the DynamoDB API sends it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    namespace = _OF_FRAMEWORK.get(error.code, "com.amazonaws.dynamodb.v20120810")
    text = "Message" if error.code in _CAPITALISED else "message"
    content = {"__type": f"{namespace}#{error.code}", **error.members, text: error.message}
    body = json.dumps(content, separators=(",", ":")).encode()
    return EngineResult(status=error.status, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSettings:
    """All settings of a table."""

    shared: JsonObject = field(default_factory=dict)
    """Equal in all replicas: keys, indexes, billing, stream, encryption, time to live."""
    local: JsonObject = field(default_factory=dict)
    """Per replica: tags, point-in-time recovery, deletion protection, policy, creation time."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan:
    """A RestoreTableToPointInTime whose request is valid."""

    source: str
    target: str
    at_s: float | None
    """Seconds since 1970; None: the latest possible time."""
    source_arn: str
    settings: TableSettings

    def settings_at(self, at_s: float) -> TableSettings:
        """The new table's settings, while it is restored to this time."""
        summary = {
            "SourceTableArn": self.source_arn,
            "RestoreDateTime": at_s,
            "RestoreInProgress": True,
        }
        local = {**self.settings.local, "restore": summary}
        return TableSettings(shared=self.settings.shared, local=local)


class TableEngine(Protocol):
    """The tables of one Region, in memory; every call is synchronous and atomic."""

    def serves(self, operation: str) -> bool:
        """Whether `execute` supports the operation."""
        ...

    def execute(
        self, operation: str, request: dict[str, Any], hidden: Collection[str] = ()
    ) -> EngineResult:
        """Run one operation; an API error is a result, too, and leaves no changes.

        Tables in `hidden` do not exist for this operation.
        """
        ...

    def checked_request(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The request with names for tables' ARNs, and without null members.

        For operations that change tables. Raises TableApiError if the request does not fit the
        API's model.
        """
        ...

    def table_names(self) -> tuple[str, ...]: ...

    def key_names(self, table: str) -> tuple[str, ...]:
        """Names of the key attributes, partition key first."""
        ...

    def count_items(self, table: str) -> int: ...

    def get_image(self, table: str, key: Image) -> Image | None:
        """The item of this key; None without one."""
        ...

    def all_images(self, table: str) -> Iterator[Image]:
        """All items; the table must not change during the iteration."""
        ...

    def expired_keys(
        self, table: str, at_s: float, among: Collection[Image] | None = None
    ) -> tuple[Image, ...]:
        """Keys of the items whose time to live was over at this time (seconds since 1970).

        `among`: keys; None for all items. Nothing if the table has no time to live.
        """
        ...

    def put_image(self, table: str, image: Image) -> None:
        """Store an item without conditions and validation."""
        ...

    def remove_item(self, table: str, key: Image) -> None:
        """Remove an item if it exists."""
        ...

    def settings(self, table: str) -> TableSettings: ...

    def create_table(self, table: str, settings: TableSettings) -> None:
        """Create a table; missing local settings take their defaults."""
        ...

    def set_setting(self, table: str, name: str, value: object) -> None:
        """Change one of the settings."""
        ...

    def drop_table(self, table: str) -> None:
        """Remove the table and its items, even with deletion protection."""
        ...

    def plan_restore(self, request: JsonObject) -> RestorePlan:
        """Validate a RestoreTableToPointInTime that was checked. Raises TableApiError."""
        ...

    def stream(self, table: str) -> TableStream | None:
        """The table's current or last stream; None if it never had one."""
        ...

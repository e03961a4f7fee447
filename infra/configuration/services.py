"""The services that a stack may have: the table of each, and what its function may do with it.

The code of each is a folder of app/services/, which says the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTable:
    """The table of a service; its keys are strings."""

    hash_key: str
    range_key: str | None = None
    actions: tuple[str, ...]
    """What the function does with it, without `dynamodb:`."""
    scannable: bool = False
    """Whether the service can show the whole table, where a stack allows that."""


ALWAYS = "items"
"""The service that every stack has: its table is the one that operators' tools measure by."""
CONTROL_TABLE = ServiceTable(hash_key="item_id", actions=("GetItem",))
"""Of health switches and of the lease of drills, not of a service."""
PROBE_ACTION = "GetItem"
"""What the health check does."""
SCAN_ACTION = "Scan"
SERVICE_TABLES: Mapping[str, ServiceTable] = {
    "items": ServiceTable(hash_key="item_id", actions=("GetItem", "PutItem")),
    "keyvalues": ServiceTable(hash_key="key", actions=("GetItem", "PutItem")),
    "hits": ServiceTable(hash_key="client", range_key="region", actions=("Query", "UpdateItem")),
    "bookmarks": ServiceTable(
        hash_key="PK",
        range_key="SK",
        actions=("GetItem", "PutItem", "Query", "UpdateItem"),
        scannable=True,
    ),
}
"""By service."""


def table_actions(service: str, *, probed: bool, scanned: bool = False) -> list[str]:
    """Actions that the function needs on a service's table.

    `probed`: /health reads it; `scanned`: everybody may read all of a table that is scannable.
    """
    table = SERVICE_TABLES[service]
    needed = {
        *table.actions,
        *([PROBE_ACTION] if probed else []),
        *([SCAN_ACTION] if scanned and table.scannable else []),
    }
    return [f"dynamodb:{action}" for action in sorted(needed)]

"""Finds the tables that `make up` would delete with their items, and asks before it does.

A table goes when its service, its home Region or the first part of its name is another one in the
stack's file. A table that is replaced is made anew, empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.command.confirmation import Ask
from tools.local.stack.leaving_regions import require_deletion_is_meant
from tools.local.stack.stack_config import FILE, StackConfig, name_prefix

WAY = "DELETE_TABLES=1"
_TABLE = "aws:dynamodb/table:Table"
_CONTROL = "control"
"""Ends the name of the table that every stack has beside those of its services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingTable:
    """A deployed table that the stack's file has no longer, or has elsewhere."""

    name: str
    why: str
    """The configuration key that is another one."""


def find_leaving_tables(
    resources: Sequence[Mapping[str, Any]], config: StackConfig
) -> tuple[LeavingTable, ...]:
    """`resources`: those of the stack, as Pulumi records them."""
    return tuple(sorted(_find(resources, config), key=lambda table: table.name))


def _find(resources: Sequence[Mapping[str, Any]], config: StackConfig) -> Iterator[LeavingTable]:
    names = {f"{name_prefix(config)}-{one}" for one in (*config.services, _CONTROL)}
    for found in resources:
        if found.get("type") != _TABLE:
            continue
        outputs = found.get("outputs") or {}
        name, region = str(outputs.get("name")), outputs.get("region")
        if not name.startswith(f"{name_prefix(config)}-"):
            yield LeavingTable(name=name, why="muster:name_prefix")
        elif name not in names:
            yield LeavingTable(name=name, why="muster:services")
        elif region != config.home_region:
            yield LeavingTable(name=name, why="muster:home_region")


def require_tables_may_leave(
    leaving: Sequence[LeavingTable], *, agreed: bool, ask: Ask | None
) -> None:
    """Return if none leaves, or if it is meant; `ask`: None without a terminal.

    Raises DeletionRefused without an answer, UsageError after a no.
    """
    if not leaving:
        return
    keys = " and ".join(sorted({table.why for table in leaving}))
    names = ", ".join(table.name for table in leaving)
    tables = "table" if len(leaving) == 1 else "tables"
    words = (
        f"by {keys} of {FILE} the {tables} {names} would be deleted in all Regions, with all"
        " items; what is still configured is made anew, empty"
    )
    require_deletion_is_meant(words, way=WAY, agreed=agreed, ask=ask)

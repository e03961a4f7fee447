"""Records of changes by hand: who changed what, when, and which guards were overridden.

A line of RUNS/hand-changes.jsonl, and for other machines the item `hand#last` of the control table,
which has the newest changes of all: the newest as `change`, those before it as `earlier`. Written
after the change, which must not wait for it, and at best effort: the change counts, not its record.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from muster import codec
from muster.aws.clients import QUICK_POLICY, AwsClients, is_transient
from muster.drill.guards.context import GuardVerdict
from muster.drill.plan.instructions import DrillAction
from muster.errors import AccountError, CallFailed
from muster.levers.control_items import ControlItem, read_control_item
from muster.model import Stack
from muster.retry import Notify

RECORD_FILE = "hand-changes.jsonl"
ITEM_ID = "hand#last"
EARLIER = 9
"""How many changes before the newest one the item has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandChange:
    """A change by hand."""

    at: float
    """When it began, in seconds since 1970."""
    by: str
    host: str
    do: DrillAction
    words: str
    """The change for a person."""
    forced: tuple[GuardVerdict, ...] = ()
    """The findings of the guards that were overridden."""
    outcome: str
    """`done`, `interrupted`, or the error."""
    ended_at: float = 0.0
    """Seconds since 1970; 0 in records of older tools."""
    version: Literal[1] = 1


class HandRecord:
    """Where the changes of one stack are recorded."""

    def __init__(self, runs: Path, clients: AwsClients, stack: Stack, notify: Notify) -> None:
        """`runs`: the folder of runs. `notify` is told what could not be written."""
        self._path = runs / RECORD_FILE
        self._clients = clients
        self._stack = stack
        self._notify = notify

    async def write(self, change: HandChange) -> None:
        """Append it to the file, and put it into the control table."""
        try:
            append_change(self._path, change)
        except OSError as exc:
            self._notify(f"the change is not recorded: {self._path}: {exc.strerror}")
        try:
            await self._put(change)
        except (CallFailed, AccountError) as exc:
            self._notify(f"the change is not recorded in {self._stack.control_table}: {exc}")

    async def _put(self, change: HandChange) -> None:
        """Through the home Region, else through the first other one that accepts it."""
        order = self._stack.regions_from(self._stack.home_region)
        for region in order:
            try:
                before = await read_control_item(
                    self._clients, self._stack.control_table, region, ITEM_ID
                )
                item = {
                    "item_id": {"S": ITEM_ID},
                    "change": {"S": to_text(change)},
                    "earlier": {"L": [{"S": text} for text in recorded_texts(before)[:EARLIER]]},
                }
                await self._clients.call(
                    QUICK_POLICY,
                    "dynamodb",
                    region,
                    "put_item",
                    TableName=self._stack.control_table,
                    Item=item,
                )
            except CallFailed as exc:
                if region == order[-1] or not is_transient(exc):
                    raise
            else:
                return


def recorded_texts(item: ControlItem | None) -> list[str]:
    """The changes that the item has, as JSON, the newest first."""
    if item is None:
        return []
    values = (item.get("change", {}), *item.get("earlier", {}).get("L", ()))
    return [str(value["S"]) for value in values if "S" in value]


def to_text(change: HandChange) -> str:
    return codec.dumps(change)


def append_change(path: Path, change: HandChange) -> None:
    """Append a line in one write. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(f"{to_text(change)}\n")

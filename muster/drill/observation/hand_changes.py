"""Who has changed something by hand last: the item `hand#last` of the control table.

The levers of `muster` write it after each change by hand: its attribute `change` is JSON with `at`
(its begin, seconds since 1970), `by`, `host` and `do`, the instruction.
"""

import json
from collections.abc import Mapping
from typing import Any

from muster import codec
from muster.aws.clients import AwsClients
from muster.drill.observation.interference import Setting, changed_setting
from muster.drill.plan.instructions import Instruction
from muster.errors import AccountError, CallFailed, InvalidDocument
from muster.hand.record import ITEM_ID
from muster.levers.control_items import read_control_item
from muster.model import Stack

LEAD_S = 60.0
"""A change that began so much before it was seen may be the one: levers check, ask and retry."""


class HandChanges:
    """The last change by hand of one stack."""

    def __init__(self, clients: AwsClients, stack: Stack) -> None:
        self._clients = clients
        self._stack = stack

    async def name_hand(self, setting: Setting, since: float) -> str:
        """Who changed this setting after `since` (seconds since 1970); empty: not known."""
        table = self._stack.control_table
        for region in self._stack.regions_from(self._stack.home_region):
            try:
                item = await read_control_item(self._clients, table, region, ITEM_ID)
            except (CallFailed, AccountError):
                continue  # the next Region has a copy
            return describe_hand(item, setting, since)
        return ""


def describe_hand(item: Mapping[str, Any] | None, setting: Setting, since: float) -> str:
    """`ann on desk` if the item tells of a change of this setting after `since`, else empty."""
    try:
        change = json.loads((item or {})["change"]["S"])
        at, who = float(change["at"]), f"{change['by']} on {change['host']}"
        do: Instruction = codec.decode_union(Instruction, change["do"])
    except (KeyError, TypeError, ValueError, InvalidDocument):
        return ""  # none, or of another version
    return who if changed_setting(do) == setting and at >= since - LEAD_S else ""

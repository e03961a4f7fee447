"""Who has changed something by hand last.

The levers of `muster` write the item `hand#last` of the control table after each change by hand
(muster.hand.record). A change is JSON with `at` (its begin, seconds since 1970), `by`, `host` and
`do`, the instruction. Of its faults a twin knows who has ended them (muster.system.active_faults).
"""

import json

from muster import codec
from muster.aws.clients import AwsClients
from muster.drill.observation.interference import Setting, changed_setting
from muster.drill.plan.instructions import Instruction
from muster.errors import AccountError, CallFailed, InvalidDocument
from muster.hand.record import ITEM_ID, recorded_texts
from muster.levers.control_items import ControlItem, read_control_item
from muster.levers.interface import fault_scope
from muster.model import Stack
from muster.system.active_faults import EndedFault, TwinFaults

LEAD_S = 60.0
"""A change that began so much before it was seen may be the one: levers check, ask and retry."""
CLOCK_ERROR_S = 5.0
"""How far the clocks of two machines may be apart."""


class HandChanges:
    """The last change by hand of one stack."""

    def __init__(self, clients: AwsClients, stack: Stack, twin: TwinFaults | None) -> None:
        """`twin`: None on AWS."""
        self._clients = clients
        self._stack = stack
        self._twin = twin

    async def name_hand(self, setting: Setting, since: float) -> str:
        """Who changed this setting after `since` (seconds since 1970); empty: not known."""
        return await self._read_hand(setting, since) or await self._ask_twin(setting, since)

    async def _ask_twin(self, setting: Setting, since: float) -> str:
        if self._twin is None or setting.kind != "fault":
            return ""
        try:
            ended = await self._twin.read_ended()
        except CallFailed:
            return ""
        return next((one.by for one in ended if is_end_of(one, setting, since)), "")

    async def _read_hand(self, setting: Setting, since: float) -> str:
        table = self._stack.control_table
        for region in self._stack.regions_from(self._stack.home_region):
            try:
                item = await read_control_item(self._clients, table, region, ITEM_ID)
            except (CallFailed, AccountError):
                continue  # the next Region has a copy
            return describe_hand(item, setting, since)
        return ""


def is_end_of(ended: EndedFault, setting: Setting, since: float) -> bool:
    """Whether a fault of this setting's scope was ended after `since`."""
    return (
        fault_scope(ended.kind, ended.region) == setting.where and ended.at >= since - CLOCK_ERROR_S
    )


def describe_hand(item: ControlItem | None, setting: Setting, since: float) -> str:
    """`ann on desk` if the item tells of a change of this setting after `since`, else empty."""
    hands = (_describe_change(text, setting, since) for text in recorded_texts(item))
    return next(filter(None, hands), "")


def _describe_change(text: str, setting: Setting, since: float) -> str:
    try:
        change = json.loads(text)
        at, who = float(change["at"]), f"{change['by']} on {change['host']}"
        ended_at = float(change.get("ended_at", 0.0))
        do: Instruction = codec.decode_union(Instruction, change["do"])
    except (KeyError, TypeError, ValueError, InvalidDocument):
        return ""  # none, or of another version
    is_late = ended_at >= since - CLOCK_ERROR_S if ended_at else at >= since - LEAD_S
    return who if changed_setting(do) == setting and is_late else ""

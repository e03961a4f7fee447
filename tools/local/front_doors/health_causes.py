"""Why a Region is not healthy on purpose: its health switch, and the twin's faults.

`make up` waits for health, which none of these lets come.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from common.clock import SystemClock
from tools.local.identities import root_client
from twin.cli.status_page import format_duration
from twin.cli.status_report import active_faults
from twin.faults.store import FaultReport
from twin.runtime.instance import Instance

Item = Mapping[str, Mapping[str, str]]


class HealthCauses:
    """Finds the causes in a running twin."""

    def __init__(self, instance: Instance, control_table: str, clock: SystemClock) -> None:
        self._instance = instance
        self._control_table = control_table
        self._clock = clock

    def find(self, region: str) -> list[str]:
        """What keeps a Region from being healthy, as far as it can be read.

        A Region with a fault is not asked for its switch: it may not answer.
        """
        faults = [one for one in active_faults(self._instance) if one.region == region]
        if faults:
            return [describe_fault(one) for one in faults]
        return [*describe_switch(self._read_switch(region), region, self._clock.now())]

    def _read_switch(self, region: str) -> Item:
        table = root_client(self._instance, "dynamodb", region)
        key = {"item_id": {"S": f"health#{region}"}}
        try:
            found = table.get_item(TableName=self._control_table, Key=key)
        except (BotoCoreError, ClientError):
            return {}  # the Region is away, which is said already
        item: Item = found.get("Item", {})
        return item


def describe_switch(item: Item, region: str, now: float) -> Iterator[str]:
    """A health switch at `fail`, by its item in the control table. `now`: seconds since 1970."""
    words: dict[str, Any] = {name: value.get("S", "") for name, value in item.items()}
    until = float(item["until"]["N"]) if "until" in item else None
    if words.get("status") != "fail" or (until is not None and until <= now):
        return
    left = "" if until is None else f" for {format_duration(until - now)} more"
    by = f", set by {words['by']}" if words.get("by") else ""
    why = f" ({words['why']})" if words.get("why") else ""
    yield f"its health switch is at fail{left}{by}{why}: `muster health {region} auto` ends that"


def describe_fault(fault: FaultReport) -> str:
    """`fault network-cut, 0:30 min left`."""
    left = "" if fault.left_s is None else f", {format_duration(max(fault.left_s, 0.0))} left"
    return f"fault {fault.name} is active{left}"

"""A stack that another operator has changed."""

import asyncio

import pytest

from common.drill_lease import DrillProgress
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.run.lease import DynamoDBLeaseTable, Lease
from muster.levers.health_switch import switch_to_item
from muster.model import SwitchSetting
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import CONTROL_TABLE, FRANKFURT, OREGON

Capture = pytest.CaptureFixture[str]
CHANGING = ("Put", "Update", "Delete", "Start", "Stop", "Change", "Restore")


def changing_calls(where: CommandLine) -> list[str]:
    """The calls that have changed something, in order."""
    return [call.operation for call in where.aws.calls if call.operation.startswith(CHANGING)]


def set_switch(command_line: CommandLine, status: str, left_s: float) -> None:
    """Set the switch of us-west-2 without the tool."""
    until = command_line.aws.clock.now() + left_s
    switch = SwitchSetting(status="fail", by="ops", why="drill 12", until_epoch_s=until)
    item = {**switch_to_item(OREGON, switch), "status": {"S": status}}
    for table in command_line.aws.tables.values():
        table[f"health#{OREGON}"] = item


NOTHING_FOUND = DrillBaseline()
UNKNOWN_PROGRESS = DrillProgress()


def hold_lease(
    where: CommandLine,
    left_s: float = 60.0,
    *,
    run: str = "r1",
    host: str = "laptop",
    progress: DrillProgress = UNKNOWN_PROGRESS,
    found: DrillBaseline = NOTHING_FOUND,
) -> None:
    """Another operator's drill runs, or has died with its lease `-left_s` seconds ago."""
    lease = Lease(
        run=run,
        scenario="evacuate",
        by="ops",
        host=host,
        until=where.aws.clock.now() + left_s,
        found=found,
        touched=DrillChanges(),
        progress=progress,
    )
    leases = DynamoDBLeaseTable(where.aws.clients(), CONTROL_TABLE)
    assert asyncio.run(leases.write(FRANKFURT, lease, over=None))


SLOW: dict[str, object] = {
    "name": "network-slow",
    "role": "region/us-west-2",
    "region": OREGON,
    "since_s": 1_800_000_000.0,
    "until_s": 1_800_000_580.0,
    "left_s": 580.0,
    "delay_ms": 200.0,
}
ACTIVE = "! network-slow of us-west-2 (delay_ms 200) is active, 9:40 min left\n"

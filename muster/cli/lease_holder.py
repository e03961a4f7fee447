"""Makes the holder of a stack's lease, and keeps hands off a system that a drill changes."""

import asyncio
import uuid

from muster.cli.context import print_note
from muster.deployment import Deployment
from muster.drill.journal.run_folders import RunFolders
from muster.drill.run.lease import DynamoDBLeaseTable, LeaseHolder, LeaseStatus, describe_drill
from muster.errors import DrillUnderWay

READ_WITHIN_S = 3.0
"""An emergency must not wait longer to learn whether a drill is under way."""


def make_lease_holder(deployment: Deployment) -> LeaseHolder:
    """A holder of the stack's lease, with an id of its own; the home Region's copy comes first."""
    stack = deployment.stack
    others = sorted(region for region in stack.regions if region != stack.home_region)
    table = DynamoDBLeaseTable(deployment.clients, stack.control_table)
    order = (stack.home_region, *others)
    return LeaseHolder(
        table,
        order,
        deployment.clock,
        holder=uuid.uuid4().hex,
        local_state=RunFolders(deployment.settings.runs).local_state,
    )


async def refuse_during_drill(deployment: Deployment, *, during_drill: bool = False) -> None:
    """Raises DrillUnderWay while a process holds the stack's lease, unless `during_drill`."""
    drill = await _read_drill(deployment)
    match drill.state:
        case "held" if not during_drill:
            raise DrillUnderWay(describe_drill(drill))
        case "held" | "unfinished":
            print_note(describe_drill(drill))
        case "unknown":
            print_note(f"whether a drill is under way is not known {drill.words}")


async def _read_drill(deployment: Deployment) -> LeaseStatus:
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            return await make_lease_holder(deployment).status("")
    except TimeoutError:
        return LeaseStatus(state="unknown", words=f"(no answer within {READ_WITHIN_S:g} s)")

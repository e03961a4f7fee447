"""Makes the holder of a stack's lease, and reads who has it for a change by hand."""

import asyncio
import socket
import uuid

from muster.cli.context import print_note
from muster.deployment import Deployment
from muster.drill.journal.run_folders import RunFolders
from muster.drill.run.lease import DynamoDBLeaseTable, LeaseHolder, LeaseStatus, describe_drill
from muster.errors import DrillUnderWay


def make_lease_holder(deployment: Deployment) -> LeaseHolder:
    """A holder of the stack's lease, with an id of its own; the home Region's copy comes first."""
    stack = deployment.stack
    others = sorted(region for region in stack.regions if region != stack.home_region)
    table = DynamoDBLeaseTable(deployment.clients, stack.control_table)
    order = (stack.home_region, *others)
    runs, host = RunFolders(deployment.settings.runs), socket.gethostname()
    return LeaseHolder(
        table,
        order,
        deployment.clock,
        holder=uuid.uuid4().hex,
        local_state=lambda lease: runs.local_state(lease, host),
    )


async def read_drill(deployment: Deployment) -> LeaseStatus:
    """The drill that holds the stack's lease, if any; `unknown` after the setting `timeout_s`.

    An emergency must not wait longer to learn whether a drill is under way.
    """
    within_s = deployment.settings.timeout_s
    try:
        async with asyncio.timeout(within_s):
            return await make_lease_holder(deployment).status("")
    except TimeoutError:
        return LeaseStatus(state="unknown", words=f"(no answer within {within_s:g} s)")


def note_drill(drill: LeaseStatus) -> None:
    """Print what a person should know about a drill that stops no change."""
    match drill.state:
        case "unfinished":
            print_note(describe_drill(drill))
        case "unknown":
            print_note(f"whether a drill is under way is not known {drill.words}")


async def refuse_during_drill(deployment: Deployment) -> None:
    """Raises DrillUnderWay while a process holds the stack's lease."""
    drill = await read_drill(deployment)
    if drill.state == "held":
        raise DrillUnderWay(describe_drill(drill))
    note_drill(drill)

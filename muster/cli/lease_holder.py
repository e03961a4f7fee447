"""Makes the holder of a stack's lease."""

import uuid

from muster.deployment import Deployment
from muster.drill.journal.run_folders import RunFolders
from muster.drill.run.lease import DynamoDBLeaseTable, LeaseHolder


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

"""Reads items of the stack's control table: switches, a throttle's record, the lease, changes."""

from collections.abc import Mapping
from typing import Any

from muster.aws.clients import QUICK_POLICY, AwsClients

ControlItem = Mapping[str, Mapping[str, Any]]
"""An item in DynamoDB's JSON."""


async def read_control_item(
    clients: AwsClients, table: str, region: str, item_id: str
) -> ControlItem | None:
    """The item in this Region's own replica; None without one. Raises CallFailed.

    The read is strongly consistent within that Region:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    answer = await clients.call(
        QUICK_POLICY,
        "dynamodb",
        region,
        "get_item",
        TableName=table,
        Key={"item_id": {"S": item_id}},
        ConsistentRead=True,
    )
    item: ControlItem | None = answer.get("Item")
    return item

"""The auditor's reader of each Region's DynamoDB table.

Any failure of a table counts as UNREADABLE. The package does not export this module: it imports
boto3, which the prober does without.

Reads are strongly consistent, which holds within the Region and not across Regions:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from muster.aws.clients import AwsClients, CallPolicy
from muster.measure.samples import Presence
from muster.probe.auditor import WORKERS, ItemReading

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READ_POLICY = CallPolicy(connect_s=1.0, read_s=1.0, total_s=1.0)
"""At most a second: the auditor reads every item again anyway."""


class TableReader:
    """Reads items of one global table by GetItem, each in a thread."""

    def __init__(self, clients: AwsClients, regions: Iterable[str], table: str) -> None:
        self._clients: dict[str, DynamoDBClient] = {
            region: clients.client("dynamodb", region, READ_POLICY) for region in regions
        }
        self._table = table
        # Threads of its own, so that a Region that hangs delays no other reads.
        self._threads = ThreadPoolExecutor(WORKERS * len(self._clients), thread_name_prefix="table")

    async def __call__(self, region: str, item: str) -> ItemReading:
        """Read the item in the Region's table. Raises KeyError for any other Region."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._read, self._clients[region], item)

    def _read(self, client: "DynamoDBClient", item: str) -> ItemReading:
        try:
            answer = client.get_item(
                TableName=self._table, Key={"item_id": {"S": item}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError):
            return ItemReading(Presence.UNREADABLE)
        found = answer.get("Item")
        if found is None:
            return ItemReading(Presence.ABSENT)
        return ItemReading(Presence.PRESENT, found.get("region", {}).get("S"))

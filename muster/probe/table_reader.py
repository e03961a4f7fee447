"""The auditor's reader of each Region's DynamoDB table.

Any failure of a table counts as UNREADABLE. The package does not export this module: it imports
boto3, which the prober does without.

Reads are strongly consistent, which holds within the Region and not across Regions:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from muster.measure.samples import Presence
from muster.probe.auditor import WORKERS, ItemReading

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# One attempt within a second: the auditor reads again anyway.
_CONFIG = Config(
    connect_timeout=1.0, read_timeout=1.0, retries={"total_max_attempts": 1, "mode": "standard"}
)


def table_clients(
    session: boto3.Session, regions: Iterable[str], *, endpoint_url: str | None = None
) -> dict[str, "DynamoDBClient"]:
    """A client for each Region; endpoint and credentials are the session's unless given."""
    return {
        region: session.client(
            "dynamodb", region_name=region, config=_CONFIG, endpoint_url=endpoint_url
        )
        for region in regions
    }


class TableReader:
    """Reads items of one global table by GetItem, each in a thread."""

    def __init__(self, clients: Mapping[str, "DynamoDBClient"], table: str) -> None:
        """`clients` by Region."""
        self._clients = clients
        self._table = table
        # Threads of its own, so that a Region that hangs delays no other reads.
        self._threads = ThreadPoolExecutor(WORKERS * len(clients), thread_name_prefix="table")

    async def __call__(self, region: str, item: str) -> ItemReading:
        """Read the item in the Region's table. Raises KeyError for a Region without a client."""
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

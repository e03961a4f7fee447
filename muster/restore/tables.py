"""The calls of DynamoDB that a restore makes, in one Region; each with retries of what may pass.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_restores.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.aws import CONDITIONAL_CHECK_FAILED
from muster.aws.clients import AwsClients
from muster.errors import CallFailed, RestoreRefused
from muster.restore.conditions import BackWrite
from muster.restore.items import Item
from muster.retry import PollResult, RetryPolicy

CALL_WITHIN_S = 120.0
"""How long a call is made again while its failure may pass."""
NOT_FOUND = "ResourceNotFoundException"
EXISTS = frozenset({"TableAlreadyExistsException", "ResourceInUseException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    key_names: tuple[str, ...]
    status: str
    items: int
    """DynamoDB counts them about every six hours."""
    size_bytes: int
    replicas: Mapping[str, str]
    """Region -> status; empty for a table that is not global."""
    source_arn: str | None
    """Of a restored table: what it was restored from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreWindow:
    """The times that can be restored, in seconds since 1970."""

    earliest_s: float
    latest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    items: tuple[Item, ...]
    next_key: Item | None
    """None: it was the last page."""
    units: float
    """Capacity units that it took."""


class RestoreTables:
    """The tables of one Region. Every method raises CallFailed."""

    def __init__(self, clients: AwsClients, region: str, policy: RetryPolicy) -> None:
        self._clients = clients
        self._policy = policy
        self.region = region

    async def describe(self, table: str) -> TableFacts | None:
        """None: there is no such table."""
        try:
            answer = await self._read("describe_table", TableName=table)
        except CallFailed as exc:
            if exc.code == NOT_FOUND:
                return None
            raise
        return _facts(answer["Table"])

    async def window(self, table: str) -> RestoreWindow:
        """The times that can be restored. Raises RestoreRefused if there are none."""
        answer = await self._read("describe_continuous_backups", TableName=table)
        recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        if "LatestRestorableDateTime" not in recovery:
            raise RestoreRefused(
                f"{table} has no point-in-time recovery in {self.region}: nothing can be restored"
                " there. Try another Region (--region); each replica has its own"
            )
        return RestoreWindow(
            earliest_s=recovery["EarliestRestorableDateTime"].timestamp(),
            latest_s=recovery["LatestRestorableDateTime"].timestamp(),
        )

    async def expiry_attribute(self, table: str) -> str | None:
        """The attribute of the time to live; None: items do not expire."""
        answer = await self._read("describe_time_to_live", TableName=table)
        described = answer["TimeToLiveDescription"]
        enabled = described.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        return described["AttributeName"] if enabled else None

    async def restore(self, source: str, target: str, at_s: float) -> None:
        """Start the restore; a target that is there already is left as it is."""
        try:
            await self._change(
                "restore_table_to_point_in_time",
                SourceTableName=source,
                TargetTableName=target,
                RestoreDateTime=datetime.fromtimestamp(at_s, UTC),
            )
        except CallFailed as exc:
            if exc.code not in EXISTS:
                raise

    async def wait_until_active(self, table: str, within_s: float) -> None:
        """Wait until a restored table can be read. Raises WaitTimeout, RestoreRefused."""

        async def read() -> PollResult:
            facts = await self.describe(table)
            if facts is None:
                raise RestoreRefused(f"{table} is gone; begin a new restore")
            return PollResult(facts.status == "ACTIVE", facts.status)

        await self._policy.deadline(within_s).wait(f"{table} is ACTIVE", read)

    async def read_page(self, table: str, start: Item | None, limit: int) -> ItemPage:
        """A part of all items, eventually consistent."""
        after = {} if start is None else {"ExclusiveStartKey": start}
        answer = await self._read(
            "scan", TableName=table, Limit=limit, ReturnConsumedCapacity="TOTAL", **after
        )
        return ItemPage(
            items=tuple(answer["Items"]),
            next_key=answer.get("LastEvaluatedKey"),
            units=answer["ConsumedCapacity"]["CapacityUnits"],
        )

    async def get(self, table: str, key: Item) -> Item | None:
        """The item now."""
        answer = await self._read("get_item", TableName=table, Key=key, ConsistentRead=True)
        found: Item | None = answer.get("Item")
        return found

    async def write(self, write: BackWrite) -> float | None:
        """The capacity units that the write took; None if its condition did not hold."""
        try:
            answer = await self._change(
                write.operation, ReturnConsumedCapacity="TOTAL", **write.parameters
            )
        except CallFailed as exc:
            if exc.code == CONDITIONAL_CHECK_FAILED:
                return None
            raise
        return float(answer["ConsumedCapacity"]["CapacityUnits"])

    async def delete(self, table: str) -> None:
        """Delete a table; one that is not there is deleted already."""
        try:
            await self._change("delete_table", TableName=table)
        except CallFailed as exc:
            if exc.code != NOT_FOUND:
                raise

    async def _read(self, operation: str, **given: object) -> Any:  # noqa: ANN401 - boto3's answers
        return await self._policy.retry_and_report(
            lambda _left_s: self._clients.read("dynamodb", self.region, operation, **given),
            within_s=CALL_WITHIN_S,
        )

    async def _change(self, operation: str, **given: object) -> Any:  # noqa: ANN401 - boto3's answers
        return await self._policy.retry_and_report(
            lambda _left_s: self._clients.change("dynamodb", self.region, operation, **given),
            within_s=CALL_WITHIN_S,
        )


def _facts(table: Mapping[str, Any]) -> TableFacts:
    schema = sorted(table["KeySchema"], key=lambda part: part["KeyType"])  # HASH before RANGE
    return TableFacts(
        key_names=tuple(part["AttributeName"] for part in schema),
        status=table["TableStatus"],
        items=table.get("ItemCount", 0),
        size_bytes=table.get("TableSizeBytes", 0),
        replicas={
            replica["RegionName"]: replica.get("ReplicaStatus", "ACTIVE")
            for replica in table.get("Replicas", ())
        },
        source_arn=table.get("RestoreSummary", {}).get("SourceTableArn"),
    )

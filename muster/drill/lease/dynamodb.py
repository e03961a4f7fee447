"""The lease's item in the stack's control table, by DynamoDB."""

from collections.abc import Mapping
from typing import Any

from common.aws import CONDITIONAL_CHECK_FAILED
from muster import codec
from muster.aws.clients import QUICK_POLICY, AwsClients
from muster.drill.lease.model import Lease
from muster.errors import CallFailed, InvalidDocument

ITEM_ID = "drill#lease"


class DynamoDBLeaseTable:
    """Implements LeaseTable."""

    def __init__(self, clients: AwsClients, table: str) -> None:
        self._clients = clients
        self._table = table

    async def read(self, region: str) -> Lease | None:
        answer = await self._call(
            region, "get_item", Key={"item_id": {"S": ITEM_ID}}, ConsistentRead=True
        )
        item = answer.get("Item")
        return None if item is None else _lease_from_item(item, region)

    async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
        condition: dict[str, object] = {"ConditionExpression": "attribute_not_exists(item_id)"}
        if over is not None:
            condition = {
                "ConditionExpression": "#run = :run AND #until = :until",
                "ExpressionAttributeNames": {"#run": "run", "#until": "until"},
                "ExpressionAttributeValues": {
                    ":run": {"S": over.run},
                    ":until": {"N": repr(over.until)},
                },
            }
        return await self._conditional_call(
            region, "put_item", Item=_lease_to_item(lease), **condition
        )

    async def remove(self, region: str, run: str) -> bool:
        return await self._conditional_call(
            region,
            "delete_item",
            Key={"item_id": {"S": ITEM_ID}},
            ConditionExpression="#run = :run",
            ExpressionAttributeNames={"#run": "run"},
            ExpressionAttributeValues={":run": {"S": run}},
        )

    async def _conditional_call(self, region: str, operation: str, **arguments: object) -> bool:
        """False if the condition did not hold."""
        try:
            await self._call(region, operation, **arguments)
        except CallFailed as exc:
            if exc.code == CONDITIONAL_CHECK_FAILED:
                return False
            raise
        return True

    async def _call(self, region: str, operation: str, **arguments: object) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await self._clients.call(
            QUICK_POLICY, "dynamodb", region, operation, TableName=self._table, **arguments
        )
        return answer


def _lease_to_item(lease: Lease) -> dict[str, dict[str, str]]:
    return {
        "item_id": {"S": ITEM_ID},
        "run": {"S": lease.run},
        "until": {"N": repr(lease.until)},
        "by": {"S": lease.by},
        "lease": {"S": codec.dumps(lease)},
    }


def _lease_from_item(item: Mapping[str, Any], region: str) -> Lease:
    try:
        return codec.loads(Lease, item["lease"]["S"])
    except (KeyError, TypeError, InvalidDocument) as exc:
        why = f"the item {ITEM_ID} of the control table can't be understood ({exc}); remove it"
        raise CallFailed("dynamodb", "GetItem", region, "LeaseMalformed", why) from exc

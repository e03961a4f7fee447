"""The fault `throttle`: limit the concurrency of a Region's function.

Reserved concurrency 0 stops the function, health checks included; a small one lets some requests
through:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html

The reserved concurrency before the fault is recorded in the Region's control table, before anything
is changed; the record is never overwritten. So any machine can clear the fault, and a second
injection does not record the fault itself as the state before.
"""

from dataclasses import dataclass

from common.aws import CONDITIONAL_CHECK_FAILED
from muster.aws.clients import QUICK_POLICY, AwsClients
from muster.errors import CallFailed
from muster.model import ActiveFault, Stack
from muster.retry import Notify
from muster.stack_outputs import find_region


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRecord:
    """The control table's record of a throttle."""

    by: str
    """Name of the operator who injected it."""
    reserved: int | None
    """Reserved concurrency before the fault; None: none."""


def active_throttle(region: str, record: ThrottleRecord, reserved: int | None) -> ActiveFault:
    """The active fault of a record. `reserved` is the concurrency now; None: not known."""
    parameters: dict[str, float | str] = {}
    if reserved is not None:
        parameters["concurrency"] = float(reserved)
    return ActiveFault(kind="throttle", region=region, parameters=parameters, by=record.by)


class Throttle:
    """The throttles of one stack."""

    def __init__(self, clients: AwsClients, stack: Stack, notify: Notify) -> None:
        self._clients = clients
        self._stack = stack
        self._notify = notify

    async def inject(self, region: str, by: str, concurrency: int = 0) -> None:
        """Reserve `concurrency` for the Region's function. Raises UnknownRegion, CallFailed."""
        function = find_region(self._stack, region).function_name
        await self._save_record(region, await self.read_reserved(region), by)
        await self._clients.change(
            "lambda",
            region,
            "put_function_concurrency",
            FunctionName=function,
            ReservedConcurrentExecutions=concurrency,
        )

    async def clear(self, region: str) -> None:
        """Restore the recorded concurrency, if there is a record. Raises as `inject` does."""
        find_region(self._stack, region)
        record = await self.read_record(region)
        if record is None:
            self._notify(
                f"throttle {region}: there is no record of one, so there is nothing to restore"
            )
            return
        await self._restore(region, record.reserved)
        await self._delete_record(region)

    async def read_reserved(self, region: str) -> int | None:
        """The function's reserved concurrency; None: none is reserved. Raises CallFailed."""
        answer = await self._clients.read(
            "lambda",
            region,
            "get_function_concurrency",
            FunctionName=self._stack.regions[region].function_name,
        )
        reserved: int | None = answer.get("ReservedConcurrentExecutions")
        return reserved

    async def read_record(self, region: str) -> ThrottleRecord | None:
        """The record of a throttle in the Region's own table, if any. Raises CallFailed."""
        answer = await self._clients.call(
            QUICK_POLICY,
            "dynamodb",
            region,
            "get_item",
            TableName=self._stack.control_table,
            Key={"item_id": {"S": _record_id(region)}},
            ConsistentRead=True,
        )
        item = answer.get("Item")
        if item is None:
            return None
        reserved = int(item["reserved"]["N"]) if "reserved" in item else None
        return ThrottleRecord(by=item.get("by", {}).get("S", ""), reserved=reserved)

    async def _restore(self, region: str, reserved: int | None) -> None:
        function = self._stack.regions[region].function_name
        if reserved is None:
            await self._clients.change(
                "lambda", region, "delete_function_concurrency", FunctionName=function
            )
            return
        await self._clients.change(
            "lambda",
            region,
            "put_function_concurrency",
            FunctionName=function,
            ReservedConcurrentExecutions=reserved,
        )

    async def _save_record(self, region: str, reserved: int | None, by: str) -> None:
        item = {"item_id": {"S": _record_id(region)}, "by": {"S": by}}
        if reserved is not None:
            item["reserved"] = {"N": str(reserved)}
        try:
            await self._clients.change(
                "dynamodb",
                region,
                "put_item",
                TableName=self._stack.control_table,
                Item=item,
                ConditionExpression="attribute_not_exists(item_id)",
            )
        except CallFailed as exc:
            if exc.code != CONDITIONAL_CHECK_FAILED:  # recorded by an earlier injection
                raise

    async def _delete_record(self, region: str) -> None:
        await self._clients.change(
            "dynamodb",
            region,
            "delete_item",
            TableName=self._stack.control_table,
            Key={"item_id": {"S": _record_id(region)}},
        )


def _record_id(region: str) -> str:
    return f"fault#throttle#{region}"

"""The fault `throttle`: a Region's function may not run at all, or hardly.

Reserved concurrency 0 stops it, health checks included, as in AWS's own workshop; a little more
lets some requests through:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html

Decides how what was found is kept: a note in the Region's control table, written before anything is
changed and never overwritten. So `clear` puts back what was there, from any machine, and injecting
twice does not take the fault itself for what was found.
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
    """What the note of a throttle says."""

    by: str
    """Who injected it."""
    reserved: int | None
    """What was reserved before; None: nothing."""


def active_throttle(region: str, note: ThrottleRecord, reserved: int | None) -> ActiveFault:
    """The throttle that a note means, with what is reserved now; None: that is not known."""
    left: dict[str, float | str] = {} if reserved is None else {"concurrency": float(reserved)}
    return ActiveFault(kind="throttle", region=region, parameters=left, by=note.by)


class Throttle:
    """The fault in one stack."""

    def __init__(self, clients: AwsClients, stack: Stack, notify: Notify) -> None:
        """Nothing is asked yet."""
        self._clients = clients
        self._stack = stack
        self._notify = notify

    async def inject(self, region: str, by: str, concurrency: int = 0) -> None:
        """Reserve so much for the Region's function. Raises RegionUnknown, CallFailed."""
        function = find_region(self._stack, region).function_name
        await self._note(region, await self.reserved(region), by)
        await self._clients.change(
            "lambda",
            region,
            "put_function_concurrency",
            FunctionName=function,
            ReservedConcurrentExecutions=concurrency,
        )

    async def clear(self, region: str) -> None:
        """Put back what the note says. Nothing without a note. Raises as `inject` does."""
        find_region(self._stack, region)
        note = await self.noted(region)
        if note is None:
            self._notify(f"throttle {region}: nothing was noted, so there is nothing to put back")
            return
        await self._restore(region, note.reserved)
        await self._forget(region)

    async def reserved(self, region: str) -> int | None:
        """The function's reserved concurrency now; None: none is reserved. Raises CallFailed."""
        answer = await self._clients.read(
            "lambda",
            region,
            "get_function_concurrency",
            FunctionName=self._stack.regions[region].function_name,
        )
        found: int | None = answer.get("ReservedConcurrentExecutions")
        return found

    async def noted(self, region: str) -> ThrottleRecord | None:
        """The note of a throttle in the Region's own table; None without one. Raises CallFailed."""
        answer = await self._clients.call(
            QUICK_POLICY,
            "dynamodb",
            region,
            "get_item",
            TableName=self._stack.control_table,
            Key={"item_id": {"S": _note_id(region)}},
            ConsistentRead=True,
        )
        item = answer.get("Item")
        if item is None:
            return None
        reserved = int(item["reserved"]["N"]) if "reserved" in item else None
        return ThrottleRecord(by=item.get("by", {}).get("S", ""), reserved=reserved)

    async def _restore(self, region: str, found: int | None) -> None:
        function = self._stack.regions[region].function_name
        if found is None:
            await self._clients.change(
                "lambda", region, "delete_function_concurrency", FunctionName=function
            )
            return
        await self._clients.change(
            "lambda",
            region,
            "put_function_concurrency",
            FunctionName=function,
            ReservedConcurrentExecutions=found,
        )

    async def _note(self, region: str, found: int | None, by: str) -> None:
        item = {"item_id": {"S": _note_id(region)}, "by": {"S": by}}
        if found is not None:
            item["reserved"] = {"N": str(found)}
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
            if exc.code != CONDITIONAL_CHECK_FAILED:  # what was found is noted already
                raise

    async def _forget(self, region: str) -> None:
        await self._clients.change(
            "dynamodb",
            region,
            "delete_item",
            TableName=self._stack.control_table,
            Key={"item_id": {"S": _note_id(region)}},
        )


def _note_id(region: str) -> str:
    return f"fault#throttle#{region}"

"""Faults on AWS: replication-pause by an experiment of AWS FIS, throttle by reserved concurrency.

The template of an experiment has the table and the length of the pause; infra/fault_injection.py
declares one for each Region. The action pauses replication into and out of the experiment's Region:
https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html

The fault `throttle` limits the concurrency of a Region's function: reserved concurrency 0 stops the
function, health checks included; a small one lets some requests through:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html

The reserved concurrency before the fault is recorded in the Region's control table, before anything
is changed; the record is never overwritten. So any machine can clear the fault, and a second
injection does not record the fault itself as the state before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.aws import CONDITIONAL_CHECK_FAILED
from muster.aws.clients import AwsClients
from muster.errors import CallFailed, FaultUnavailable
from muster.levers.control_items import read_control_item
from muster.model import ActiveFault, Stack
from muster.retry import Notify, PollResult, RetryPolicy
from muster.stack_outputs import find_region

STACK_TAG = "control-table"
"""Tag of the stack's templates, and of the experiments that are started from them: an operator's
policy tells the stack's own from others by it. infra/fault_injection.py tags the templates."""
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 180.0
ACTIVE = frozenset({"pending", "initiating", "running"})
ENDING = frozenset({"stopping"})
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def experiment_end_s(experiment: Mapping[str, Any]) -> float | None:
    """When an experiment will end, in seconds since 1970; None: not known yet.

    The duration is a parameter of its action, in ISO 8601:
    https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
    """
    started = experiment.get("startTime")
    actions: Mapping[str, Mapping[str, Any]] = experiment.get("actions", {})
    texts = (action.get("parameters", {}).get("duration", "") for action in actions.values())
    durations = [_to_seconds(match) for text in texts if (match := _DURATION.fullmatch(text))]
    if not isinstance(started, datetime) or not durations:
        return None
    return started.timestamp() + max(durations)


def _to_seconds(duration: re.Match[str]) -> float:
    return sum(
        float(number or 0) * unit
        for number, unit in zip(duration.groups(), (86400, 3600, 60, 1), strict=True)
    )


class ReplicationPause:
    """Starts, stops and finds the experiments of a stack."""

    def __init__(
        self,
        clients: AwsClients,
        templates: Mapping[str, str],
        policy: RetryPolicy,
        *,
        control_table: str,
    ) -> None:
        """`templates`: Region -> id of its template. `control_table`: name, for STACK_TAG."""
        self._clients = clients
        self._templates = templates
        self._tags = {STACK_TAG: control_table}
        self._policy = policy

    async def inject(self, region: str, token: str) -> None:
        """Start an experiment unless one is active, and wait until it runs.

        All attempts of one injection share one `token`, so that they start one experiment. Raises
        FaultUnavailable, CallFailed, WaitTimeout.
        """
        template = self._template(region)
        deadline = self._policy.deadline(START_TIMEOUT_S)
        active = await self._list(region, template, ACTIVE)
        experiment = active[0] if active else await self._start(region, template, token)

        async def poll() -> PollResult:
            state, reason = await self._state(region, experiment)
            if state not in ACTIVE:
                raise CallFailed("fis", "start_experiment", region, state, reason)
            return PollResult(state == "running", f"experiment {experiment} is {state}")

        await deadline.wait(f"replication of {region} paused", poll)

    async def clear(self, region: str) -> None:
        """Stop all active experiments of the template, and wait for their ends.

        Raises FaultUnavailable, CallFailed, WaitTimeout.
        """
        template = self._template(region)
        deadline = self._policy.deadline(STOP_TIMEOUT_S)
        for experiment in await self._list(region, template, ACTIVE):
            await self._stop(region, experiment)

        async def poll() -> PollResult:
            left = await self._list(region, template, ACTIVE | ENDING)
            return PollResult(not left, f"active: {', '.join(left)}")

        await deadline.wait(f"replication of {region} resumed", poll)

    async def active_faults(self, region: str) -> tuple[ActiveFault, ...]:
        """The Region's active pauses; none without a template. Raises CallFailed."""
        template = self._templates.get(region)
        if template is None:
            return ()
        experiments = await self._list(region, template, ACTIVE | ENDING)
        return tuple([await self._active_fault(region, experiment) for experiment in experiments])

    async def _active_fault(self, region: str, experiment: str) -> ActiveFault:
        answer = await self._clients.read("fis", region, "get_experiment", id=experiment)
        end_s = experiment_end_s(answer["experiment"])
        return ActiveFault(kind="replication-pause", region=region, until_epoch_s=end_s)

    def _template(self, region: str) -> str:
        if region not in self._templates:
            raise FaultUnavailable(
                f"replication-pause {region}: no FIS experiment template is known for it; set"
                " muster:fault_injection in the stack's configuration, or name one in"
                " replication_pause_templates of muster.yaml"
            )
        return self._templates[region]

    async def _list(self, region: str, template: str, states: frozenset[str]) -> list[str]:
        ids: list[str] = []
        page: dict[str, str] = {}
        while True:
            answer = await self._clients.read(
                "fis", region, "list_experiments", experimentTemplateId=template, **page
            )
            ids += [e["id"] for e in answer["experiments"] if e["state"]["status"] in states]
            if not answer.get("nextToken"):
                return ids
            page = {"nextToken": answer["nextToken"]}

    async def _start(self, region: str, template: str, token: str) -> str:
        answer = await self._clients.change(
            "fis",
            region,
            "start_experiment",
            clientToken=token,
            experimentTemplateId=template,
            tags=self._tags,
        )
        started: str = answer["experiment"]["id"]
        return started

    async def _stop(self, region: str, experiment: str) -> None:
        await self._clients.change("fis", region, "stop_experiment", id=experiment)

    async def _state(self, region: str, experiment: str) -> tuple[str, str]:
        answer = await self._clients.read("fis", region, "get_experiment", id=experiment)
        state = answer["experiment"]["state"]
        return state["status"], state.get("reason", "no reason given")


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
        table = self._stack.control_table
        item = await read_control_item(self._clients, table, region, _record_id(region))
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

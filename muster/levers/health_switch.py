"""The health switch: an operator overrides the answers of a Region's health checks.

Decides how the switch's item is written and read, and when the switch counts as set. It uses data
planes alone, so it works when the accelerator's API does not answer:
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html

The item `health#REGION` of the control table has `status`, `by`, `why`, `until`. The function reads
the item in its own Region, and compares `until` with its own clock. So the switch is written in its
Region; when that fails, in another one, from which replication has to bring it.

`HealthCheckInvoker` invokes a Region's function with a health check, as its load balancer does: an
operator's machine can't reach an internal load balancer, but it can invoke alias `live` with the
event of a health check. The answer shows whether the function follows its health switch.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from common.clock import Clock
from muster.aws.clients import QUICK_POLICY, AwsClients, is_transient
from muster.errors import AllRegionsSwitchedOff, CallFailed, MalformedSwitch, WaitTimeout
from muster.levers.control_items import ControlItem, read_control_item
from muster.model import Stack, SwitchSetting, SwitchStatus
from muster.retry import Deadline, PollResult, RetryPolicy
from muster.stack_outputs import find_region

ALIAS = "live"
HEALTH_PATH = "/health"
EXPECTED_STATUS: Mapping[SwitchStatus, int] = {"fail": 503, "pass": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheckAnswer:
    status: int
    body: str


def health_check_event(target_group_arn: str) -> bytes:
    """The event that a load balancer sends to a function as a health check."""
    document = {
        "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
        "httpMethod": "GET",
        "path": HEALTH_PATH,
        "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"},
        "body": "",
        "isBase64Encoded": False,
    }
    return json.dumps(document).encode()


class HealthCheckInvoker:
    """Makes the health checks of one stack."""

    def __init__(self, clients: AwsClients, stack: Stack, policy: RetryPolicy) -> None:
        self._clients = clients
        self._stack = stack
        self._policy = policy

    async def invoke(self, region: str) -> HealthCheckAnswer:
        """Make one health check. Raises UnknownRegion, CallFailed."""
        outputs = find_region(self._stack, region)
        answer = await self._clients.change(
            "lambda",
            region,
            "invoke",
            FunctionName=outputs.function_name,
            Qualifier=ALIAS,
            Payload=health_check_event(outputs.target_group_arn),
        )
        payload = answer["Payload"].read()
        if "FunctionError" in answer:
            error = payload.decode(errors="replace")[:200]
            raise CallFailed("lambda", "invoke", region, answer["FunctionError"], error)
        return _parse_answer(region, payload)

    async def wait_for(
        self, region: str, status: SwitchStatus, *, within_s: float
    ) -> HealthCheckAnswer:
        """Invoke until the answer fits the switch's status; with `auto` any answer does.

        Raises WaitTimeout, CallFailed.
        """
        wanted = EXPECTED_STATUS.get(status)
        last = HealthCheckAnswer(status=0, body="")

        async def poll() -> PollResult:
            nonlocal last
            last = await self.invoke(region)
            return PollResult(wanted in (None, last.status), f"{last.status}: {last.body}")

        what = f"health check of {region} answered with {wanted or 'any status'}"
        await self._policy.deadline(within_s).wait(what, poll)
        return last


def _parse_answer(region: str, payload: bytes) -> HealthCheckAnswer:
    try:
        document = json.loads(payload)
        return HealthCheckAnswer(
            status=int(document["statusCode"]), body=str(document.get("body", ""))
        )
    except (ValueError, KeyError, TypeError) as exc:
        text = payload.decode(errors="replace")[:200]
        why = f"{text!r} is not an answer for a load balancer"
        raise CallFailed("lambda", "invoke", region, "BadAnswer", why) from exc


TARGET_HEALTH_TIMEOUT_S = 5.0
"""How long to try to read the target's health."""
TARGET_STATE_OF_SWITCH: Mapping[SwitchStatus, str] = {"fail": "unhealthy", "pass": "healthy"}
"""State of the target that a switch leads to; with `auto` it depends on the table's health."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchChange:
    region: str
    switch: SwitchSetting
    written_through: str
    """The Region whose table accepted the write."""
    target: str | None
    """State of the load balancer's target at the end; None: not waited for, or not readable."""
    took_s: float


def switch_item_id(region: str) -> str:
    """Key of the item of a Region's switch."""
    return f"health#{region}"


def switch_to_item(region: str, switch: SwitchSetting) -> dict[str, dict[str, str]]:
    item: dict[str, dict[str, str]] = {
        "item_id": {"S": switch_item_id(region)},
        "status": {"S": switch.status},
        "by": {"S": switch.by},
        "why": {"S": switch.why},
    }
    if switch.until_epoch_s:
        item["until"] = {"N": str(math.ceil(switch.until_epoch_s))}
    return item


def switch_from_item(region: str, item: Mapping[str, Mapping[str, Any]] | None) -> SwitchSetting:
    """The switch of an item; without an item it is `auto`. Raises MalformedSwitch."""
    if item is None:
        return SwitchSetting()
    status = _read_attribute(item, "status", "S")
    if status not in get_args(SwitchStatus):
        raise MalformedSwitch(region, f"status is {status!r}")
    try:
        until = float(_read_attribute(item, "until", "N") or 0)
    except ValueError:
        raise MalformedSwitch(region, f"until is {_read_attribute(item, 'until', 'N')!r}") from None
    return SwitchSetting(
        status=cast("SwitchStatus", status),
        by=_read_attribute(item, "by", "S"),
        why=_read_attribute(item, "why", "S"),
        until_epoch_s=until,
    )


def _read_attribute(item: Mapping[str, Mapping[str, Any]], name: str, kind: str) -> str:
    value = item.get(name, {}).get(kind, "")
    return value if isinstance(value, str) else ""


class HealthSwitch:
    """The switches of one stack."""

    def __init__(self, clients: AwsClients, stack: Stack, policy: RetryPolicy) -> None:
        self._clients = clients
        self._stack = stack
        self._policy = policy
        self._clock: Clock = policy.clock
        self._unread: set[str] = set()
        """Regions whose switches could not be read, which is told once each."""

    async def set(
        self, region: str, switch: SwitchSetting, *, within_s: float, follow: bool = True
    ) -> SwitchChange:
        """Write the switch, read it back in its Region, and wait until the target follows.

        Raises UnknownRegion, AllRegionsSwitchedOff, CallFailed, WaitTimeout.
        """
        find_region(self._stack, region)
        deadline = self._policy.deadline(within_s)
        started_s = self._clock.monotonic()
        if switch.status == "fail":
            await self._refuse_last_region(region)
        through = await self._write(region, switch)
        await self._read_back(region, switch, through, deadline)
        target = await self._wait_for_target(region, switch, deadline) if follow else None
        return SwitchChange(
            region=region,
            switch=switch,
            written_through=through,
            target=target,
            took_s=self._clock.monotonic() - started_s,
        )

    async def wait_for_target(
        self, region: str, switch: SwitchSetting, *, within_s: float
    ) -> str | None:
        """Wait until the Region's target follows the switch. Returns its state.

        None: the switch is `auto`, or the state is not readable. Raises CallFailed, WaitTimeout.
        """
        return await self._wait_for_target(region, switch, self._policy.deadline(within_s))

    async def read(self, region: str, via: str | None = None) -> SwitchSetting:
        """A Region's switch in the replica of `via`, its own Region by default.

        Raises CallFailed, MalformedSwitch.
        """
        return switch_from_item(region, await self._read_item(region, via or region))

    async def _read_item(self, region: str, via: str) -> ControlItem | None:
        table = self._stack.control_table
        return await read_control_item(self._clients, table, via, switch_item_id(region))

    async def _refuse_last_region(self, region: str) -> None:
        others = [name for name in self._stack.regions if name != region]
        off = [await self._is_off(name) for name in others]
        if all(off):
            raise AllRegionsSwitchedOff(region)

    async def _is_off(self, region: str) -> bool:
        """Whether a Region's switch is known to be `fail`."""
        try:
            switch = await self.read(region)
        except (CallFailed, MalformedSwitch) as exc:
            if region not in self._unread:
                self._unread.add(region)
                self._policy.notify(f"the switch of {region} is not known: {exc}")
            return False
        return switch.status_at(self._clock.now()) == "fail"

    async def _write(self, region: str, switch: SwitchSetting) -> str:
        """Write through the Region itself, else through the first other one that accepts it.

        Returns the Region that accepted it. Raises the Region's own CallFailed when none did.
        """
        failures: dict[str, CallFailed] = {}
        for via in self._stack.regions_from(region):
            try:
                await self._put(region, switch, via)
            except CallFailed as exc:
                if not is_transient(exc):
                    raise
                failures[via] = exc
            else:
                for name, error in failures.items():
                    self._policy.notify(
                        f"can't write the switch through {name}: {error.code}: {error.why}"
                    )
                return via
        raise failures[region]

    async def _put(self, region: str, switch: SwitchSetting, via: str) -> None:
        await self._clients.call(
            QUICK_POLICY,
            "dynamodb",
            via,
            "put_item",
            TableName=self._stack.control_table,
            Item=switch_to_item(region, switch),
        )

    async def _read_back(
        self, region: str, switch: SwitchSetting, through: str, deadline: Deadline
    ) -> None:
        wanted = switch_to_item(region, switch)

        async def poll() -> PollResult:
            item = await self._read_item(region, region)
            return PollResult(item == wanted, _describe_item(item))

        what = f"switch of {region}, written through {through}, in {region}'s own table"
        await deadline.wait(what, poll)

    async def _wait_for_target(
        self, region: str, switch: SwitchSetting, deadline: Deadline
    ) -> str | None:
        wanted = TARGET_STATE_OF_SWITCH.get(switch.status_at(self._clock.now()))
        if wanted is None or not self._stack.regions[region].target_group_arn:
            return None

        async def poll() -> PollResult:
            state = await self.read_target(region)
            return PollResult(state == wanted, f"the target is {state}")

        async def read_once() -> PollResult:
            return replace(await poll(), done=True)

        try:
            what = f"target health of {region}"
            await deadline.child(TARGET_HEALTH_TIMEOUT_S).wait(what, read_once)
        except WaitTimeout as exc:
            deadline.notify(f"{exc}; the switch is set, whether the target follows is not known")
            return None
        await deadline.wait(f"target of {region} {wanted}", poll)
        return wanted

    async def read_target(self, region: str) -> str:
        """State of the Region's load balancer target. Raises CallFailed."""
        return await read_target_state(self._clients, self._stack, region)


async def read_target_state(clients: AwsClients, stack: Stack, region: str) -> str:
    """State of a Region's target (`healthy`, `unhealthy`, ...), with `+` between several."""
    answer = await clients.read(
        "elbv2",
        region,
        "describe_target_health",
        TargetGroupArn=stack.regions[region].target_group_arn,
    )
    described = answer["TargetHealthDescriptions"]
    states = sorted({target["TargetHealth"]["State"] for target in described})
    return "+".join(states) or "none"


def _describe_item(item: Mapping[str, Mapping[str, Any]] | None) -> str:
    if item is None:
        return "no switch there"
    by = _read_attribute(item, "by", "S") or "nobody"
    return f"{_read_attribute(item, 'status', 'S')}, set by {by}"

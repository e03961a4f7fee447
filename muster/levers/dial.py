"""The traffic dial of an endpoint group: its percentage of the connections meant for its Region.

Decides when a dial may be turned, sends the percentage alone, and waits until the change is
deployed. Refuses to set the last dial to 0: AWS documents no behaviour for that.

The accelerator's API answers in us-west-2 only, wherever the accelerator's endpoints are:
https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html
"""

from dataclasses import dataclass

from common.aws import GLOBAL_ACCELERATOR_REGION
from muster.aws.clients import AwsClients
from muster.errors import (
    AcceleratorBusy,
    AcceleratorUnreachable,
    AllDialsZero,
    CallFailed,
    InvalidSetting,
    LeverUnavailable,
    Unreachable,
)
from muster.model import Stack
from muster.retry import Deadline, PollResult, RetryPolicy
from muster.stack_outputs import find_region

SERVICE = "globalaccelerator"
API_TIMEOUT_S = 8.0
"""How long a command retries an API that answers no read: the health switch is an alternative."""
UPDATE = "update_endpoint_group"
UPDATE_TIMEOUT_S = 60.0
"""How long a command retries the update of an API that answers reads."""
BUSY = "TransactionInProgressException"
DEPLOYED = "DEPLOYED"
MAX_ENDPOINT_GROUPS = 100
"""Page size of ListEndpointGroups: AWS's maximum, 10 by default. A listener has at most one group
in a Region, and AWS has fewer Regions than that:
https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListEndpointGroups.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialChange:
    """The result of turning a dial; percentages."""

    region: str
    before: float
    after: float
    declared: float
    """The stack's declared baseline."""
    deployed: bool
    """Whether the deployment was waited for."""
    notes: tuple[str, ...]
    """Warnings for the operator."""


def listener_arn(stack: Stack) -> str:
    """The ARN of the stack's listener, which the ARNs of its endpoint groups start with."""
    group = next(iter(stack.regions.values())).endpoint_group_arn
    return group.partition("/endpoint-group/")[0]


def unanswered_limit_s(error: CallFailed) -> float:
    """How long a command that turns a dial retries calls that fail so."""
    return UPDATE_TIMEOUT_S if error.operation == UPDATE else API_TIMEOUT_S


class TrafficDial:
    """The dials of one stack."""

    def __init__(self, clients: AwsClients, stack: Stack, policy: RetryPolicy) -> None:
        self._clients = clients
        self._stack = stack
        self._policy = policy

    async def turn(
        self,
        region: str,
        percent: float,
        *,
        within_s: float,
        queue: bool = False,
        wait: bool = True,
    ) -> DialChange:
        """Set a Region's dial to 0 to 100 percent, and wait until the change is deployed.

        `queue`: wait for an earlier change instead of refusing. Raises UnknownRegion,
        InvalidSetting, AcceleratorBusy, AllDialsZero, AcceleratorUnreachable, CallFailed,
        WaitTimeout.
        """
        find_region(self._stack, region)
        if not 0 <= percent <= 100:
            raise InvalidSetting("PERCENT", "the caller", percent, "from 0 to 100")
        deadline = self._policy.deadline(within_s)
        try:
            return await self._turn(region, percent, deadline, queue=queue, wait=wait)
        except Unreachable as exc:
            raise AcceleratorUnreachable(exc) from exc

    async def require(self) -> None:
        """Raises LeverUnavailable, AcceleratorUnreachable if no dial can be turned."""
        if "accelerator" not in self._stack.doors:
            raise LeverUnavailable(
                "the stack has no accelerator, whose dials could be turned; `muster dns` and"
                " `muster health` move the users of its DNS door"
            )
        try:
            await self.read()
        except Unreachable as exc:
            raise AcceleratorUnreachable(exc) from exc

    async def read(self) -> dict[str, float]:
        """Every Region's dial in percent. Raises CallFailed."""
        answer = await self._clients.read(
            SERVICE,
            GLOBAL_ACCELERATOR_REGION,
            "list_endpoint_groups",
            ListenerArn=listener_arn(self._stack),
            MaxResults=MAX_ENDPOINT_GROUPS,
        )
        return {
            group["EndpointGroupRegion"]: float(group["TrafficDialPercentage"])
            for group in answer["EndpointGroups"]
        }

    async def _turn(
        self, region: str, percent: float, deadline: Deadline, *, queue: bool, wait: bool
    ) -> DialChange:
        await self._wait_until_free(deadline, queue=queue)
        dials = await self.read()
        before = dials.get(region, 0.0)
        others = [dial for name, dial in dials.items() if name != region]
        if percent == 0 and not any(others):
            raise AllDialsZero(region)
        if before != percent:
            await self._send(region, percent, deadline, queue=queue)
        if wait:
            await deadline.wait(f"dial of {region} at {percent:g} %", self._poll_deployment)
        return self._describe_change(region, before, percent, deployed=wait)

    async def _wait_until_free(self, deadline: Deadline, *, queue: bool) -> None:
        deployment = await self._poll_deployment()
        if deployment.done:
            return
        if not queue:
            raise AcceleratorBusy(self._stack.accelerator_arn)
        deadline.notify("the accelerator is IN_PROGRESS; waiting until it is DEPLOYED")
        await deadline.wait("the accelerator's earlier change", self._poll_deployment)

    async def _send(self, region: str, percent: float, deadline: Deadline, *, queue: bool) -> None:
        # Without EndpointConfigurations the group keeps its endpoints:
        # https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateEndpointGroup.html
        while True:
            try:
                await self._clients.change(
                    SERVICE,
                    GLOBAL_ACCELERATOR_REGION,
                    UPDATE,
                    EndpointGroupArn=self._stack.regions[region].endpoint_group_arn,
                    TrafficDialPercentage=percent,
                )
            except CallFailed as exc:
                if exc.code != BUSY:
                    raise
                if not queue:
                    raise AcceleratorBusy(self._stack.accelerator_arn) from exc
            else:
                return
            await deadline.wait("the accelerator's earlier change", self._poll_deployment)

    async def _poll_deployment(self) -> PollResult:
        answer = await self._clients.read(
            SERVICE,
            GLOBAL_ACCELERATOR_REGION,
            "describe_accelerator",
            AcceleratorArn=self._stack.accelerator_arn,
        )
        status = answer["Accelerator"]["Status"]
        return PollResult(status == DEPLOYED, f"the accelerator is {status}")

    def _describe_change(
        self, region: str, before: float, after: float, *, deployed: bool
    ) -> DialChange:
        declared = self._stack.regions[region].declared_dial
        return DialChange(
            region=region,
            before=before,
            after=after,
            declared=declared,
            deployed=deployed,
            notes=tuple(dial_warnings(region, after, declared)),
        )


def dial_warnings(region: str, percent: float, declared: float) -> list[str]:
    warnings = []
    if percent != declared:
        warnings.append(
            f"the stack declares {declared:g} % for {region}: `pulumi up` without --refresh can put"
            " the dial back"
        )
    if region == GLOBAL_ACCELERATOR_REGION and percent < declared:
        warnings.append(
            f"dials are turned through {GLOBAL_ACCELERATOR_REGION}: should the Region fail, only"
            f" `muster health {GLOBAL_ACCELERATOR_REGION} fail` still empties it, and no dial"
            f" can be turned"
        )
    return warnings

"""The traffic dial: what share of a Region's new connections the accelerator lets it have.

Decides when a dial may be turned, sends the percentage and nothing else, and waits until the change
is deployed. Refuses all dials 0, for which AWS documents no behaviour.

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
    Unreachable,
)
from muster.model import Stack
from muster.retry import Deadline, PollResult, RetryPolicy
from muster.stack_outputs import find_region

SERVICE = "globalaccelerator"
API_TIMEOUT_S = 8.0
"""How long to try an API that does not answer: the health switch works meanwhile."""
BUSY = "TransactionInProgressException"
DEPLOYED = "DEPLOYED"
MAX_ENDPOINT_GROUPS = 100
"""Endpoint groups in one answer: the most that AWS gives, and 10 unless told. A listener has one a
Region, and AWS has fewer Regions:
https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListEndpointGroups.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialChange:
    """What turning a dial came to."""

    region: str
    before: float
    after: float
    declared: float
    """Percent that the stack declares."""
    deployed: bool
    """False: it was not waited for."""
    notes: tuple[str, ...]
    """What whoever turned it should know."""


def listener_arn(stack: Stack) -> str:
    """The listener of the stack's endpoint groups: the front part of their ARNs."""
    group = next(iter(stack.regions.values())).endpoint_group_arn
    return group.partition("/endpoint-group/")[0]


class TrafficDial:
    """The dials of one stack."""

    def __init__(self, clients: AwsClients, stack: Stack, policy: RetryPolicy) -> None:
        """Nothing is asked yet."""
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
        """Turn a Region's dial to a percentage, 0 to 100, and wait until that is deployed.

        `queue`: wait for an earlier change instead of refusing. Raises RegionUnknown, SettingWrong,
        AcceleratorBusy, AllDialsZero, AcceleratorUnreachable, CallFailed, NotInTime.
        """
        find_region(self._stack, region)
        if not 0 <= percent <= 100:
            raise InvalidSetting("PERCENT", "the caller", percent, "from 0 to 100")
        deadline = self._policy.deadline(within_s)
        try:
            return await self._turn(region, percent, deadline, queue=queue, wait=wait)
        except Unreachable as exc:
            raise AcceleratorUnreachable(exc, region) from exc

    async def read(self) -> dict[str, float]:
        """Every Region's dial now, in percent. Raises CallFailed."""
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
        await self._when_free(deadline, queue=queue)
        dials = await self.read()
        before = dials.get(region, 0.0)
        others = [dial for name, dial in dials.items() if name != region]
        if percent == 0 and not any(others):
            raise AllDialsZero(region)
        if before != percent:
            await self._send(region, percent, deadline, queue=queue)
        if wait:
            await deadline.wait(f"dial of {region} at {percent:g} %", self._deployment)
        return self._turned(region, before, percent, deployed=wait)

    async def _when_free(self, deadline: Deadline, *, queue: bool) -> None:
        deployment = await self._deployment()
        if deployment.done:
            return
        if not queue:
            raise AcceleratorBusy(self._stack.accelerator_arn)
        deadline.notify("the accelerator is IN_PROGRESS; waiting until it is DEPLOYED")
        await deadline.wait("the accelerator's earlier change", self._deployment)

    async def _send(self, region: str, percent: float, deadline: Deadline, *, queue: bool) -> None:
        # Endpoints that are named replace the list; not named, they stay as they are:
        # https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateEndpointGroup.html
        while True:
            try:
                await self._clients.change(
                    SERVICE,
                    GLOBAL_ACCELERATOR_REGION,
                    "update_endpoint_group",
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
            await deadline.wait("the accelerator's earlier change", self._deployment)

    async def _deployment(self) -> PollResult:
        answer = await self._clients.read(
            SERVICE,
            GLOBAL_ACCELERATOR_REGION,
            "describe_accelerator",
            AcceleratorArn=self._stack.accelerator_arn,
        )
        status = answer["Accelerator"]["Status"]
        return PollResult(status == DEPLOYED, f"the accelerator is {status}")

    def _turned(self, region: str, before: float, after: float, *, deployed: bool) -> DialChange:
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
    """What whoever turns this dial should know."""
    said = []
    if percent != declared:
        said.append(
            f"the stack declares {declared:g} % for {region}: `pulumi up` without --refresh can put"
            " the dial back"
        )
    if region == GLOBAL_ACCELERATOR_REGION and percent < declared:
        said.append(
            f"dials are turned through {GLOBAL_ACCELERATOR_REGION}: should the Region fail, only"
            f" `muster health {GLOBAL_ACCELERATOR_REGION} fail` still empties it, and no dial"
            f" can be turned"
        )
    return said

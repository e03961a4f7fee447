"""Reads everything that the checks need, at once. Changes nothing; a failure is a reading."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from common.aws import US_EAST_1
from common.clock import Clock
from muster.aws.clients import AwsClients
from muster.deployment import Deployment
from muster.doctor.caller_reader import read_caller
from muster.doctor.deployment_actions import deployment_actions
from muster.doctor.deployment_file import PlannedStack
from muster.doctor.drill_actions import drill_actions
from muster.doctor.model import CallerReading, PermissionReading, PlaceReading, Readings, Unread
from muster.doctor.permission_reader import simulate
from muster.doctor.place_reader import measure_late_share, read_places
from muster.doctor.quota_reader import StackNeeds, read_concurrency, read_quotas
from muster.drill.notify.destination_checks import DestinationCheck
from muster.drill.run.lease import LeaseStatus
from muster.errors import MusterError
from muster.model import SystemView
from muster.probe.targets import THIS_MACHINE

ReadLease = Callable[[], Awaitable[LeaseStatus]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is examined: a deployed stack, or one that is planned, or neither."""

    clients: AwsClients
    clock: Clock
    is_twin: bool
    deployment: Deployment | Unread
    planned: PlannedStack | None = None
    read_lease: ReadLease | None = None
    destinations: tuple[DestinationCheck, ...] = ()
    """Who is told about drills."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Where STS is asked; the home Region is first."""
        if isinstance(self.deployment, Deployment):
            stack = self.deployment.stack
            return tuple(dict.fromkeys((stack.home_region, *stack.regions)))
        return self.planned.needs.regions if self.planned else (US_EAST_1,)

    @property
    def needs(self) -> StackNeeds | None:
        """None: what the stack needs is not known."""
        if self.planned:
            return self.planned.needs
        if isinstance(self.deployment, Unread):
            return None
        stack = self.deployment.stack
        return StackNeeds(
            regions=tuple(stack.regions),
            has_accelerator=bool(stack.accelerator_arn),
            tables=len(stack.tables),
            deployed=True,
        )


async def examine(patient: Patient) -> Readings:
    """Read everything. A reader's failure is a reading of its own."""
    needs = patient.needs
    caller, view, places, quotas, concurrency = await asyncio.gather(
        read_caller(patient.clients, patient.regions, patient.clock),
        _read_view(patient),
        _read_places(patient),
        _nothing() if needs is None or patient.is_twin else read_quotas(patient.clients, needs),
        read_concurrency(patient.clients, needs.regions if needs else ()),
    )
    # After the others: its time-out is the shortest, and boto3 has its models by now.
    lease = await _read_lease(patient)
    # After all calls: they would make the sleeps late.
    late_share = await measure_late_share(patient.clock.monotonic, patient.clock.sleep)
    deployment = patient.deployment
    return Readings(
        now=patient.clock.now(),
        target="twin" if patient.is_twin else "aws",
        stack=deployment.stack if isinstance(deployment, Deployment) else deployment,
        caller=caller,
        concurrency=concurrency,
        quotas=quotas,
        permissions=await _read_permissions(patient, caller),
        view=view,
        lease=lease,
        places=places,
        late_share=late_share,
        destinations=patient.destinations,
        deploys=patient.planned is not None,
        reserves=patient.planned.reserved_concurrency if patient.planned else 0,
    )


async def _nothing() -> tuple[()]:
    return ()


async def _read_view(patient: Patient) -> SystemView | Unread | None:
    if isinstance(patient.deployment, Unread):
        return None
    try:
        return await patient.deployment.telemetry().view()
    except MusterError as exc:
        return Unread(str(exc))


async def _read_lease(patient: Patient) -> LeaseStatus | None:
    return await patient.read_lease() if patient.read_lease else None


async def _read_places(patient: Patient) -> tuple[PlaceReading, ...] | Unread:
    if isinstance(patient.deployment, Unread):
        return read_places(THIS_MACHINE)
    try:
        return read_places(await patient.deployment.vantages())
    except MusterError as exc:
        return Unread(str(exc))


async def _read_permissions(
    patient: Patient, caller: CallerReading | Unread
) -> tuple[PermissionReading, ...] | Unread | None:
    if isinstance(caller, Unread):
        return None
    if patient.planned:
        needed = deployment_actions(caller.account, patient.planned)
    elif isinstance(patient.deployment, Deployment):
        needed = drill_actions(patient.deployment.stack, caller.account)
    else:
        return None
    return await simulate(patient.clients, caller, needed)

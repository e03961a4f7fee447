"""Inject and clear faults.

Decides by which means: AWS Lambda's reserved concurrency for a throttle, an experiment of AWS FIS
for a replication pause on AWS, the `twin` command for everything else on a twin.
"""

from dataclasses import dataclass

from muster.aws.account import StackLocation
from muster.errors import FaultUnavailable
from muster.levers import twin_command
from muster.levers.aws_faults import ReplicationPause, Throttle
from muster.levers.interface import Fault
from muster.levers.twin_command import TwinCommand
from muster.model import Stack
from muster.retry import Notify
from muster.stack_outputs import find_region

AWS_FAULT_KINDS = ("throttle", "replication-pause")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultInjector:
    """The faults of one stack."""

    stack: Stack
    location: StackLocation
    by: str
    """Name of the operator, recorded with a throttle."""
    throttle: Throttle
    replication_pause: ReplicationPause
    twin: TwinCommand | None
    """None on AWS."""
    notify: Notify

    async def inject(self, fault: Fault, token: str) -> None:
        """Inject a fault, unless it is active already.

        All attempts of one injection share one `token`. Raises UnknownRegion, FaultUnavailable,
        CallFailed, CommandFailed, WaitTimeout.
        """
        region = self._region(fault)
        if fault.kind == "throttle":
            self._warn_of_no_end(fault, "ends when it is cleared")
            by = str(fault.parameters.get("by", self.by))
            await self.throttle.inject(region, by, _parse_concurrency(fault))
        elif self.twin is not None:
            await self.twin(*twin_command.inject_arguments(fault))
        else:
            self._warn_of_no_end(fault, "lasts as long as its experiment template says")
            await self.replication_pause.inject(region, token)

    async def clear(self, fault: Fault) -> None:
        """Restore the state before the injection, if the fault is active. Raises as `inject`."""
        region = self._region(fault)
        if fault.kind == "throttle":
            await self.throttle.clear(region)
        elif self.twin is not None:
            await self.twin(*twin_command.clear_arguments(fault))
        else:
            await self.replication_pause.clear(region)

    def duration_s(self, fault: Fault) -> float | None:
        """Seconds until the fault ends on its own; None: it lasts until it is cleared."""
        for_s = fault.parameters.get("for_s")
        is_timed = self.twin is not None and fault.kind != "throttle"
        return float(for_s) if for_s is not None and is_timed else None

    def check(self, fault: Fault) -> None:
        """Raises UnknownRegion, FaultUnavailable if the fault can't be injected here."""
        self._region(fault)
        _parse_concurrency(fault)
        if self.twin is not None and fault.kind != "throttle":
            twin_command.inject_arguments(fault)

    def _region(self, fault: Fault) -> str:
        if self.twin is None and fault.kind not in AWS_FAULT_KINDS:
            raise FaultUnavailable(
                f"{fault.kind} needs a twin, but the stack is on {self.location.description};"
                f" on AWS there are {' and '.join(AWS_FAULT_KINDS)}"
            )
        if fault.kind == "control-stop":
            if fault.region is not None:
                raise FaultUnavailable(f"{fault.kind} takes no Region: it is of all of them")
            return ""
        if fault.region is None:
            raise FaultUnavailable(f"{fault.kind}: name the Region that it is for")
        return find_region(self.stack, fault.region).region

    def _warn_of_no_end(self, fault: Fault, actual_end: str) -> None:
        if "for_s" in fault.parameters:
            self.notify(f"{fault.kind} {fault.region}: has no end of its own here; it {actual_end}")


def _parse_concurrency(fault: Fault) -> int:
    """The concurrency that a throttle leaves, 0 by default."""
    raw = fault.parameters.get("concurrency", 0)
    try:
        concurrency = int(raw)
    except ValueError:
        concurrency = -1
    if concurrency < 0:
        rule = "it must be a whole number from 0"
        raise FaultUnavailable(f"{fault.kind}: concurrency is {raw!r}; {rule}")
    return concurrency

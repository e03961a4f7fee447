"""Faults: what is broken on purpose, and put back.

Decides which means a fault has in which target: AWS's own API, an experiment of FIS, or the twin's
command. Each is idempotent: injected twice it is injected once.
"""

from dataclasses import dataclass

from muster.aws.account import StackLocation
from muster.errors import FaultUnavailable
from muster.levers import twin_command
from muster.levers.fis import ReplicationPause
from muster.levers.interface import Fault
from muster.levers.throttle import Throttle
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
    """Who injects; written down beside what was found."""
    throttle: Throttle
    replication_pause: ReplicationPause
    twin: TwinCommand | None
    """None: the target is AWS."""
    notify: Notify

    async def inject(self, fault: Fault, token: str) -> None:
        """Break what the fault says. Nothing more if it is broken already.

        All attempts of one injection have one `token`.
        Raises RegionUnknown, FaultUnavailable, CallFailed, CommandFailed, NotInTime.
        """
        region = self._region(fault)
        if fault.kind == "throttle":
            self._without_end(fault, "ends when it is cleared")
            by = str(fault.parameters.get("by", self.by))
            await self.throttle.inject(region, by, _concurrency(fault))
        elif self.twin is not None:
            await self.twin(*twin_command.inject_arguments(fault))
        else:
            self._without_end(fault, "lasts as long as its experiment template says")
            await self.replication_pause.inject(region, token)

    async def clear(self, fault: Fault) -> None:
        """Put back what was found before. Nothing if it is not broken. Raises as `inject`."""
        region = self._region(fault)
        if fault.kind == "throttle":
            await self.throttle.clear(region)
        elif self.twin is not None:
            await self.twin(*twin_command.clear_arguments(fault))
        else:
            await self.replication_pause.clear(region)

    def lasts_s(self, fault: Fault) -> float | None:
        """After how many seconds it ends by itself; None: it has no end of its own here."""
        given = fault.parameters.get("for_s")
        of_twin = self.twin is not None and fault.kind != "throttle"
        return float(given) if given is not None and of_twin else None

    def check(self, fault: Fault) -> None:
        """Whether it can be injected here at all. Raises RegionUnknown, FaultUnavailable."""
        self._region(fault)
        _concurrency(fault)
        if self.twin is not None and fault.kind != "throttle":
            twin_command.inject_arguments(fault)

    def _region(self, fault: Fault) -> str:
        if self.twin is None and fault.kind not in AWS_FAULT_KINDS:
            raise FaultUnavailable(
                f"{fault.kind} needs a twin, and the target is {self.location.description};"
                f" on AWS there are {' and '.join(AWS_FAULT_KINDS)}"
            )
        if fault.kind == "control-stop":
            if fault.region is not None:
                raise FaultUnavailable(f"{fault.kind} takes no Region: it is of all of them")
            return ""
        if fault.region is None:
            raise FaultUnavailable(f"{fault.kind}: name the Region that it is for")
        return find_region(self.stack, fault.region).region

    def _without_end(self, fault: Fault, words: str) -> None:
        if "for_s" in fault.parameters:
            self.notify(f"{fault.kind} {fault.region}: has no end of its own here; it {words}")


def _concurrency(fault: Fault) -> int:
    """What a throttle leaves; nothing unless it says so."""
    raw = fault.parameters.get("concurrency", 0)
    try:
        left = int(raw)
    except ValueError:
        left = -1
    if left < 0:
        rule = "it must be a whole number from 0"
        raise FaultUnavailable(f"{fault.kind}: concurrency is {raw!r}; {rule}")
    return left

"""The interface between a drill and its levers: dial, health switch, records, faults.

Frozen values and a protocol, without I/O. Every change is idempotent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from muster.formatting import format_duration
from muster.model import ActiveFault, SwitchSetting

FaultKind = Literal[
    "throttle",
    "replication-pause",
    "region-kill",
    "region-freeze",
    "control-stop",
    "network-cut",
    "network-slow",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    kind: FaultKind
    region: str | None = None
    """None for a fault of no Region: control-stop."""
    parameters: dict[str, float | str] = field(default_factory=dict)
    """`for_s`: seconds until it ends on its own; `delay_ms` of network-slow; of throttle
    `concurrency`, 0 by default, and `by`, by default the operator."""


_PARAMETER_OF: Mapping[str, FaultKind] = {"delay_ms": "network-slow", "concurrency": "throttle"}
"""Parameters of one kind only. Other kinds ignore them: a scenario may leave the kind open."""
_BROKEN_PART: Mapping[str, str] = {
    "region-kill": "processes",
    "region-stop": "processes",
    "region-freeze": "processes",
    "control-kill": "control planes",
    "control-stop": "control planes",
    "control-freeze": "control planes",
    "edge-kill": "edge",
    "edge-stop": "edge",
    "edge-freeze": "edge",
    "network-cut": "network",
    "network-slow": "network",
    "replication-pause": "replication",
    "throttle": "function",
}
"""What each fault breaks; some kinds are injected by the twin's own command only."""


def fault_scope(kind: str, region: str | None) -> str:
    """What a fault hits: `network of us-west-2`, `control planes`.

    A scope has at most one fault: injecting another one replaces the first, and clearing either of
    them ends it.
    """
    part = _BROKEN_PART.get(kind, kind)
    return f"{part} of {region}" if region else part


def scope_of_fault(fault: Fault | ActiveFault) -> str:
    return fault_scope(fault.kind, fault.region)


def describe_fault(fault: Fault | ActiveFault) -> str:
    """`network-slow of us-west-2 (delay_ms 200, for 30 s)`."""
    parameters = (
        (name, value)
        for name, value in sorted(fault.parameters.items())
        if _PARAMETER_OF.get(name, fault.kind) == fault.kind
    )
    details = ", ".join(_format_parameter(name, value) for name, value in parameters)
    where = f" of {fault.region}" if fault.region else ""
    return f"{fault.kind}{where}{f' ({details})' if details else ''}"


def _format_parameter(name: str, value: float | str) -> str:
    if name == "for_s" and isinstance(value, float):
        return f"for {format_duration(value)}"
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"


def describe_active_fault(fault: ActiveFault, now: float) -> str:
    """`network-slow of us-west-2 (delay_ms 200) is active, 9:40 min left`. `now` since 1970."""
    by = f", by {fault.by}" if fault.by else ""
    return f"{describe_fault(fault)} is active, {_format_end(fault.until_epoch_s, now)}{by}"


def _format_end(until: float | None, now: float) -> str:
    if until is None:
        return "without an end"
    return f"{format_duration(until - now)} left" if until > now else "overdue"


class Levers(Protocol):
    """One attempt of each change; what the methods return is for a person."""

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> object:
        """Turn a Region's traffic dial and wait until the change is deployed.

        Raises AcceleratorBusy, AllDialsZero, Unreachable, CallFailed, WaitTimeout.
        """
        ...

    async def set_switch(self, region: str, switch: SwitchSetting, *, within_s: float) -> object:
        """Set a Region's health switch and wait until its load balancer's target follows.

        Raises AllRegionsSwitchedOff, Unreachable, CallFailed, WaitTimeout.
        """
        ...

    async def set_weight(self, region: str, weight: int, *, within_s: float) -> object:
        """Set the weight of a Region's record and wait until Route 53's servers have it.

        Raises AllWeightsZero, LeverUnavailable, Unreachable, CallFailed, WaitTimeout.
        """
        ...

    async def set_inverted(self, region: str, inverted: bool, *, within_s: float) -> object:
        """Invert a Region's health check in Route 53, or end that.

        Raises AllChecksInverted, LeverUnavailable, Unreachable, CallFailed.
        """
        ...

    async def inject(self, fault: Fault, *, token: str) -> None:
        """Inject the fault, unless it is active already.

        All attempts of one injection share one `token`, an idempotency token of AWS.
        """
        ...

    async def clear(self, fault: Fault) -> None:
        """Restore the state before the injection; does nothing if the fault is not active."""
        ...

"""The interface between a drill and the levers that it pulls.

Frozen values and a protocol, without I/O. Each lever is idempotent: pulled twice it is pulled once.
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
    """Something that is broken on purpose."""

    kind: FaultKind
    region: str | None = None
    """None for a fault of no Region: control-stop."""
    parameters: dict[str, float | str] = field(default_factory=dict)
    """`for_s`: after how many seconds it ends by itself; `delay_ms` of network-slow; `concurrency`
    that a throttle leaves (0 unless said), and `by`, who is noted for it (whoever injects)."""


_ONLY_OF: Mapping[str, FaultKind] = {"delay_ms": "network-slow", "concurrency": "throttle"}
"""A scenario in which the kind is a parameter gives what each kind takes; one is of use."""


_BROKEN: Mapping[str, str] = {
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
"""What each fault breaks; some of them only the twin's own command injects."""


def fault_scope(kind: str, region: str | None) -> str:
    """What a fault breaks: `network of us-west-2`, `control planes`.

    A side has one fault at most: injecting another one takes the place of the first, and whichever
    of them is cleared, the side is whole again.
    """
    broken = _BROKEN.get(kind, kind)
    return f"{broken} of {region}" if region else broken


def scope_of_fault(fault: Fault | ActiveFault) -> str:
    """The side that a fault breaks."""
    return fault_scope(fault.kind, fault.region)


def describe_fault(fault: Fault | ActiveFault) -> str:
    """`network-slow of us-west-2 (delay_ms 200, for 30 s)`."""
    given = (
        (name, value)
        for name, value in sorted(fault.parameters.items())
        if _ONLY_OF.get(name, fault.kind) == fault.kind
    )
    more = ", ".join(_parameter_words(name, value) for name, value in given)
    where = f" of {fault.region}" if fault.region else ""
    return f"{fault.kind}{where}{f' ({more})' if more else ''}"


def _parameter_words(name: str, value: float | str) -> str:
    if name == "for_s" and isinstance(value, float):
        return f"for {format_duration(value)}"
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"


def describe_active_fault(fault: ActiveFault, now: float) -> str:
    """`network-slow of us-west-2 (delay_ms 200) stands, 9:40 min left`. `now` since 1970."""
    by = f", by {fault.by}" if fault.by else ""
    return f"{describe_fault(fault)} stands, {_left(fault.until_epoch_s, now)}{by}"


def _left(until: float | None, now: float) -> str:
    if until is None:
        return "without an end"
    return f"{format_duration(until - now)} left" if until > now else "overdue"


class Levers(Protocol):
    """One attempt of each change; what the methods return is for a person."""

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> object:
        """Turn a Region's traffic dial and wait until the change is deployed.

        Raises AcceleratorBusy, AllDialsZero, Unreachable, CallFailed, NotInTime.
        """
        ...

    async def set_switch(self, region: str, switch: SwitchSetting, *, within_s: float) -> object:
        """Set a Region's health switch and wait until its load balancer's target follows.

        Raises AllSwitchedOff, Unreachable, CallFailed, NotInTime.
        """
        ...

    async def inject(self, fault: Fault, *, token: str) -> None:
        """Break what the fault says. Nothing more if it is broken already.

        All attempts of one injection have one `token` (an idempotency token of AWS).
        """
        ...

    async def clear(self, fault: Fault) -> None:
        """Put back what was found before `inject`. Nothing if it is not broken."""
        ...

"""The interface between a drill and the levers that it pulls.

Frozen values and a protocol, without I/O. Each lever is idempotent: pulled twice it is pulled once.
"""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from muster.model import Switch

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
    that a throttle leaves (0 unless said)."""


class Levers(Protocol):
    """What a drill pulls."""

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> None:
        """Turn a Region's traffic dial and wait until the change is deployed.

        Raises AcceleratorBusy, AllDialsZero, Unreachable, CallFailed, NotInTime.
        """
        ...

    async def set_switch(self, region: str, switch: Switch, *, within_s: float) -> None:
        """Set a Region's health switch and wait until its load balancer's target follows.

        Raises AllSwitchedOff, Unreachable, CallFailed, NotInTime.
        """
        ...

    async def inject(self, fault: Fault) -> None:
        """Break what the fault says. Nothing more if it is broken already."""
        ...

    async def clear(self, fault: Fault) -> None:
        """Put back what was found before `inject`. Nothing if it is not broken."""
        ...

"""The faults that stand, as `twin status --json` and the gateway tell them. Pure.

The dataclasses are what programs read: fields are only ever added.
"""

from collections.abc import Callable
from dataclasses import dataclass

from twin.core.faults import Fault, FaultKind, Faults
from twin.runtime.roles import ProcessState


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultReport:
    """Something that is broken on purpose."""

    name: str
    """`region-kill`, `region-freeze`, `control-stop`, `replication-pause`, `network-cut`, ..."""
    role: str
    region: str
    """Empty for a fault of no Region."""
    since_s: float
    """Seconds since 1970."""
    until_s: float | None
    """When it ends by itself; None: not before somebody ends it."""
    left_s: float | None
    """Seconds until then; below 0 when it is overdue."""
    delay_ms: float = 0.0
    """Of a slow network, each way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultList:
    """What GET /_twin/faults answers."""

    faults: tuple[FaultReport, ...] = ()


_SHOWS_AS = {
    FaultKind.KILL: ProcessState.DEAD,
    FaultKind.STOP: ProcessState.DEAD,
    FaultKind.FREEZE: ProcessState.FROZEN,
}


def list_active_faults(
    written: Faults, now: float, state_of: Callable[[str], ProcessState]
) -> tuple[FaultReport, ...]:
    """Those that stand at this time (seconds since 1970); `state_of` a role's process."""

    def is_broken(fault: Fault) -> bool:
        return state_of(fault.role) is _SHOWS_AS[fault.kind]

    return tuple(_told(fault, now) for fault in written.visible(now, is_broken))


def _told(fault: Fault, now: float) -> FaultReport:
    left_s = fault.remaining_s(now)
    return FaultReport(
        name=fault.name,
        role=fault.role,
        region=fault.region,
        since_s=fault.since_s,
        until_s=fault.until_s,
        left_s=None if left_s is None else round(left_s, 1),
        delay_ms=fault.delay_ms,
    )

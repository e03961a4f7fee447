"""What a guard is given, and what it returns."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Literal

from muster.drill.guards.expected_alarms import AlarmFilter, Disturbance
from muster.drill.plan.instructions import Instruction
from muster.drill.run.lease import LeaseStatus
from muster.levers import Fault, scope_of_fault
from muster.limits import Limits
from muster.model import ActiveFault, StackAlarm, SystemView

OWN_LEASE = LeaseStatus(state="ours")
GuardRuling = Literal["ok", "hold", "refuse"]
"""`hold`: not now, look again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardVerdict:
    """One guard's ruling on one step."""

    guard: str
    ruling: GuardRuling
    reason: str
    forced: bool = False
    """The operator overrides the guard: the ruling is ok, whatever the reason says."""


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """The result of a guard's rule."""

    ruling: GuardRuling
    reason: str


def allow(reason: str) -> GuardFinding:
    return GuardFinding("ok", reason)


def hold(reason: str) -> GuardFinding:
    return GuardFinding("hold", reason)


def refuse(reason: str) -> GuardFinding:
    return GuardFinding("refuse", reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardContext:
    """A step, and everything that guards may decide by."""

    do: Instruction
    view: SystemView
    limits: Limits
    lease: LeaseStatus = OWN_LEASE
    answering: frozenset[str] = frozenset()
    """Regions that answered our probes well just now."""
    answering_dns: frozenset[str] = frozenset()
    """The same through the DNS door."""
    broken: Set[str] = frozenset()
    """Regions in which this drill has injected a fault at any time."""
    stack_alarms: Mapping[str, StackAlarm] = field(default_factory=dict)
    """The stack's own alarms, by `REGION:NAME`."""
    disturbed: Set[Disturbance] = frozenset()
    """What this drill has disturbed at any time."""
    faults: tuple[Fault, ...] = ()
    """This drill's uncleared faults: telemetry shows them late, or never."""
    baseline_faults: tuple[ActiveFault, ...] = ()
    """Faults that were active before this drill, in the scopes that it changes."""
    recent_lags_s: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Largest recent replication lag, by source Region, then by receiving Region."""
    emptied_s: float | None = None
    """Since when a DrainWrites' Region is empty, if known; on the clock of `now_s`."""
    degraded_s: float | None = None
    """Since when a DrainWrites' Region is given no more traffic; on the clock of `now_s`."""
    now_s: float = 0.0
    now: float = 0.0
    """Seconds since 1970."""

    @property
    def alarm_filter(self) -> AlarmFilter:
        """Tells expected alarms from others."""
        return AlarmFilter(
            stack_alarms=self.stack_alarms, broken=self.broken, disturbed=self.disturbed
        )

    @property
    def foreign_faults(self) -> tuple[ActiveFault, ...]:
        """Active faults that this drill has not injected."""
        baseline = {(scope_of_fault(fault), fault.kind) for fault in self.baseline_faults}
        own_scopes = {scope_of_fault(fault) for fault in self.faults}
        return tuple(
            fault
            for fault in self.view.faults or ()
            if scope_of_fault(fault) not in own_scopes
            or (scope_of_fault(fault), fault.kind) in baseline
        )

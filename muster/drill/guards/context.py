"""What guards judge, and the words that they share: healthy, taking away, evidence.

Decides when a Region counts as healthy, and which steps take something away from one. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import ClearFault, InjectFault, Instruction, SetDial, SetSwitch
from muster.drill.plan.limits import Limits
from muster.levers import Fault, scope_of_fault
from muster.model import ActiveFault, RegionView, SystemView

GuardRuling = Literal["ok", "hold", "refuse"]
RegionHealth = Literal["healthy", "unhealthy", "unknown"]
LeaseState = Literal["ours", "free", "held", "unfinished", "gone", "unknown"]
LocalRunState = Literal["unknown", "at-work", "left", "over"]
"""What this machine knows of a run: nothing; a process is at work on it; none is any more; it is
over."""

DEGRADING_FAULTS = frozenset(
    {"throttle", "region-kill", "region-freeze", "network-cut", "network-slow"}
)
"""Faults that take a Region's requests away, or some of them."""
DEGRADING_TWIN_FAULTS = frozenset({"region-stop"})
"""The same of faults that the tool does not inject: the twin's own command does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardVerdict:
    """What one guard says of one step."""

    guard: str
    ruling: GuardRuling
    reason: str
    forced: bool = False
    """Whether it was overridden: `ruling` is then ok in spite of the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardContext:
    """Everything that the guards may know."""

    do: Instruction
    view: SystemView
    limits: Limits
    lease: LeaseState = "ours"
    lease_words: str = ""
    """Who holds it, if it is not ours."""
    lease_way_out: str = ""
    """What can be done about it then."""
    answering: frozenset[str] = frozenset()
    """Regions that have just answered our probes well: evidence where telemetry is missing."""
    broken: frozenset[str] = frozenset()
    """Regions in which this drill has injected a fault: their alarms are expected."""
    faults: tuple[Fault, ...] = ()
    """Faults of this drill that it has not cleared: telemetry notices them late, or never."""
    found: tuple[ActiveFault, ...] = ()
    """What stood before this drill where it breaks or mends something."""
    recent_lags_s: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Largest replication lag of late, by the Region that writes leave and the receiving one."""
    emptied_s: float | None = None
    """Since when the Region of a Drain is empty, as far as is known; on the clock of `now_s`."""
    now_s: float = 0.0
    at: float = 0.0
    """Seconds since 1970."""

    @property
    def others(self) -> tuple[ActiveFault, ...]:
        """The faults that stand and are not this drill's own."""
        found = {(scope_of_fault(one), one.kind) for one in self.found}
        own = {scope_of_fault(one) for one in self.faults}
        return tuple(
            one
            for one in self.view.faults or ()
            if scope_of_fault(one) not in own or (scope_of_fault(one), one.kind) in found
        )


def active_faults_at(view: SystemView, side: str) -> tuple[ActiveFault, ...] | None:
    """The faults that stand on a side of the system; None: that could not be read."""
    if view.faults is None or side in view.faults_unread:
        return None
    return tuple(one for one in view.faults if scope_of_fault(one) == side)


def region_health(view: SystemView, region: str, answering: Iterable[str] = ()) -> RegionHealth:
    """Whether a Region can take traffic, its dial aside."""
    one = view.regions.get(region)
    if one is None:
        return "unknown"
    if (one.switch is not None and one.switch.status == "fail") or _seen_bad(one):
        return "unhealthy"
    if one.switch is None:
        return "unknown"
    if one.endpoint == "HEALTHY" and one.target == "healthy":
        return "healthy"
    # The control planes don't tell: good answers to our own probes do.
    return "healthy" if region in answering else "unknown"


def lags_to_refuges(
    view: SystemView, region: str, answering: Iterable[str] = ()
) -> dict[str, float | None]:
    """Lags of writes that leave a Region, to every other one that may take its users over.

    That is each that is not known to be unhealthy, whatever its dial. None: nothing tells.
    """
    one = view.regions.get(region)
    others = (name for name in view.regions if name != region)
    takers = (name for name in others if region_health(view, name, answering) != "unhealthy")
    return {name: one.lags_s.get(name) if one else None for name in takers}


def degraded_regions(faults: Iterable[Fault | ActiveFault]) -> frozenset[str]:
    """Regions in which these faults take requests away."""
    return frozenset(
        one.region
        for one in faults
        if one.region is not None
        and (one.kind in DEGRADING_FAULTS or one.kind in DEGRADING_TWIN_FAULTS)
    )


def region_degraded_by(do: Instruction, view: SystemView) -> str | None:
    """The Region that a step takes traffic or life from; None if it takes nothing away."""
    match do:
        case SetDial(region=region, percent=percent):
            one = view.regions.get(region)
            now = one.dial if one is not None and one.dial is not None else 100.0
            return region if percent < now - DIAL_EPSILON else None
        case SetSwitch(region=region, status="fail"):
            return region
        case InjectFault(fault=fault) if fault.kind in DEGRADING_FAULTS:
            return fault.region
        case _:
            return None


def relevant_alarms(view: SystemView, broken: Iterable[str]) -> dict[str, str | None]:
    """The named alarms but those of Regions that this drill has broken (`REGION:NAME`)."""
    excused = tuple(f"{region}:" for region in broken)
    return {name: state for name, state in view.alarms.items() if not name.startswith(excused)}


def _seen_bad(one: RegionView) -> bool:
    target_bad = one.target is not None and one.target != "healthy"
    return target_bad or one.endpoint in ("UNHEALTHY", "INITIAL")


def is_action(do: Instruction) -> bool:
    """Whether it changes something outside."""
    return isinstance(do, SetDial | SetSwitch | InjectFault | ClearFault)


def turns_dial(do: Instruction) -> bool:
    """Whether it turns a dial."""
    return isinstance(do, SetDial)


def may_degrade(do: Instruction) -> bool:
    """Whether it takes something away in some state of the system."""
    deadly = isinstance(do, InjectFault) and do.fault.kind in DEGRADING_FAULTS
    return turns_dial(do) or deadly or (isinstance(do, SetSwitch) and do.status == "fail")


def evacuates(do: Instruction) -> bool:
    """Whether it may empty a Region that lives."""
    return may_degrade(do) and not isinstance(do, InjectFault)


def adds_risk(do: Instruction) -> bool:
    """Everything but what puts something right."""
    return is_action(do) and not (
        isinstance(do, ClearFault) or (isinstance(do, SetSwitch) and do.status == "auto")
    )


def is_fault_action(do: Instruction) -> bool:
    """Whether it is about a fault."""
    return isinstance(do, InjectFault | ClearFault)


def may_send_traffic(do: Instruction) -> bool:
    """Whether it may send traffic to a Region that did not have it."""
    return turns_dial(do) or (isinstance(do, SetSwitch) and do.status == "pass")

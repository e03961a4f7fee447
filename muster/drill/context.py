"""What guards judge, and the words that they share: healthy, taking away, evidence.

Decides when a Region counts as healthy, and which steps take something away from one. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from muster.drill.instructions import Clear, Inject, Instruction, SetDial, SetSwitch
from muster.drill.limits import Limits
from muster.drill.ramp import EPSILON
from muster.levers import Fault, side_of
from muster.model import RegionView, StandingFault, SystemView

Ruling = Literal["ok", "hold", "refuse"]
Health = Literal["healthy", "unhealthy", "unknown"]
LeaseState = Literal["ours", "free", "held", "unfinished", "gone", "unknown"]
Here = Literal["unknown", "at-work", "left", "over"]
"""What this machine knows of a run: nothing; a process is at work on it; none is any more; it is
over."""

DEADLY = frozenset({"throttle", "region-kill", "region-freeze", "network-cut", "network-slow"})
"""Faults that take a Region's requests away, or some of them."""
DEADLY_BY_HAND = frozenset({"region-stop"})
"""The same of faults that the tool does not inject: the twin's own command does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one guard says of one step."""

    guard: str
    ruling: Ruling
    reason: str
    forced: bool = False
    """Whether it was overridden: `ruling` is then ok in spite of the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
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
    found: tuple[StandingFault, ...] = ()
    """What stood before this drill where it breaks or mends something."""
    recent_lags_s: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Largest replication lag of late, by the Region that writes leave and the receiving one."""
    emptied_s: float | None = None
    """Since when the Region of a Drain is empty, as far as is known; on the clock of `now_s`."""
    now_s: float = 0.0
    at: float = 0.0
    """Seconds since 1970."""

    @property
    def others(self) -> tuple[StandingFault, ...]:
        """The faults that stand and are not this drill's own."""
        found = {(side_of(one), one.kind) for one in self.found}
        own = {side_of(one) for one in self.faults}
        return tuple(
            one
            for one in self.view.faults or ()
            if side_of(one) not in own or (side_of(one), one.kind) in found
        )


def standing_at(view: SystemView, side: str) -> tuple[StandingFault, ...] | None:
    """The faults that stand on a side of the system; None: that could not be read."""
    if view.faults is None or side in view.faults_unread:
        return None
    return tuple(one for one in view.faults if side_of(one) == side)


def health(view: SystemView, region: str, answering: Iterable[str] = ()) -> Health:
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


def ways(view: SystemView, region: str, answering: Iterable[str] = ()) -> dict[str, float | None]:
    """Lags of writes that leave a Region, to every other one that may take its users over.

    That is each that is not known to be unhealthy, whatever its dial. None: nothing tells.
    """
    one = view.regions.get(region)
    others = (name for name in view.regions if name != region)
    takers = (name for name in others if health(view, name, answering) != "unhealthy")
    return {name: one.lags_s.get(name) if one else None for name in takers}


def struck(faults: Iterable[Fault | StandingFault]) -> frozenset[str]:
    """Regions in which these faults take requests away."""
    return frozenset(
        one.region
        for one in faults
        if one.region is not None and (one.kind in DEADLY or one.kind in DEADLY_BY_HAND)
    )


def takes_from(do: Instruction, view: SystemView) -> str | None:
    """The Region that a step takes traffic or life from; None if it takes nothing away."""
    match do:
        case SetDial(region=region, percent=percent):
            one = view.regions.get(region)
            now = one.dial if one is not None and one.dial is not None else 100.0
            return region if percent < now - EPSILON else None
        case SetSwitch(region=region, status="fail"):
            return region
        case Inject(fault=fault) if fault.kind in DEADLY:
            return fault.region
        case _:
            return None


def live_alarms(view: SystemView, broken: Iterable[str]) -> dict[str, str | None]:
    """The named alarms but those of Regions that this drill has broken (`REGION:NAME`)."""
    excused = tuple(f"{region}:" for region in broken)
    return {name: state for name, state in view.alarms.items() if not name.startswith(excused)}


def _seen_bad(one: RegionView) -> bool:
    target_bad = one.target is not None and one.target != "healthy"
    return target_bad or one.endpoint in ("UNHEALTHY", "INITIAL")


def changes(do: Instruction) -> bool:
    """Whether it changes something outside."""
    return isinstance(do, SetDial | SetSwitch | Inject | Clear)


def turns_dial(do: Instruction) -> bool:
    """Whether it turns a dial."""
    return isinstance(do, SetDial)


def may_take(do: Instruction) -> bool:
    """Whether it takes something away in some state of the system."""
    deadly = isinstance(do, Inject) and do.fault.kind in DEADLY
    return turns_dial(do) or deadly or (isinstance(do, SetSwitch) and do.status == "fail")


def evacuates(do: Instruction) -> bool:
    """Whether it may empty a Region that lives."""
    return may_take(do) and not isinstance(do, Inject)


def adds_risk(do: Instruction) -> bool:
    """Everything but what puts something right."""
    return changes(do) and not (
        isinstance(do, Clear) or (isinstance(do, SetSwitch) and do.status == "auto")
    )


def breaks_or_mends(do: Instruction) -> bool:
    """Whether it is about a fault."""
    return isinstance(do, Inject | Clear)


def may_send(do: Instruction) -> bool:
    """Whether it may send traffic to a Region that did not have it."""
    return turns_dial(do) or (isinstance(do, SetSwitch) and do.status == "pass")

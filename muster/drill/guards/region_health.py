"""Questions about a SystemView: is a Region healthy, what degrades it, who can take over.

Pure. Guards, measures, plan summaries and the rollback share these answers.
"""

from collections.abc import Iterable
from typing import Literal

from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import (
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.levers import Fault, scope_of_fault
from muster.model import ActiveFault, RegionView, SystemView

RegionHealth = Literal["healthy", "unhealthy", "unknown"]
DEGRADING_FAULTS = frozenset(
    {"throttle", "region-kill", "region-freeze", "network-cut", "network-slow"}
)
"""Faults that make some or all of a Region's requests fail or wait."""
DEGRADING_TWIN_FAULTS = frozenset({"region-stop"})
"""The same of faults that only the `twin` command injects."""


def region_health(view: SystemView, region: str, answering: Iterable[str] = ()) -> RegionHealth:
    """Can a Region take traffic, its dial aside? By the accelerator if there is one, else by DNS.

    `answering`: Regions that answered our probes well just now, which counts where the control
    planes don't answer.
    """
    seen = view.regions.get(region)
    if seen is None:
        return "unknown"
    if (seen.switch is not None and seen.switch.status == "fail") or _is_reported_bad(seen):
        return "unhealthy"
    if seen.switch is None:
        return "unknown"
    if "accelerator" not in view.doors:
        return record_health(view, region, answering)
    if seen.endpoint == "HEALTHY" and seen.target == "healthy":
        return "healthy"
    return "healthy" if region in answering else "unknown"


def record_health(view: SystemView, region: str, answering: Iterable[str] = ()) -> RegionHealth:
    """Does Route 53 count a Region's record as healthy? By `answering` where that is unknown."""
    record = (view.dns or {}).get(region)
    if record is None or record.healthy is None:
        return "healthy" if region in answering else "unknown"
    return "healthy" if record.healthy else "unhealthy"


def _is_reported_bad(seen: RegionView) -> bool:
    bad_target = seen.target is not None and seen.target != "healthy"
    return bad_target or seen.endpoint in ("UNHEALTHY", "INITIAL")


def lags_to_refuges(
    view: SystemView, region: str, answering: Iterable[str] = ()
) -> dict[str, float | None]:
    """Lags of a Region's writes to every Region that may take over its users; None: unknown.

    That is every other one which is not known to be unhealthy, whatever its dial.
    """
    seen = view.regions.get(region)
    others = (name for name in view.regions if name != region)
    refuges = (name for name in others if region_health(view, name, answering) != "unhealthy")
    return {name: seen.lags_s.get(name) if seen else None for name in refuges}


def active_faults_at(view: SystemView, scope: str) -> tuple[ActiveFault, ...] | None:
    """The active faults of a scope; None: unreadable."""
    if view.faults is None or scope in view.faults_unread:
        return None
    return tuple(fault for fault in view.faults if scope_of_fault(fault) == scope)


def degraded_regions(faults: Iterable[Fault | ActiveFault]) -> frozenset[str]:
    """Regions that these faults degrade."""
    return frozenset(
        fault.region
        for fault in faults
        if fault.region is not None
        and (fault.kind in DEGRADING_FAULTS or fault.kind in DEGRADING_TWIN_FAULTS)
    )


def region_degraded_by(do: Instruction, view: SystemView) -> str | None:
    """The Region that a step degrades (lower dial, failed health, fault); None for other steps."""
    match do:
        case SetDial(region=region, percent=percent):
            seen = view.regions.get(region)
            dial = seen.dial if seen is not None and seen.dial is not None else 100.0
            return region if percent < dial - DIAL_EPSILON else None
        case SetSwitch(region=region, status="fail"):
            return region
        case SetWeight(region=region, weight=weight, lowers=lowers):
            record = (view.dns or {}).get(region)
            now = record.weight if record is not None else None
            return region if (lowers if now is None else weight < now) else None
        case SetInverted(region=region, inverted=True):
            return region
        case InjectFault(fault=fault) if fault.kind in DEGRADING_FAULTS:
            return fault.region
        case _:
            return None

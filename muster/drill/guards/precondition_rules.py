"""Rules about other drills, what can be seen, and faults of another origin."""

from muster.drill.guards.context import GuardContext, GuardFinding, allow, hold, refuse
from muster.drill.guards.region_health import (
    DEGRADING_FAULTS,
    active_faults_at,
    degraded_regions,
    region_degraded_by,
)
from muster.drill.plan.instructions import ClearFault, InjectFault, instruction_region
from muster.levers import describe_active_fault, fault_scope, scope_of_fault
from muster.model import ActiveFault


def check_lease(context: GuardContext) -> GuardFinding:
    lease = context.lease
    way_out = f"; {lease.way_out}" if lease.way_out else ""
    match lease.state:
        case "ours" | "free":
            return allow("no other drill is under way")
        case "held":
            return refuse(f"a drill is under way: {lease.words}{way_out}")
        case "unfinished":
            return refuse(f"a drill has left its lease: {lease.words}{way_out}")
        case "gone":
            return refuse(
                "the lease is gone: this drill was rolled back elsewhere, or the lease was removed"
                " by hand"
            )
        case _:
            return hold(f"the lease can't be read in any Region {lease.words}")


def check_telemetry(context: GuardContext) -> GuardFinding:
    region = instruction_region(context.do)
    if region is None:
        return allow("about no Region")
    seen = context.view.regions.get(region)
    if seen is None:
        return refuse(f"{region} is no Region of the stack")
    if seen.switch is None and seen.target is None and region not in context.answering:
        if region in context.broken:  # so that an interrupted injection can be repeated
            return allow(f"nothing of {region} can be read: this drill has broken it")
        return hold(f"nothing of {region} can be read")
    return allow(f"{region} can be read")


def check_outputs(context: GuardContext) -> GuardFinding:
    """Guards that know another stack than the one that serves would judge by half of it."""
    if context.view.outdated:
        return refuse(
            "the outputs are not those of the newest deployment:"
            f" {'; '.join(context.view.outdated)}; write them anew"
        )
    return allow("the front doors have the Regions of the outputs")


def check_alarms(context: GuardContext) -> GuardFinding:
    alarms = context.alarm_filter.unexpected(context.view)
    in_alarm = sorted(name for name, state in alarms.items() if state == "ALARM")
    if in_alarm:
        return refuse(f"{', '.join(in_alarm)} in ALARM")
    without_data = sorted(name for name, state in alarms.items() if state != "OK")
    if without_data:
        return hold(f"no data of {', '.join(without_data)}")
    return allow(f"{len(alarms)} watched, all OK" if alarms else "none watched")


def check_active_faults(context: GuardContext) -> GuardFinding:
    """No fault of another origin is measured, ended, or met by traffic that moves."""
    conflicts = [
        (fault, why) for fault in context.foreign_faults if (why := _conflict(context, fault))
    ]
    if conflicts:
        return refuse(
            "; ".join(
                f"{describe_active_fault(fault, context.now)}: {why}" for fault, why in conflicts
            )
        )
    unread = [
        scope for scope in _scopes_to_know(context) if active_faults_at(context.view, scope) is None
    ]
    if unread:
        return hold(f"active faults can't be read ({', '.join(unread)})")
    if isinstance(context.do, ClearFault):
        return allow("ends no fault of another origin")
    return allow("no fault of another origin is in the way")


def _conflict(context: GuardContext, foreign: ActiveFault) -> str:
    """Why a fault of another origin is in the way of a step; empty when it is not."""
    do = context.do
    if isinstance(do, InjectFault | ClearFault) and scope_of_fault(do.fault) == scope_of_fault(
        foreign
    ):
        return "it would end with this one" if isinstance(do, InjectFault) else "it would be ended"
    if isinstance(do, InjectFault):
        return "both would act at once"
    leaving = region_degraded_by(do, context.view)
    in_refuge = leaving is not None and degraded_regions((foreign,)) - {leaving}
    return "traffic would go there" if in_refuge else ""


def _scopes_to_know(context: GuardContext) -> tuple[str, ...]:
    """Scopes in which a fault of another origin would be in the way."""
    do = context.do
    own = {scope_of_fault(fault) for fault in context.faults}
    scopes = [scope_of_fault(do.fault)] if isinstance(do, InjectFault | ClearFault) else []
    leaving = region_degraded_by(do, context.view)
    if leaving is not None:
        refuges = (region for region in context.view.regions if region != leaving)
        scopes += [
            fault_scope(kind, region) for region in refuges for kind in sorted(DEGRADING_FAULTS)
        ]
    return tuple(scope for scope in dict.fromkeys(scopes) if scope not in own)

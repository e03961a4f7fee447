"""Rules about turning a dial."""

from muster.drill.guards.context import GuardContext, GuardFinding, allow, hold, refuse
from muster.drill.guards.region_health import region_degraded_by
from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import SetDial
from muster.formatting import format_dial


def check_all_dials_zero(context: GuardContext) -> GuardFinding:
    do = context.do
    if not isinstance(do, SetDial) or do.percent > DIAL_EPSILON:
        return allow("this dial stays above 0")
    others = {name: seen.dial for name, seen in context.view.regions.items() if name != do.region}
    above = [name for name, dial in others.items() if dial is not None and dial > DIAL_EPSILON]
    if above:
        return allow(f"the dial of {', '.join(above)} is above 0")
    unknown = [name for name, dial in others.items() if dial is None]
    if unknown:
        return hold(f"the dial of {', '.join(unknown)} can't be read")
    return refuse(f"with {do.region} every dial would be 0; AWS does not say what happens then")


def check_dial_floor(context: GuardContext) -> GuardFinding:
    do, floor = context.do, context.limits.dial_floor
    if region_degraded_by(do, context.view) is None or not isinstance(do, SetDial):
        return allow("no dial is lowered")
    if do.percent < floor - DIAL_EPSILON:
        return refuse(
            f"{format_dial(do.percent)} is below the floor of {format_dial(floor)}"
            " (setting limits.dial_floor)"
        )
    return allow(f"not below the floor of {format_dial(floor)}")


def check_dial_step(context: GuardContext) -> GuardFinding:
    do, max_step = context.do, context.limits.dial_step
    if not isinstance(do, SetDial):
        return allow("no dial is turned")
    seen = context.view.regions.get(do.region)
    if seen is None or seen.dial is None:
        return hold(f"the dial of {do.region} can't be read")
    turn = abs(do.percent - seen.dial)
    if turn > max_step + DIAL_EPSILON:
        return refuse(
            f"from {format_dial(seen.dial)} to {format_dial(do.percent)} is a turn of {turn:.4g};"
            f" at most {max_step:g} in one step (setting limits.dial_step)"
        )
    return allow(f"a turn of {turn:.4g}, at most {max_step:g}")


def check_accelerator_deployed(context: GuardContext) -> GuardFinding:
    view = context.view
    if view.accelerator_status is None:
        return hold(
            "the accelerator's API does not answer, so no dial can be turned; the health switch"
            " needs no control plane (evacuate-by-health)"
        )
    if view.accelerator_enabled is False:
        return refuse("the accelerator is disabled: it routes nothing")
    if view.accelerator_status != "DEPLOYED":
        return hold("an earlier change of the accelerator is under way")
    return allow("DEPLOYED")

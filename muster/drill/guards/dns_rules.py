"""Rules about the DNS door: its records, and the health checks behind them."""

from muster.drill.guards.context import GuardContext, GuardFinding, allow, hold, refuse
from muster.drill.guards.region_health import (
    RegionHealth,
    degraded_regions,
    record_health,
    region_degraded_by,
)
from muster.drill.plan.instructions import SetDial, SetInverted
from muster.model import FrontDoor


def check_last_healthy_record(context: GuardContext) -> GuardFinding:
    """Another Region's record must be healthy, with a weight above 0 where records have weights.

    Without any, Route 53 answers as if all records were healthy:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
    """
    door: FrontDoor = "dns"
    leaving = region_degraded_by(context.do, context.view)
    if door not in context.view.doors or leaving is None or isinstance(context.do, SetDial):
        return allow("takes no record away")
    others = [name for name in context.view.regions if name != leaving]
    states = {name: _record_state(context, name) for name in others}
    healthy = [region for region, state in states.items() if state == "healthy"]
    if healthy:
        return allow(f"the record of {', '.join(healthy)} is healthy")
    unknown = [region for region, state in states.items() if state == "unknown"]
    if unknown:
        return hold(f"it is unknown whether the record of {', '.join(unknown)} is healthy")
    return refuse(
        f"without {leaving} no record would be healthy with a weight above 0, and then Route 53"
        " answers as if all were"
    )


def check_route53_reachable(context: GuardContext) -> GuardFinding:
    if context.view.dns is None:
        return hold(
            "Route 53's API does not answer, so no record or health check can be changed; the"
            " health switch needs no control plane (evacuate-by-health)"
        )
    return allow("it answers")


def check_broken_inversion(context: GuardContext) -> GuardFinding:
    """An inverted check of a Region that fails counts as healthy, and sends users there."""
    do = context.do
    if not isinstance(do, SetInverted) or not do.inverted:
        return allow("no check is inverted")
    record = (context.view.dns or {}).get(do.region)
    if record is None or record.healthy is None:
        return hold(f"it is unknown what the health check of {do.region} says")
    if not record.healthy and not record.inverted:
        return refuse(
            f"the health check of {do.region} fails now: inverted, it would count as healthy"
        )
    return allow(f"{do.region} is healthy now, so that the inverted check fails")


def _record_state(context: GuardContext, region: str) -> RegionHealth:
    """A record with weight 0 counts as unhealthy, and so does that of a Region with a fault."""
    faults = degraded_regions((*context.faults, *(context.view.faults or ())))
    if region in faults or region in context.view.emptied_by_weight:
        return "unhealthy"
    switch = context.view.regions[region].switch
    if switch is not None and switch.status == "fail":
        return "unhealthy"
    return record_health(context.view, region, context.answering_dns)

"""Rules about refuges: the Regions that take over when a step degrades one.

The rule that matters most is `check_last_healthy_region`: whatever was planned, the last healthy
Region stays.
"""

from collections.abc import Iterable

from common.aws import ENDPOINT_GROUPS_TRIED
from muster.drill.guards.context import GuardContext, GuardFinding, allow, hold, refuse
from muster.drill.guards.region_health import (
    RegionHealth,
    degraded_regions,
    region_degraded_by,
    region_health,
)
from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import (
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
    instruction_region,
)
from muster.model import RegionView


def check_last_healthy_region(context: GuardContext) -> GuardFinding:
    """Another Region must be healthy by its switch, its health and its dial."""
    leaving = region_degraded_by(context.do, context.view)
    if leaving is None:
        return allow("takes nothing away from a Region")
    others = [name for name in context.view.regions if name != leaving]
    states = {name: _refuge_health(context, name) for name in others}
    healthy = [region for region, state in states.items() if state == "healthy"]
    if healthy:
        remain = "remain" if len(healthy) > 1 else "remains"
        return _check_reach(context, leaving) or allow(f"{', '.join(healthy)} {remain} healthy")
    unknown = [region for region, state in states.items() if state == "unknown"]
    if unknown:
        forced = [region for region in unknown if _passes_by_switch(context, region)]
        by_dial = " with a dial above 0" if isinstance(context.do, SetDial) else ""
        no_proof = f"; health switch pass of {', '.join(forced)} proves nothing" if forced else ""
        return hold(f"it is unknown whether {', '.join(unknown)} is healthy{by_dial}{no_proof}")
    reasons = "; ".join(_why_no_refuge(context, region) for region in states)
    return refuse(
        f"no healthy Region with a dial above 0 could take what {leaving} gives away:"
        f" {reasons or 'there is no other'}"
    )


def _check_reach(context: GuardContext, leaving: str) -> GuardFinding | None:
    """Objects when clients may not reach a healthy Region because nearer ones are unhealthy.

    Failover by health tries few Regions, whatever their dials, and then sends the client to its
    closest one, healthy or not. The tool does not know which Regions are near to a client.
    https://repost.aws/knowledge-center/global-accelerator-failover-different-region
    """
    by_health = not isinstance(context.do, SetDial | SetWeight | SetInverted)
    if not by_health or "accelerator" not in context.view.doors:
        return None
    states = {name: _health(context, name) for name in context.view.regions if name != leaving}
    bad = [region for region, state in states.items() if state == "unhealthy"]
    unknown = [region for region, state in states.items() if state == "unknown"]
    if len(bad) + len(unknown) <= ENDPOINT_GROUPS_TRIED - 2:
        return None
    reason = (
        f"{', '.join(bad + unknown)} may be nearer to a client than what is healthy; failover"
        f" tries {ENDPOINT_GROUPS_TRIED} Regions, the one that it leaves included"
    )
    return refuse(reason) if len(bad) > ENDPOINT_GROUPS_TRIED - 2 else hold(reason)


def check_unhealthy_region(context: GuardContext) -> GuardFinding:
    """No traffic is sent to an unhealthy Region."""
    do = context.do
    region = instruction_region(do)
    lowers = region_degraded_by(do, context.view) is not None
    raises_dial = isinstance(do, SetDial) and not lowers and do.percent > 0
    forces_pass = isinstance(do, SetSwitch) and do.status == "pass"
    if region is None or not (raises_dial or forces_pass):
        return allow("sends no more traffic to a Region")
    state = region_health(context.view, region, context.answering)
    if state == "healthy":
        return allow(f"{region} is healthy")
    if state == "unknown":
        return hold(f"it is unknown whether {region} is healthy")
    return hold(f"{region} is unhealthy now: no traffic is sent there")


def check_capacity(context: GuardContext) -> GuardFinding:
    """The next nearest Region takes all the load, so each refuge needs room for all of it.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
    """
    leaving = region_degraded_by(context.do, context.view)
    if leaving is None:
        return allow("takes nothing away from a Region")
    moving = context.view.regions.get(leaving)
    if leaving in context.broken and (moving is None or moving.concurrency_used is None):
        return allow(f"{leaving} is broken by this drill: its load is moving already")
    # Failover by health ignores dials: a Region at dial 0 gets the load too.
    health = _refuge_health if isinstance(context.do, SetDial) else _health
    refuges = [
        seen
        for name, seen in context.view.regions.items()
        if name != leaving and health(context, name) != "unhealthy"
    ]
    if moving is None or moving.concurrency_used is None:
        return hold(f"the load of {leaving} can't be read")
    return _check_room(refuges, moving.concurrency_used * context.limits.headroom)


def _check_room(refuges: Iterable[RegionView], need: float) -> GuardFinding:
    free: dict[str, float] = {}
    for refuge in refuges:
        if refuge.concurrency_limit is None or refuge.concurrency_used is None:
            return hold(f"the concurrency of {refuge.region} can't be read")
        free[refuge.region] = refuge.concurrency_limit - refuge.concurrency_used
    if not free:
        return refuse("no Region remains to carry the load")
    tightest = min(free, key=lambda region: free[region])
    room = f"{tightest} has room for {free[tightest]:g} executions at once, {need:g} would move"
    return allow(room) if free[tightest] >= need else refuse(room)


def _refuge_health(context: GuardContext, region: str) -> RegionHealth:
    """Can a Region take what another one gives up?

    A dial of 0 was set by somebody who wants no traffic there: it counts as unhealthy, also when
    health moves the traffic, although failover by health ignores dials. For that reason an
    unreadable dial matters only when a dial moves the traffic.
    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
    """
    dial = context.view.regions[region].dial
    if dial is not None and dial <= DIAL_EPSILON:
        return "unhealthy"
    state = _health(context, region)
    unknown_dial = dial is None and isinstance(context.do, SetDial)
    return "unknown" if state == "healthy" and unknown_dial else state


def _health(context: GuardContext, region: str) -> RegionHealth:
    """A Region's health, its dial aside.

    A Region with an active fault is unhealthy, since telemetry shows that late.
    """
    if _has_fault(context, region):
        return "unhealthy"
    state = region_health(context.view, region, context.answering)
    return "unknown" if state == "healthy" and _passes_by_switch(context, region) else state


def _has_fault(context: GuardContext, region: str) -> bool:
    return region in degraded_regions((*context.faults, *(context.view.faults or ())))


def _passes_by_switch(context: GuardContext, region: str) -> bool:
    """True if health checks pass by command only, and no answer shows that the Region works."""
    switch = context.view.regions[region].switch
    return switch is not None and switch.status == "pass" and region not in context.answering


def _why_no_refuge(context: GuardContext, region: str) -> str:
    seen = context.view.regions[region]
    if seen.dial is not None and seen.dial <= DIAL_EPSILON:
        return f"{region} has its dial at 0"
    if _has_fault(context, region):
        by = "by this drill" if region in degraded_regions(context.faults) else "on purpose"
        return f"{region} was broken {by}"
    if seen.switch is not None and seen.switch.status == "fail":
        return f"{region} has its health switch at fail"
    if seen.target not in (None, "healthy"):
        return f"{region} has its target {seen.target}"
    return f"{region} has its endpoint {seen.endpoint}"

"""Guards: what must hold before a step is taken. One small function a rule, all in one tuple.

Decides ok, hold or refuse, each with its reason. `hold` means: not now; look again later. What
can't be read never counts as good, so missing telemetry holds. Pure: everything comes in a Context.

The rule that matters most: a step that takes traffic or life from a Region needs another Region
that is healthy by its switch, its health and its dial. Whatever was planned, the last one stays.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from common.aws import ENDPOINT_GROUPS_TRIED
from muster.drill.guards.context import (
    DEGRADING_FAULTS,
    GuardContext,
    GuardRuling,
    GuardVerdict,
    RegionHealth,
    active_faults_at,
    adds_risk,
    degraded_regions,
    evacuates,
    is_action,
    is_fault_action,
    lags_to_refuges,
    may_degrade,
    may_send_traffic,
    region_degraded_by,
    region_health,
    relevant_alarms,
    turns_dial,
)
from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    InjectFault,
    Instruction,
    SetDial,
    SetSwitch,
    instruction_region,
)
from muster.formatting import format_dial, format_duration
from muster.levers import describe_active_fault, fault_scope, scope_of_fault
from muster.model import ActiveFault, RegionView


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A named rule."""

    name: str
    why: str
    applies: Callable[[Instruction], bool]
    rule: Callable[[GuardContext], GuardVerdict]


def guards_for(do: Instruction) -> tuple[str, ...]:
    """Names of the guards that a step must pass."""
    return tuple(guard.name for guard in GUARDS if guard.applies(do))


def evaluate_guards(context: GuardContext, forced: Iterable[str] = ()) -> tuple[GuardVerdict, ...]:
    """Every guard's verdict on a step. A forced guard's finding is kept, and passes."""
    overridden = frozenset(forced)
    return tuple(
        _overridden(guard.rule(context)) if guard.name in overridden else guard.rule(context)
        for guard in GUARDS
        if guard.applies(context.do)
    )


def worst_ruling(verdicts: Iterable[GuardVerdict]) -> GuardRuling:
    """The worst of them."""
    found = {verdict.ruling for verdict in verdicts}
    return "refuse" if "refuse" in found else "hold" if "hold" in found else "ok"


def abort_reason(context: GuardContext) -> str | None:
    """Why a step that is under way must not go on, if so; its guards have passed before.

    A call may be tried for minutes, and what it rested on may be gone by then. Only what is known
    to be bad counts, and only as long as the step has something left to do.
    """
    last = _last_healthy_region(context)
    if last.ruling == "refuse":
        return f"{last.guard} refuses by now: {last.reason}"
    do = context.do
    one = context.view.regions.get(do.region) if isinstance(do, SetDial) else None
    if not isinstance(do, SetDial) or one is None or one.dial is None:
        return None
    raises = do.percent > one.dial + DIAL_EPSILON
    if raises and region_health(context.view, do.region, context.answering) == "unhealthy":
        return f"{do.region} is unhealthy by now: no traffic is sent there"
    return None


def _overridden(verdict: GuardVerdict) -> GuardVerdict:
    return verdict if verdict.ruling == "ok" else replace(verdict, ruling="ok", forced=True)


def _last_healthy_region(context: GuardContext) -> GuardVerdict:
    leaving = region_degraded_by(context.do, context.view)
    if leaving is None:
        return _ok("last-healthy-region", "takes nothing away from a Region")
    others = [region for region in context.view.regions if region != leaving]
    found = {region: _refuge(context, region) for region in others}
    healthy = [region for region, state in found.items() if state == "healthy"]
    if healthy:
        remain = "remain" if len(healthy) > 1 else "remains"
        told = f"{', '.join(healthy)} {remain} healthy"
        return _out_of_reach(context, leaving) or _ok("last-healthy-region", told)
    unknown = [region for region, state in found.items() if state == "unknown"]
    if unknown:
        blind = [region for region in unknown if _says_pass(context, region)]
        by_dial = " with a dial above 0" if isinstance(context.do, SetDial) else ""
        proof = f"; health switch pass of {', '.join(blind)} proves nothing" if blind else ""
        return _hold(
            "last-healthy-region",
            f"it can't be told whether {', '.join(unknown)} is healthy{by_dial}{proof}",
        )
    return _refuse(
        "last-healthy-region",
        f"without {leaving} no Region would be healthy with a dial above 0:"
        f" {'; '.join(_no_refuge(context, region) for region in found) or 'there is no other'}",
    )


def _out_of_reach(context: GuardContext, leaving: str) -> GuardVerdict | None:
    """Whether clients may not find the Region that is healthy, since too many nearer ones are not.

    Failover by health tries few Regions, whatever their dials, and then sends the client to its
    closest one, healthy or not. Who is near to whom is not known here.
    https://repost.aws/knowledge-center/global-accelerator-failover-different-region
    """
    if isinstance(context.do, SetDial):
        return None
    others = (region for region in context.view.regions if region != leaving)
    states = {region: _alive(context, region) for region in others}
    bad = [region for region, state in states.items() if state == "unhealthy"]
    unsure = [region for region, state in states.items() if state == "unknown"]
    if len(bad) + len(unsure) <= ENDPOINT_GROUPS_TRIED - 2:
        return None
    told = (
        f"{', '.join(bad + unsure)} may be nearer to a client than what is healthy; failover tries"
        f" {ENDPOINT_GROUPS_TRIED} Regions, the one that it leaves included"
    )
    ruled = _refuse if len(bad) > ENDPOINT_GROUPS_TRIED - 2 else _hold
    return ruled("last-healthy-region", told)


def _refuge(context: GuardContext, region: str) -> RegionHealth:
    """Whether a Region can take what another one gives up.

    One that is broken on purpose can't, whatever telemetry says: it notices late. Failover by
    health ignores dials, so an unreadable dial does not matter then. A dial of 0 was set by
    somebody who wants no traffic there: it counts as unhealthy for either lever.
    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
    """
    dial = context.view.regions[region].dial
    if dial is not None and dial <= DIAL_EPSILON:
        return "unhealthy"
    state = _alive(context, region)
    unsure = dial is None and isinstance(context.do, SetDial)
    return "unknown" if state == "healthy" and unsure else state


def _alive(context: GuardContext, region: str) -> RegionHealth:
    """Whether a Region can take users by its health, its dial aside."""
    if _is_struck(context, region):
        return "unhealthy"
    state = region_health(context.view, region, context.answering)
    return "unknown" if state == "healthy" and _says_pass(context, region) else state


def _no_refuge(context: GuardContext, region: str) -> str:
    """Why a Region is no refuge, for whoever has to mend it."""
    one = context.view.regions[region]
    if one.dial is not None and one.dial <= DIAL_EPSILON:
        return f"{region} has its dial at 0"
    if _is_struck(context, region):
        by = "by this drill" if region in degraded_regions(context.faults) else "on purpose"
        return f"{region} was broken {by}"
    if one.switch is not None and one.switch.status == "fail":
        return f"{region} has its health switch at fail"
    if one.target not in (None, "healthy"):
        return f"{region} has its target {one.target}"
    return f"{region} has its endpoint {one.endpoint}"


def _says_pass(context: GuardContext, region: str) -> bool:
    """Whether health checks pass there by command, and nothing else shows that it works."""
    switch = context.view.regions[region].switch
    return switch is not None and switch.status == "pass" and region not in context.answering


def _is_struck(context: GuardContext, region: str) -> bool:
    return region in degraded_regions((*context.faults, *(context.view.faults or ())))


def _all_dials_zero(context: GuardContext) -> GuardVerdict:
    do = context.do
    if not isinstance(do, SetDial) or do.percent > DIAL_EPSILON:
        return _ok("all-dials-zero", "this dial stays above 0")
    others = {name: one.dial for name, one in context.view.regions.items() if name != do.region}
    above = [name for name, dial in others.items() if dial is not None and dial > DIAL_EPSILON]
    if above:
        return _ok("all-dials-zero", f"the dial of {', '.join(above)} is above 0")
    unknown = [name for name, dial in others.items() if dial is None]
    if unknown:
        return _hold("all-dials-zero", f"the dial of {', '.join(unknown)} can't be read")
    return _refuse(
        "all-dials-zero",
        f"with {do.region} every dial would be 0; AWS does not say what happens then",
    )


def _dial_floor(context: GuardContext) -> GuardVerdict:
    do, floor = context.do, context.limits.dial_floor
    if region_degraded_by(do, context.view) is None or not isinstance(do, SetDial):
        return _ok("dial-floor", "no dial is lowered")
    if do.percent < floor - DIAL_EPSILON:
        return _refuse(
            "dial-floor",
            f"{format_dial(do.percent)} is below the floor of {format_dial(floor)}"
            " (setting limits.dial_floor)",
        )
    return _ok("dial-floor", f"not below the floor of {format_dial(floor)}")


def _dial_step(context: GuardContext) -> GuardVerdict:
    do, most = context.do, context.limits.dial_step
    if not isinstance(do, SetDial):
        return _ok("dial-step", "no dial is turned")
    one = context.view.regions.get(do.region)
    if one is None or one.dial is None:
        return _hold("dial-step", f"the dial of {do.region} can't be read")
    turn = abs(do.percent - one.dial)
    if turn > most + DIAL_EPSILON:
        return _refuse(
            "dial-step",
            f"from {format_dial(one.dial)} to {format_dial(do.percent)} is a turn of {turn:.4g};"
            f" at most {most:g} in one step (setting limits.dial_step)",
        )
    return _ok("dial-step", f"a turn of {turn:.4g}, at most {most:g}")


def _accelerator_deployed(context: GuardContext) -> GuardVerdict:
    view = context.view
    if view.accelerator_status is None:
        return _hold(
            "accelerator-deployed",
            "the accelerator's API does not answer, so no dial can be turned; the health switch"
            " needs no control plane (evacuate-by-health)",
        )
    if view.accelerator_enabled is False:
        return _refuse("accelerator-deployed", "the accelerator is disabled: it routes nothing")
    if view.accelerator_status != "DEPLOYED":
        return _hold("accelerator-deployed", "an earlier change of the accelerator is under way")
    return _ok("accelerator-deployed", "DEPLOYED")


def _unhealthy_region(context: GuardContext) -> GuardVerdict:
    do = context.do
    region = instruction_region(do)
    raises = (
        isinstance(do, SetDial) and region_degraded_by(do, context.view) is None and do.percent > 0
    )
    blind = isinstance(do, SetSwitch) and do.status == "pass"
    if region is None or not (raises or blind):
        return _ok("unhealthy-region", "sends no more traffic to a Region")
    state = region_health(context.view, region, context.answering)
    if state == "healthy":
        return _ok("unhealthy-region", f"{region} is healthy")
    if state == "unknown":
        return _hold("unhealthy-region", f"it can't be told whether {region} is healthy")
    return _hold("unhealthy-region", f"{region} is unhealthy now: no traffic is sent there")


def _replication_lag(context: GuardContext) -> GuardVerdict:
    leaving, most = region_degraded_by(context.do, context.view), context.limits.lag_s
    if leaving is None or isinstance(context.do, InjectFault):
        return _ok("replication-lag", "no Region is evacuated")
    if leaving in degraded_regions(context.faults):
        return _ok("replication-lag", f"{leaving} is broken by this drill: no time to wait")
    lags = lags_to_refuges(context.view, leaving, context.answering)
    for fault in context.view.faults or ():
        if fault.kind == "replication-pause" and fault.region in (leaving, *lags):
            # The lags that are known tell of it only later.
            return _hold(
                "replication-lag",
                f"{describe_active_fault(fault, context.at)}: writes do not arrive",
            )
    untold = [to for to, lag_s in lags.items() if lag_s is None]
    if untold or not lags:
        return _hold("replication-lag", _unknown_lag(leaving, untold))
    slowest, lag_s = _slowest(lags)
    if lag_s > most:
        return _hold(
            "replication-lag",
            f"writes of {leaving} come to {slowest} {format_duration(lag_s)} late; at most"
            f" {format_duration(most)} (setting limits.lag_s)",
        )
    return _ok("replication-lag", f"{format_duration(lag_s)}, at most {format_duration(most)}")


def _slowest(lags: Mapping[str, float | None]) -> tuple[str, float]:
    """The Region that writes come to last, and how late."""
    return max(((to, lag_s or 0.0) for to, lag_s in lags.items()), key=lambda way: way[1])


def _unknown_lag(region: str, untold: Sequence[str]) -> str:
    to = ", ".join(untold) or "any other Region"
    return f"it can't be told how late writes of {region} come to {to}"


def _drained(context: GuardContext) -> GuardVerdict:
    """AWS's own advice is ten times the recent lag:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-global-table-design.prescriptive-guidance.evacuation.html
    """
    do = context.do
    if not isinstance(do, DrainWrites):
        return _ok("drained", "nothing is to be drained")
    recent = context.recent_lags_s.get(do.region, {})
    lags = {
        to: recent.get(to) for to in lags_to_refuges(context.view, do.region, context.answering)
    }
    untold = [to for to, lag_s in lags.items() if lag_s is None]
    if untold or not lags:
        return _hold("drained", _unknown_lag(do.region, untold))
    _, lag_s = _slowest(lags)
    need_s = do.factor * lag_s
    waited_s = 0.0 if context.emptied_s is None else context.now_s - context.emptied_s
    told = f"{do.factor:g} times the recent lag of {format_duration(lag_s)}"
    if waited_s < need_s:
        return _hold("drained", f"{format_duration(need_s - waited_s)} left of {told}")
    return _ok("drained", f"waited {format_duration(waited_s)}, at least {told}")


def _capacity(context: GuardContext) -> GuardVerdict:
    """The next nearest Region takes all of it, so each that remains must have the room alone.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
    """
    leaving = region_degraded_by(context.do, context.view)
    if leaving is None:
        return _ok("capacity", "takes nothing away from a Region")
    moving = context.view.regions.get(leaving)
    if leaving in context.broken and (moving is None or moving.concurrency_used is None):
        return _ok("capacity", f"{leaving} is broken by this drill: its load is moving already")
    # Failover by health ignores dials: a Region at dial 0 gets the load too.
    judged = _refuge if isinstance(context.do, SetDial) else _alive
    refuges = [
        one
        for name, one in context.view.regions.items()
        if name != leaving and judged(context, name) != "unhealthy"
    ]
    if moving is None or moving.concurrency_used is None:
        return _hold("capacity", f"the load of {leaving} can't be read")
    need = moving.concurrency_used * context.limits.headroom
    return _room(refuges, need)


def _room(refuges: Iterable[RegionView], need: float) -> GuardVerdict:
    free: dict[str, float] = {}
    for one in refuges:
        if one.concurrency_limit is None or one.concurrency_used is None:
            return _hold("capacity", f"the concurrency of {one.region} can't be read")
        free[one.region] = one.concurrency_limit - one.concurrency_used
    if not free:
        return _refuse("capacity", "no Region remains to carry the load")
    tightest = min(free, key=lambda region: free[region])
    told = f"{tightest} has room for {free[tightest]:g} executions at once, {need:g} would move"
    return _ok("capacity", told) if free[tightest] >= need else _refuse("capacity", told)


def _alarms(context: GuardContext) -> GuardVerdict:
    alarms = relevant_alarms(context.view, context.broken)
    ringing = sorted(name for name, state in alarms.items() if state == "ALARM")
    if ringing:
        return _refuse("alarms", f"{', '.join(ringing)} in ALARM")
    mute = sorted(name for name, state in alarms.items() if state != "OK")
    if mute:
        return _hold("alarms", f"no data of {', '.join(mute)}")
    return _ok("alarms", f"{len(alarms)} named, all OK" if alarms else "none named")


def _telemetry(context: GuardContext) -> GuardVerdict:
    region = instruction_region(context.do)
    if region is None:
        return _ok("telemetry", "about no Region")
    one = context.view.regions.get(region)
    if one is None:
        return _refuse("telemetry", f"{region} is no Region of the stack")
    if one.switch is None and one.target is None and region not in context.answering:
        if region in context.broken:  # or a fault that was cut off could not be injected again
            return _ok("telemetry", f"nothing of {region} can be read: this drill has broken it")
        return _hold("telemetry", f"nothing of {region} can be read")
    return _ok("telemetry", f"{region} can be read")


def _standing_fault(context: GuardContext) -> GuardVerdict:
    """What is measured must be this drill's own, and what somebody else has broken is theirs."""
    do = context.do
    found = [(one, why) for one in context.others if (why := _concerns(context, one))]
    if found:
        told = (
            f"{describe_active_fault(one, context.at)}, and is not this drill's: {why}"
            for one, why in found
        )
        return _refuse("standing-fault", "; ".join(told))
    unread = [one for one in _must_be_whole(context) if active_faults_at(context.view, one) is None]
    if unread:
        where = ", ".join(unread)
        return _hold("standing-fault", f"it can't be read whether a fault stands ({where})")
    if isinstance(do, ClearFault):
        return _ok("standing-fault", "nothing of anybody else's is ended")
    return _ok("standing-fault", "nobody else's fault is in the way")


def _concerns(context: GuardContext, other: ActiveFault) -> str:
    """Why somebody else's fault is in the way of a step; empty when it is not."""
    do = context.do
    if isinstance(do, InjectFault | ClearFault) and scope_of_fault(do.fault) == scope_of_fault(
        other
    ):
        return (
            "it would end with the drill's" if isinstance(do, InjectFault) else "it would be ended"
        )
    if isinstance(do, InjectFault):
        return "what is measured would be of both"
    leaving = region_degraded_by(do, context.view)
    taking_over = leaving is not None and degraded_regions((other,)) - {leaving}
    return "traffic would go there" if taking_over else ""


def _must_be_whole(context: GuardContext) -> tuple[str, ...]:
    """Sides of which it must be known that nobody has broken them."""
    do = context.do
    own = {scope_of_fault(one) for one in context.faults}
    sides = [scope_of_fault(do.fault)] if isinstance(do, InjectFault | ClearFault) else []
    leaving = region_degraded_by(do, context.view)
    if leaving is not None:
        others = (region for region in context.view.regions if region != leaving)
        sides += [
            fault_scope(kind, region) for region in others for kind in sorted(DEGRADING_FAULTS)
        ]
    return tuple(one for one in dict.fromkeys(sides) if one not in own)


def _lease(context: GuardContext) -> GuardVerdict:
    match context.lease:
        case "ours" | "free":
            return _ok("lease", "no other drill is under way")
        case "held":
            return _refuse("lease", _with_way_out("another drill is under way", context))
        case "unfinished":
            return _refuse("lease", _with_way_out("a drill has left its lease", context))
        case "gone":
            return _refuse(
                "lease",
                "the lease was taken away: somebody has put back what this drill changed, or"
                " removed the lease by hand",
            )
        case _:
            return _hold("lease", f"the lease can't be read in any Region {context.lease_words}")


def _with_way_out(found: str, context: GuardContext) -> str:
    way_out = f"; {context.lease_way_out}" if context.lease_way_out else ""
    return f"{found}: {context.lease_words}{way_out}"


def _ok(guard: str, reason: str) -> GuardVerdict:
    return GuardVerdict(guard=guard, ruling="ok", reason=reason)


def _hold(guard: str, reason: str) -> GuardVerdict:
    return GuardVerdict(guard=guard, ruling="hold", reason=reason)


def _refuse(guard: str, reason: str) -> GuardVerdict:
    return GuardVerdict(guard=guard, ruling="refuse", reason=reason)


GUARDS: tuple[Guard, ...] = (
    Guard(
        name="lease",
        why="nobody else's drill is under way",
        applies=is_action,
        rule=_lease,
    ),
    Guard(
        name="telemetry",
        why="the Region that is acted on can be seen",
        applies=adds_risk,
        rule=_telemetry,
    ),
    Guard(
        name="standing-fault",
        why="no fault of somebody else's is measured, ended, or met by the traffic that moves",
        applies=lambda do: is_fault_action(do) or may_degrade(do),
        rule=_standing_fault,
    ),
    Guard(
        name="last-healthy-region",
        why="another Region is healthy by switch, health and dial",
        applies=may_degrade,
        rule=_last_healthy_region,
    ),
    Guard(
        name="all-dials-zero",
        why="one dial at least stays above 0",
        applies=turns_dial,
        rule=_all_dials_zero,
    ),
    Guard(
        name="dial-floor",
        why="no dial is turned below the floor",
        applies=turns_dial,
        rule=_dial_floor,
    ),
    Guard(
        name="dial-step",
        why="no dial is turned further than the largest step",
        applies=turns_dial,
        rule=_dial_step,
    ),
    Guard(
        name="accelerator-deployed",
        why="the accelerator has no change under way",
        applies=turns_dial,
        rule=_accelerator_deployed,
    ),
    Guard(
        name="unhealthy-region",
        why="no traffic is sent to a Region that is unhealthy now",
        applies=may_send_traffic,
        rule=_unhealthy_region,
    ),
    Guard(
        name="replication-lag",
        why="writes leave the Region in time before it is evacuated",
        applies=evacuates,
        rule=_replication_lag,
    ),
    Guard(
        name="drained",
        why="an emptied Region had time to hand over its last writes",
        applies=lambda do: isinstance(do, DrainWrites),
        rule=_drained,
    ),
    Guard(
        name="capacity",
        why="what remains can carry the load seen now",
        applies=may_degrade,
        rule=_capacity,
    ),
    Guard(
        name="alarms",
        why="none of the named alarms is in ALARM",
        applies=adds_risk,
        rule=_alarms,
    ),
)
"""Every rule. A step passes when all that apply say ok."""

GUARD_NAMES: tuple[str, ...] = tuple(guard.name for guard in GUARDS)

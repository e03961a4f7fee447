"""Rules about writes that are still being replicated when their Region is evacuated."""

from collections.abc import Mapping, Sequence

from muster.drill.guards.context import GuardContext, GuardFinding, allow, hold
from muster.drill.guards.region_health import degraded_regions, lags_to_refuges, region_degraded_by
from muster.drill.plan.instructions import DrainWrites
from muster.formatting import format_duration
from muster.levers import describe_active_fault


def check_replication_lag(context: GuardContext) -> GuardFinding:
    leaving, max_s = region_degraded_by(context.do, context.view), context.limits.lag_s
    if leaving is None:
        return allow("no Region is evacuated")
    if leaving in degraded_regions(context.faults):
        return allow(f"{leaving} is broken by this drill: no time to wait")
    lags = lags_to_refuges(context.view, leaving, context.answering)
    for fault in context.view.faults or ():
        if fault.kind == "replication-pause" and fault.region in (leaving, *lags):
            # The measured lags show a pause only after a while.
            return hold(f"{describe_active_fault(fault, context.now)}: writes do not arrive")
    unknown = [to for to, lag_s in lags.items() if lag_s is None]
    if unknown or not lags:
        return hold(_unknown_lag(leaving, unknown))
    slowest, lag_s = _slowest(lags)
    if lag_s > max_s:
        return hold(
            f"writes of {leaving} come to {slowest} {format_duration(lag_s)} late; at most"
            f" {format_duration(max_s)} (setting limits.lag_s)"
        )
    return allow(f"{format_duration(lag_s)}, at most {format_duration(max_s)}")


def check_drained(context: GuardContext) -> GuardFinding:
    """An emptied Region waits for a multiple of the recent lag; AWS's own advice is ten times:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-global-table-design.prescriptive-guidance.evacuation.html
    """
    do = context.do
    if not isinstance(do, DrainWrites):
        return allow("nothing is to be drained")
    recent = context.recent_lags_s.get(do.region, {})
    refuges = lags_to_refuges(context.view, do.region, context.answering)
    lags = {to: recent.get(to) for to in refuges}
    unknown = [to for to, lag_s in lags.items() if lag_s is None]
    if unknown or not lags:
        return hold(_unknown_lag(do.region, unknown))
    _, lag_s = _slowest(lags)
    need_s = do.factor * lag_s
    waited_s = 0.0 if context.emptied_s is None else context.now_s - context.emptied_s
    need = f"{do.factor:g} times the recent lag of {format_duration(lag_s)}"
    moved_s = 0.0 if context.degraded_s is None else context.now_s - context.degraded_s
    clients_left_s = do.clients_s - moved_s
    if clients_left_s > max(0.0, need_s - waited_s):
        left = format_duration(clients_left_s)
        return hold(f"{left} left until the TTL and the caches of DNS clients have ended")
    if waited_s < need_s:
        return hold(f"{format_duration(need_s - waited_s)} left of {need}")
    return allow(f"waited {format_duration(waited_s)}, at least {need}")


def _slowest(lags: Mapping[str, float | None]) -> tuple[str, float]:
    """The receiving Region with the largest lag, and that lag."""
    return max(((to, lag_s or 0.0) for to, lag_s in lags.items()), key=lambda pair: pair[1])


def _unknown_lag(region: str, unknown: Sequence[str]) -> str:
    to = ", ".join(unknown) or "any other Region"
    return f"it is unknown how late writes of {region} come to {to}"

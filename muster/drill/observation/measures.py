"""Values of a scenario's measures, from the view and the probes' observation. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from muster.drill.guards.region_health import lags_to_refuges, region_health, relevant_alarms
from muster.drill.observation.probe_window import Observation
from muster.drill.plan.instructions import MeasureName
from muster.model import RegionView, SystemView, largest_lag


def read_measure(
    name: MeasureName,
    region: str | None,
    view: SystemView,
    observation: Observation,
    broken: Iterable[str] = (),
) -> float | None:
    """A measure's present value; None: unknown."""
    match name:
        case "error-rate":
            return observation.error_rate
        case "p99-latency":
            return observation.p99_s
        case "lost-writes":
            return float(observation.lost_writes)
        case "alarms":
            alarms = relevant_alarms(view, broken)
            return float(sum(state == "ALARM" for state in alarms.values()))
        case "healthy-regions":
            states = [region_health(view, one, observation.answering) for one in view.regions]
            return float(states.count("healthy"))
        case _:
            return _read_regional(name, region, view, observation)


def _read_regional(
    name: MeasureName, region: str | None, view: SystemView, observation: Observation
) -> float | None:
    if name == "replication-lag":
        return _read_lag_s(region, view, observation)
    seen = view.regions.get(region or "")
    if region is None or seen is None:
        return None
    if name == "share":
        return observation.share(region)
    if name == "dial":
        return seen.dial
    state = region_health(view, region, observation.answering)
    return None if state == "unknown" else float(state == "healthy")


def _read_lag_s(region: str | None, view: SystemView, observation: Observation) -> float | None:
    """Largest known lag, by our own writes if there are any, else by the view."""
    lags = observation.lag_s or {
        name: seen.replication_lag_s
        for name, seen in view.regions.items()
        if seen.replication_lag_s is not None
    }
    return max(lags.values(), default=None) if region is None else lags.get(region)


def has_unknown_lag(region: str | None, view: SystemView, answering: Iterable[str]) -> bool:
    """True if some lag of the Region's writes (of all writes, for None) is unknown.

    Lags to an unhealthy Region don't matter, since it takes no users.
    """
    sources = (seen for name, seen in view.regions.items() if region in (None, name))
    return any(
        seen.lags_s.get(to, 0.0) is None
        for seen in sources
        for to in lags_to_refuges(view, seen.region, answering)
    )


def merge_own_lags(view: SystemView, observation: Observation) -> SystemView:
    """The view with the lags of our own writes where there are any.

    CloudWatch's figure is the maximum of the last minutes; our writes show the last seconds.
    """
    regions = {
        name: replace(seen, lags_s=lags, replication_lag_s=largest_lag(lags))
        for name, seen in view.regions.items()
        if (lags := _merged_lags(seen, observation))
    }
    return replace(view, regions=view.regions | regions)


def _merged_lags(seen: RegionView, observation: Observation) -> dict[str, float | None]:
    recent = observation.recent_lags_s.get(seen.region, {})
    now = observation.lags_s.get(seen.region, {})
    return {**seen.lags_s, **recent, **now}


def is_in_range(value: float | None, low: float | None, high: float | None) -> bool:
    """True for a known value within its bounds."""
    if value is None:
        return False
    bounds = [bound for bound in (low, value, high) if bound is not None]
    return all(left <= right for left, right in pairwise(bounds))

"""What users see now: probe samples of the last seconds, as figures for guards and stop conditions.

Decides the window, and how many requests a figure needs before it says anything. These are figures
of the moment; the drill's result is made of all samples by muster.measure. Pure: samples and times
come in.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from muster.drill.guards.context import lags_to_refuges, region_health, relevant_alarms
from muster.drill.observation.replication_tracker import ReplicationLags, ReplicationTracker
from muster.drill.plan.instructions import MeasureName
from muster.measure.samples import Cohort, RequestKind, Sample, Sighting, percentile
from muster.model import RegionView, SystemView, largest_lag

WINDOW_S = 5.0
LAG_WINDOW_S = 60.0
"""How far back `recent` replication lag reaches."""
ENOUGH = 20
"""Requests that a share needs in the window; fewer say nothing."""
FEW = 5
"""Requests that an error rate needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The last seconds as the probes saw them."""

    at_s: float = 0.0
    requests: int = 0
    """New connections that ended within the window and count."""
    failed: int = 0
    good_by_region: Mapping[str, int] = field(default_factory=dict)
    last_good_s: Mapping[str, float] = field(default_factory=dict)
    """When each Region last answered a new connection well; of the whole run."""
    p50_s: float | None = None
    p99_s: float | None = None
    lost_writes: int = 0
    """Acknowledged writes that the acknowledging Region itself lacks; of the whole run."""
    lags_s: ReplicationLags = field(default_factory=dict)
    """How late writes are now, by the Region that they leave and the one that receives them."""
    recent_lags_s: ReplicationLags = field(default_factory=dict)
    """The most of the last minute."""
    total: int = 0
    """Requests of the whole run that count, of all cohorts."""
    total_failed: int = 0

    @property
    def lag_s(self) -> dict[str, float]:
        """How late writes that leave a Region are now: in the slowest direction that is known."""
        found = {source: largest_lag(lags) for source, lags in self.lags_s.items()}
        return {source: lag_s for source, lag_s in found.items() if lag_s is not None}

    @property
    def error_rate(self) -> float | None:
        """Share of the new connections that failed; None of too few."""
        return self.failed / self.requests if self.requests >= FEW else None

    @property
    def good(self) -> int:
        """Good answers of all Regions."""
        return sum(self.good_by_region.values())

    def share(self, region: str) -> float | None:
        """A Region's share of the good answers; None of too few."""
        return self.good_by_region.get(region, 0) / self.good if self.good >= ENOUGH else None

    @property
    def answering(self) -> frozenset[str]:
        """Regions that answered well more than once."""
        return frozenset(name for name, count in self.good_by_region.items() if count >= FEW)


class ProbeWindow:
    """Takes samples and sightings as they come; tells the last seconds."""

    def __init__(self, regions: Iterable[str] = ()) -> None:
        """Nothing seen yet. `regions` are all of the stack: writes are followed in each."""
        self._new: deque[Sample] = deque()
        self._total = 0
        self._total_failed = 0
        self._last_good_s: dict[str, float] = {}
        self._writes = ReplicationTracker(regions)

    def add(self, records: Iterable[object]) -> None:
        """Take records of the prober and of the auditor; others are left out."""
        for record in records:
            if isinstance(record, Sample) and record.counts:
                self._total += 1
                self._total_failed += record.failed
                if record.cohort is Cohort.NEW:
                    self._took(record)
                if record.good and record.step is RequestKind.WRITE:
                    self._writes.wrote(record)
            elif isinstance(record, Sighting):
                self._writes.saw(record)

    def _took(self, sample: Sample) -> None:
        self._new.append(sample)
        if sample.good and sample.region:
            last_s = self._last_good_s.get(sample.region, sample.finished_s)
            self._last_good_s[sample.region] = max(last_s, sample.finished_s)

    def observe(self, now_s: float) -> Observation:
        """The figures at this moment."""
        while self._new and self._new[0].finished_s < now_s - WINDOW_S:
            self._new.popleft()
        self._writes.forget(now_s - LAG_WINDOW_S)
        seen = [s for s in self._new if s.finished_s >= now_s - WINDOW_S]
        latencies = [value for s in seen if (value := s.latency_s) is not None]
        return Observation(
            at_s=now_s,
            requests=len(seen),
            failed=sum(s.failed for s in seen),
            good_by_region=dict(Counter(s.region for s in seen if s.good and s.region)),
            last_good_s=dict(self._last_good_s),
            p50_s=percentile(latencies, 50),
            p99_s=percentile(latencies, 99),
            lost_writes=len(self._writes.lost),
            lags_s=self._writes.lags_s(now_s, WINDOW_S),
            recent_lags_s=self._writes.lags_s(now_s, LAG_WINDOW_S),
            total=self._total,
            total_failed=self._total_failed,
        )


def read_measure(
    name: MeasureName,
    region: str | None,
    view: SystemView,
    observation: Observation,
    broken: Iterable[str] = (),
) -> float | None:
    """A measure's value now; None when it can't be told."""
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
            return _of_region(name, region, view, observation)


def has_unknown_lag(region: str | None, view: SystemView, answering: Iterable[str]) -> bool:
    """Whether writes leave the Region (any, without one) for another that can't tell their lag.

    A lag is in order only when all of it is known. A Region that is unhealthy takes no users: its
    own does not count.
    """
    sources = (one for name, one in view.regions.items() if region in (None, name))
    return any(
        one.lags_s.get(to, 0.0) is None
        for one in sources
        for to in lags_to_refuges(view, one.region, answering)
    )


def _lag_s(region: str | None, view: SystemView, observation: Observation) -> float | None:
    """Of the slowest direction that is known: by our own writes, else by the view."""
    lags = observation.lag_s or {
        key: one.replication_lag_s
        for key, one in view.regions.items()
        if one.replication_lag_s is not None
    }
    return max(lags.values(), default=None) if region is None else lags.get(region)


def _of_region(
    name: MeasureName, region: str | None, view: SystemView, observation: Observation
) -> float | None:
    if name == "replication-lag":
        return _lag_s(region, view, observation)
    one = view.regions.get(region or "")
    if region is None or one is None:
        return None
    if name == "share":
        return observation.share(region)
    if name == "dial":
        return one.dial
    state = region_health(view, region, observation.answering)
    return None if state == "unknown" else float(state == "healthy")


def merge_own_lags(view: SystemView, observation: Observation) -> SystemView:
    """The view, its replication lags those of our own writes where there were any of late.

    CloudWatch's figure is the most of the last minutes; our writes tell the last seconds.
    """
    regions = {
        name: replace(one, lags_s=lags, replication_lag_s=largest_lag(lags))
        for name, one in view.regions.items()
        if (lags := _merged(one, observation))
    }
    return replace(view, regions=view.regions | regions)


def _merged(one: RegionView, observation: Observation) -> dict[str, float | None]:
    recent, now = (
        lags.get(one.region, {}) for lags in (observation.recent_lags_s, observation.lags_s)
    )
    return {**one.lags_s, **recent, **now}


def is_in_range(value: float | None, low: float | None, high: float | None) -> bool:
    """Whether a value is known and within its bounds."""
    if value is None:
        return False
    bounds = [bound for bound in (low, value, high) if bound is not None]
    return all(left <= right for left, right in pairwise(bounds))

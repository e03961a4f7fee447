"""What users see now: figures of the last seconds of probes.

For guards and stop conditions during the drill; muster.measure makes the result of all samples
afterwards. A figure of too few requests is unknown. Pure: samples and times are
arguments. `read_measure` gives a scenario's measure from the view and the probes' observation.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from muster.drill.guards.expected_alarms import AlarmFilter
from muster.drill.guards.region_health import (
    lags_to_refuges,
    record_health,
    region_health,
)
from muster.drill.observation.open_requests import OpenRequests
from muster.drill.observation.replication_tracker import ReplicationLags, ReplicationTracker
from muster.drill.plan.instructions import MeasureName
from muster.measure.quality import Closing
from muster.measure.samples import (
    NEW_OF_DOOR,
    Cohort,
    RequestKind,
    Sample,
    Sighting,
    percentile,
)
from muster.model import FrontDoor, RegionView, SystemView, largest_lag
from muster.probe import Opening

NO_ALARM_EXPECTED = AlarmFilter()
WINDOW_S = 5.0
OTHER_WINDOW_S = 10.0
"""Of cohorts besides the leading one, which have fewer requests."""
MOVING_COHORTS: Mapping[FrontDoor, tuple[Cohort, ...]] = {
    "accelerator": (Cohort.NEW,),
    "dns": (Cohort.DNS_TTL, Cohort.DNS_CHROME, Cohort.DNS_FIREFOX),
}
"""Cohorts of new connections whose clients follow a move of their door sooner or later."""
RECENT_LAG_WINDOW_S = 60.0
MIN_SHARE_REQUESTS = 20
MIN_ERROR_RATE_REQUESTS = 5
MIN_ANSWERS = 5
"""A Region that answered so often in the window counts as answering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortObservation:
    """The last seconds of one cohort of new connections."""

    requests: int = 0
    """New connections that ended in the window."""
    failed: int = 0
    overdue: int = 0
    """New connections that still wait for their answer, and longer than answers take."""
    good_by_region: Mapping[str, int] = field(default_factory=dict)
    last_good_s: Mapping[str, float] = field(default_factory=dict)
    """Each Region's last good answer to a new connection, in the whole run."""

    @property
    def error_rate(self) -> float | None:
        """Share of the new connections that failed."""
        return self.failed / self.requests if self.requests >= MIN_ERROR_RATE_REQUESTS else None

    @property
    def highest_error_rate(self) -> float | None:
        """What the error rate is if all overdue requests fail."""
        requests = self.requests + self.overdue
        if requests < MIN_ERROR_RATE_REQUESTS:
            return None
        return (self.failed + self.overdue) / requests

    @property
    def good(self) -> int:
        """Good answers of all Regions."""
        return sum(self.good_by_region.values())

    def share(self, region: str) -> float | None:
        """A Region's share of the good answers."""
        if self.good < MIN_SHARE_REQUESTS:
            return None
        return self.good_by_region.get(region, 0) / self.good

    @property
    def answering(self) -> frozenset[str]:
        """Regions that answer well."""
        good = self.good_by_region.items()
        return frozenset(region for region, count in good if count >= MIN_ANSWERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation(CohortObservation):
    """The last seconds as the probes saw them, at the drill's door unless they say another."""

    at_s: float = 0.0
    cohorts: Mapping[Cohort, CohortObservation] = field(default_factory=dict)
    """Of each cohort, at both doors."""
    p50_s: float | None = None
    p99_s: float | None = None
    lost_writes: int = 0
    """Acknowledged writes that the acknowledging Region itself lacks; of the whole run."""
    lags_s: ReplicationLags = field(default_factory=dict)
    """Replication lags now."""
    recent_lags_s: ReplicationLags = field(default_factory=dict)
    """Largest lags of the last minute."""
    total: int = 0
    """Requests of the whole run, of all cohorts."""
    total_failed: int = 0

    @property
    def lag_s(self) -> dict[str, float]:
        """Largest known lag of each source Region now."""
        lags = {source: largest_lag(by_receiver) for source, by_receiver in self.lags_s.items()}
        return {source: lag_s for source, lag_s in lags.items() if lag_s is not None}

    def at_door(self, door: FrontDoor) -> CohortObservation:
        """New connections at a door, of clients that keep no address."""
        return self.cohorts.get(NEW_OF_DOOR[door], CohortObservation())

    def last_good_at(self, door: FrontDoor, region: str) -> float | None:
        """A Region's last good answer at a door to a client that moves; None if there was none."""
        seen = (self.cohorts.get(cohort) for cohort in MOVING_COHORTS[door])
        times = [one.last_good_s[region] for one in seen if one and region in one.last_good_s]
        return max(times, default=None)


class ProbeWindow:
    """Takes records of prober and auditor; makes observations."""

    def __init__(self, regions: Iterable[str] = (), door: FrontDoor = "accelerator") -> None:
        """`regions`: all of the stack. `door`: the drill's."""
        self._leading = NEW_OF_DOOR[door]
        self._recent: dict[Cohort, deque[Sample]] = {}
        self._total = 0
        self._total_failed = 0
        self._open = OpenRequests()
        self._last_good_s: dict[Cohort, dict[str, float]] = {}
        self._replication = ReplicationTracker(regions)

    def add(self, records: Iterable[object]) -> None:
        """Records of other types are ignored."""
        for record in records:
            if isinstance(record, Opening | Sample | Closing):
                self._open.add(record)
            if isinstance(record, Sample) and record.counts:
                self._total += 1
                self._total_failed += record.failed
                self._add_to_cohort(record)
                if record.good and record.step is RequestKind.WRITE:
                    self._replication.add_write(record)
            elif isinstance(record, Sighting):
                self._replication.add_sighting(record)

    def _add_to_cohort(self, sample: Sample) -> None:
        self._recent.setdefault(sample.cohort, deque()).append(sample)
        if sample.good and sample.region:
            last_good_s = self._last_good_s.setdefault(sample.cohort, {})
            last_s = last_good_s.get(sample.region, sample.finished_s)
            last_good_s[sample.region] = max(last_s, sample.finished_s)

    def observe(self, now_s: float) -> Observation:
        self._replication.forget_arrivals(now_s - RECENT_LAG_WINDOW_S)
        overdue = self._open.overdue(now_s)
        by_cohort = {
            cohort: self._take_recent(cohort, now_s) for cohort in self._recent.keys() | overdue
        }
        cohorts = {
            cohort: self._observe(cohort, seen, overdue.get(cohort, 0))
            for cohort, seen in by_cohort.items()
        }
        leading = cohorts.get(self._leading, CohortObservation())
        samples = by_cohort.get(self._leading, [])
        latencies = [latency_s for s in samples if (latency_s := s.latency_s) is not None]
        return Observation(
            at_s=now_s,
            cohorts=cohorts,
            requests=leading.requests,
            failed=leading.failed,
            overdue=leading.overdue,
            good_by_region=leading.good_by_region,
            last_good_s=leading.last_good_s,
            p50_s=percentile(latencies, 50),
            p99_s=percentile(latencies, 99),
            lost_writes=len(self._replication.lost),
            lags_s=self._replication.lags_s(now_s, WINDOW_S),
            recent_lags_s=self._replication.lags_s(now_s, RECENT_LAG_WINDOW_S),
            total=self._total,
            total_failed=self._total_failed,
        )

    def _take_recent(self, cohort: Cohort, now_s: float) -> list[Sample]:
        """Samples of the window; with few a second, of a longer one."""
        samples, since_s = (
            self._recent.get(cohort, deque()),
            now_s - _window_s(cohort, self._leading),
        )
        while samples and samples[0].finished_s < since_s:
            samples.popleft()
        # Samples come in the order of their sending, not of their end.
        return [s for s in samples if s.finished_s >= since_s]

    def _observe(self, cohort: Cohort, recent: Sequence[Sample], overdue: int) -> CohortObservation:
        return CohortObservation(
            requests=len(recent),
            failed=sum(s.failed for s in recent),
            overdue=overdue,
            good_by_region=dict(Counter(s.region for s in recent if s.good and s.region)),
            last_good_s=dict(self._last_good_s.get(cohort, {})),
        )


def _window_s(cohort: Cohort, leading: Cohort) -> float:
    return WINDOW_S if cohort is leading else OTHER_WINDOW_S


def read_door_measure(
    door: FrontDoor,
    name: MeasureName,
    region: str | None,
    view: SystemView,
    observation: Observation,
) -> float | None:
    """The present value of a measure of one door; None: unknown."""
    seen, region = observation.at_door(door), region or ""
    if name == "error-rate":
        return seen.error_rate
    if name == "share":
        return seen.share(region)
    health = region_health if door == "accelerator" else record_health
    state = health(view, region, seen.answering)
    return None if state == "unknown" else float(state == "healthy")


def read_measure(
    name: MeasureName,
    region: str | None,
    view: SystemView,
    observation: Observation,
    expected: AlarmFilter = NO_ALARM_EXPECTED,
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
            alarms = expected.unexpected(view)
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

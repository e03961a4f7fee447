"""The data of a report's charts over time, in seconds of the run.

Decides how wide a bin is, and where the data come from: requests from the samples; dials and health
from the snapshots of the system, dials from the journal where there are none; replication lag from
the probes' own writes where they were audited, else from the snapshots. However many samples there
are, there are at most MOST_BINS bins.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from muster.drill.journal.events import BaselineRecorded, JournalLine, StepStarted
from muster.drill.observation.snapshot_log import ViewSnapshot
from muster.drill.plan.instructions import SetDial
from muster.drill.result import RunSamples
from muster.levers import describe_fault
from muster.measure import Bin, bin_samples, failures_by_kind, select_samples
from muster.measure.recovery import AcknowledgedWrite, acknowledged_writes, sightings_of
from muster.measure.samples import KEPT_OF_DOOR, NEW_OF_DOOR, Presence, Sample, Sighting
from muster.model import FrontDoor, RegionView, SystemView
from muster.report.time_axis import TimeAxis

MOST_BINS = 240
FEW_IN_A_BIN = 10
"""Requests that a bin should hold; a finer one would only show the schedule's own pattern."""
WIDTHS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
MOST_KINDS = 5
"""Kinds of failure that get a layer of their own."""
OTHERS = "other kinds"
SNAPSHOT_HOLDS_S = 8.0
"""A snapshot describes the system until the next one or the run's end, but no longer than this."""

DialPoint = tuple[float, float | None]
"""(second of the run, percent); None: not known from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpan:
    """A stretch of time in one state."""

    start_s: float
    end_s: float
    state: str
    """`healthy`, `unhealthy`, `initial`, `unknown`; of a fault `active`."""
    switch: str | None = None
    """The health switch, unless it is `auto`."""


@dataclass(frozen=True, slots=True)
class HeldSnapshot:
    """A view of the system, and from when until when it describes it; seconds of the run."""

    view: SystemView
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LagPoint:
    """Replication lag of the writes of one bin."""

    at_s: float
    """The middle of the bin."""
    most_s: float | None
    """The largest; None if no write arrived everywhere."""
    never: int
    """Writes that were never seen in all other Regions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSeries:
    """The data of all charts."""

    start_s: float
    end_s: float
    width_s: float
    """Of a bin."""
    new: tuple[Bin, ...] = ()
    """Requests on new connections."""
    kept: tuple[Bin, ...] = ()
    """Requests on kept connections."""
    kept_width_s: float = 1.0
    """Of a bin of `kept`: there are fewer of these requests."""
    probed_s: tuple[float, float] = (0.0, 0.0)
    """When probing began and ended."""
    errors: Mapping[str, tuple[int, ...]]
    """By kind, failed requests of all cohorts in each bin from `errors_from_s` to the last one."""
    errors_from_s: float = 0.0
    dials: Mapping[str, tuple[DialPoint, ...]]
    """By Region; each point holds until the next."""
    dials_seen: bool
    """Whether the dials were read; else they are those that the journal's steps set."""
    health: Mapping[str, tuple[StateSpan, ...]]
    """By Region."""
    faults: Mapping[str, tuple[StateSpan, ...]]
    """By the fault in words, when it was active; not only the drill's own."""
    lag: Mapping[str, tuple[LagPoint, ...]]
    """By the Region that the writes leave."""
    lag_of_writes: bool
    """Whether it is the lag of the probes' own writes; else it is CloudWatch's."""


def build_chart_series(
    recorded: RunSamples,
    lines: Sequence[JournalLine],
    snapshots: Sequence[ViewSnapshot],
    axis: TimeAxis,
    door: FrontDoor = "accelerator",
) -> ChartSeries:
    """All data of a run; `lines` and `snapshots` are on the first boot's clock."""
    samples = recorded.samples
    new, kept = NEW_OF_DOOR[door], KEPT_OF_DOOR[door]
    start_s, end_s = _span(samples, lines, axis)
    counts = Counter(s.cohort for s in samples)
    probed_s = _probed(samples, axis)
    rates = {cohort: count / (probed_s[1] - probed_s[0]) for cohort, count in counts.items()}
    width_s = bin_width_s(end_s - start_s, rates.get(new, 0.0))
    kept_width_s = bin_width_s(end_s - start_s, rates.get(kept, 0.0))
    errors_from_s, errors = _errors(samples, width_s, axis)
    seen = tuple(_held_snapshots(snapshots, axis, end_s))
    dials = _dials_seen(seen, end_s)
    lag_of_writes = bool(recorded.sightings)
    return ChartSeries(
        start_s=start_s,
        end_s=end_s,
        width_s=width_s,
        new=_bins(select_samples(samples, new), width_s, axis),
        kept=_bins(select_samples(samples, kept), kept_width_s, axis),
        kept_width_s=kept_width_s,
        probed_s=probed_s,
        errors=errors,
        errors_from_s=errors_from_s,
        dials=dials or _dials_set(lines, axis),
        dials_seen=bool(dials),
        health=_health(seen),
        faults=_faults(seen),
        lag=_lag_of_writes(recorded, width_s, axis)
        if lag_of_writes
        else _lag_in_snapshots(snapshots, axis),
        lag_of_writes=lag_of_writes,
    )


def bin_width_s(length_s: float, rate: float) -> float:
    """A round width, so that there are few bins, with enough requests in each.

    `rate` in requests per second while there were any.
    """
    finest = length_s / (MOST_BINS - 1)
    coarsest = max(length_s / 20, WIDTHS_S[0])
    wanted = min(max(finest, FEW_IN_A_BIN / rate if rate else coarsest), coarsest)
    return float(next((w for w in WIDTHS_S if w >= wanted), WIDTHS_S[-1]))


def _span(
    samples: Sequence[Sample], lines: Sequence[JournalLine], axis: TimeAxis
) -> tuple[float, float]:
    times = [axis.second(line.at_s) for line in lines]
    if samples:
        times.append(axis.second(min(s.scheduled_s for s in samples)))
        times.append(axis.second(max(s.scheduled_s for s in samples)))
    start_s, end_s = min(times), max(times)
    return start_s, max(end_s, start_s + 1.0)


def _probed(samples: Sequence[Sample], axis: TimeAxis) -> tuple[float, float]:
    """From the first request to the last one and the pause that would have followed it."""
    if not samples:
        return 0.0, 0.0
    first_s = axis.second(min(s.scheduled_s for s in samples))
    last_s = axis.second(max(s.scheduled_s for s in samples))
    return first_s, last_s + max((last_s - first_s) / len(samples), 0.001)


def _bins(samples: Sequence[Sample], width_s: float, axis: TimeAxis) -> tuple[Bin, ...]:
    bins = bin_samples(samples, width_s, origin_s=axis.start_s)
    return tuple(replace(one, start_s=axis.second(one.start_s)) for one in bins)


def _errors(
    samples: Sequence[Sample], width_s: float, axis: TimeAxis
) -> tuple[float, dict[str, tuple[int, ...]]]:
    """(second of the first bin, by kind the failed requests of each bin)."""
    failed = [s for s in samples if s.failed]
    if not failed:
        return 0.0, {}
    members: dict[int, list[Sample]] = {}
    for sample in failed:
        index = math.floor(axis.second(sample.scheduled_s) / width_s)
        members.setdefault(index, []).append(sample)
    due_s = [axis.second(s.scheduled_s) for s in samples]
    first, last = math.floor(min(due_s) / width_s), math.floor(max(due_s) / width_s)
    total = failures_by_kind(failed)
    named = list(total)[: MOST_KINDS if len(total) <= MOST_KINDS else MOST_KINDS - 1]
    counts = [failures_by_kind(members.get(n, ())) for n in range(first, last + 1)]
    errors = {kind: tuple(one.get(kind, 0) for one in counts) for kind in named}
    if len(total) > len(named):
        errors[OTHERS] = tuple(
            sum(n for kind, n in one.items() if kind not in named) for one in counts
        )
    return first * width_s, errors


def _held_snapshots(
    snapshots: Sequence[ViewSnapshot], axis: TimeAxis, run_end_s: float
) -> Iterator[HeldSnapshot]:
    """Those of the run, whose end is at `run_end_s`: nothing is known of the time after it."""
    for snapshot, following in zip_longest(snapshots, snapshots[1:]):
        start_s = axis.second(snapshot.at_s)
        next_s = axis.second(following.at_s) if following else run_end_s
        end_s = min(start_s + SNAPSHOT_HOLDS_S, next_s, run_end_s)
        if start_s < end_s:
            yield HeldSnapshot(snapshot.view, start_s, end_s)


def _dials_seen(
    snapshots: Sequence[HeldSnapshot], run_end_s: float
) -> dict[str, tuple[DialPoint, ...]]:
    """Dials as they were read; none if none of them could be."""
    dials: dict[str, list[DialPoint]] = {}
    beginnings = {run_end_s, *(snapshot.start_s for snapshot in snapshots)}
    for snapshot in snapshots:
        for region, one in snapshot.view.regions.items():
            dials.setdefault(region, []).append((snapshot.start_s, one.dial))
            if snapshot.end_s not in beginnings:
                dials[region].append((snapshot.end_s, None))
    if all(percent is None for points in dials.values() for _, percent in points):
        return {}
    return {region: _changes(points) for region, points in dials.items()}


def _dials_set(lines: Sequence[JournalLine], axis: TimeAxis) -> dict[str, tuple[DialPoint, ...]]:
    """Dials of the baseline, and as each step has set them."""
    dials: dict[str, list[DialPoint]] = {}
    for line in lines:
        at_s = axis.second(line.at_s)
        match line.event:
            case BaselineRecorded(state=state):
                for region, percent in state.dials.items():
                    dials.setdefault(region, [(at_s, percent)])
            case StepStarted(do=SetDial(region=region, percent=percent)):
                dials.setdefault(region, []).append((at_s, percent))
            case _:
                pass
    return {region: _changes(points) for region, points in dials.items()}


def _changes(points: Iterable[DialPoint]) -> tuple[DialPoint, ...]:
    kept: list[DialPoint] = []
    for at_s, value in points:
        if not kept or kept[-1][1] != value:
            kept.append((at_s, value))
    return tuple(kept)


def _health(snapshots: Sequence[HeldSnapshot]) -> dict[str, tuple[StateSpan, ...]]:
    regions = dict.fromkeys(region for one in snapshots for region in one.view.regions)
    return {region: tuple(_health_of(region, snapshots)) for region in regions}


def _health_of(region: str, snapshots: Sequence[HeldSnapshot]) -> Iterator[StateSpan]:
    """Neighbouring snapshots of equal state become one span."""
    span: StateSpan | None = None
    for one in snapshots:
        state, switch = _health_state(one.view.regions.get(region))
        if span and (span.state, span.switch, span.end_s) == (state, switch, one.start_s):
            span = replace(span, end_s=one.end_s)
            continue
        if span:
            yield span
        span = StateSpan(start_s=one.start_s, end_s=one.end_s, state=state, switch=switch)
    if span:
        yield span


def _faults(snapshots: Sequence[HeldSnapshot]) -> dict[str, tuple[StateSpan, ...]]:
    spans: dict[str, list[StateSpan]] = {}
    for one in snapshots:
        for words in dict.fromkeys(describe_fault(fault) for fault in one.view.faults or ()):
            known = spans.setdefault(words, [])
            goes_on = bool(known) and known[-1].end_s == one.start_s
            since_s = known.pop().start_s if goes_on else one.start_s
            known.append(StateSpan(start_s=since_s, end_s=one.end_s, state="active"))
    return {words: tuple(known) for words, known in spans.items()}


def _health_state(region: RegionView | None) -> tuple[str, str | None]:
    """(state of the endpoint, switch unless it is auto)."""
    if region is None:
        return "unknown", None
    switch = region.switch.status if region.switch else "auto"
    return (region.endpoint or "unknown").lower(), None if switch == "auto" else switch


def _lag_in_snapshots(
    snapshots: Sequence[ViewSnapshot], axis: TimeAxis
) -> dict[str, tuple[LagPoint, ...]]:
    lags: dict[str, list[LagPoint]] = {}
    for snapshot in snapshots:
        for region, one in snapshot.view.regions.items():
            at_s = axis.second(snapshot.at_s)
            point = LagPoint(at_s=at_s, most_s=one.replication_lag_s, never=0)
            lags.setdefault(region, []).append(point)
    return {
        region: tuple(points)
        for region, points in lags.items()
        if any(point.most_s is not None for point in points)
    }


def _lag_of_writes(
    recorded: RunSamples, width_s: float, axis: TimeAxis
) -> dict[str, tuple[LagPoint, ...]]:
    by_region: dict[str, dict[int, list[float | None]]] = {}
    for write, lag_s in _write_lags(recorded.samples, recorded.sightings):
        index = math.floor(axis.second(write.acked_s) / width_s)
        by_region.setdefault(write.region, {}).setdefault(index, []).append(lag_s)
    return {
        region: tuple(_lag_point((index + 0.5) * width_s, bins[index]) for index in sorted(bins))
        for region, bins in sorted(by_region.items())
    }


def _lag_point(at_s: float, lags: Sequence[float | None]) -> LagPoint:
    known = [lag for lag in lags if lag is not None]
    return LagPoint(at_s=at_s, most_s=max(known, default=None), never=len(lags) - len(known))


def _write_lags(
    samples: Sequence[Sample], audited: Sequence[Sighting]
) -> Iterator[tuple[AcknowledgedWrite, float | None]]:
    """Each acknowledged write, and how long until it was seen in all other Regions.

    None when one of them was read without it, and never with it. A Region without a usable reading
    is left out, and so are second writes: their items are not read again until the end.
    """
    writes = acknowledged_writes(samples)
    others = {one.region for one in audited}
    twice = {item for item, times in Counter(w.item for w in writes).items() if times > 1}
    readings: dict[tuple[str, str], list[Sighting]] = {}
    for sighting in (*audited, *sightings_of(samples)):
        # Of an item that was written twice, a reading without a writer may have found either.
        ambiguous = (
            sighting.presence is Presence.PRESENT
            and sighting.writer is None
            and sighting.item in twice
        )
        if sighting.presence is not Presence.UNREADABLE and not ambiguous:
            readings.setdefault((sighting.item, sighting.region), []).append(sighting)
    for write in (one for one in writes if not one.again):
        lags = [
            _arrival_lag_s(write, later)
            for region in others - {write.region}
            if (later := _asked_after(write, readings.get((write.item, region), ())))
        ]
        known = [lag for lag in lags if lag is not None]
        if lags:
            yield write, max(known) if len(known) == len(lags) else None


def _asked_after(write: AcknowledgedWrite, sightings: Iterable[Sighting]) -> list[Sighting]:
    return [s for s in sightings if s.asked_s >= write.acked_s]


def _arrival_lag_s(write: AcknowledgedWrite, readings: Iterable[Sighting]) -> float | None:
    """From the acknowledgement to the first reading that found the write."""
    lags = (
        s.answered_s - write.acked_s
        for s in readings
        if s.presence is Presence.PRESENT and s.writer in (None, write.region)
    )
    return min(lags, default=None)

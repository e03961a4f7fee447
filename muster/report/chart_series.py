"""What the charts of a report show: figures over time, in seconds of the run.

Decides how wide a bin is, and where each figure comes from: requests from the samples, dials and
health from the views, dials from the journal where there are no views, replication lag from our own
writes where they were audited. Pure. However many samples there are, there are at most MOST_BINS
bins.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from muster.drill.journal.events import BaselineRecorded, JournalLine, StepStarted
from muster.drill.observation.snapshot_log import ViewSnapshot
from muster.drill.plan.instructions import SetDial
from muster.drill.result import RunSamples
from muster.levers import describe_fault
from muster.measure import Bin, Cohort, bin_samples, failures_by_kind, select_samples
from muster.measure.recovery import AcknowledgedWrite, acknowledged_writes, sightings_of
from muster.measure.samples import Presence, Sample, Sighting
from muster.model import RegionView
from muster.report.time_axis import TimeAxis

MOST_BINS = 240
FEW_IN_A_BIN = 10
"""Requests that a bin should hold; a finer one would only show the schedule's own pattern."""
WIDTHS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
MOST_KINDS = 5
"""Kinds of failure that get a layer of their own."""
OTHERS = "other kinds"
VIEW_HOLDS_S = 8.0
"""So long a view tells how it is, if no other one follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpan:
    """A state that lasted."""

    start_s: float
    end_s: float
    state: str
    """`healthy`, `unhealthy`, `initial`, `unknown`; of a fault `stands`."""
    switch: str | None = None
    """The health switch, where it says something else than auto."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LagPoint:
    """How late the writes of one bin came to another Region."""

    at_s: float
    most_s: float | None
    """The largest; None without any that came."""
    never: int
    """Writes that never came, as far as was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSeries:
    """Everything that is drawn."""

    start_s: float
    end_s: float
    width_s: float
    """Of a bin."""
    new: tuple[Bin, ...] = ()
    """Requests on new connections."""
    kept: tuple[Bin, ...] = ()
    """Requests on kept connections."""
    kept_width_s: float = 1.0
    """Of a bin of theirs: there are fewer of them."""
    probed_s: tuple[float, float] = (0.0, 0.0)
    """When probing began and ended."""
    errors: Mapping[str, tuple[int, ...]]
    """By kind, failed requests of all cohorts in each bin from `errors_from_s` to the last one."""
    errors_from_s: float = 0.0
    dials: Mapping[str, tuple[tuple[float, float | None], ...]]
    """By Region, (second, percent); each holds until the next."""
    dials_seen: bool
    """Whether they were read; else they are what the journal says was set."""
    health: Mapping[str, tuple[StateSpan, ...]]
    faults: Mapping[str, tuple[StateSpan, ...]]
    """By a fault's words, when it stood, by whomever it was injected."""
    lag: Mapping[str, tuple[LagPoint, ...]]
    """By the Region that the writes leave."""
    lag_of_writes: bool
    """Whether it was measured with our own writes; else it is CloudWatch's."""


def build_chart_series(
    evidence: RunSamples,
    lines: Sequence[JournalLine],
    views: Sequence[ViewSnapshot],
    axis: TimeAxis,
) -> ChartSeries:
    """All series of a run; `lines` and `views` lie on the first boot's clock."""
    start_s, end_s = _span(evidence.samples, lines, axis)
    counts = Counter(s.cohort for s in evidence.samples)
    probed_s = _probed(evidence.samples, axis)
    rate = {cohort: count / (probed_s[1] - probed_s[0]) for cohort, count in counts.items()}
    width_s = bin_width_s(end_s - start_s, rate.get(Cohort.NEW, 0.0))
    kept_width_s = bin_width_s(end_s - start_s, rate.get(Cohort.KEEPALIVE, 0.0))
    errors_from_s, errors = _errors(evidence.samples, width_s, axis)
    dials, dials_seen = _dials(views, lines, axis)
    lag, lag_of_writes = _lag(evidence, views, width_s, axis)
    return ChartSeries(
        start_s=start_s,
        end_s=end_s,
        width_s=width_s,
        new=_bins(select_samples(evidence.samples, Cohort.NEW), width_s, axis),
        kept=_bins(select_samples(evidence.samples, Cohort.KEEPALIVE), kept_width_s, axis),
        kept_width_s=kept_width_s,
        probed_s=probed_s,
        errors=errors,
        errors_from_s=errors_from_s,
        dials=dials,
        dials_seen=dials_seen,
        health=_health(views, axis),
        faults=_faults(views, axis),
        lag=lag,
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
    found = bin_samples(samples, width_s, origin_s=axis.start_s)
    return tuple(replace(one, start_s=axis.second(one.start_s)) for one in found)


def _errors(
    samples: Sequence[Sample], width_s: float, axis: TimeAxis
) -> tuple[float, dict[str, tuple[int, ...]]]:
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
    counted = [failures_by_kind(members.get(n, ())) for n in range(first, last + 1)]
    found = {kind: tuple(one.get(kind, 0) for one in counted) for kind in named}
    if len(total) > len(named):
        found[OTHERS] = tuple(
            sum(n for kind, n in one.items() if kind not in named) for one in counted
        )
    return first * width_s, found


def _dials(
    views: Sequence[ViewSnapshot], lines: Sequence[JournalLine], axis: TimeAxis
) -> tuple[dict[str, tuple[tuple[float, float | None], ...]], bool]:
    seen: dict[str, list[tuple[float, float | None]]] = {}
    for line, following in _followed(views):
        at_s = axis.second(line.at_s)
        blind = following is None or axis.second(following.at_s) - at_s > VIEW_HOLDS_S
        for region, one in line.view.regions.items():
            seen.setdefault(region, []).append((at_s, one.dial))
            if blind:
                seen[region].append((at_s + VIEW_HOLDS_S, None))
    if any(value is not None for points in seen.values() for _, value in points):
        return {region: _changes(points) for region, points in seen.items()}, True
    set_ = _set_dials(lines, axis)
    return {region: _changes(points) for region, points in set_.items()}, False


def _followed(views: Sequence[ViewSnapshot]) -> Iterator[tuple[ViewSnapshot, ViewSnapshot | None]]:
    """Each view with the next one; the last one with None."""
    for index, line in enumerate(views):
        yield line, views[index + 1] if index + 1 < len(views) else None


def _set_dials(
    lines: Sequence[JournalLine], axis: TimeAxis
) -> dict[str, list[tuple[float, float | None]]]:
    """Dials as found, and as each step has set them."""
    points: dict[str, list[tuple[float, float | None]]] = {}
    for line in lines:
        at_s = axis.second(line.at_s)
        match line.entry:
            case BaselineRecorded(state=state):
                for region, percent in state.dials.items():
                    points.setdefault(region, [(at_s, percent)])
            case StepStarted(do=SetDial(region=region, percent=percent)):
                points.setdefault(region, []).append((at_s, percent))
            case _:
                pass
    return points


def _changes(
    points: Iterable[tuple[float, float | None]],
) -> tuple[tuple[float, float | None], ...]:
    kept: list[tuple[float, float | None]] = []
    for at_s, value in points:
        if not kept or kept[-1][1] != value:
            kept.append((at_s, value))
    return tuple(kept)


def _health(views: Sequence[ViewSnapshot], axis: TimeAxis) -> dict[str, tuple[StateSpan, ...]]:
    regions = list(dict.fromkeys(region for line in views for region in line.view.regions))
    return {region: tuple(_stretches(region, views, axis)) for region in regions}


def _stretches(region: str, views: Sequence[ViewSnapshot], axis: TimeAxis) -> Iterator[StateSpan]:
    """Views of equal state become one stretch; where views are missing, nothing is known."""
    now: StateSpan | None = None
    for line, following in _followed(views):
        start_s = axis.second(line.at_s)
        end_s = _told_until_s(start_s, following, axis)
        state, switch = _state(line.view.regions.get(region))
        if now and (now.state, now.switch) == (state, switch) and now.end_s == start_s:
            now = replace(now, end_s=end_s)
            continue
        if now:
            yield now
        now = StateSpan(start_s=start_s, end_s=end_s, state=state, switch=switch)
    if now:
        yield now


def _faults(views: Sequence[ViewSnapshot], axis: TimeAxis) -> dict[str, tuple[StateSpan, ...]]:
    found: dict[str, list[StateSpan]] = {}
    for line, following in _followed(views):
        start_s = axis.second(line.at_s)
        end_s = _told_until_s(start_s, following, axis)
        for words in dict.fromkeys(describe_fault(one) for one in line.view.faults or ()):
            stretches = found.setdefault(words, [])
            goes_on = bool(stretches) and stretches[-1].end_s == start_s
            since_s = stretches.pop().start_s if goes_on else start_s
            stretches.append(StateSpan(start_s=since_s, end_s=end_s, state="stands"))
    return {words: tuple(stretches) for words, stretches in found.items()}


def _told_until_s(start_s: float, following: ViewSnapshot | None, axis: TimeAxis) -> float:
    """How long a view tells how it is."""
    if following is None:
        return start_s + 2.0
    return min(axis.second(following.at_s), start_s + VIEW_HOLDS_S)


def _state(one: RegionView | None) -> tuple[str, str | None]:
    if one is None:
        return "unknown", None
    switch = one.switch.status if one.switch else "auto"
    return (one.endpoint or "unknown").lower(), None if switch == "auto" else switch


def _lag(
    evidence: RunSamples, views: Sequence[ViewSnapshot], width_s: float, axis: TimeAxis
) -> tuple[dict[str, tuple[LagPoint, ...]], bool]:
    if evidence.sightings:
        arrivals = _arrivals(evidence.samples, evidence.sightings)
        return _lags_by_region(arrivals, width_s, axis), True
    found: dict[str, list[LagPoint]] = {}
    for line in views:
        for region, one in line.view.regions.items():
            lag = LagPoint(at_s=axis.second(line.at_s), most_s=one.replication_lag_s, never=0)
            found.setdefault(region, []).append(lag)
    known = {r: tuple(lags) for r, lags in found.items() if any(x.most_s is not None for x in lags)}
    return known, False


def _arrivals(
    samples: Sequence[Sample], audited: Sequence[Sighting]
) -> Iterator[tuple[AcknowledgedWrite, float | None]]:
    """Each acknowledged write, and how long until it was seen in all other Regions.

    None when one of them was read without it, and never with it. A Region in which no reading tells
    is left out, and so are second writes: their items are not read again until the end.
    """
    writes = acknowledged_writes(samples)
    others = {one.region for one in audited}
    twice = {item for item, times in Counter(w.item for w in writes).items() if times > 1}
    told: dict[tuple[str, str], list[Sighting]] = {}
    for sighting in (*audited, *sightings_of(samples)):
        # Of an item that was written twice, presence alone does not tell which write is there.
        nameless = (
            sighting.presence is Presence.PRESENT
            and sighting.writer is None
            and sighting.item in twice
        )
        if sighting.presence is not Presence.UNREADABLE and not nameless:
            told.setdefault((sighting.item, sighting.region), []).append(sighting)
    for write in (one for one in writes if not one.again):
        lags = [
            _first_s(write, readings)
            for region in others - {write.region}
            if (readings := _after(write, told.get((write.item, region), ())))
        ]
        known = [lag for lag in lags if lag is not None]
        if lags:
            yield write, max(known) if len(known) == len(lags) else None


def _after(write: AcknowledgedWrite, sightings: Iterable[Sighting]) -> list[Sighting]:
    return [s for s in sightings if s.asked_s >= write.acked_s]


def _first_s(write: AcknowledgedWrite, readings: Iterable[Sighting]) -> float | None:
    times = (
        s.answered_s - write.acked_s
        for s in readings
        if s.presence is Presence.PRESENT and s.writer in (None, write.region)
    )
    return min(times, default=None)


def _lags_by_region(
    arrivals: Iterable[tuple[AcknowledgedWrite, float | None]], width_s: float, axis: TimeAxis
) -> dict[str, tuple[LagPoint, ...]]:
    grouped: dict[str, dict[int, list[float | None]]] = {}
    for write, lag_s in arrivals:
        index = math.floor(axis.second(write.acked_s) / width_s)
        grouped.setdefault(write.region, {}).setdefault(index, []).append(lag_s)
    return {
        region: tuple(_binned(index, by_bin[index], width_s) for index in sorted(by_bin))
        for region, by_bin in sorted(grouped.items())
    }


def _binned(index: int, lags: Sequence[float | None], width_s: float) -> LagPoint:
    known = [lag for lag in lags if lag is not None]
    never = Counter(lag is None for lag in lags)[True]
    return LagPoint(at_s=(index + 0.5) * width_s, most_s=max(known, default=None), never=never)

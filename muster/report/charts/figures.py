"""The charts of a report: which there are, what they are called, what stands beside them.

Decides what each chart shows of the series, its legend, its words for who can't see it, and the
table that says the same. All lie on one time axis, with the same marks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from muster.measure import Bin
from muster.report.chart_series import ChartSeries, LagPoint, StateSpan
from muster.report.charts.data_tables import (
    NONE,
    ChartFigure,
    DataTable,
    LegendEntry,
    changes_table,
    points_table,
    stack_table,
)
from muster.report.charts.frame import ChartContext, ChartMark, ChartName, ChartShade
from muster.report.charts.lanes import Lane, LaneBlock, LaneChart, draw_lanes
from muster.report.charts.lines import Curve, LineChart, Points, draw_lines
from muster.report.charts.paths import BinEdges
from muster.report.charts.scales import LAYOUTS, ChartLayout, TimeSpan, format_clock, format_seconds
from muster.report.charts.stacks import StackedChart, StackLayer, draw_stack
from muster.report.html import Markup
from muster.report.model import DrillReport, StepRow

T = TypeVar("T")
REGION_FILLS = 8
"""Regions that look different; with more, looks repeat."""
KIND_FILLS = 6
WAITING = ("hold", "expect", "wait")
"""How the words of steps begin that change nothing."""


def chart_figures(report: DrillReport) -> Iterator[ChartFigure]:
    """All charts, top to bottom."""
    stage, series = chart_context(report), report.series
    yield _timeline(report, stage)
    yield _requests(
        ChartName(
            id="requests",
            title="Requests per second, by answering Region",
            description="Requests on new connections by who answered them well, and failed ones.",
        ),
        (series.new, series.width_s),
        report,
        stage,
    )
    yield _errors(report, stage)
    yield _latency(series, stage)
    if series.kept:
        yield _requests(
            ChartName(
                id="kept",
                title="Kept connections: requests per second, by answering Region",
                description=(
                    "Requests on kept connections, which stay where they are until they end."
                ),
            ),
            (series.kept, series.kept_width_s),
            report,
            stage,
        )
    yield _dials(report, stage)
    yield _health(report, stage)
    if report.series.faults:
        yield _faults(report, stage)
    yield _lag(report, stage)


def chart_context(report: DrillReport) -> ChartContext:
    """What all charts share."""
    series = report.series
    shades = [ChartShade(start_s=g.start_s, end_s=g.end_s, kind="blind") for g in report.gaps]
    if report.cause_s is not None:
        until_s = report.return_s if report.return_s is not None else series.end_s
        shades.insert(0, ChartShade(start_s=report.cause_s, end_s=until_s, kind="away"))
    return ChartContext(
        span=TimeSpan(series.start_s, series.end_s),
        marks=tuple(
            ChartMark(at_s=e.at_s, label=e.label, words=e.words, kind=e.kind) for e in report.events
        ),
        shades=tuple(shades),
    )


def _drawn(draw: Callable[[ChartLayout], Markup]) -> tuple[Markup, ...]:
    return tuple(draw(layout) for layout in LAYOUTS)


def _timeline(report: DrillReport, stage: ChartContext) -> ChartFigure:
    name = ChartName(
        id="timeline",
        title="Timeline",
        description="Phases and activities of the drill, each from its beginning to its end.",
    )
    phases = tuple(
        LaneBlock(start_s=s.start_s, end_s=s.end_s, fill="phase", words=s.phase)
        for s in report.stages
    )
    rows = (Lane(title="Phases", blocks=phases), *_activities(report))
    chart = LaneChart(name=name, rows=rows, titles_float=True)
    taken = [step for step in report.steps if step.start_s is not None]
    return ChartFigure(
        name=name,
        svgs=_drawn(lambda layout: draw_lanes(chart, stage, layout)),
        keys=(
            LegendEntry("fill", "do", "changes something"),
            LegendEntry("fill", "wait", "waits or looks"),
            LegendEntry("fill", "bad", "failed, or cut off"),
            LegendEntry("fill", "away", "from the cause to its end"),
            *((LegendEntry("fill", "blind", "nothing was measured"),) if report.gaps else ()),
            LegendEntry("line", "mark", "a step that changed something"),
        ),
        table=DataTable(
            ("Time", "Step", "What", "Outcome"),
            tuple((s.start_s or 0.0, (s.id, s.words, s.outcome)) for s in taken),
        ),
    )


def _activities(report: DrillReport) -> Iterator[Lane]:
    """A row for each activity of the method; one for the steady state, one for the rollback."""
    grouped: dict[tuple[str, str], list[StepRow]] = {}
    for step in report.steps:
        title = step.activity if step.phase in ("method", "rollback") else "Steady state"
        if step.start_s is not None:
            grouped.setdefault((step.phase, title), []).append(step)
    for (_, title), steps in grouped.items():
        yield Lane(title=title, blocks=tuple(_block(step, report) for step in steps))


def _block(step: StepRow, report: DrillReport) -> LaneBlock:
    start_s = step.start_s or 0.0
    end_s = _alive_until_s(start_s, report) if step.end_s is None else step.end_s
    fill = "wait" if step.words.startswith(WAITING) else "do"
    return LaneBlock(
        start_s=start_s, end_s=end_s, fill=fill if step.outcome == "done" else "bad", words=step.id
    )


def _alive_until_s(start_s: float, report: DrillReport) -> float:
    """How long a step without an end may have gone on: no probes, no process."""
    gaps = (max(gap.start_s, start_s) for gap in report.gaps if gap.end_s > start_s)
    return min(gaps, default=report.series.end_s)


def _requests(
    name: ChartName, binned: tuple[Sequence[Bin], float], report: DrillReport, stage: ChartContext
) -> ChartFigure:
    bins, width_s = binned
    if not bins:
        return ChartFigure(name=name, svgs=(), remark=_no_samples(report))
    edges = BinEdges(bins[0].start_s, width_s, *report.series.probed_s)
    layers = [
        StackLayer(
            name=region,
            fill=f"r{_look(report, region)}",
            values=_rates(edges, [dict(one.good_by_region).get(region, 0) for one in bins]),
        )
        for region in _regions(report, bins)
    ]
    failed = _rates(edges, [one.failed for one in bins])
    layers.append(StackLayer(name="failed", fill="bad", values=failed))
    if any(one.lost for one in bins):
        lost = _rates(edges, [one.lost for one in bins])
        layers.append(StackLayer(name="lost by the prober", fill="lost", values=lost))
    stack = StackedChart(name=name, edges=edges, layers=tuple(layers))
    return ChartFigure(
        name=name,
        svgs=_drawn(lambda layout: draw_stack(stack, stage, layout)),
        keys=tuple(LegendEntry("fill", layer.fill, layer.name) for layer in layers),
        remark=f"One step is {_bin_words(width_s)}.",
        table=stack_table(stack, tuple(f"{layer.name} /s" for layer in layers)),
    )


def _errors(report: DrillReport, stage: ChartContext) -> ChartFigure:
    series = report.series
    name = ChartName(
        id="errors",
        title="Failed requests per second, by kind",
        description="Requests of all cohorts that failed, by how they failed.",
    )
    if not series.errors:
        said = "No request failed." if report.summary else _no_samples(report)
        return ChartFigure(name=name, svgs=(), remark=said)
    edges = BinEdges(series.errors_from_s, series.width_s, *series.probed_s)
    layers = tuple(
        StackLayer(name=kind, fill=f"k{number % KIND_FILLS}", values=_rates(edges, counts))
        for number, (kind, counts) in enumerate(series.errors.items())
    )
    stack = StackedChart(name=name, edges=edges, layers=layers)
    totals = {kind: sum(counts) for kind, counts in series.errors.items()}
    return ChartFigure(
        name=name,
        svgs=_drawn(lambda layout: draw_stack(stack, stage, layout, height=90)),
        remark=f"All cohorts. One step is {_bin_words(series.width_s)}.",
        keys=tuple(
            LegendEntry("fill", layer.fill, f"{layer.name} ({totals[layer.name]:,})")
            for layer in layers
        ),
        table=stack_table(stack, tuple(f"{layer.name} /s" for layer in layers)),
    )


def _latency(series: ChartSeries, stage: ChartContext) -> ChartFigure:
    name = ChartName(
        id="latency",
        title="Latency of good answers, new connections",
        description="The median and the 99th percentile of each step of time.",
    )
    if not any(one.p50_s is not None for one in series.new):
        return ChartFigure(name=name, svgs=(), remark="There was no good answer.")
    at_s = [one.start_s + series.width_s / 2 for one in series.new]
    p50 = tuple(zip(at_s, (one.p50_s for one in series.new), strict=True))
    p99 = tuple(zip(at_s, (one.p99_s for one in series.new), strict=True))
    curves = (
        Curve(name="p99", stroke="m1", points=p99),
        Curve(name="p50", stroke="m0", points=p50),
    )
    chart = LineChart(name=name, unit="seconds", curves=curves)
    return ChartFigure(
        name=name,
        svgs=_drawn(lambda layout: draw_lines(chart, stage, layout)),
        keys=(LegendEntry("line", "m0", "p50"), LegendEntry("line", "m1", "p99")),
        remark="Failed requests have no latency: see them above.",
        table=DataTable(
            ("Time", "p50", "p99"),
            tuple((one.start_s, (_seconds(one.p50_s), _seconds(one.p99_s))) for one in series.new),
            until_s=series.new[-1].start_s + series.width_s,
        ),
    )


def _dials(report: DrillReport, stage: ChartContext) -> ChartFigure:
    dials = report.series.dials
    name = ChartName(
        id="dials",
        title="Traffic dials, percent",
        description="The traffic dial of each Region's endpoint group.",
    )
    if not dials:
        return ChartFigure(name=name, svgs=(), remark="No dial was read or turned.")
    curves = tuple(
        Curve(name=region, stroke=f"l{_look(report, region)}", points=points, stepped=True)
        for region, points in _in_order(report, dials)
    )
    chart = LineChart(name=name, unit="percent", curves=curves)
    seen = "" if report.series.dials_seen else "As set by the steps: nobody read them meanwhile."
    return ChartFigure(
        name=name,
        svgs=_drawn(lambda layout: draw_lines(chart, stage, layout, height=70)),
        keys=tuple(LegendEntry("line", curve.stroke, curve.name) for curve in curves),
        remark=seen,
        table=changes_table(
            {curve.name: tuple((t, _percent(v)) for t, v in curve.points) for curve in curves}
        ),
    )


def _health(report: DrillReport, stage: ChartContext) -> ChartFigure:
    name = ChartName(
        id="health",
        title="Endpoint health, as the accelerator sees it",
        description="The health of each Region's load balancer, and its switch if that is set.",
    )
    health = dict(_in_order(report, report.series.health))
    if not health:
        return ChartFigure(name=name, svgs=(), remark="Nobody read the endpoints' health.")
    rows = tuple(
        Lane(
            title=region,
            blocks=tuple(
                LaneBlock(start_s=s.start_s, end_s=s.end_s, fill=f"h-{s.state}", words=_state(s))
                for s in stretches
            ),
        )
        for region, stretches in health.items()
    )
    chart = LaneChart(name=name, rows=rows)
    states = dict.fromkeys(s.state for stretches in health.values() for s in stretches)
    return ChartFigure(
        name=name,
        svgs=_drawn(lambda layout: draw_lanes(chart, stage, layout)),
        keys=tuple(LegendEntry("fill", f"h-{state}", state) for state in states),
        table=changes_table({r: tuple(_states(stretches)) for r, stretches in health.items()}),
    )


def _faults(report: DrillReport, stage: ChartContext) -> ChartFigure:
    name = ChartName(
        id="faults",
        title="Standing faults, whoever injected them",
        description="Each fault from when it was first seen to when it was seen last.",
    )
    faults = report.series.faults
    rows = tuple(
        Lane(
            title=words,
            blocks=tuple(
                LaneBlock(start_s=s.start_s, end_s=s.end_s, fill="h-unhealthy") for s in stretches
            ),
        )
        for words, stretches in faults.items()
    )
    chart = LaneChart(name=name, rows=rows, titles_float=True)
    stood = ((s, words) for words, stretches in faults.items() for s in stretches)
    return ChartFigure(
        name=name,
        svgs=_drawn(lambda layout: draw_lanes(chart, stage, layout)),
        keys=(LegendEntry("fill", "h-unhealthy", "stands"),),
        remark="As read every two seconds.",
        table=DataTable(
            ("From", "Fault", "Until"),
            tuple(
                (s.start_s, (words, format_clock(s.end_s)))
                for s, words in sorted(stood, key=lambda one: one[0].start_s)
            ),
        ),
    )


def _lag(report: DrillReport, stage: ChartContext) -> ChartFigure:
    lag, of_writes = report.series.lag, report.series.lag_of_writes
    name = ChartName(
        id="lag",
        title="Replication lag of writes, by the Region that they leave",
        description="How late the latest of each moment's writes came to the other Regions.",
    )
    if not lag:
        why = "No write was followed, and no lag was read."
        return ChartFigure(name=name, svgs=(), remark=why)
    ordered = _in_order(report, lag)
    curves = tuple(
        Curve(
            name=region,
            stroke=f"l{_look(report, region)}",
            points=_linked(points, report.series.width_s),
        )
        for region, points in ordered
    )
    never = tuple(sorted({one.at_s for points in lag.values() for one in points if one.never}))
    chart = LineChart(name=name, unit="seconds", curves=curves, crosses_s=never)
    told = {region: tuple((x.at_s, _lag_words(x)) for x in points) for region, points in ordered}
    source = "Of the probes' own writes, by the moment of their acknowledgement."
    keys = [LegendEntry("line", curve.stroke, curve.name) for curve in curves]
    if never:
        keys.append(LegendEntry("line", "cross", "a write of this moment was not seen everywhere"))
    return ChartFigure(
        name=name,
        svgs=_drawn(lambda layout: draw_lines(chart, stage, layout, height=90)),
        keys=tuple(keys),
        remark=source if of_writes else "As CloudWatch says: no write was followed.",
        table=points_table(told, report.series.width_s) if of_writes else changes_table(told),
    )


def _linked(points: Sequence[LagPoint], width_s: float) -> Points:
    """Points, and a break where no write was acknowledged for a while."""
    found: list[tuple[float, float | None]] = []
    for point in points:
        if found and point.at_s - found[-1][0] > max(10 * width_s, 15.0):
            found.append((point.at_s, None))
        found.append((point.at_s, point.most_s))
    return tuple(found)


def _regions(report: DrillReport, bins: Sequence[Bin]) -> list[str]:
    """The plan's Regions, then any other that has answered."""
    others = {region for one in bins for region, _ in one.good_by_region}
    return [*report.plan.regions, *sorted(others - set(report.plan.regions))]


def _look(report: DrillReport, region: str) -> int:
    """Colour and pattern of a Region: the same in every chart, whichever others are in it."""
    known = report.plan.regions
    return (known.index(region) if region in known else len(known)) % REGION_FILLS


def _in_order(report: DrillReport, by_region: Mapping[str, T]) -> list[tuple[str, T]]:
    known = [region for region in report.plan.regions if region in by_region]
    others = [region for region in by_region if region not in known]
    return [(region, by_region[region]) for region in (*known, *others)]


def _rates(edges: BinEdges, counts: Sequence[int]) -> tuple[float, ...]:
    return tuple(count / edges.width(number) for number, count in enumerate(counts))


def _no_samples(report: DrillReport) -> str:
    why = report.missing.get("requests", "no such request was made")
    return f"No figures: {why}."


def _bin_words(width_s: float) -> str:
    return f"{width_s:g} s" if width_s < 60 else format_clock(width_s)


def _seconds(value: float | None) -> str:
    return NONE if value is None else format_seconds(value)


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g} %"


def _state(stretch: StateSpan) -> str:
    return f"{stretch.state}, switch: {stretch.switch}" if stretch.switch else stretch.state


def _states(stretches: Sequence[StateSpan]) -> Iterator[tuple[float, str]]:
    """Each state from its beginning on; nothing is known where no other one follows at once."""
    begins = {one.start_s for one in stretches}
    for one in stretches:
        yield one.start_s, _state(one)
        if one.end_s not in begins:
            yield one.end_s, "unknown"


def _lag_words(lag: LagPoint) -> str:
    never = f"{lag.never} not seen" if lag.never else ""
    return ", ".join(part for part in (_seconds(lag.most_s), never) if part)

"""The charts of a report, each with its legend, a remark, and a table of the same data.

Decides which charts there are, and what each one shows of the series.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from markupsafe import Markup

from muster.formatting import format_clock
from muster.measure import Bin
from muster.report.chart_series import LagPoint, StateSpan
from muster.report.charts.data_tables import (
    DataTable,
    changes_table,
    points_table,
    stack_table,
)
from muster.report.charts.frame import ChartContext, ChartName, ChartShade
from muster.report.charts.plots import (
    BinEdges,
    Curve,
    Lane,
    LaneBlock,
    LaneChart,
    LineChart,
    StackedChart,
    StackLayer,
    draw_lanes,
    draw_lines,
    draw_stack,
)
from muster.report.charts.scales import TimeSpan
from muster.report.formatting import format_seconds
from muster.report.model import DrillReport, StepRow

T = TypeVar("T")
REGION_FILLS = 8
"""Regions that look different; with more, looks repeat."""
KIND_FILLS = 6
WAITING = ("hold", "expect", "wait")
"""How the words of steps begin that change nothing."""
LEAST_BREAK_S = 15.0
"""A line of replication lag has a gap where no write was acknowledged for this long."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    kind: Literal["fill", "line"]
    style: str
    """Class of the sample."""
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartFigure:
    """One chart with all that belongs to it."""

    name: ChartName
    svg: Markup | None = None
    """None when there is nothing to draw; `remark` has the reason."""
    legend: tuple[LegendEntry, ...] = ()
    remark: str = ""
    table: DataTable | None = None


def chart_figures(report: DrillReport) -> Iterator[ChartFigure]:
    """All charts, top to bottom."""
    context, series = chart_context(report), report.series
    yield _timeline(report, context)
    yield _requests(
        ChartName(
            id="requests",
            title="Requests per second, by answering Region",
            description="Requests on new connections by who answered them well, and failed ones.",
        ),
        (series.new, series.width_s),
        report,
        context,
    )
    yield _errors(report, context)
    yield _latency(report, context)
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
            context,
        )
    yield _dials(report, context)
    yield _health(report, context)
    if series.faults:
        yield _faults(report, context)
    yield _lag(report, context)


def chart_context(report: DrillReport) -> ChartContext:
    """What all charts of the report share."""
    series = report.series
    shades = [ChartShade(start_s=g.start_s, end_s=g.end_s, kind="blind") for g in report.gaps]
    if report.cause_s is not None:
        until_s = report.return_s if report.return_s is not None else series.end_s
        shades.insert(0, ChartShade(start_s=report.cause_s, end_s=until_s, kind="away"))
    return ChartContext(
        span=TimeSpan(series.start_s, series.end_s), marks=report.events, shades=tuple(shades)
    )


def _timeline(report: DrillReport, context: ChartContext) -> ChartFigure:
    name = ChartName(
        id="timeline",
        title="Timeline",
        description="Phases and activities of the drill, each from its beginning to its end.",
    )
    phases = tuple(
        LaneBlock(start_s=s.start_s, end_s=s.end_s, fill="phase", label=s.phase)
        for s in report.phases
    )
    lanes = (Lane(title="Phases", blocks=phases), *_activities(report))
    begun = [step for step in report.steps if step.start_s is not None]
    return ChartFigure(
        name=name,
        svg=draw_lanes(LaneChart(name=name, lanes=lanes, titles_at_blocks=True), context),
        legend=(
            LegendEntry("fill", "do", "changes something"),
            LegendEntry("fill", "wait", "waits or looks"),
            LegendEntry("fill", "bad", "failed, or cut off"),
            LegendEntry("fill", "away", "from the cause to its end"),
            *((LegendEntry("fill", "blind", "nothing was measured"),) if report.gaps else ()),
            LegendEntry("line", "mark", "a step that changed something"),
        ),
        table=DataTable(
            ("Time", "Step", "What", "Outcome"),
            tuple((s.start_s or 0.0, (s.id, s.words, s.outcome)) for s in begun),
        ),
    )


def _activities(report: DrillReport) -> Iterator[Lane]:
    """A lane for each activity of the method; one for the steady state, one for the rollback."""
    grouped: dict[tuple[str, str], list[StepRow]] = {}
    for step in report.steps:
        title = step.activity if step.phase in ("method", "rollback") else "Steady state"
        if step.start_s is not None:
            grouped.setdefault((step.phase, title), []).append(step)
    for (_, title), steps in grouped.items():
        yield Lane(title=title, blocks=tuple(_step_block(step, report) for step in steps))


def _step_block(step: StepRow, report: DrillReport) -> LaneBlock:
    start_s = step.start_s or 0.0
    end_s = _latest_end_s(start_s, report) if step.end_s is None else step.end_s
    fill = "wait" if step.words.startswith(WAITING) else "do"
    return LaneBlock(
        start_s=start_s, end_s=end_s, fill=fill if step.outcome == "done" else "bad", label=step.id
    )


def _latest_end_s(start_s: float, report: DrillReport) -> float:
    """How long a step without an end may have gone on: no probes, no process."""
    gaps = (max(gap.start_s, start_s) for gap in report.gaps if gap.end_s > start_s)
    return min(gaps, default=report.series.end_s)


def _requests(
    name: ChartName,
    binned: tuple[Sequence[Bin], float],
    report: DrillReport,
    context: ChartContext,
) -> ChartFigure:
    bins, width_s = binned
    if not bins:
        return ChartFigure(name=name, remark=_why_no_samples(report))
    edges = BinEdges(bins[0].start_s, width_s, *report.series.probed_s)
    layers = [
        StackLayer(
            name=region,
            fill=f"r{_region_look(report, region)}",
            values=_rates(edges, [dict(one.good_by_region).get(region, 0) for one in bins]),
        )
        for region in _answering_regions(report, bins)
    ]
    failed = _rates(edges, [one.failed for one in bins])
    layers.append(StackLayer(name="failed", fill="bad", values=failed))
    if any(one.lost for one in bins):
        lost = _rates(edges, [one.lost for one in bins])
        layers.append(StackLayer(name="lost by the prober", fill="lost", values=lost))
    chart = StackedChart(name=name, edges=edges, layers=tuple(layers))
    return ChartFigure(
        name=name,
        svg=draw_stack(chart, context),
        legend=tuple(LegendEntry("fill", layer.fill, layer.name) for layer in layers),
        remark=f"One step is {_format_width(width_s)}.",
        table=stack_table(chart, tuple(f"{layer.name} /s" for layer in layers)),
    )


def _errors(report: DrillReport, context: ChartContext) -> ChartFigure:
    series = report.series
    name = ChartName(
        id="errors",
        title="Failed requests per second, by kind",
        description="Requests of all cohorts that failed, by how they failed.",
    )
    if not series.errors:
        remark = "No request failed." if report.summary else _why_no_samples(report)
        return ChartFigure(name=name, remark=remark)
    edges = BinEdges(series.errors_from_s, series.width_s, *series.probed_s)
    layers = tuple(
        StackLayer(name=kind, fill=f"k{number % KIND_FILLS}", values=_rates(edges, counts))
        for number, (kind, counts) in enumerate(series.errors.items())
    )
    chart = StackedChart(name=name, edges=edges, layers=layers, height=90)
    totals = {kind: sum(counts) for kind, counts in series.errors.items()}
    return ChartFigure(
        name=name,
        svg=draw_stack(chart, context),
        remark=f"All cohorts. One step is {_format_width(series.width_s)}.",
        legend=tuple(
            LegendEntry("fill", layer.fill, f"{layer.name} ({totals[layer.name]:,})")
            for layer in layers
        ),
        table=stack_table(chart, tuple(f"{layer.name} /s" for layer in layers)),
    )


def _latency(report: DrillReport, context: ChartContext) -> ChartFigure:
    bins, width_s = report.series.new, report.series.width_s
    name = ChartName(
        id="latency",
        title="Latency of good answers, new connections",
        description="The median and the 99th percentile of each step of time.",
    )
    if not any(one.p50_s is not None for one in bins):
        return ChartFigure(name=name, remark="There was no good answer.")
    curves = (
        Curve(
            name="p99", stroke="m1", points=[(one.start_s + width_s / 2, one.p99_s) for one in bins]
        ),
        Curve(
            name="p50", stroke="m0", points=[(one.start_s + width_s / 2, one.p50_s) for one in bins]
        ),
    )
    return ChartFigure(
        name=name,
        svg=draw_lines(LineChart(name=name, unit="seconds", curves=curves), context),
        legend=(LegendEntry("line", "m0", "p50"), LegendEntry("line", "m1", "p99")),
        remark="Failed requests have no latency: see them above.",
        table=DataTable(
            ("Time", "p50", "p99"),
            tuple(
                (one.start_s, (format_seconds(one.p50_s), format_seconds(one.p99_s)))
                for one in bins
            ),
            until_s=bins[-1].start_s + width_s,
        ),
    )


def _dials(report: DrillReport, context: ChartContext) -> ChartFigure:
    name = ChartName(
        id="dials",
        title="Traffic dials, percent",
        description="The traffic dial of each Region's endpoint group.",
    )
    if not report.series.dials:
        return ChartFigure(name=name, remark="No dial was read or turned.")
    curves = tuple(
        Curve(name=region, stroke=f"l{_region_look(report, region)}", points=points, stepped=True)
        for region, points in _in_plan_order(report, report.series.dials)
    )
    chart = LineChart(name=name, unit="percent", curves=curves, height=70)
    read = report.series.dials_seen
    return ChartFigure(
        name=name,
        svg=draw_lines(chart, context),
        legend=tuple(LegendEntry("line", curve.stroke, curve.name) for curve in curves),
        remark="" if read else "As the steps set them: they were not read.",
        table=changes_table(
            {curve.name: [(t, _format_dial(v)) for t, v in curve.points] for curve in curves},
            report.series.end_s,
        ),
    )


def _health(report: DrillReport, context: ChartContext) -> ChartFigure:
    name = ChartName(
        id="health",
        title="Endpoint health, as the accelerator sees it",
        description="The health of each Region's load balancer, and its switch if that is set.",
    )
    health = dict(_in_plan_order(report, report.series.health))
    if not health:
        return ChartFigure(name=name, remark="The health of the endpoints was not read.")
    lanes = tuple(
        Lane(
            title=region,
            blocks=tuple(
                LaneBlock(
                    start_s=span.start_s,
                    end_s=span.end_s,
                    fill=f"h-{span.state}",
                    label=_format_state(span),
                )
                for span in spans
            ),
        )
        for region, spans in health.items()
    )
    states = dict.fromkeys(span.state for spans in health.values() for span in spans)
    return ChartFigure(
        name=name,
        svg=draw_lanes(LaneChart(name=name, lanes=lanes), context),
        legend=tuple(LegendEntry("fill", f"h-{state}", state) for state in states),
        table=changes_table(
            {region: list(_states(spans)) for region, spans in health.items()},
            report.series.end_s,
        ),
    )


def _faults(report: DrillReport, context: ChartContext) -> ChartFigure:
    name = ChartName(
        id="faults",
        title="Active faults, the drill's own and others",
        description="Each fault from when it was first seen to when it was seen last.",
    )
    faults = report.series.faults
    lanes = tuple(
        Lane(
            title=words,
            blocks=tuple(
                LaneBlock(start_s=span.start_s, end_s=span.end_s, fill="h-unhealthy")
                for span in spans
            ),
        )
        for words, spans in faults.items()
    )
    rows = [
        (span.start_s, (words, format_clock(span.end_s)))
        for words, spans in faults.items()
        for span in spans
    ]
    return ChartFigure(
        name=name,
        svg=draw_lanes(LaneChart(name=name, lanes=lanes, titles_at_blocks=True), context),
        legend=(LegendEntry("fill", "h-unhealthy", "active"),),
        remark="As read every two seconds.",
        table=DataTable(("From", "Fault", "Until"), tuple(sorted(rows, key=lambda row: row[0]))),
    )


def _lag(report: DrillReport, context: ChartContext) -> ChartFigure:
    lag, of_writes = report.series.lag, report.series.lag_of_writes
    name = ChartName(
        id="lag",
        title="Replication lag of writes, by the Region that they leave",
        description="Time until the slowest of each moment's writes reached the other Regions.",
    )
    if not lag:
        return ChartFigure(
            name=name, remark="The probes' writes were not followed, and CloudWatch had no lag."
        )
    by_region = _in_plan_order(report, lag)
    curves = tuple(
        Curve(
            name=region,
            stroke=f"l{_region_look(report, region)}",
            points=_with_breaks(points, report.series.width_s),
        )
        for region, points in by_region
    )
    never_s = tuple(sorted({one.at_s for points in lag.values() for one in points if one.never}))
    chart = LineChart(name=name, unit="seconds", curves=curves, crosses_s=never_s, height=90)
    texts = {
        region: [(one.at_s, _format_lag(one)) for one in points] for region, points in by_region
    }
    legend = [LegendEntry("line", curve.stroke, curve.name) for curve in curves]
    if never_s:
        crosses = "a write of this moment was not seen everywhere"
        legend.append(LegendEntry("line", "cross", crosses))
    return ChartFigure(
        name=name,
        svg=draw_lines(chart, context),
        legend=tuple(legend),
        remark="Of the probes' own writes, by the moment of their acknowledgement."
        if of_writes
        else "From CloudWatch: the probes' writes were not followed.",
        table=points_table(texts, report.series.width_s)
        if of_writes
        else changes_table(texts, report.series.end_s),
    )


def _with_breaks(points: Sequence[LagPoint], width_s: float) -> list[tuple[float, float | None]]:
    """The points, and a break where no write was acknowledged for a while."""
    broken: list[tuple[float, float | None]] = []
    for point in points:
        if broken and point.at_s - broken[-1][0] > max(10 * width_s, LEAST_BREAK_S):
            broken.append((point.at_s, None))
        broken.append((point.at_s, point.most_s))
    return broken


def _answering_regions(report: DrillReport, bins: Sequence[Bin]) -> list[str]:
    """The plan's Regions, then any other that has answered."""
    others = {region for one in bins for region, _ in one.good_by_region}
    return [*report.plan.regions, *sorted(others - set(report.plan.regions))]


def _region_look(report: DrillReport, region: str) -> int:
    """Colour and pattern of a Region: the same in every chart, whichever others are in it."""
    known = report.plan.regions
    return (known.index(region) if region in known else len(known)) % REGION_FILLS


def _in_plan_order(report: DrillReport, by_region: Mapping[str, T]) -> list[tuple[str, T]]:
    known = [region for region in report.plan.regions if region in by_region]
    others = [region for region in by_region if region not in known]
    return [(region, by_region[region]) for region in (*known, *others)]


def _rates(edges: BinEdges, counts: Sequence[int]) -> tuple[float, ...]:
    return tuple(count / edges.width(number) for number, count in enumerate(counts))


def _why_no_samples(report: DrillReport) -> str:
    why = report.missing.get("requests", "no such request was made")
    return f"No figures: {why}."


def _format_width(width_s: float) -> str:
    return f"{width_s:g} s" if width_s < 60 else format_clock(width_s)


def _format_dial(percent: float | None) -> str:
    return "unknown" if percent is None else f"{percent:g} %"


def _format_state(span: StateSpan) -> str:
    return f"{span.state}, switch: {span.switch}" if span.switch else span.state


def _states(spans: Sequence[StateSpan]) -> Iterator[tuple[float, str]]:
    """Each state from its beginning on; unknown where no other one follows at once."""
    beginnings = {span.start_s for span in spans}
    for span in spans:
        yield span.start_s, _format_state(span)
        if span.end_s not in beginnings:
            yield span.end_s, "unknown"


def _format_lag(lag: LagPoint) -> str:
    never = f"{lag.never} not seen" if lag.never else ""
    most = format_seconds(lag.most_s)
    return ", ".join(part for part in (most, never) if part)

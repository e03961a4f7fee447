"""The chart of one number over several runs: a point a run, the targets as dashes.

Decides which points are joined: neighbours of one scenario and Region whose numbers are sound. A
number in doubt is a hollow point and breaks the line; a run without the number is a cross at the
axis.
Runs have equal distances, whatever the time between them: a day of practice stays readable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from muster.report.charts.figures import REGION_FILLS
from muster.report.charts.frame import TOP, ChartContext, ChartFrame, ChartName
from muster.report.charts.plots import line_path
from muster.report.charts.scales import Scale, TimeSpan, element, linear_ticks
from muster.report.formatting import format_axis_number, format_axis_seconds
from muster.trend.run_facts import (
    NUMBER_LABELS,
    NumberName,
    RunFacts,
    format_run_number,
    format_value,
)

HEIGHT = 120.0
RADIUS = 4.5
MOST_LABELS = 9
DASH_HALF = 0.3
"""Half of the length of a target's dash, in distances of runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendFigure:
    """One chart with its title."""

    title: str
    svg: Markup | None
    """None: no run has the number."""


def trend_figures(runs: Sequence[RunFacts]) -> tuple[TrendFigure, ...]:
    """A chart for each number."""
    return tuple(
        TrendFigure(title=NUMBER_LABELS[name], svg=_draw(name, runs)) for name in NUMBER_LABELS
    )


def line_styles(runs: Sequence[RunFacts]) -> dict[str, str]:
    """The class of line and points of each series, in the order in which they appear."""
    labels = dict.fromkeys(_series_labels(runs))
    return {label: f"l{n % REGION_FILLS}" for n, label in enumerate(labels)}


def _series_labels(runs: Sequence[RunFacts]) -> list[str]:
    """The series of each run: its Region, and its scenario where there are several."""
    several = len({one.scenario for one in runs}) > 1
    scenarios = [f"{one.scenario}, " if several else "" for one in runs]
    regions = [one.subject or "no Region" for one in runs]
    return [scenario + region for scenario, region in zip(scenarios, regions, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _TrendPlot:
    """What is drawn of one number."""

    name: NumberName
    runs: Sequence[RunFacts]
    frame: ChartFrame
    y: Scale

    def targets(self) -> Iterator[Markup]:
        for n, run in enumerate(self.runs):
            at_most = run.numbers[self.name].at_most
            if at_most is not None:
                ends = [(n + 0.5 - DASH_HALF, at_most), (n + 0.5 + DASH_HALF, at_most)]
                yield element("path", d=line_path(ends, self.frame.x, self.y), class_="curve m1")

    def lines(self) -> Iterator[Markup]:
        labels = _series_labels(self.runs)
        for series, style in line_styles(self.runs).items():
            points = [
                (n + 0.5, None if run.numbers[self.name].doubt else run.numbers[self.name].value)
                for n, run in enumerate(self.runs)
                if labels[n] == series
            ]
            path = line_path(points, self.frame.x, self.y)
            if path:
                yield element("path", d=path, class_=f"curve {style}")

    def points(self) -> Iterator[Markup]:
        styles, labels = line_styles(self.runs), _series_labels(self.runs)
        for n, run in enumerate(self.runs):
            number, x = run.numbers[self.name], self.frame.x(n + 0.5)
            words = element("title", _describe_point(self.name, run))
            if number.value is None:
                path = f"M{x - 4:.1f} {self.frame.floor - 9:.1f}l8 8m0 -8l-8 8"
                yield element("path", words, d=path, class_="cross")
                continue
            kind = "hollow" if number.doubt else "solid"
            style = f"point {kind} {styles[labels[n]]}"
            yield element("circle", words, cx=x, cy=self.y(number.value), r=RADIUS, class_=style)


def _draw(name: NumberName, runs: Sequence[RunFacts]) -> Markup | None:
    numbers = [one.numbers[name] for one in runs]
    if all(one.value is None for one in numbers):
        return None
    highest = max(value or 0.0 for one in numbers for value in (one.value, one.at_most))
    context = ChartContext(span=TimeSpan(0.0, float(len(runs))), labels=tuple(_dates(runs)))
    frame = ChartFrame(context=context, height=HEIGHT)
    unit = 100.0 if name == "failed_share" else 1.0
    ticks = tuple(tick / unit for tick in linear_ticks((highest or 1.0) * unit, 4))
    y = Scale(0.0, ticks[-1], frame.floor, TOP)
    plot = _TrendPlot(name=name, runs=runs, frame=frame, y=y)
    chart = ChartName(
        id=f"trend-{name.replace('_', '-')}",
        title=NUMBER_LABELS[name],
        description=f"{NUMBER_LABELS[name]} of {len(runs)} runs; the table has the same numbers.",
    )
    grid = frame.draw_grid(y, ticks, _format_percent if unit > 1 else format_axis_seconds)
    return frame.draw(chart, *grid, *plot.targets(), *plot.lines(), *plot.points())


def _format_percent(share: float) -> str:
    return f"{format_axis_number(share * 100)} %"


def _dates(runs: Sequence[RunFacts]) -> Iterator[tuple[float, str]]:
    """Where a run's date is written, or time where a day has several; not all of many have room."""
    every = -(-len(runs) // MOST_LABELS)
    begins = [datetime.fromtimestamp(one.started_at, UTC) for one in runs]
    several_a_day = len({at.date() for at in begins}) < len(begins)
    for n in range(0, len(runs), every):
        yield n + 0.5, begins[n].strftime("%m-%d %H:%M" if several_a_day else "%Y-%m-%d")


def _describe_point(name: NumberName, run: RunFacts) -> str:
    number = run.numbers[name]
    value = format_run_number(name, number) or "no number"
    limit = "" if number.at_most is None else f", at most {format_value(name, number.at_most)}"
    return f"{run.run}: {value}{limit}{f'; {number.doubt}' if number.doubt else ''}"

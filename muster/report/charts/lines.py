"""Lines over time: latency, dials, replication lag.

Decides the axis: linear from 0, or logarithmic where the largest value would press the others flat.
A line is told apart by its dashes as well as by its colour. No value, no line.
"""

from dataclasses import dataclass
from typing import Literal

from muster.report.charts.frame import ChartContext, ChartFrame, ChartName
from muster.report.charts.paths import line_path, stepped_path
from muster.report.charts.scales import (
    AnyScale,
    ChartLayout,
    LogScale,
    Scale,
    decade_ticks,
    format_axis_count,
    format_axis_seconds,
    linear_ticks,
)
from muster.report.html import Markup, element

HEIGHT = 110.0
LOWEST_S = 0.001
"""What a logarithmic axis of seconds can begin with at least."""
STEEP = 12.0
"""So many times the middle value, and a linear axis would press the others flat."""
Unit = Literal["seconds", "percent"]
Points = tuple[tuple[float, float | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line: (second of the run, value)."""

    name: str
    stroke: str
    """Class of its colour and dashes."""
    points: Points
    stepped: bool = False
    """Whether a value holds until the next point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    """A chart of lines."""

    name: ChartName
    unit: Unit
    curves: tuple[Curve, ...]
    crosses_s: tuple[float, ...] = ()
    """Seconds at which something never came: crosses at the upper edge."""

    @property
    def values(self) -> list[float]:
        """All values, lowest first."""
        found = (v for curve in self.curves for _, v in curve.points if v is not None)
        return sorted(found)


def draw_lines(
    chart: LineChart, stage: ChartContext, layout: ChartLayout, height: float = HEIGHT
) -> Markup:
    """The chart in one layout."""
    frame = ChartFrame(layout=layout, stage=stage, height=height)
    y, values = pick_scale(chart, frame)
    words = format_axis_seconds if chart.unit == "seconds" else format_axis_count
    drawn = [_curve(curve, frame, y) for curve in chart.curves]
    crosses = [_cross(frame.x(at_s), frame.top + 7) for at_s in chart.crosses_s]
    return frame.picture(chart.name, *frame.grid(y, values, words), *drawn, *crosses)


def pick_scale(chart: LineChart, frame: ChartFrame) -> tuple[AnyScale, tuple[float, ...]]:
    """The vertical scale, and the values that get a line."""
    if chart.unit == "percent":
        return Scale(0.0, 100.0, frame.floor, frame.top + 4), (0.0, 50.0, 100.0)
    values = chart.values
    highest = max(max(values, default=0.0) or 1.0, LOWEST_S)
    middle = values[len(values) // 2] if values else 0.0
    if middle and highest > STEEP * middle:
        lowest = max(next((v for v in values if v > 0), LOWEST_S), LOWEST_S)
        marks = decade_ticks(lowest, highest)
        return LogScale(marks[0], marks[-1], frame.floor, frame.top), marks
    marks = linear_ticks(highest, 4)
    return Scale(0.0, marks[-1], frame.floor, frame.top), marks


def _curve(curve: Curve, frame: ChartFrame, y: AnyScale) -> Markup | None:
    if curve.stepped and isinstance(y, Scale):
        path = stepped_path(curve.points, frame.stage.span.end_s, frame.x, y)
    else:
        path = line_path(curve.points, frame.x, y)
    return element("path", d=path, class_=f"curve {curve.stroke}") if path else None


def _cross(x: float, y: float) -> Markup:
    path = f"M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"
    return element("path", d=path, class_="cross")

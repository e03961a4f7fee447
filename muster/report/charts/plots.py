"""Plots over time: stacked rates, lines, and rows of blocks.

Decides the vertical axis: linear from 0, or logarithmic where the largest value of a line would
press the others flat. Series differ by pattern or dashes as well as by colour.

Rates of bins are drawn as steps, since a bin's number holds for all of it. Neighbours of equal
height become one step, so that quiet hours cost nothing. Where a line has no value, it is broken.

Rows of blocks (lanes) show the steps of a drill and the health of each Region. A lane's title is
above its blocks, cut to the room before the chart's edge. States differ by label and pattern as
well as by colour.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from muster.report.charts.frame import TOP, ChartContext, ChartFrame, ChartName
from muster.report.charts.scales import (
    LETTER,
    PLOT_END,
    PLOT_START,
    Scale,
    decade_ticks,
    element,
    format_number,
    linear_ticks,
    truncate_text,
)
from muster.report.formatting import format_axis_number, format_axis_seconds

LANE = 32.0
TITLE = 13.0
BAR = 12.0
GAP = 4.0
"""Between a mark's line and a title that begins there."""
SMALL = 9.5
"""Size of the letters in a block."""
LEAST_WIDTH = 2.0
"""Of a block, so that a short step can be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneBlock:
    """One stretch of a lane."""

    start_s: float
    end_s: float
    fill: str
    label: str = ""
    """Written in the block where there is room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    title: str
    blocks: tuple[LaneBlock, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneChart:
    name: ChartName
    lanes: tuple[Lane, ...]
    titles_at_blocks: bool = False
    """Whether a lane's title is above its first block instead of at the left edge."""


def draw_lanes(chart: LaneChart, context: ChartContext) -> Markup:
    """The chart as SVG."""
    frame = ChartFrame(context=context, height=LANE * max(len(chart.lanes), 1) + 4)
    content = [
        part
        for index, lane in enumerate(chart.lanes)
        for part in _lane(lane, frame, TOP + index * LANE, at_block=chart.titles_at_blocks)
    ]
    return frame.draw(chart.name, *content)


def small_text_width(text: str) -> float:
    """Room that a text takes in a block, in a font that is a wide one."""
    ems = (0.98 if c in "mwMW%" else 0.42 if c in "fijlrt.,:-() " else 0.68 for c in text)
    return SMALL * sum(ems)


def _lane(lane: Lane, frame: ChartFrame, top: float, *, at_block: bool) -> Iterator[Markup | None]:
    yield _title(lane, frame, top + TITLE, at_block=at_block)
    bar_top = top + TITLE + 4
    for block in lane.blocks:
        start, end = _edges(block, frame)
        yield element(
            "rect",
            x=start,
            y=bar_top,
            width=end - start,
            height=BAR,
            class_=f"block {block.fill}",
        )
        label = _truncate_label(block.label, end - start - 8)
        if label:
            width = small_text_width(label) + 4
            yield element(
                "rect", x=start + 3, y=bar_top + 1, width=width, height=BAR - 2, class_="back"
            )
            yield element("text", label, x=start + 5, y=bar_top + 9.3, class_="small")


def _truncate_label(text: str, room: float) -> str:
    """The text, shortened until it has room; empty if nothing of use would be left."""
    if small_text_width(text) <= room:
        return text
    lengths = range(len(text) - 1, 2, -1)
    shorter = (f"{text[:length].rstrip()}…" for length in lengths)
    return next((one for one in shorter if small_text_width(one) <= room), "")


def _edges(block: LaneBlock, frame: ChartFrame) -> tuple[float, float]:
    start, end = frame.x(block.start_s), frame.x(block.end_s)
    end = min(max(end, start + LEAST_WIDTH), PLOT_END)
    return min(start, end - LEAST_WIDTH), end


def _title(lane: Lane, frame: ChartFrame, baseline: float, *, at_block: bool) -> Markup | None:
    start = frame.x(lane.blocks[0].start_s) + GAP if at_block and lane.blocks else PLOT_START
    room, whole = PLOT_END - start, PLOT_END - PLOT_START
    if len(lane.title) * LETTER <= room or room > whole / 2:
        shown, at, class_ = truncate_text(lane.title, room), start, "name"
    else:  # near the right edge, the title ends there
        shown, at, class_ = truncate_text(lane.title, whole), PLOT_END, "name end"
    return element("text", shown, x=at, y=baseline, class_=class_) if shown else None


LEAST_HEIGHT = 1.5
"""Of any number above 0 in a stack: one failed request of a long run must not vanish."""
LOWEST_S = 0.001
"""The least at which a logarithmic axis of seconds begins."""
STEEP = 12.0
"""From this ratio of the largest to the middle value on, a linear axis presses the others flat."""
Points = Sequence[tuple[float, float | None]]
"""(second of the run, value); no value breaks the line."""


@dataclass(frozen=True, slots=True)
class BinEdges:
    """Bins of equal width: bin n is [start_s + n * width_s, start_s + (n + 1) * width_s).

    What lies before `from_s` or after `to_s` is cut off: nothing was measured there.
    """

    start_s: float
    width_s: float
    from_s: float = -math.inf
    to_s: float = math.inf

    def left(self, index: int) -> float:
        """Where a bin begins, seconds of the run."""
        return min(max(self.start_s + index * self.width_s, self.from_s), self.to_s)

    def width(self, index: int) -> float:
        """How much of a bin was measured; a tenth of its width at least."""
        return max(self.left(index + 1) - self.left(index), self.width_s / 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackLayer:
    """One series of a stack."""

    name: str
    fill: str
    """Name of its fill: the class, and the pattern's id."""
    values: tuple[float, ...]
    """One for each bin, not below 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackedChart:
    name: ChartName
    edges: BinEdges
    layers: tuple[StackLayer, ...]
    """From the bottom up."""
    height: float = 130.0

    @property
    def highest(self) -> float:
        """The highest sum of a bin."""
        bins = zip(*(layer.values for layer in self.layers), strict=True)
        return max(map(sum, bins), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line."""

    name: str
    stroke: str
    """Class of its colour and dashes."""
    points: Points
    stepped: bool = False
    """Whether a value holds until the next point, the last one until the chart's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    name: ChartName
    unit: Literal["seconds", "percent"]
    curves: tuple[Curve, ...]
    crosses_s: tuple[float, ...] = ()
    """Seconds at which a cross at the upper edge marks a value that never came."""
    height: float = 110.0


def draw_stack(chart: StackedChart, context: ChartContext) -> Markup:
    """The chart as SVG."""
    frame = ChartFrame(context=context, height=chart.height)
    ticks = linear_ticks(max(chart.highest, 1.0), 4)
    y = Scale(0.0, ticks[-1], frame.floor, TOP)
    areas = _areas(chart, frame.x, y, least=LEAST_HEIGHT * ticks[-1] / chart.height)
    return frame.draw(chart.name, *frame.draw_grid(y, ticks, format_axis_number), *areas)


def draw_lines(chart: LineChart, context: ChartContext) -> Markup:
    """The chart as SVG."""
    frame = ChartFrame(context=context, height=chart.height)
    y, ticks = _pick_scale(chart, frame)
    format_value = format_axis_seconds if chart.unit == "seconds" else format_axis_number
    curves = [_curve(curve, frame, y) for curve in chart.curves]
    crosses = [_cross(frame.x(at_s), TOP + 7) for at_s in chart.crosses_s]
    return frame.draw(chart.name, *frame.draw_grid(y, ticks, format_value), *curves, *crosses)


def area_path(
    edges: BinEdges, lower: Sequence[float], upper: Sequence[float], x: Scale, y: Scale
) -> str:
    """The band between two stepped lines; empty where it has no height anywhere."""
    parts = []
    for first, last in _runs([high > low for low, high in zip(lower, upper, strict=True)]):
        top = _bin_corners(edges, upper, range(first, last), x, y)
        bottom = _bin_corners(edges, lower, range(first, last), x, y)
        parts.append(_path([*top, *reversed(bottom)]) + "Z")
    return "".join(parts)


def line_path(points: Points, x: Scale, y: Scale) -> str:
    """A line through the points, broken where a value is None."""
    parts = _runs([value is not None for _, value in points])
    return "".join(
        _path([(x(at_s), y(value)) for at_s, value in points[a:b] if value is not None], dot=True)
        for a, b in parts
    )


def _areas(chart: StackedChart, x: Scale, y: Scale, *, least: float) -> Iterator[Markup]:
    lower = [0.0] * len(chart.layers[0].values) if chart.layers else []
    for layer in chart.layers:
        heights = (max(value, least) if value else 0.0 for value in layer.values)
        upper = [low + height for low, height in zip(lower, heights, strict=True)]
        path = area_path(chart.edges, lower, upper, x, y)
        if path:
            yield element("path", d=path, class_=f"area {layer.fill}")
        lower = upper


def _pick_scale(chart: LineChart, frame: ChartFrame) -> tuple[Scale, tuple[float, ...]]:
    """The vertical scale, and the values that get a line of the grid."""
    if chart.unit == "percent":
        return Scale(0.0, 100.0, frame.floor, TOP + 4), (0.0, 50.0, 100.0)
    values = sorted(v for curve in chart.curves for _, v in curve.points if v is not None)
    highest = max(max(values, default=0.0) or 1.0, LOWEST_S)
    middle = values[len(values) // 2] if values else 0.0
    if middle and highest > STEEP * middle:
        lowest = max(next((v for v in values if v > 0), LOWEST_S), LOWEST_S)
        ticks = decade_ticks(lowest, highest)
        return Scale(ticks[0], ticks[-1], frame.floor, TOP, math.log10), ticks
    ticks = linear_ticks(highest, 4)
    return Scale(0.0, ticks[-1], frame.floor, TOP), ticks


def _curve(curve: Curve, frame: ChartFrame, y: Scale) -> Markup | None:
    points = curve.points
    if curve.stepped:
        points = list(_steps(points, frame.context.span.end_s))
    path = line_path(points, frame.x, y)
    return element("path", d=path, class_=f"curve {curve.stroke}") if path else None


def _cross(x: float, y: float) -> Markup:
    path = f"M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"
    return element("path", d=path, class_="cross")


def _steps(points: Points, end_s: float) -> Iterator[tuple[float, float | None]]:
    """Both ends of each value: where it begins, and where the next one does."""
    ends = [at_s for at_s, _ in (*points, (end_s, None))][1:]
    for (at_s, value), until_s in zip(points, ends, strict=True):
        yield at_s, value
        yield until_s, value


def _bin_corners(
    edges: BinEdges, heights: Sequence[float], indexes: range, x: Scale, y: Scale
) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for index in indexes:
        height = y(heights[index])
        if points and points[-1][1] == height:
            points[-1] = (x(edges.left(index + 1)), height)
        else:
            points += [(x(edges.left(index)), height), (x(edges.left(index + 1)), height)]
    return points


def _runs(present: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Stretches [first, last) of true ones."""
    first = None
    for index, one in enumerate([*present, False]):
        if one and first is None:
            first = index
        elif not one and first is not None:
            yield first, index
            first = None


def _path(points: Sequence[tuple[float, float]], *, dot: bool = False) -> str:
    """Absolute commands; H and V where a coordinate stays."""
    x, y = points[0]
    text = [f"M{format_number(x)} {format_number(y)}"]
    if dot and len(set(points)) == 1:
        text.append("h0")  # with round line ends, a point is seen as a dot
    for next_x, next_y in points[1:]:
        if next_y == y and next_x != x:
            text.append(f"H{format_number(next_x)}")
        elif next_x == x and next_y != y:
            text.append(f"V{format_number(next_y)}")
        elif (next_x, next_y) != (x, y):
            text.append(f"L{format_number(next_x)} {format_number(next_y)}")
        x, y = next_x, next_y
    return "".join(text)

"""Stacked areas: requests per second by who answered them, failures by kind.

Decides the order (first series at the bottom) and the height of the axis. A series is told apart by
its pattern as well as by its colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from muster.report.charts.frame import ChartContext, ChartFrame, ChartName
from muster.report.charts.paths import BinEdges, area_path
from muster.report.charts.scales import ChartLayout, Scale, format_axis_count, linear_ticks
from muster.report.html import Markup, element

HEIGHT = 130.0
LEAST = 1.5
"""What is there at all is so high: one failed request of a long run must not vanish."""


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
    """A stacked chart."""

    name: ChartName
    edges: BinEdges
    layers: tuple[StackLayer, ...]

    @property
    def highest(self) -> float:
        """The highest sum of a bin."""
        return max((sum(bin_) for bin_ in self._bins()), default=0.0)

    def _bins(self) -> Sequence[tuple[float, ...]]:
        return list(zip(*(layer.values for layer in self.layers), strict=True))


def draw_stack(
    stack: StackedChart, stage: ChartContext, layout: ChartLayout, height: float = HEIGHT
) -> Markup:
    """The chart in one layout."""
    frame = ChartFrame(layout=layout, stage=stage, height=height)
    values = linear_ticks(max(stack.highest, 1.0), 4)
    y = Scale(0.0, values[-1], frame.floor, frame.top)
    return frame.picture(
        stack.name,
        *frame.grid(y, values, format_axis_count),
        *_areas(stack, frame.x, y, least=LEAST * values[-1] / height),
    )


def _areas(stack: StackedChart, x: Scale, y: Scale, *, least: float) -> list[Markup]:
    if not stack.layers:
        return []
    lower = [0.0] * len(stack.layers[0].values)
    drawn = []
    for layer in stack.layers:
        drawn_values = (max(value, least) if value else 0.0 for value in layer.values)
        upper = [low + value for low, value in zip(lower, drawn_values, strict=True)]
        path = area_path(stack.edges, lower, upper, x, y)
        if path:
            drawn.append(element("path", d=path, class_=f"area {layer.fill}"))
        lower = upper
    return drawn

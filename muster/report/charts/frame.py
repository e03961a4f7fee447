"""What all charts share: axes, grid, marks of steps, shaded stretches, a name for screen readers.

A mark's line goes through every chart at the same place; its label is written where there is room,
important ones first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from muster.formatting import format_clock
from muster.report.charts.scales import (
    LETTER,
    PLOT_END,
    PLOT_START,
    WIDTH,
    Scale,
    TimeSpan,
    element,
    time_scale,
    time_ticks,
)
from muster.report.model import TimelineEvent

TOP = 18.0
"""Where the plot begins, below the labels of marks."""
BOTTOM = 20.0
"""Room below the plot, for the times."""
BOLD = 1.1
"""How much wider bold letters are."""
LARGEST_SHIFT = 60.0
"""How far from its line a mark's label may be."""
MOST_TIMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartShade:
    """A stretch that is shown in every chart: `away` from cause to return, `blind` unmeasured."""

    start_s: float
    end_s: float
    kind: Literal["away", "blind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartContext:
    """What is the same in all charts of a report."""

    span: TimeSpan
    marks: tuple[TimelineEvent, ...] = ()
    shades: tuple[ChartShade, ...] = ()
    labels: tuple[tuple[float, str], ...] = ()
    """(where, text) below the horizontal axis; empty: clock times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartName:
    id: str
    title: str
    description: str
    """For who can't see the chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartFrame:
    """The frame of one chart."""

    context: ChartContext
    height: float
    """Of the plot."""

    @property
    def x(self) -> Scale:
        """Seconds of the run to positions."""
        return time_scale(self.context.span)

    @property
    def floor(self) -> float:
        """Where the plot ends."""
        return TOP + self.height

    def draw(self, name: ChartName, *content: Markup | None) -> Markup:
        """The whole chart: shades behind, then the content, then axis and marks."""
        span = self.context.span
        return element(
            "svg",
            element("title", name.title, id=f"{name.id}-t"),
            element("desc", name.description, id=f"{name.id}-d"),
            *self._shades(),
            *content,
            *self._time_axis(),
            *self._marks(),
            element("line", class_="cursor", y1=TOP, y2=self.floor, visibility="hidden"),
            class_="chart",
            role="img",
            aria_labelledby=f"{name.id}-t {name.id}-d",
            viewbox=f"0 0 {WIDTH:g} {self.floor + BOTTOM:g}",
            data_left=PLOT_START,
            data_right=PLOT_END,
            data_from=span.start_s,
            data_to=span.end_s,
        )

    def draw_grid(
        self, y: Scale, values: Sequence[float], format_value: Callable[[float], str]
    ) -> list[Markup]:
        """Horizontal lines with their values."""
        lines = [
            element("line", class_="grid", x1=PLOT_START, x2=PLOT_END, y1=y(value), y2=y(value))
            for value in values
        ]
        labels = [
            element("text", format_value(value), x=PLOT_START - 6, y=y(value) + 4, class_="end")
            for value in values
        ]
        return lines + labels

    def _time_axis(self) -> Iterator[Markup]:
        floor = self.floor
        yield element("line", class_="axis", x1=PLOT_START, x2=PLOT_END, y1=floor, y2=floor)
        for tick, text in self.context.labels or self._clock_labels():
            at = self.x(tick)
            yield element("line", class_="axis", x1=at, x2=at, y1=floor, y2=floor + 4)
            half = len(text) * LETTER / 2
            # A label at the very end would be cut off by the chart's edge.
            at = min(max(at, half), WIDTH - half)
            yield element("text", text, x=at, y=floor + 16, class_="mid")

    def _clock_labels(self) -> Iterator[tuple[float, str]]:
        for tick in time_ticks(self.context.span, MOST_TIMES):
            yield tick, format_clock(tick)

    def _shades(self) -> Iterator[Markup]:
        for shade in self.context.shades:
            start, end = self.x(shade.start_s), self.x(shade.end_s)
            yield element(
                "rect",
                class_=f"shade-{shade.kind}",
                x=start,
                y=TOP,
                width=end - start,
                height=self.height,
            )

    def _marks(self) -> Iterator[Markup]:
        for mark in self.context.marks:
            x = self.x(mark.at_s)
            # Also of a mark whose label has no room.
            name = element("title", f"{format_clock(mark.at_s)} {mark.label}")
            kind = f"mark {mark.kind}"
            yield element("line", name, class_=kind, x1=x, x2=x, y1=TOP - 2, y2=self.floor)
        for mark, at in place_mark_labels(self.context.marks, self.x):
            yield element("text", mark.label, x=at, y=TOP - 6, class_=f"mid mark-{mark.kind}")


def mark_half_width(mark: TimelineEvent) -> float:
    """Half of the room that a mark's label takes; all but a step's are bold."""
    bold = 1.0 if mark.kind == "step" else BOLD
    return len(mark.label) * LETTER * bold / 2 + 3


def place_mark_labels(
    marks: Sequence[TimelineEvent], x: Scale
) -> list[tuple[TimelineEvent, float]]:
    """The marks whose labels have room, and the middle of each label, from left to right.

    Causes, returns and stops are placed before steps. Their label is shifted a little where it
    would cover another one.
    """
    taken: list[tuple[float, float]] = []
    placed = []
    for mark in sorted(marks, key=lambda one: (one.kind == "step", one.at_s)):
        half = mark_half_width(mark)
        if 2 * half > WIDTH:
            continue
        wanted = min(max(x(mark.at_s), half), WIDTH - half)
        for middle in (wanted, *_shifted(mark, wanted, half, taken)):
            left, right = round(middle - half, 3), round(middle + half, 3)
            if all(right <= start or left >= end for start, end in taken):
                taken.append((left, right))
                placed.append((mark, round(middle, 1)))
                break
    return sorted(placed, key=lambda pair: pair[1])


def _shifted(
    mark: TimelineEvent, wanted: float, half: float, taken: Sequence[tuple[float, float]]
) -> list[float]:
    """Middles at which the label begins where another one ends."""
    if mark.kind == "step":
        return []
    largest = min(LARGEST_SHIFT, WIDTH - half - wanted)
    return [end + half for _, end in taken if 0 < end + half - wanted <= largest]

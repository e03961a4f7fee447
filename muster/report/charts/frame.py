"""What all charts share: the picture's frame, axes, grid, marks of steps, shaded stretches.

Decides how a chart is built up and how it is named to who can't see it. A mark's line goes through
every chart at the same place; its name is written where there is room, important ones first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from muster.report.charts.scales import (
    AnyScale,
    ChartLayout,
    Scale,
    TimeSpan,
    format_clock,
    time_scale,
    time_ticks,
)
from muster.report.html import Content, Markup, element

TOP = 18.0
BOTTOM = 20.0
BOLD = 1.1
"""How much wider bold letters are."""
BESIDE = 60.0
"""So far from its line a name may stand."""
MarkKind = Literal["step", "cause", "return", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMark:
    """A moment that is shown in every chart."""

    at_s: float
    label: str
    words: str
    kind: MarkKind = "step"


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
    marks: tuple[ChartMark, ...] = ()
    shades: tuple[ChartShade, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartName:
    """How a chart is named."""

    id: str
    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartFrame:
    """One chart in one layout."""

    layout: ChartLayout
    stage: ChartContext
    height: float
    """Of the plot."""

    @property
    def x(self) -> Scale:
        """Seconds to positions."""
        return time_scale(self.layout, self.stage.span)

    @property
    def top(self) -> float:
        """Where the plot begins."""
        return TOP

    @property
    def floor(self) -> float:
        """Where the plot ends."""
        return TOP + self.height

    def picture(self, name: ChartName, *content: Content) -> Markup:
        """The whole chart: shades behind, then the content, then axis and marks."""
        layout, title = self.layout, f"{name.id}-{self.layout.name}"
        span = self.stage.span
        return element(
            "svg",
            element("title", name.title, id=f"{title}-t"),
            element("desc", name.description, id=f"{title}-d"),
            *self._shades(),
            *content,
            *self._time_axis(),
            *self._marks(),
            element("line", class_="cursor", y1=self.top, y2=self.floor, visibility="hidden"),
            class_=f"chart {layout.name}",
            role="img",
            aria_labelledby=f"{title}-t {title}-d",
            viewbox=f"0 0 {layout.width:g} {self.floor + BOTTOM:g}",
            data_left=layout.left,
            data_right=layout.plot_end,
            data_from=span.start_s,
            data_to=span.end_s,
        )

    def grid(
        self, y: AnyScale, values: Sequence[float], words: Callable[[float], str]
    ) -> list[Markup]:
        """Horizontal lines with their values."""
        left, right = self.layout.left, self.layout.plot_end
        lines = [
            element("line", class_="grid", x1=left, x2=right, y1=y(value), y2=y(value))
            for value in values
        ]
        labels = [
            element("text", words(value), x=left - 6, y=y(value) + 4, class_="end")
            for value in values
        ]
        return lines + labels

    def _time_axis(self) -> Iterable[Markup]:
        x, floor = self.x, self.floor
        yield element(
            "line", class_="axis", x1=self.layout.left, x2=self.layout.plot_end, y1=floor, y2=floor
        )
        for tick in time_ticks(self.stage.span, 10 if self.layout.width > 500 else 4):
            at = x(tick)
            yield element("line", class_="axis", x1=at, x2=at, y1=floor, y2=floor + 4)
            text = format_clock(tick)
            half = len(text) * self.layout.letter / 2
            # A label at the very end would be cut off by the picture's edge.
            at = min(max(at, half), self.layout.width - half)
            yield element("text", text, x=at, y=floor + 16, class_="mid")

    def _shades(self) -> Iterable[Markup]:
        for shade in self.stage.shades:
            start, end = self.x(shade.start_s), self.x(shade.end_s)
            yield element(
                "rect",
                class_=f"shade-{shade.kind}",
                x=start,
                y=self.top,
                width=end - start,
                height=self.height,
            )

    def _marks(self) -> Iterable[Markup]:
        for mark in self.stage.marks:
            at = self.x(mark.at_s)
            yield element(
                "line", class_=f"mark {mark.kind}", x1=at, x2=at, y1=self.top - 2, y2=self.floor
            )
        for mark, at in place_mark_labels(self.stage.marks, self.layout, self.x):
            yield element("text", mark.label, x=at, y=self.top - 6, class_=f"mid mark-{mark.kind}")


def mark_half_width(mark: ChartMark, layout: ChartLayout) -> float:
    """Half of the room that a mark's name takes; all but a step's are bold."""
    bold = 1.0 if mark.kind == "step" else BOLD
    return len(mark.label) * layout.letter * bold / 2 + 3


def place_mark_labels(
    marks: Sequence[ChartMark], layout: ChartLayout, x: Scale
) -> list[tuple[ChartMark, float]]:
    """The marks whose names have room, and the middle of each; important ones go first.

    Of these a name may stand a little beside its line, where it would lie on another one.
    """
    taken: list[tuple[float, float]] = []
    found = []
    for mark in sorted(marks, key=lambda one: (one.kind == "step", one.at_s)):
        half = mark_half_width(mark, layout)
        if 2 * half > layout.width:
            continue
        at = min(max(x(mark.at_s), half), layout.width - half)
        beside = () if mark.kind == "step" else (end + half for _, end in taken)
        near = (
            other for other in beside if 0 < other - at <= min(BESIDE, layout.width - half - at)
        )
        for place in (at, *near):
            left, right = round(place - half, 3), round(place + half, 3)
            if all(right <= start or left >= end for start, end in taken):
                taken.append((left, right))
                found.append((mark, round(place, 1)))
                break
    return sorted(found, key=lambda pair: pair[1])

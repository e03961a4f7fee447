"""Rows of blocks over time: the steps of a drill, the health of each Region.

Decides where a block's words go: into the row above it, beside its beginning, as far as they have
room before the picture's edge. A block's state is told by its words and pattern too.
"""

from dataclasses import dataclass

from muster.report.charts.frame import ChartContext, ChartFrame, ChartName
from muster.report.charts.scales import ChartLayout, truncate_text
from muster.report.html import Markup, element

ROW = 32.0
WORDS = 13.0
BAR = 12.0
GAP = 4.0
"""Between a mark's line and words that begin there."""
SMALL = 9.5
"""Size of the letters in a block."""
LEAST = 2.0
"""A block is at least so wide, so that a short step can be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneBlock:
    """One stretch of a row."""

    start_s: float
    end_s: float
    fill: str
    words: str = ""
    """Written in the block where there is room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One row."""

    title: str
    blocks: tuple[LaneBlock, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneChart:
    """A chart of rows."""

    name: ChartName
    rows: tuple[Lane, ...]
    titles_float: bool = False
    """Whether a row's title stands over its first block instead of at the left edge."""


def draw_lanes(chart: LaneChart, stage: ChartContext, layout: ChartLayout) -> Markup:
    """The chart in one layout."""
    frame = ChartFrame(layout=layout, stage=stage, height=ROW * max(len(chart.rows), 1) + 4)
    content = [
        part
        for index, row in enumerate(chart.rows)
        for part in _row(row, frame, frame.top + index * ROW, floats=chart.titles_float)
    ]
    return frame.picture(chart.name, *content)


def _row(row: Lane, frame: ChartFrame, top: float, *, floats: bool) -> list[Markup]:
    bar_top = top + WORDS + 4
    title = _title(row, frame, top + WORDS, floats=floats)
    found = [title] if title else []
    for block in row.blocks:
        start, end = _edges(block, frame)
        found.append(
            element(
                "rect",
                x=start,
                y=bar_top,
                width=end - start,
                height=BAR,
                class_=f"block {block.fill}",
            )
        )
        words = _fitting(block.words, end - start - 8)
        if words:
            width = small_text_width(words) + 4
            found.append(
                element(
                    "rect", x=start + 3, y=bar_top + 1, width=width, height=BAR - 2, class_="back"
                )
            )
            found.append(element("text", words, x=start + 5, y=bar_top + 9.3, class_="small"))
    return found


def small_text_width(text: str) -> float:
    """Room that a text takes in a block, in a font that is a wide one."""
    ems = (0.98 if c in "mwMW%" else 0.42 if c in "fijlrt.,:-() " else 0.68 for c in text)
    return SMALL * sum(ems)


def _fitting(text: str, room: float) -> str:
    """The text, shortened until it has room; empty if nothing of use would be left."""
    if small_text_width(text) <= room:
        return text
    lengths = range(len(text) - 1, 2, -1)
    shorter = (f"{text[:length].rstrip()}…" for length in lengths)
    return next((one for one in shorter if small_text_width(one) <= room), "")


def _edges(block: LaneBlock, frame: ChartFrame) -> tuple[float, float]:
    start, end = frame.x(block.start_s), frame.x(block.end_s)
    end = min(max(end, start + LEAST), frame.layout.plot_end)
    return min(start, end - LEAST), end


def _title(row: Lane, frame: ChartFrame, baseline: float, *, floats: bool) -> Markup | None:
    layout = frame.layout
    at = frame.x(row.blocks[0].start_s) + GAP if floats and row.blocks else layout.left
    room = layout.plot_end - at
    if len(row.title) * layout.letter <= room or room > (layout.plot_end - layout.left) / 2:
        return _text(truncate_text(row.title, layout, room), at, baseline, "name")
    # Near the right edge the words go to the left of where they would begin.
    return _text(
        truncate_text(row.title, layout, layout.plot_end - layout.left),
        layout.plot_end,
        baseline,
        "name end",
    )


def _text(words: str, x: float, y: float, class_: str) -> Markup | None:
    return element("text", words, x=x, y=y, class_=class_) if words else None

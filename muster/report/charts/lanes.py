"""Rows of blocks over time: the steps of a drill, the health of each Region.

A lane's title is above its blocks, cut to the room before the chart's edge. States differ by label
and pattern as well as by colour.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from muster.report.charts.frame import TOP, ChartContext, ChartFrame, ChartName
from muster.report.charts.scales import LETTER, PLOT_END, PLOT_START, truncate_text
from muster.report.charts.svg import element

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

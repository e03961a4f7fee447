"""Patterns and legends: what tells the series of a chart apart besides their colour.

Decides the pattern behind each fill. They are defined once in a page, and used by all its charts.
"""

from collections.abc import Iterable

from muster.report.charts.data_tables import LegendEntry
from muster.report.html import Markup, element

CROSSED = "M0 0L8 8M8 0L0 8"
_PATTERNS: tuple[tuple[str, str, str, str, float], ...] = (
    # id, class of the ground, class of the strokes, path in a square, side of the square
    ("r0", "c-r0", "ink", "", 8),
    ("r1", "c-r1", "ink", "M-1 1L1 -1M0 8L8 0M7 9L9 7", 8),
    ("r2", "c-r2", "ink", "M4 4h.01", 8),
    ("r3", "c-r3", "ink", "M3 0V6", 6),
    ("r4", "c-r4", "ink", "M0 3H6", 6),
    ("r5", "c-r5", "ink", "M0 4H8M4 0V8", 8),
    ("r6", "c-r6", "ink", "M-1 7L1 9M0 0L8 8M7 -1L9 1", 8),
    ("r7", "c-r7", "ink", "M0 3L3 0L6 3", 6),
    ("bad", "c-failed", "ink", CROSSED, 8),
    ("lost", "c-ground", "soft-ink", "M3 3h.01", 6),
    ("wait", "c-ground", "soft-ink", "M-1 1L1 -1M0 6L6 0M5 7L7 5", 6),
    ("phase", "c-panel", "soft-ink", "", 6),
    ("blind", "c-ground", "faint-ink", "M-1 -1L11 11M-1 9L1 11M9 -1L11 1", 10),
)


def pattern_definitions() -> Markup:
    """The definitions, in a picture of no size."""
    return element(
        "svg",
        element("defs", *(_pattern(*one) for one in _PATTERNS)),
        class_="pattern",
        aria_hidden="true",
        focusable="false",
    )


def draw_legend(keys: Iterable[LegendEntry]) -> Markup | None:
    """The entries with a sample of each."""
    found = [element("li", _sample(key), key.words) for key in keys]
    return element("ul", *found, class_="keys") if found else None


def _pattern(name: str, ground: str, strokes: str, path: str, side: float) -> Markup:
    width = 2.4 if path.endswith("h.01") else 1.2
    return element(
        "pattern",
        element("rect", width=side, height=side, class_=ground),
        element("path", d=path, class_=strokes, stroke_width=width, stroke_linecap="round")
        if path
        else None,
        id=f"p-{name}",
        width=side,
        height=side,
        patternUnits="userSpaceOnUse",
    )


def _sample(key: LegendEntry) -> Markup:
    shape = (
        element("rect", width=26, height=13, class_=f"swatch {key.style}")
        if key.kind == "fill"
        else element("path", d="M10 3l6 6m0 -6l-6 6", class_="cross")
        if key.style == "cross"
        else element("path", d="M1 6.5H25", class_=f"curve {key.style}")
    )
    return element("svg", shape, viewbox="0 0 26 13", aria_hidden="true")

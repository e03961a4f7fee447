"""Tables and lists of a report's page.

Decides their markup: a heading for each column, row headings, and labels that stand in for the
column headings where the page is narrow.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from muster.report.html import Content, Markup, element

FEW_ROWS = 12
"""So many rows are kept on one page when it is printed."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and the class of its cells (`num`, `time`, `wide`, `def`)."""

    title: str
    style: str = ""


Cell = str | Markup | None


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    seconds: Sequence[float] | None = None,
    until: float | None = None,
    stacked: bool = True,
) -> Markup:
    """A table; the first cell of each row is its heading.

    `seconds` gives each row's second of the run for the script that shows figures under the
    pointer, and `until` the end of the last one. `stacked` makes rows into blocks on narrow pages;
    else the table is scrolled.
    """
    times = itertools.repeat(None) if seconds is None else seconds
    body = [
        element("tr", *_cells(columns, row), data_t=second)
        for row, second in zip(rows, times, strict=False)
    ]
    head = [element("th", one.title, scope="col", class_=_numeric(one)) for one in columns]
    return element(
        "div",
        element(
            "table",
            element("caption", caption) if caption else None,
            element("thead", element("tr", *head)),
            element("tbody", *body),
            class_="stack" if stacked else None,
            data_until=until,
        ),
        class_="scroll keep" if len(body) <= FEW_ROWS else "scroll",
        tabindex=None if stacked else "0",
    )


def pairs(caption: str, rows: Iterable[tuple[str, str]]) -> Markup:
    """A table of names and values."""
    return table(caption, (Column("Name"), Column("Value", "wide")), rows)


def tag(text: str, tone: str) -> Markup:
    """A word that is judged: good, bad or care."""
    return element("span", text, class_=f"tag {tone}")


def listing(lines: Iterable[Content]) -> Markup | None:
    """A list; None of nothing."""
    found = [element("li", line) for line in lines]
    return element("ul", *found) if found else None


def details(summary: str, *content: Content, class_: str | None = None) -> Markup:
    """Something to unfold."""
    return element("details", element("summary", summary), *content, class_=class_)


def _numeric(column: Column) -> str | None:
    return "num" if column.style == "num" else None


def _cells(columns: Sequence[Column], row: Sequence[Cell]) -> list[Markup]:
    pairs = zip(columns, row, strict=True)
    return [_cell(column, cell, head=not n) for n, (column, cell) in enumerate(pairs)]


def _cell(column: Column, cell: Cell, *, head: bool) -> Markup:
    if head:
        return element("th", cell, scope="row", class_=column.style or None)
    label = column.title if cell else None
    return element("td", cell, class_=column.style or None, data_label=label)

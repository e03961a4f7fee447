"""Tables of a report's page as values; `tables.html.j2` renders them."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "care"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and the class of its cells (`num`, `time`, `id`, `wide`)."""

    title: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class StyledCell:
    """A cell that is judged, or has a second, smaller text."""

    text: str
    tone: Tone | None = None
    detail: str = ""


Row = tuple[str | StyledCell, ...]


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table; the first cell of each row is its heading."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...] = ()
    """Explained below the table: (label, name in `definitions`)."""
    empty: str = ""
    """Stands for a table without rows."""
    remark: str = ""
    """A sentence below the table."""


def name_value_table(caption: str, rows: tuple[tuple[str, str], ...]) -> PageTable:
    return PageTable(caption, (Column("Name"), Column("Value", "wide")), rows)

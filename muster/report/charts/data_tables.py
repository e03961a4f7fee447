"""One chart with what belongs to it: its legend, a remark, and the table that says the same.

Decides how a chart's figures become rows. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from muster.report.charts.frame import ChartName
from muster.report.charts.stacks import StackedChart
from muster.report.html import Markup

NONE = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One entry of a legend."""

    kind: str
    """`fill` or `line`."""
    style: str
    words: str


@dataclass(frozen=True, slots=True)
class DataTable:
    """The figures of a chart: the first column is the time."""

    head: tuple[str, ...]
    rows: tuple[tuple[float, tuple[str, ...]], ...]
    """(second of the run, the other columns)."""
    until_s: float | None = None
    """Up to when the last row holds; None: for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartFigure:
    """One chart with all that belongs to it."""

    name: ChartName
    svgs: tuple[Markup, ...]
    """One for each layout; none when there is nothing to draw, and `remark` says why."""
    keys: tuple[LegendEntry, ...] = ()
    remark: str = ""
    table: DataTable | None = None


def stack_table(stack: StackedChart, head: tuple[str, ...]) -> DataTable:
    """A row for each bin."""
    bins = zip(*(layer.values for layer in stack.layers), strict=True)
    return DataTable(
        ("Time", *head),
        tuple(
            (stack.edges.left(number), tuple(f"{value:.4g}" for value in values))
            for number, values in enumerate(bins)
        ),
        until_s=stack.edges.left(len(stack.layers[0].values)),
    )


def points_table(columns: Mapping[str, Sequence[tuple[float, str]]], width_s: float) -> DataTable:
    """A row for each stretch of `width_s` with a point in any column; points are its middle.

    Other than a state, a figure of one stretch says nothing of the next.
    """
    found: dict[float, dict[str, str]] = {}
    for name, points in columns.items():
        for at_s, words in points:
            found.setdefault(round(at_s - width_s / 2, 6), {})[name] = words
    ends = {round(at_s + width_s, 6): dict[str, str]() for at_s in found}
    rows = sorted((ends | found).items())
    return DataTable(
        ("Time", *columns),
        tuple((at_s, tuple(row.get(name, NONE) for name in columns)) for at_s, row in rows),
    )


def changes_table(columns: Mapping[str, Sequence[tuple[float, str]]]) -> DataTable:
    """A row for each moment at which any column changes."""
    times = sorted({at_s for points in columns.values() for at_s, _ in points})
    now = dict.fromkeys(columns, NONE)
    rows = []
    changes = {name: dict(points) for name, points in columns.items()}
    for at_s in times:
        now |= {name: points[at_s] for name, points in changes.items() if at_s in points}
        rows.append((at_s, tuple(now.values())))
    return DataTable(("Time", *columns), tuple(rows))

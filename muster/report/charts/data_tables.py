"""The table beside a chart: the same data, for readers of numbers and for who can't see the chart.

Decides how the data of a chart become rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from muster.report.charts.plots import StackedChart
from muster.report.formatting import DASH


@dataclass(frozen=True, slots=True)
class DataTable:
    """The data of a chart: the first column is the time."""

    head: tuple[str, ...]
    rows: tuple[tuple[float, tuple[str, ...]], ...]
    """(second of the run, the other columns)."""
    until_s: float | None = None
    """Up to when the last row holds; None: for good."""


def stack_table(chart: StackedChart, head: tuple[str, ...]) -> DataTable:
    """A row for each bin."""
    bins = zip(*(layer.values for layer in chart.layers), strict=True)
    return DataTable(
        ("Time", *head),
        tuple(
            (chart.edges.left(number), tuple(f"{value:.4g}" for value in values))
            for number, values in enumerate(bins)
        ),
        until_s=chart.edges.left(len(chart.layers[0].values)),
    )


def points_table(columns: Mapping[str, Sequence[tuple[float, str]]], width_s: float) -> DataTable:
    """A row for each stretch of `width_s` with a point in any column; points are its middle.

    A point does not hold in the next stretch, unlike a state.
    """
    rows: dict[float, dict[str, str]] = {}
    for name, points in columns.items():
        for at_s, text in points:
            rows.setdefault(round(at_s - width_s / 2, 6), {})[name] = text
    ends = {round(at_s + width_s, 6): dict[str, str]() for at_s in rows}
    return DataTable(
        ("Time", *columns),
        tuple(
            (at_s, tuple(row.get(name, DASH) for name in columns))
            for at_s, row in sorted((ends | rows).items())
        ),
    )


def changes_table(columns: Mapping[str, Sequence[tuple[float, str]]], until_s: float) -> DataTable:
    """A row for each moment before `until_s`, the run's end, at which any column changes."""
    times = sorted({t for points in columns.values() for t, _ in points if t < until_s})
    changes = {name: dict(points) for name, points in columns.items()}
    current = dict.fromkeys(columns, DASH)
    rows = []
    for at_s in times:
        current |= {name: points[at_s] for name, points in changes.items() if at_s in points}
        rows.append((at_s, tuple(current.values())))
    return DataTable(("Time", *columns), tuple(rows), until_s=until_s)

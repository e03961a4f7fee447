"""One chart with what belongs to it: its legend, a remark, and the table that says the same.

Decides how a chart's figures become rows. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from muster.report.charts.frame import Name
from muster.report.charts.stacks import Stack
from muster.report.markup import Markup


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend."""

    kind: str
    """`fill` or `line`."""
    style: str
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a chart: the first column is the time."""

    head: tuple[str, ...]
    rows: tuple[tuple[float, tuple[str, ...]], ...]
    """(second of the run, the other columns)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One chart with all that belongs to it."""

    name: Name
    svgs: tuple[Markup, ...]
    """One for each layout; none when there is nothing to draw, and `remark` says why."""
    keys: tuple[Key, ...] = ()
    remark: str = ""
    table: Table | None = None


def stack_table(stack: Stack, head: tuple[str, ...]) -> Table:
    """A row for each bin."""
    bins = zip(*(layer.values for layer in stack.layers), strict=True)
    return Table(
        ("Time", *head),
        tuple(
            (stack.edges.left(number), tuple(f"{value:.4g}" for value in values))
            for number, values in enumerate(bins)
        ),
    )


def changes_table(columns: Mapping[str, Sequence[tuple[float, str]]]) -> Table:
    """A row for each moment at which any column changes."""
    times = sorted({at_s for points in columns.values() for at_s, _ in points})
    now = dict.fromkeys(columns, "\N{EN DASH}")
    rows = []
    changes = {name: dict(points) for name, points in columns.items()}
    for at_s in times:
        now |= {name: points[at_s] for name, points in changes.items() if at_s in points}
        rows.append((at_s, tuple(now.values())))
    return Table(("Time", *columns), tuple(rows))

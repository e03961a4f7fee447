"""Paths of stacked areas and of lines.

Decides the `d` of a path and nothing else. Bins are drawn as steps, since a bin's figure holds for
all of it. Neighbours of equal height become one step, so that quiet hours cost nothing.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from muster.report.charts.scales import AnyScale, Scale
from muster.report.html import format_number


@dataclass(frozen=True, slots=True)
class BinEdges:
    """Bins of equal width: bin n is [start_s + n * width_s, start_s + (n + 1) * width_s).

    What lies before `from_s` or after `to_s` is cut off: nothing was measured there.
    """

    start_s: float
    width_s: float
    from_s: float = -math.inf
    to_s: float = math.inf

    def left(self, index: int) -> float:
        """Where a bin begins, seconds of the run."""
        return min(max(self.start_s + index * self.width_s, self.from_s), self.to_s)

    def width(self, index: int) -> float:
        """How much of a bin was measured; a tenth of its width at least."""
        return max(self.left(index + 1) - self.left(index), self.width_s / 10)


def area_path(
    edges: BinEdges, lower: Sequence[float], upper: Sequence[float], x: Scale, y: AnyScale
) -> str:
    """The band between two stepped lines; empty where it has no height anywhere."""
    parts = []
    for first, last in _runs([high > low for low, high in zip(lower, upper, strict=True)]):
        top = _steps(edges, upper, range(first, last), x, y)
        bottom = _steps(edges, lower, range(first, last), x, y)
        points = [*top, *reversed(bottom)]
        parts.append(_path(points) + "Z")
    return "".join(parts)


def line_path(points: Iterable[tuple[float, float | None]], x: Scale, y: AnyScale) -> str:
    """A line through points (second, value), broken where a value is None."""
    return "".join(
        _path([(x(at_s), y(value)) for at_s, value in part], dot=True) for part in _parts(points)
    )


def stepped_path(
    points: Sequence[tuple[float, float | None]], end_s: float, x: Scale, y: Scale
) -> str:
    """A line that keeps each value until the next point, the last one until `end_s`."""
    ends = [at_s for at_s, _ in (*points, (end_s, None))][1:]
    corners: list[tuple[float, float | None]] = []
    for (at_s, value), until_s in zip(points, ends, strict=True):
        corners += [(at_s, value), (until_s, value)]
    return line_path(corners, x, y)


def _steps(
    edges: BinEdges, heights: Sequence[float], indexes: range, x: Scale, y: AnyScale
) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for index in indexes:
        height = y(heights[index])
        if points and points[-1][1] == height:
            points[-1] = (x(edges.left(index + 1)), height)
        else:
            points += [(x(edges.left(index)), height), (x(edges.left(index + 1)), height)]
    return points


def _runs(present: Sequence[bool]) -> Iterable[tuple[int, int]]:
    """Stretches [first, last) of true ones."""
    first = None
    for index, one in enumerate([*present, False]):
        if one and first is None:
            first = index
        elif not one and first is not None:
            yield first, index
            first = None


def _parts(points: Iterable[tuple[float, float | None]]) -> Iterable[list[tuple[float, float]]]:
    part: list[tuple[float, float]] = []
    for at_s, value in points:
        if value is not None:
            part.append((at_s, value))
        elif part:
            yield part
            part = []
    if part:
        yield part


def _path(points: Sequence[tuple[float, float]], *, dot: bool = False) -> str:
    """Absolute commands; H and V where a coordinate stays."""
    x, y = points[0]
    text = [f"M{format_number(x)} {format_number(y)}"]
    if dot and len(set(points)) == 1:
        text.append("h0")  # with round line ends, a point is seen as a dot
    for next_x, next_y in points[1:]:
        if next_y == y and next_x != x:
            text.append(f"H{format_number(next_x)}")
        elif next_x == x and next_y != y:
            text.append(f"V{format_number(next_y)}")
        elif (next_x, next_y) != (x, y):
            text.append(f"L{format_number(next_x)} {format_number(next_y)}")
        x, y = next_x, next_y
    return "".join(text)

"""Reads drawn charts back: every coordinate of an SVG."""

import re
import xml.etree.ElementTree as ET  # reads only what this project has drawn
from collections.abc import Iterator

from muster.report.charts.frame import BOTTOM, TOP
from muster.report.charts.scales import PLOT_END, PLOT_START

_COMMAND = re.compile(r"([MLHVhlmZ])([-0-9. ]*)")


def path_points(path: str) -> list[tuple[float, float]]:
    """The corners of a path of absolute M, L, H, V (h0 is a dot where the pen is)."""
    x = y = 0.0
    found = []
    for command, rest in _COMMAND.findall(path):
        numbers = [float(part) for part in rest.split()]
        if command in "ML":
            x, y = numbers
        elif command == "H":
            x = numbers[0]
        elif command == "V":
            y = numbers[0]
        elif command not in "hZ":
            raise AssertionError(f"{command} in {path}")
        found.append((x, y))
    return found


def drawn_corners(svg: str) -> Iterator[tuple[str, float, float]]:
    """(class, x, y) of every corner of areas, curves, blocks, shades and marks."""
    for element in ET.fromstring(svg).iter():  # noqa: S314 - the same
        class_ = element.get("class", "")
        if element.tag == "path" and not class_.startswith("cross"):
            yield from ((class_, x, y) for x, y in path_points(element.get("d", "")))
        elif element.tag == "rect":
            x, y = float(element.get("x", "0")), float(element.get("y", "0"))
            yield class_, x, y
            width, height = float(element.get("width", "0")), float(element.get("height", "0"))
            yield class_, x + width, y + height
        elif element.tag == "line" and element.get("x1") is not None:
            yield class_, float(element.get("x1", "0")), float(element.get("y1", "0"))
            yield class_, float(element.get("x2", "0")), float(element.get("y2", "0"))


def assert_inside_plot(svg: str) -> None:
    """Nothing is drawn outside the plot but marks and ticks, by a little."""
    height = re.search(r'viewBox="0 0 \S+ (\S+)"', svg)
    assert height
    floor = float(height[1]) - BOTTOM
    for class_, x, y in drawn_corners(svg):
        assert PLOT_START <= x <= PLOT_END + 0.01 or class_ == "grid", (class_, x)
        assert TOP - 2 <= y <= floor + 4.01, (class_, y)

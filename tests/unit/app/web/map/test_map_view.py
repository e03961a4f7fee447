"""The part of the world that the map shows."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.node_scripts import run_in_node

SCRIPT = """
import { fitView, panView, project, reshapeView, worldView, zoomView } from "./map_view.js";
console.log(JSON.stringify({expression}));
"""
FRANKFURT = "project({ latitude: 50.11, longitude: 8.68 })"
PORTLAND = "project({ latitude: 45.52, longitude: -122.68 })"


def evaluate(folder: Path, expression: str) -> Any:  # noqa: ANN401 - a JSON document
    return run_in_node(folder, SCRIPT.replace("{expression}", expression))


def has(view: dict[str, float], x: float, y: float) -> bool:
    across = view["x"] <= x <= view["x"] + view["width"]
    return across and view["y"] <= y <= view["y"] + view["height"]


@pytest.mark.parametrize("aspect", [0.6, 1.33, 2.5, 4])
def test_the_world_is_shown_whole_in_every_shape(tmp_path: Path, aspect: float) -> None:
    view = evaluate(tmp_path, f"worldView({aspect})")

    assert has(view, -1800, -830)
    assert has(view, 1800, 600)
    assert view["width"] / view["height"] == pytest.approx(aspect)


@pytest.mark.parametrize("aspect", [0.6, 1.33, 2.5])
def test_the_fitted_view_has_all_points_and_room_around_them(tmp_path: Path, aspect: float) -> None:
    view = evaluate(tmp_path, f"fitView([{FRANKFURT}, {PORTLAND}], {aspect})")

    assert has(view, 86.8 + 100, -501.1)
    assert has(view, -1226.8 - 100, -455.2)
    assert view["width"] / view["height"] == pytest.approx(aspect)


def test_without_points_the_view_is_the_world(tmp_path: Path) -> None:
    fitted, world = evaluate(tmp_path, "[fitView([], 2), worldView(2)]")

    assert fitted == world


def test_zooming_in_keeps_the_point_in_the_middle(tmp_path: Path) -> None:
    view = evaluate(tmp_path, f"zoomView(worldView(2), 4, {FRANKFURT})")

    assert view["x"] + view["width"] / 2 == pytest.approx(86.8)


@pytest.mark.parametrize("factor", [0.001, 1000])
def test_zoom_ends_at_the_world_and_at_a_smallest_part(tmp_path: Path, factor: float) -> None:
    view, world = evaluate(tmp_path, f"[zoomView(worldView(2), {factor}), worldView(2)]")

    assert 300 <= view["width"] <= world["width"]


@pytest.mark.parametrize("by", [(1e6, 1e6), (-1e6, -1e6)])
def test_the_view_stays_in_the_world(tmp_path: Path, by: tuple[float, float]) -> None:
    view = evaluate(tmp_path, f"panView(zoomView(worldView(2.5), 4), {json.dumps(by)[1:-1]})")

    assert -1800 <= view["x"] <= 1800 - view["width"]
    assert -830 <= view["y"] <= 600 - view["height"]


def test_another_shape_keeps_the_middle(tmp_path: Path) -> None:
    near = f"zoomView(worldView(2), 6, {FRANKFURT})"

    before, after = evaluate(tmp_path, f"[{near}, reshapeView({near}, 1)]")

    assert after["x"] + after["width"] / 2 == pytest.approx(before["x"] + before["width"] / 2)
    assert after["width"] == pytest.approx(after["height"])

"""Labels of the map cover neither each other nor a marker."""

import json
from pathlib import Path
from typing import Any

from tests.node_scripts import run_in_node

SCRIPT = """
import { placeLabels } from "./labels.js";
const found = placeLabels({markers}, { width: 7, height: 14 }, { width: 400, height: 200 });
console.log(JSON.stringify(Object.fromEntries(found)));
"""


def marker(name: str, x: float, y: float, *, required: bool = False) -> dict[str, object]:
    return {"id": name, "text": name, "x": x, "y": y, "radius": 5, "required": required}


def place(folder: Path, *markers: dict[str, object]) -> Any:  # noqa: ANN401 - a JSON document
    return run_in_node(folder, SCRIPT.replace("{markers}", json.dumps(markers)))


def test_a_label_with_room_is_on_the_right(tmp_path: Path) -> None:
    assert place(tmp_path, marker("one", 100, 100)) == {"one": {"side": "right", "dx": 10, "dy": 0}}


def test_a_label_avoids_the_edge_of_the_map(tmp_path: Path) -> None:
    assert place(tmp_path, marker("one", 390, 100))["one"]["side"] == "left"


def test_a_label_avoids_the_marker_and_the_label_beside_it(tmp_path: Path) -> None:
    found = place(tmp_path, marker("one", 100, 100), marker("two", 120, 100))

    assert [found["one"]["side"], found["two"]["side"]] == ["left", "right"]


def test_a_label_without_room_is_left_out_unless_it_is_required(tmp_path: Path) -> None:
    crowd = [
        marker(f"region-{at}", 200 + at % 3, 100 + at // 3, required=at < 3) for at in range(9)
    ]

    found = place(tmp_path, *crowd)

    assert {"region-0", "region-1", "region-2"} <= found.keys()
    assert "region-8" not in found


def test_a_required_label_without_room_stays_inside_the_map(tmp_path: Path) -> None:
    crowd = [marker(f"region-{at}", 396, 100 + at, required=True) for at in range(9)]

    found = place(tmp_path, *crowd)

    assert len(found) == 9
    assert "right" not in {label["side"] for label in found.values()}


def test_the_most_important_marker_chooses_first(tmp_path: Path) -> None:
    near = (marker("first", 200, 100), marker("second", 200, 104))

    assert place(tmp_path, *near)["first"]["side"] == "right"
    assert place(tmp_path, *reversed(near))["second"]["side"] == "right"

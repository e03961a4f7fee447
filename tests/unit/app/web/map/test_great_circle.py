"""Distances and paths on the sphere."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.node_scripts import run_in_node
from twin.geography import CITIES, REGIONS, distance_km

FRANKFURT = {"latitude": 50.11, "longitude": 8.68}
PORTLAND = {"latitude": 45.52, "longitude": -122.68}
TOKYO = {"latitude": 35.68, "longitude": 139.69}
SYDNEY = {"latitude": -33.87, "longitude": 151.21}
SANTIAGO = {"latitude": -33.45, "longitude": -70.67}
SCRIPT = """
import { distanceKm, greatCircle, miles, sortByDistance } from "./great_circle.js";
import { CITIES, REGIONS } from "./places.js";
console.log(JSON.stringify({expression}));
"""


def evaluate(folder: Path, expression: str) -> Any:  # noqa: ANN401 - a JSON document
    return run_in_node(folder, SCRIPT.replace("{expression}", expression))


def path(folder: Path, *ends: dict[str, float]) -> list[list[list[float]]]:
    found: list[list[list[float]]] = evaluate(
        folder, f"greatCircle({json.dumps(ends[0])}, {json.dumps(ends[1])})"
    )
    return found


def test_distances_are_those_of_the_twin(tmp_path: Path) -> None:
    expected = [distance_km(city, region) for city in CITIES for region in REGIONS]

    found = evaluate(tmp_path, "CITIES.flatMap((c) => REGIONS.map((r) => distanceKm(c, r)))")

    assert found == pytest.approx(expected, rel=1e-9)


def test_a_known_distance_is_right_within_a_hundredth(tmp_path: Path) -> None:
    """Frankfurt to Tokyo is some 9 340 km by great circle (gcmap, FRA to HND: 9 354 km)."""
    found = evaluate(tmp_path, f"distanceKm({json.dumps(FRANKFURT)}, {json.dumps(TOKYO)})")

    assert found == pytest.approx(9340, rel=0.01)


def test_regions_are_sorted_by_distance(tmp_path: Path) -> None:
    found = evaluate(tmp_path, f"sortByDistance({json.dumps(FRANKFURT)}, REGIONS)")

    assert [found[0]["code"], found[0]["km"]] == ["eu-central-1", 0]
    assert [region["km"] for region in found] == sorted(region["km"] for region in found)
    assert len(found) == len(REGIONS)


def test_a_kilometre_has_its_miles(tmp_path: Path) -> None:
    assert evaluate(tmp_path, "miles(1000)") == pytest.approx(621.371)


def test_a_path_leads_from_one_end_to_the_other_by_the_north(tmp_path: Path) -> None:
    (only,) = path(tmp_path, FRANKFURT, PORTLAND)

    assert only[0] == pytest.approx([8.68, 50.11])
    assert only[-1] == pytest.approx([-122.68, 45.52])
    assert max(latitude for _, latitude in only) > 60


@pytest.mark.parametrize("ends", [(TOKYO, PORTLAND), (PORTLAND, TOKYO), (SYDNEY, SANTIAGO)])
def test_a_path_over_the_180th_meridian_ends_there_and_goes_on_at_the_other_side(
    tmp_path: Path, ends: tuple[dict[str, float], dict[str, float]]
) -> None:
    first, second = path(tmp_path, *ends)

    assert abs(first[-1][0]) == 180
    assert second[0][0] == -first[-1][0]
    assert second[0][1] == first[-1][1]
    for part in (first, second):
        assert all(abs(end[0] - start[0]) < 20 for start, end in pairwise(part))


def test_a_path_to_the_same_place_stays_there(tmp_path: Path) -> None:
    (only,) = path(tmp_path, TOKYO, TOKYO)

    assert {tuple(point) for point in only} == {(139.69, 35.68)}


def test_a_path_to_the_opposite_point_leads_over_the_pole(tmp_path: Path) -> None:
    opposite = {"latitude": -20.0, "longitude": -90.0}

    found = path(tmp_path, {"latitude": 20.0, "longitude": 90.0}, opposite)
    points = [point for part in found for point in part]

    assert points[0] == pytest.approx([90, 20])
    assert points[-1] == pytest.approx([-90, -20])
    assert max(latitude for _, latitude in points) > 85

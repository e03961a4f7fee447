"""The map knows every Region that can be configured, and the twin's places."""

from pathlib import Path

import pytest

from infra.configuration.regions import REGION_NUMBERS
from tests.node_scripts import run_in_node
from twin.geography import CITIES, REGIONS, Location

SHOW = """
import * as places from "./places.js";
console.log(JSON.stringify(places.{name}));
"""


def read_places(folder: Path, name: str) -> list[dict[str, str | float]]:
    found: list[dict[str, str | float]] = run_in_node(folder, SHOW.replace("{name}", name))
    return found


def test_every_region_that_can_be_configured_is_on_the_map(tmp_path: Path) -> None:
    assert {region["code"] for region in read_places(tmp_path, "REGIONS")} == set(REGION_NUMBERS)


def test_the_regions_are_where_the_twin_has_them(tmp_path: Path) -> None:
    assert [
        Location(str(r["code"]), float(r["latitude"]), float(r["longitude"]))
        for r in read_places(tmp_path, "REGIONS")
    ] == list(REGIONS)


def test_the_cities_are_the_twin_s(tmp_path: Path) -> None:
    assert [
        Location(str(city["name"]), float(city["latitude"]), float(city["longitude"]))
        for city in read_places(tmp_path, "CITIES")
    ] == list(CITIES)


@pytest.mark.parametrize(
    ("code", "label"),
    [("eu-west-1", "Europe (Ireland), eu-west-1"), ("xx-moon-1", "xx-moon-1")],
)
def test_a_region_is_named_in_words_and_an_unknown_one_by_its_code(
    tmp_path: Path, code: str, label: str
) -> None:
    assert run_in_node(tmp_path, SHOW.replace("{name}", f"regionLabel('{code}')")) == label

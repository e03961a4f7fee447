"""Scenarios by name: shipped ones and a user's own."""

from pathlib import Path

import pytest

from muster.drill.scenario.catalogue import SHIPPED_SCENARIOS, all_scenarios, find_scenario
from muster.drill.scenario.parser import load_scenario
from muster.errors import InvalidScenario
from tests.unit.muster.drill.scenario.builders import EVACUATE


def test_a_users_scenario_replaces_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "evacuate.yaml").write_text(EVACUATE.replace("title: Empty", "title: Clear out"))

    assert find_scenario("evacuate", tmp_path).title.startswith("Clear out")
    assert find_scenario("evacuate", None).title.startswith("Empty")
    assert find_scenario(str(tmp_path / "evacuate.yaml"), None).title.startswith("Clear out")
    (own, _), (shipped, _) = all_scenarios(tmp_path), all_scenarios(None)
    assert len(own) == len(shipped)


def test_a_scenario_in_the_users_folder_is_named_as_its_file(tmp_path: Path) -> None:
    (tmp_path / "half.yml").write_text(EVACUATE)

    with pytest.raises(InvalidScenario, match=r"half\.yml: name: is evacuate; .* the file's, half"):
        find_scenario("half", tmp_path)
    found, (wrong,) = all_scenarios(tmp_path)
    assert wrong.at == "name"
    assert "half" not in {one.name for one in found}
    assert load_scenario(tmp_path / "half.yml").name == "evacuate"
    assert find_scenario("evacuate", tmp_path).source == str(SHIPPED_SCENARIOS / "evacuate.yaml")


def test_the_error_for_an_unknown_scenario_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("")

    with pytest.raises(InvalidScenario, match="known are broken, control-plane-loss"):
        find_scenario("evacute", tmp_path)
    with pytest.raises(InvalidScenario, match=r"there is no such .*; did you mean evacuate\?$"):
        find_scenario("evacute", None)
    with pytest.raises(InvalidScenario, match="is no folder"):
        find_scenario("evacuate", tmp_path / "none")

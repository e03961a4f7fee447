"""Reading scenarios: the shipped ones, a user's own, and wrong ones."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from muster.drill import catalogue
from muster.drill.scenario import load, parse, schema
from muster.errors import ScenarioWrong
from tests.unit.muster.drill import making

EVACUATE = (catalogue.SHIPPED / "evacuate.yaml").read_text()


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", sorted(catalogue.SHIPPED.glob("*.yaml")), ids=lambda one: one.stem)
def test_a_shipped_scenario_is_named_as_its_file_and_says_why(path: Path) -> None:
    scenario = load(path)

    assert scenario.name == path.stem
    assert scenario.title
    assert len(scenario.why) > 80
    assert scenario.watch
    assert scenario.stop_conditions
    assert all(parameter.description.endswith(".") for parameter in scenario.parameters)


@pytest.mark.parametrize("path", sorted(catalogue.SHIPPED.glob("*.yaml")), ids=lambda one: one.stem)
def test_every_fault_of_a_shipped_scenario_ends_in_its_method(path: Path) -> None:
    plan = making.plan(path.stem)
    kinds = [(step.do.kind, getattr(step.do, "fault", None)) for step in plan.steps]

    injected = [fault for kind, fault in kinds if kind == "inject"]
    cleared = [(fault.kind, fault.region) for kind, fault in kinds if fault and kind == "clear"]

    assert [(fault.kind, fault.region) for fault in injected if fault] == cleared


@pytest.mark.parametrize(
    ("old", "new", "at", "rule"),
    [
        ("func: drain", "func: drian", "method[2].func", "'drian' is not one of dial, dials"),
        ("      to: 0", "      too: 0", "method[0].arguments", "'too' was unexpected"),
        ("subject: ${region}", "subject: ${regin}", "subject", "${regin} is no parameter; known"),
        ("tolerance: [0, 0]", "tolerance: [0]", "method[1].tolerance", "too short"),
        ("marks: alone", "marks: lone", "method[2].marks", "'lone' is not one of away, alone"),
        ("marks: alone", "mark: alone", "method[2]", "'mark' was unexpected"),
        ("name: evacuate", "name: Evacuate!", "name", "does not fit the pattern"),
        ("    above: 2s\n", "", "stop-conditions[1]", "above or below"),
        ("default: 60s", "default: 60 sec", "parameters.hold.default", "length of time"),
        ("  strategy: always", "  strategy: never", "rollbacks.strategy", "always, deviated"),
        ("name: evacuate\n", "", "document", "'name' is a required property"),
        ("parameters:\n", "parameters: [\n", "line", "not YAML"),
        ("rollbacks:\n", "rollbacks:\n  step: 1\n  step: 2\n", "line", "'step' comes twice"),
        ("method:\n", "methods:\n", "document", "method"),
        ("rollbacks:\n", "? [a, b]\n: 1\nrollbacks:\n", "line", "key ['a', 'b'] is no text"),
        ("rollbacks:\n", "? {a: b}\n: 1\nrollbacks:\n", "line", "is no text"),
        ("default: 60s", "default: 2026-13-45", "", "not YAML: month must be in 1..12"),
        ("default: 60s", f"default: 1{5000 * '0'}", "", "not YAML"),
        ("default: 60s", f"default: {'[' * 5000}{']' * 5000}", "", "is nested too deeply"),
        (
            "      region: ${region}\n    marks",
            "      region: ${region}\n      most: 5s\n    marks",
            "method[2].arguments",
            "'most' was unexpected",
        ),
    ],
)
def test_an_error_names_the_file_the_place_and_the_rule(
    old: str, new: str, at: str, rule: str
) -> None:
    assert old in EVACUATE

    with pytest.raises(ScenarioWrong) as error:
        parse(EVACUATE.replace(old, new, 1), "mine.yaml")

    assert str(error.value).startswith("mine.yaml")
    assert error.value.at.startswith(at)
    assert rule in str(error.value)


def test_a_parameter_that_is_used_nowhere_is_a_spelling_mistake() -> None:
    more = "parameters:\n  spare: {type: number, default: 1, description: Spare.}\n"

    with pytest.raises(ScenarioWrong, match=r"parameters\.spare: is used nowhere"):
        parse(EVACUATE.replace("parameters:\n", more, 1), "mine.yaml")


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    big = tmp_path / "big.yaml"
    big.write_bytes(b"#" * 300_000)
    odd = tmp_path / "odd.yaml"
    odd.write_bytes(b"\xff\xfe\x00")

    wrong = ((tmp_path / "none.yaml", "can't be read"), (big, "at most"), (odd, "not YAML"))
    for path, rule in wrong:
        with pytest.raises(ScenarioWrong, match=rule):
            load(path)


def test_a_users_own_scenario_wins_over_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "evacuate.yaml").write_text(EVACUATE.replace("title: Empty", "title: Clear out"))

    assert catalogue.find("evacuate", tmp_path).title.startswith("Clear out")
    assert catalogue.find("evacuate", None).title.startswith("Empty")
    assert catalogue.find(str(tmp_path / "evacuate.yaml"), None).title.startswith("Clear out")
    assert len(catalogue.everything(tmp_path)) == len(catalogue.everything(None))


def test_an_unknown_scenario_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioWrong, match=r"evacute: there is no such scenario; known are .*shift"
    ):
        catalogue.find("evacute", None)
    with pytest.raises(ScenarioWrong, match="is no folder"):
        catalogue.find("evacuate", tmp_path / "none")

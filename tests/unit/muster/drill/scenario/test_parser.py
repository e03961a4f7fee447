"""Reading scenarios: the shipped ones, a user's own, and wrong ones."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from muster.drill.scenario.catalogue import SHIPPED_SCENARIOS
from muster.drill.scenario.parser import (
    load_scenario,
    load_scenario_schema,
    locate_errors,
    parse_scenario,
)
from muster.errors import InvalidScenario
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.drill.scenario.builders import EVACUATE


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(load_scenario_schema())


@pytest.mark.parametrize("path", sorted(SHIPPED_SCENARIOS.glob("*.yaml")), ids=lambda one: one.stem)
def test_a_shipped_scenario_is_named_as_its_file_and_says_why(path: Path) -> None:
    scenario = load_scenario(path)

    assert scenario.name == path.stem
    assert scenario.title
    assert len(scenario.why) > 80
    assert scenario.watch
    assert scenario.stop_conditions
    assert all(parameter.description.endswith(".") for parameter in scenario.parameters)


@pytest.mark.parametrize("path", sorted(SHIPPED_SCENARIOS.glob("*.yaml")), ids=lambda one: one.stem)
def test_every_fault_of_a_shipped_scenario_ends_in_its_method(path: Path) -> None:
    plan = build_plan(path.stem)
    kinds = [(step.do.kind, getattr(step.do, "fault", None)) for step in plan.steps]

    injected = [fault for kind, fault in kinds if kind == "inject"]
    cleared = [(fault.kind, fault.region) for kind, fault in kinds if fault and kind == "clear"]

    assert [(fault.kind, fault.region) for fault in injected if fault] == cleared


@pytest.mark.parametrize(
    ("old", "new", "at", "rule"),
    [
        (
            "func: drain",
            "func: drian",
            "method[2].func",
            "not one of dial, dials, switch",
        ),
        ("func: drain", "func: drian", "method[2].func", "did you mean drain?"),
        ("      to: 0", "      too: 0", "method[0].arguments.too", "keys are region, to, step"),
        ("      to: 0", "      too: 0", "method[0].arguments.too", "did you mean to?"),
        ("subject: ${region}", "subject: ${regin}", "subject", "${regin} is no parameter; known"),
        ("subject: ${region}", "subject: frankfurt", "subject", "a Region such as eu-central-1"),
        ("tolerance: [0, 0]", "tolerance: [0]", "method[1].tolerance", "has 1 entries; it must"),
        ("tolerance: [0, 0]", "tolerance: 0", "method[1].tolerance", "is 0; it must be a list"),
        ("marks: alone", "marks: lone", "method[2].marks", "'lone' is not one of away, alone"),
        ("marks: alone", "mark: alone", "method[2].mark", "did you mean marks?"),
        ("marks: alone", "marks: away", "method[2].marks", "away is marked above already"),
        ("marks: away", "marks: back", "method[0].marks", "needs a step above it that marks away"),
        ("name: evacuate", "name: Evacuate!", "name", "has not the right form (1 to 40 of a-z"),
        ("    above: 2s\n", "", "stop-conditions[1]", "needs one of above, below; it has none"),
        ("above: 2s", "above: 2s\n    below: 1s", "stop-conditions[1]", "it has above and below"),
        ("default: 60s", "default: 60 sec", "parameters.hold.default", "length of time"),
        ("default: 60s", "default:", "parameters.hold.default", "is empty; it must be a text or"),
        ("  strategy: always", "  strategy: never", "rollbacks.strategy", "always, deviated"),
        ("name: evacuate\n", "", "", "lacks name (1 to 40 of a-z"),
        ("  hold:\n", "  Hold:\n", "parameters", "'Hold' has not the right form"),
        (
            "      to: 0",
            "      to: off",
            "method[0].arguments.to",
            "is false; it must be a text or",
        ),
        ("      to: 0", "      to: off", "method[0].arguments.to", "use quotes"),
        ("method:\n", "methods:\n", "methods", "did you mean method?"),
        (
            "      region: ${region}\n    marks",
            "      region: ${region}\n      most: 5s\n    marks",
            "method[2].arguments.most",
            "keys are region, factor",
        ),
    ],
)
def test_an_error_names_the_file_the_line_the_place_and_the_rule(
    old: str, new: str, at: str, rule: str
) -> None:
    assert old in EVACUATE

    with pytest.raises(InvalidScenario) as error:
        parse_scenario(EVACUATE.replace(old, new, 1), "mine.yaml")

    assert re.match(r"mine\.yaml, line \d+: ", str(error.value))
    assert error.value.at == at
    assert rule in str(error.value)


def test_the_line_is_that_of_what_is_wrong() -> None:
    lines = EVACUATE.splitlines()
    for wrong, right in (("      too: 0", "      to: 0"), ("    mark: alone", "    marks: alone")):
        text = EVACUATE.replace(right, wrong, 1)

        with pytest.raises(InvalidScenario, match=rf"line {lines.index(right) + 1}: "):
            parse_scenario(text, "mine.yaml")


@pytest.mark.parametrize(
    ("at", "written"),
    [
        ("method[0].arguments.to", "      to: 0"),
        ("stop-conditions[1].above", "    above: 2s"),
        ("steady-state-hypothesis.probes[0].tolerance[1]", "      tolerance: [0, 0.01]"),
    ],
)
def test_an_error_with_a_path_gets_the_line(at: str, written: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(EVACUATE)
    line = EVACUATE.splitlines().index(written) + 1

    with (
        pytest.raises(InvalidScenario, match=rf"mine\.yaml, line {line}: .*: is wrong"),
        locate_errors(),
    ):
        raise InvalidScenario(str(file), at, "is wrong")
    with pytest.raises(InvalidScenario, match=r"^gone: method: is wrong"), locate_errors():
        raise InvalidScenario("gone", "method", "is wrong")
    with pytest.raises(InvalidScenario, match=r"mine\.yaml: is wrong"), locate_errors():
        raise InvalidScenario(str(file), "", "is wrong")


def test_a_long_key_is_shortened() -> None:
    with pytest.raises(InvalidScenario) as error:
        parse_scenario(f"{EVACUATE}{'x' * 500}: 1\n", "mine.yaml")

    assert error.value.at == "x" * 40


def test_a_parameter_that_is_used_nowhere_is_a_spelling_mistake() -> None:
    more = "parameters:\n  spare: {type: number, default: 1, description: Spare.}\n"

    with pytest.raises(InvalidScenario, match=r"parameters\.spare: is used nowhere"):
        parse_scenario(EVACUATE.replace("parameters:\n", more, 1), "mine.yaml")


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    big = tmp_path / "big.yaml"
    big.write_bytes(b"#" * 300_000)
    odd = tmp_path / "odd.yaml"
    odd.write_bytes(b"\xff\xfe\x00")

    wrong = ((tmp_path / "none.yaml", "can't be read"), (big, "at most"), (odd, "not YAML"))
    for path, rule in wrong:
        with pytest.raises(InvalidScenario, match=rule):
            load_scenario(path)

"""docs/drills/scenarios.md names every key of the schema, and its examples make plans.

docs/drills.md tells of every guard what it makes sure of, when it stops a step, and what to do.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from muster.drill.guards.names import GUARD_NAMES
from muster.drill.plan.instructions import MEASURES
from muster.drill.plan.model import APPROVAL_BUDGET_S, DIAL_BUDGET_S, STEP_BUDGET_S, DrillPlan
from muster.drill.plan.planner import make_plan
from muster.drill.scenario.model import ParameterType, RawValue
from muster.drill.scenario.parser import load_scenario_schema, parse_scenario
from tests.unit.muster.drill.builders import AWAY, HOME, build_request, build_stack, build_view

PAGE = (Path(__file__).parents[4] / "docs/drills/scenarios.md").read_text()
DRILLS_PAGE = (Path(__file__).parents[4] / "docs" / "drills.md").read_text()
ACTIONS, MEASURED = PAGE.split("| Measure |")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
GIVEN: Mapping[str, RawValue] = {"region": AWAY, "small": HOME, "large": AWAY}


def keys(part: object) -> Iterator[str]:
    """Every key that a document may have anywhere."""
    if isinstance(part, dict):
        yield from part.get("properties", {})
        for below in part.values():
            yield from keys(below)
    elif isinstance(part, list):
        for below in part:
            yield from keys(below)


def actions() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each action with the schema of its arguments."""
    defined: Any = load_scenario_schema()["$defs"]
    for one in defined["action"]["allOf"]:
        name = one["if"]["properties"]["func"]["const"]
        yield name, one["then"]["properties"]["arguments"]


def plan_of(text: str) -> DrillPlan:
    scenario = parse_scenario(text, "page.yaml")
    given = {one.name: GIVEN[one.name] for one in scenario.parameters if one.default is None}
    return make_plan(scenario, build_request(given), build_stack(), build_view())


def test_every_key_is_on_the_page() -> None:
    assert [key for key in set(keys(load_scenario_schema())) if f"`{key}`" not in PAGE] == []


@pytest.mark.parametrize(("name", "arguments"), list(actions()))
def test_every_action_is_on_the_page_with_its_arguments(
    name: str, arguments: Mapping[str, Any]
) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|.*$", ACTIONS, re.MULTILINE)

    for key in arguments["properties"]:
        must = "**" if key in arguments["required"] else ""
        assert f"{must}`{key}`{must}" in row


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_on_the_page_with_what_it_is_of(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \| .*$", MEASURED, re.MULTILINE)
    defined: Any = load_scenario_schema()["$defs"]
    (arguments,) = (
        one["then"]["properties"]["arguments"]
        for one in defined["probe"]["allOf"]
        if one["if"]["properties"]["func"]["const"] == name
    )

    assert ("**`region`**" in row) == ("region" in arguments["required"])
    assert ("`region`" in row) == ("region" in arguments["properties"])


def test_every_type_of_a_parameter_is_on_the_page() -> None:
    (row,) = re.findall(r"^\| `type` \| must be given: .*$", PAGE, re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", row)) == {"type", *get_args(ParameterType)}


def test_what_must_be_there_is_marked_so() -> None:
    must = set(re.findall(r"^\| `([a-z-]+)` \| yes \|", PAGE, re.MULTILINE))

    assert must == set(load_scenario_schema()["required"])  # type: ignore[call-overload]  # a list of names


def test_the_default_of_the_time_budget_is_the_documented_one() -> None:
    assert (STEP_BUDGET_S, DIAL_BUDGET_S, APPROVAL_BUDGET_S) == (120, 900, 900)
    row = r"^\| `within` \|.*\| 2m; of a dial 15m; of an approval 15m \|$"
    assert re.search(row, PAGE, re.MULTILINE)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: yaml.safe_load(text)["name"])
def test_an_example_makes_a_plan(text: str) -> None:
    plan = plan_of(text)

    assert plan.steps
    assert {"away"} <= {step.marks for step in plan.steps}
    assert "${" not in f"{plan}"


def test_there_are_three_examples() -> None:
    assert len(EXAMPLES) == 3


def test_titles_are_filled_in() -> None:
    text = (
        EXAMPLES[0]
        .replace("title: Send", "title: Of ${region} send")
        .replace("why: Before", "why: Of ${region}, before")
    )

    plan = plan_of(text)

    assert plan.title.startswith(f"Of {AWAY} send")
    assert plan.why.startswith(f"Of {AWAY}, before")


@pytest.mark.parametrize("guard", GUARD_NAMES)
def test_every_guard_is_on_the_page_with_what_to_do(guard: str) -> None:
    (row,) = re.findall(rf"^\| `{guard}` \|(.*)\|$", DRILLS_PAGE, re.MULTILINE)
    makes_sure, refuses, holds, todo = (cell.strip() for cell in row.split("|"))

    assert makes_sure
    assert refuses or holds
    assert todo

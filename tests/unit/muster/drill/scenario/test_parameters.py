"""Values of a scenario's parameters, and the places that they fill."""

from dataclasses import replace

import pytest

from muster.drill.scenario.model import RawValue, ScenarioParameter
from muster.drill.scenario.parameters import BoundParameters, bind_parameters
from muster.errors import InvalidParameter, InvalidScenario
from muster.parsers import parse_percent
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    REGIONS,
    required_parameters,
    shipped_scenario,
)

PARAMETERS = (
    ScenarioParameter(name="region", type="region", description="Which."),
    ScenarioParameter(name="hold", type="duration", description="How long.", default="90s"),
    ScenarioParameter(name="step", type="percent", description="How far.", default=25),
    ScenarioParameter(name="count", type="number", description="How many.", default=2),
    ScenarioParameter(name="dials", type="dials", description="To what.", default=f"{HOME}=30"),
)


def bind(**given: RawValue) -> BoundParameters:
    scenario = replace(shipped_scenario("evacuate"), parameters=PARAMETERS, source="mine.yaml")
    return bind_parameters(scenario, {"region": AWAY, **given}, REGIONS)


def test_a_value_is_the_given_one_or_the_default() -> None:
    assert bind(hold="10s").values == {
        "region": AWAY,
        "hold": 10.0,
        "step": 25.0,
        "count": 2.0,
        "dials": {HOME: 30.0},
    }


def test_a_whole_placeholder_becomes_the_value_and_one_in_a_text_its_words() -> None:
    bound = bind()

    assert bound.fill("${hold}") == 90.0
    assert bound.fill("${dials}") == {HOME: 30.0}
    assert bound.fill("${region} for ${hold}") == f"{AWAY} for 90 s"
    assert bound.fill("by ${step}, ${count} times, ${dials}") == f"by 25 %, 2 times, {HOME}=30"


def test_placeholders_are_filled_at_any_depth_and_in_keys() -> None:
    raw: RawValue = {"to": {"${region}": ["${step}", 70, None]}}

    assert bind().fill(raw) == {"to": {AWAY: [25.0, 70, None]}}


def test_two_keys_with_the_same_value_are_an_error() -> None:
    with pytest.raises(ValueError, match="two of the keys"):
        bind().fill({"${region}": 1, AWAY: 2})


def test_a_value_that_can_not_be_parsed_is_named_by_its_path() -> None:
    assert bind().parse("${step}", parse_percent, "method[0].arguments.to") == 25.0
    with pytest.raises(InvalidScenario, match=r"^mine\.yaml: method\[0\]\.arguments\.to: "):
        bind().parse("${region}", parse_percent, "method[0].arguments.to")


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("evacuate", {"region": "Oregon"}, "parameter region: Oregon is no Region of the stack"),
        ("evacuate", {"region": "us-west2"}, r"; did you mean us-west-2\?"),
        ("evacuate", {"hold": "long"}, "parameter hold: 'long'"),
        ("evacuate", {"hlod": "1s"}, "parameter hlod: there is no such parameter; known are"),
        ("evacuate", {"setle": "1s"}, r"; did you mean settle\?"),
        ("evacuate", {"region": None}, "parameter region: missing"),
        ("region-loss", {"fault": "meteor"}, "'meteor' is not one of region-kill"),
        ("region-loss", {"fault": "region-kil"}, r"; did you mean region-kill\?"),
    ],
)
def test_a_wrong_parameter_is_named(name: str, given: dict[str, RawValue], message: str) -> None:
    scenario = shipped_scenario(name)

    with pytest.raises(InvalidParameter, match=message):
        bind_parameters(scenario, required_parameters(scenario) | given, REGIONS)

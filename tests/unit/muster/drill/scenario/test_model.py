"""A scenario's parameters."""

import pytest

from muster.drill.scenario.parser import parse_scenario
from tests.unit.muster.drill.scenario.builders import EVACUATE


def test_a_choice_may_be_written_as_a_number() -> None:
    text = EVACUATE.replace("    default: 25\n", '    default: 25\n    choices: ["5", "25"]\n', 1)

    step = next(one for one in parse_scenario(text, "mine.yaml").parameters if one.name == "step")

    assert step.parse(25) == 25
    with pytest.raises(ValueError, match="10 is not one of 5, 25"):
        step.parse(10)

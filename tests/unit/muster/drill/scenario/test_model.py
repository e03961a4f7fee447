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


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("    default: 25\n", "    default: 50\n", True),
        ("title: Empty a Region", "title: Leave a Region", True),
        ("      after: ${hold}\n", "      before: ${hold}\n", False),
    ],
)
def test_the_digest_of_the_steps_is_of_what_the_file_says(old: str, new: str, same: bool) -> None:
    assert old in EVACUATE

    before, after = (
        parse_scenario(text, "x.yaml") for text in (EVACUATE, EVACUATE.replace(old, new))
    )

    assert (before.steps_digest == after.steps_digest) is same

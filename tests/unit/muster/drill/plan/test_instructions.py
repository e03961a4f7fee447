"""Instructions and measures in words."""

import pytest

from muster.drill.plan.instructions import (
    AwaitApproval,
    DrainWrites,
    ExpectMeasure,
    InjectFault,
    Instruction,
    Pause,
    SetDial,
    describe_instruction,
    format_measure,
    format_range,
    instruction_region,
)
from muster.levers import Fault
from tests.unit.muster.drill.builders import AWAY, SHIPPED_NAMES, build_plan


def test_every_instruction_of_a_shipped_plan_is_described() -> None:
    texts = [
        describe_instruction(step.do) for name in SHIPPED_NAMES for step in build_plan(name).steps
    ]

    assert all(texts)
    assert all("{" not in line for line in texts)


def test_values_have_their_units() -> None:
    assert format_measure("error-rate", 0.015) == "1.5 %"
    assert format_measure("p99-latency", 0.25) == "250 ms"
    assert format_measure("healthy-regions", 2.0) == "2"
    assert format_measure("dial", None) == "unknown"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.5, 0.5, "share of us-west-2 = 50 %"),
        (0.25, 0.5, "share of us-west-2 from 25 % to 50 %"),
        (0.0, 0.5, "share of us-west-2 at most 50 %"),
        (None, 0.5, "share of us-west-2 at most 50 %"),
        (0.5, None, "share of us-west-2 at least 50 %"),
        (None, None, "share of us-west-2 known"),
    ],
)
def test_a_range_is_described_by_its_bounds(
    low: float | None, high: float | None, text: str
) -> None:
    assert format_range(ExpectMeasure(measure="share", region=AWAY, low=low, high=high)) == text


@pytest.mark.parametrize(
    ("instruction", "region"),
    [
        (SetDial(region=AWAY, percent=1.0), AWAY),
        (InjectFault(fault=Fault(kind="throttle", region=AWAY)), AWAY),
        (InjectFault(fault=Fault(kind="control-stop")), None),
        (Pause(seconds=1.0), None),
        (AwaitApproval(words="go on"), None),
        (DrainWrites(region=AWAY), AWAY),
        (ExpectMeasure(measure="error-rate"), None),
    ],
)
def test_an_instruction_is_about_one_region_or_none(
    instruction: Instruction, region: str | None
) -> None:
    assert instruction_region(instruction) == region

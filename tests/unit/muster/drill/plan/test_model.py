"""Plans as JSON, targets and stop conditions in words, and time budgets of steps."""

import pytest

from muster import codec
from muster.drill.plan.instructions import SetDial, SetSwitch
from muster.drill.plan.model import (
    DIAL_BUDGET_S,
    STEP_BUDGET_S,
    DrillPlan,
    StopCondition,
    describe_target,
    step_budget_s,
)
from tests.unit.muster.drill.builders import AWAY, SHIPPED_NAMES, build_plan


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_a_plan_is_decoded_as_it_was_encoded(name: str) -> None:
    plan = build_plan(name)

    assert codec.loads(DrillPlan, codec.dumps(plan)) == plan
    assert len({step.id for step in plan.steps}) == len(plan.steps)


def test_a_stop_condition_names_its_bound_and_its_duration() -> None:
    above = StopCondition(measure="error-rate", above=0.2, lasting_s=10.0)
    below = StopCondition(measure="share", region=AWAY, below=0.05)

    assert above.describe() == "error-rate above 20 % for 10 s"
    assert below.describe() == f"share of {AWAY} below 5 %"


def test_a_target_is_described_beside_its_measured_value() -> None:
    assert describe_target("rto_s", 3.22, 5.0) == "RTO 3.22 s, at most 5 s"
    assert describe_target("rpo_items", 1.0, 2.0) == "RPO in items 1 item, at most 2 items"
    assert describe_target("failed_share", None, 0.01) == (
        "Failed requests not measured, at most 1 %"
    )
    assert describe_target("rto_s", 60.0, 5.0, at_least=True) == (
        "RTO at least 60 s, its end was not seen, at most 5 s"
    )


def test_a_dial_has_a_longer_default_budget_than_other_steps() -> None:
    assert step_budget_s(SetDial(region=AWAY, percent=0.0)) == DIAL_BUDGET_S
    assert step_budget_s(SetSwitch(region=AWAY, status="fail")) == STEP_BUDGET_S

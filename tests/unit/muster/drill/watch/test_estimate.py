"""Rough duration of putting a system back."""

import pytest

from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.instructions import (
    ClearFault,
    InjectFault,
    Instruction,
    Pause,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.drill.plan.model import RollbackPolicy
from muster.drill.watch.estimate import estimate_rollback_s
from muster.levers import Fault
from muster.model import SwitchSetting
from tests.unit.muster.drill.builders import AWAY, SHIPPED_NAMES, build_plan

POLICY = RollbackPolicy(strategy="always", step=50.0, pause_s=10.0, hold_s=300.0)
BASELINE = DrillBaseline(
    dials={AWAY: 100.0},
    switches={AWAY: SwitchSetting()},
    weights={AWAY: 100},
    inversions={AWAY: False},
)
KILL = Fault(kind="region-kill", region=AWAY)


@pytest.mark.parametrize(
    ("done", "expected_s"),
    [
        ((), 0.0),
        ((Pause(seconds=60.0),), 0.0),
        ((SetDial(region=AWAY, percent=50.0),), 5.0),
        ((SetDial(region=AWAY, percent=0.0),), 20.0),
        ((SetDial(region=AWAY, percent=0.0), SetDial(region=AWAY, percent=100.0)), 0.0),
        ((SetSwitch(region=AWAY, status="fail"),), 30.0),
        ((SetWeight(region=AWAY, weight=0),), 30.0),
        ((SetInverted(region=AWAY, inverted=True),), 2.0),
        ((InjectFault(fault=KILL),), 5.0),
        ((InjectFault(fault=KILL), ClearFault(fault=KILL)), 0.0),
    ],
)
def test_only_what_differs_from_the_baseline_takes_time(
    done: tuple[Instruction, ...], expected_s: float
) -> None:
    assert estimate_rollback_s(POLICY, done, BASELINE) == expected_s


def test_where_settings_stay_only_faults_take_time() -> None:
    done = (SetDial(region=AWAY, percent=0.0), InjectFault(fault=KILL))

    assert estimate_rollback_s(POLICY, done, BASELINE, only_faults=True) == 5.0


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_every_shipped_scenario_can_be_estimated(name: str) -> None:
    plan = build_plan(name)

    done = [step.do for step in plan.steps]
    assert estimate_rollback_s(plan.rollback, done, DrillBaseline()) < 600.0

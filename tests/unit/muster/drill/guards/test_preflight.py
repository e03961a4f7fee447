"""The evaluation of a whole plan before its first step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.drill.guards.evaluation import evaluate_guards, guards_for, worst_ruling
from muster.drill.guards.preflight import evaluate_steps, faults_after, view_after
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    InjectFault,
    Instruction,
    Pause,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.drill.plan.model import PlannedStep
from muster.levers import Fault
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_record_view,
    build_region_view,
    build_two_door_view,
    build_view,
)
from tests.unit.muster.drill.guards.builders import DOWN, OFF, OUT, make_context
from tests.unit.muster.drill.guards.strategies import THREE, actions, faults


def test_a_plan_that_breaks_one_region_and_empties_the_other_is_refused_before_it_begins() -> None:
    cut = Fault(kind="network-cut", region=HOME)

    def worst_of_plan(*steps: Instruction) -> str:
        plan = [
            PlannedStep(id=f"m{number}", activity="", do=do, guards=guards_for(do))
            for number, do in enumerate(steps, start=1)
        ]
        *_, (_, verdicts) = evaluate_steps(plan, make_context(Pause(seconds=0)))
        return worst_ruling(verdicts)

    assert worst_of_plan(InjectFault(fault=cut), OFF) == "refuse"
    assert worst_of_plan(InjectFault(fault=cut), ClearFault(fault=cut), OFF) == "ok"
    assert worst_of_plan(OFF, InjectFault(fault=cut)) == "refuse"
    assert worst_of_plan(DOWN, OUT, InjectFault(fault=cut)) == "refuse"


def test_steps_without_guards_and_the_drain_of_writes_are_not_judged_beforehand() -> None:
    """The lags that a drain waits for are not known before it."""
    instructions: tuple[Instruction, ...] = (Pause(seconds=1), OFF, DrainWrites(region=AWAY))
    steps = [
        PlannedStep(id=f"m{number}", activity="", do=do, guards=guards_for(do))
        for number, do in enumerate(instructions, start=1)
    ]

    judged = evaluate_steps(steps, make_context(Pause(seconds=0)))

    assert [step.id for step, _ in judged] == ["m2"]


def test_the_faults_of_earlier_steps_stay_until_they_are_cleared() -> None:
    cut, kill = Fault(kind="network-cut", region=HOME), Fault(kind="region-kill", region=AWAY)

    assert faults_after((cut,), InjectFault(fault=kill)) == (cut, kill)
    assert faults_after((cut, kill), ClearFault(fault=cut)) == (kill,)
    assert faults_after((cut,), OFF) == (cut,)


def test_a_step_about_a_region_that_the_view_lacks_changes_nothing_in_it() -> None:
    view = build_view()

    assert view_after(view, SetDial(region="mars-1", percent=1.0)) == view
    assert view_after(view, SetSwitch(region="mars-1", status="fail")) == view


@pytest.mark.parametrize(
    ("do", "changed"),
    [
        (SetWeight(region=AWAY, weight=0), {"weight": 0}),
        (SetInverted(region=AWAY, inverted=True), {"inverted": True}),
        (SetInverted(region=AWAY, inverted=False), {}),
    ],
)
def test_a_record_is_as_its_last_step_leaves_it(
    do: Instruction, changed: dict[str, object]
) -> None:
    after = view_after(build_two_door_view(), do)

    assert after == build_two_door_view(build_record_view(AWAY, **changed))


@pytest.mark.parametrize("dns", [None, {}])
def test_records_that_can_not_be_read_stay_unknown(dns: object) -> None:
    view = build_two_door_view(dns=dns)

    assert view_after(view, SetWeight(region=AWAY, weight=0)) == view


class BlindSystem:
    """Three Regions whose telemetry shows dials and switches, and never a fault."""

    def __init__(self) -> None:
        self.view = build_view(*(build_region_view(name) for name in THREE))
        self.faults: tuple[Fault, ...] = ()

    def serving_regions(self) -> list[str]:
        broken = {fault.region for fault in self.faults}
        return [
            one.region
            for one in self.view.regions.values()
            if one.dial
            and one.switch is not None
            and one.switch.status != "fail"
            and one.region not in broken
        ]

    def run_step(self, do: Instruction) -> None:
        if worst_ruling(evaluate_guards(make_context(do, self.view, faults=self.faults))) == "ok":
            self.view, self.faults = view_after(self.view, do), faults_after(self.faults, do)


@given(st.lists(actions | st.builds(ClearFault, fault=faults), max_size=12))
def test_after_any_steps_some_region_still_serves(
    steps: list[Instruction],
) -> None:
    system = BlindSystem()

    for do in steps:
        system.run_step(do)
        assert system.serving_regions(), do

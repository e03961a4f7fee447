"""Which guards apply to a step, and what their verdicts mean together."""

from dataclasses import replace

import pytest
from hypothesis import given

from muster.drill.guards.context import GuardContext
from muster.drill.guards.evaluation import (
    GUARD_NAMES,
    GUARDS,
    abort_reason,
    evaluate_guards,
    guards_for,
    worst_ruling,
)
from muster.drill.guards.region_health import region_degraded_by
from muster.drill.plan.instructions import (
    ClearFault,
    ExpectMeasure,
    Instruction,
    Pause,
    SetDial,
    SetSwitch,
)
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_view
from tests.unit.muster.drill.guards.builders import (
    DOWN,
    KILL,
    OFF,
    OUT,
    evaluate_guard,
    make_context,
    other_region,
)
from tests.unit.muster.drill.guards.strategies import contexts


@pytest.mark.parametrize("do", [DOWN, OFF, KILL])
def test_a_healthy_system_passes_every_guard(do: Instruction) -> None:
    verdicts = evaluate_guards(make_context(do))

    assert worst_ruling(verdicts) == "ok"
    assert tuple(one.guard for one in verdicts) == guards_for(do)
    assert all(one.reason for one in verdicts)


def test_a_pause_and_an_expected_measure_have_no_guards() -> None:
    assert guards_for(Pause(seconds=1)) == ()
    assert guards_for(ExpectMeasure(measure="error-rate", high=0.1)) == ()


def test_a_running_step_is_aborted_when_the_last_refuge_is_lost() -> None:
    lost = make_context(OUT, other_region(target="unhealthy"))
    unknown = make_context(OUT, other_region(target=None))

    assert abort_reason(lost) == (
        f"last-healthy-region refuses by now: without {AWAY} no Region would be healthy with a"
        f" dial above 0: {HOME} has its target unhealthy"
    )
    assert abort_reason(unknown) is None


def test_a_dial_on_its_way_up_is_aborted_when_its_region_becomes_unhealthy() -> None:
    unhealthy = build_view(
        build_region_view(HOME), build_region_view(AWAY, dial=50.0, target="unhealthy")
    )
    up = make_context(SetDial(region=AWAY, percent=100.0), unhealthy)

    assert abort_reason(up) == f"{AWAY} is unhealthy by now: no traffic is sent there"
    assert abort_reason(make_context(SetDial(region=AWAY, percent=50.0), unhealthy)) is None
    assert abort_reason(make_context(SetDial(region=AWAY, percent=100.0))) is None


def test_names_are_unique() -> None:
    assert len(set(GUARD_NAMES)) == len(GUARDS)


def test_clearing_a_fault_and_a_switch_at_auto_have_few_guards() -> None:
    assert guards_for(ClearFault(fault=KILL.fault)) == ("lease", "standing-fault")
    assert guards_for(SetSwitch(region=AWAY, status="auto")) == ("lease",)


def test_a_forced_guard_keeps_its_reason_and_the_others_still_count() -> None:
    context = make_context(OUT, other_region(target="unhealthy"))

    verdict = evaluate_guard("last-healthy-region", context, "last-healthy-region")

    assert (verdict.ruling, verdict.forced) == ("ok", True)
    assert "no Region would be healthy" in verdict.reason
    assert worst_ruling(evaluate_guards(context, ("last-healthy-region",))) == "refuse"


@given(contexts)
def test_an_unreadable_state_never_counts_as_good(context: GuardContext) -> None:
    leaving = region_degraded_by(context.do, context.view)
    unseen = {
        name: one if name == leaving else replace(one, switch=None, endpoint=None, target=None)
        for name, one in context.view.regions.items()
    }

    verdicts = evaluate_guards(replace(context, view=replace(context.view, regions=unseen)))

    assert leaving is None or worst_ruling(verdicts) != "ok"

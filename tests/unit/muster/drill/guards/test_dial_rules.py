"""The rules about turning a dial."""

from dataclasses import replace

import pytest
from hypothesis import given

from muster.drill.guards.context import GuardContext
from muster.drill.guards.evaluation import evaluate_guards, worst_ruling
from muster.drill.plan.instructions import SetDial
from muster.limits import Limits
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_view
from tests.unit.muster.drill.guards.builders import (
    DOWN,
    OUT,
    evaluate_guard,
    make_context,
    other_region,
)
from tests.unit.muster.drill.guards.strategies import contexts


def test_the_last_dial_above_0_is_not_turned_to_0() -> None:
    """AWS does not say what happens then; see docs/aws-behaviour.md."""
    assert (
        evaluate_guard("all-dials-zero", make_context(OUT, other_region(dial=0.0))).ruling
        == "refuse"
    )
    assert (
        evaluate_guard("all-dials-zero", make_context(OUT, other_region(dial=None))).ruling
        == "hold"
    )
    assert (
        evaluate_guard("all-dials-zero", make_context(OUT, other_region(dial=1.0))).ruling == "ok"
    )


def test_a_dial_that_stays_above_0_may_be_turned_while_the_others_are_at_0() -> None:
    context = make_context(DOWN, other_region(dial=0.0))

    assert evaluate_guard("all-dials-zero", context).ruling == "ok"


@given(contexts)
def test_in_any_state_some_dial_stays_above_0(context: GuardContext) -> None:
    if not isinstance(context.do, SetDial) or worst_ruling(evaluate_guards(context)) != "ok":
        return

    dials = {name: one.dial for name, one in context.view.regions.items()}
    after = dials | {context.do.region: context.do.percent}

    assert any(dial for dial in after.values())


def test_a_dial_below_the_floor_or_beyond_the_largest_step_is_refused() -> None:
    limits = Limits(dial_floor=20.0, dial_step=30.0)

    assert evaluate_guard("dial-floor", make_context(OUT, limits=limits)).ruling == "refuse"
    assert evaluate_guard("dial-step", make_context(DOWN, limits=limits)).ruling == "refuse"
    mild = SetDial(region=AWAY, percent=70.0, lowers=True)
    assert worst_ruling(evaluate_guards(make_context(mild, limits=limits))) == "ok"


@pytest.mark.parametrize(
    ("now", "percent"),
    [(100.0, 20.0), (0.0, 10.0)],
    ids=["down to the floor", "up from below it"],
)
def test_the_floor_bounds_only_dials_that_are_lowered_below_it(now: float, percent: float) -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, dial=now))
    context = make_context(SetDial(region=AWAY, percent=percent), view)

    verdict = evaluate_guard("dial-floor", replace(context, limits=Limits(dial_floor=20.0)))

    assert verdict.ruling == "ok"


def test_a_dial_waits_for_the_accelerator() -> None:
    busy = make_context(DOWN, build_view(accelerator_status="IN_PROGRESS"))
    unreachable = make_context(DOWN, build_view(accelerator_status=None))
    disabled = make_context(DOWN, build_view(accelerator_enabled=False))

    assert evaluate_guard("accelerator-deployed", busy).ruling == "hold"
    assert evaluate_guard("accelerator-deployed", unreachable).ruling == "hold"
    assert "evacuate-by-health" in evaluate_guard("accelerator-deployed", unreachable).reason
    assert evaluate_guard("accelerator-deployed", disabled).ruling == "refuse"

"""The rules about the Regions that take over."""

from dataclasses import replace

import pytest
from hypothesis import given

from muster.drill.guards.context import GuardContext
from muster.drill.guards.evaluation import evaluate_guards, guards_for, worst_ruling
from muster.drill.guards.region_health import degraded_regions, region_degraded_by, region_health
from muster.drill.plan.instructions import Instruction, SetDial, SetSwitch
from muster.levers import Fault
from muster.model import SwitchSetting
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_view
from tests.unit.muster.drill.guards.builders import (
    KILL,
    OFF,
    OUT,
    SLOW,
    evaluate_guard,
    make_context,
    other_region,
    three_regions,
)
from tests.unit.muster.drill.guards.strategies import contexts

UNHEALTHY = {"target": "unhealthy"}
UNREADABLE: dict[str, object] = {"target": None, "endpoint": None}


@pytest.mark.parametrize("do", [OUT, OFF, KILL])
@pytest.mark.parametrize(
    "bad",
    [
        {"switch": SwitchSetting(status="fail")},
        {"endpoint": "UNHEALTHY"},
        {"endpoint": "INITIAL"},
        {"target": "unhealthy"},
        {"target": "draining"},
        {"dial": 0.0},
    ],
)
def test_the_last_healthy_region_stays(do: Instruction, bad: dict[str, object]) -> None:
    verdict = evaluate_guard("last-healthy-region", make_context(do, other_region(**bad)))

    assert verdict.ruling == "refuse"
    assert AWAY in verdict.reason


@given(contexts)
def test_in_any_state_the_last_healthy_region_stays(context: GuardContext) -> None:
    leaving = region_degraded_by(context.do, context.view)
    if leaving is None or worst_ruling(evaluate_guards(context)) != "ok":
        return

    remaining = [
        one
        for one in context.view.regions.values()
        if one.region != leaving
        and region_health(context.view, one.region, context.answering) == "healthy"
        and one.dial != 0
        and (one.switch != SwitchSetting(status="pass") or one.region in context.answering)
    ]

    assert remaining
    for one in remaining:
        assert one.switch is not None
        assert one.switch.status != "fail"
        assert one.switch.status == "auto" or one.region in context.answering
        assert one.endpoint in (None, "HEALTHY")
        assert one.target in (None, "healthy")
    assert degraded_regions(context.foreign_faults) <= {leaving}


@pytest.mark.parametrize("do", [OUT, OFF, KILL])
@pytest.mark.parametrize(
    "missing",
    [{"switch": None}, {"endpoint": None}, {"target": None}, {"endpoint": None, "target": None}],
)
def test_missing_telemetry_holds(do: Instruction, missing: dict[str, object]) -> None:
    assert (
        evaluate_guard("last-healthy-region", make_context(do, other_region(**missing))).ruling
        == "hold"
    )


def test_a_refuge_with_an_unreadable_dial_is_not_called_unhealthy() -> None:
    verdict = evaluate_guard("last-healthy-region", make_context(OUT, other_region(dial=None)))

    assert verdict.reason.endswith("eu-central-1 is healthy with a dial above 0")


def test_good_answers_replace_missing_control_planes() -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html"""
    view = other_region(endpoint=None, target=None, dial=None)

    verdict = evaluate_guard(
        "last-healthy-region", make_context(OFF, view, answering=frozenset({HOME}))
    )

    assert verdict.ruling == "ok"


def test_good_answers_do_not_replace_an_unknown_switch() -> None:
    view = other_region(switch=None)

    verdict = evaluate_guard(
        "last-healthy-region", make_context(OFF, view, answering=frozenset({HOME}))
    )

    assert verdict.ruling == "hold"


@pytest.mark.parametrize("do", [OUT, OFF, KILL])
def test_a_region_with_the_drills_own_fault_is_no_refuge_before_telemetry_shows_it(
    do: Instruction,
) -> None:
    cut = (Fault(kind="network-cut", region=HOME),)

    assert evaluate_guard("last-healthy-region", make_context(do, faults=cut)).ruling == "refuse"


@pytest.mark.parametrize("do", [OUT, OFF, KILL])
def test_a_region_whose_switch_is_at_pass_is_a_refuge_only_while_it_answers(
    do: Instruction,
) -> None:
    passing = other_region(switch=SwitchSetting(status="pass"))

    held = evaluate_guard("last-healthy-region", make_context(do, passing))

    assert held.ruling == "hold"
    assert f"health switch pass of {HOME} proves nothing" in held.reason
    answers = make_context(do, passing, answering=frozenset({HOME}))
    assert evaluate_guard("last-healthy-region", answers).ruling == "ok"


@pytest.mark.parametrize("do", [OUT, OFF, KILL])
def test_a_region_with_a_foreign_fault_is_no_refuge_even_if_it_looks_healthy(
    do: Instruction,
) -> None:
    context = make_context(do, build_view(faults=(replace(SLOW, region=HOME),)))

    verdict = evaluate_guard("last-healthy-region", context, "standing-fault")

    assert verdict.ruling == "refuse"
    assert f"{HOME} was broken on purpose" in verdict.reason


def test_raising_a_dial_degrades_no_region() -> None:
    view = build_view(build_region_view(HOME, dial=0.0), build_region_view(AWAY, dial=10.0))

    verdict = evaluate_guard(
        "last-healthy-region", make_context(SetDial(region=AWAY, percent=50.0), view)
    )

    assert verdict.ruling == "ok"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (({}, {}, {}), "ok"),
        ((UNHEALTHY, {}, {}), "ok"),
        ((UNHEALTHY, UNHEALTHY, {}), "refuse"),
        ((UNHEALTHY, UNREADABLE, {}), "hold"),
        (({"dial": 0.0}, {"dial": 0.0}, {}), "ok"),
        (({}, {}, {}, {}, UNHEALTHY, {}, {}), "ok"),
        (({}, {}, {}, {}, UNHEALTHY, UNHEALTHY, {}), "refuse"),
    ],
)
def test_a_healthy_region_must_be_in_reach_of_failover(
    others: tuple[dict[str, object], ...], expected: str
) -> None:
    """Three Regions are tried in all: two unhealthy ones may come before the healthy one.

    https://repost.aws/knowledge-center/global-accelerator-failover-different-region
    """
    named = [build_region_view(f"eu-west-{n}", **more) for n, more in enumerate(others)]
    view = build_view(*named, build_region_view(AWAY))

    assert evaluate_guard("last-healthy-region", make_context(OFF, view)).ruling == expected
    assert evaluate_guard("last-healthy-region", make_context(KILL, view)).ruling == expected
    assert evaluate_guard("last-healthy-region", make_context(OUT, view)).ruling == "ok"


@pytest.mark.parametrize(
    ("worse", "why"),
    [
        ({"dial": 0.0, "target": "unhealthy"}, "dial at 0"),
        ({"switch": SwitchSetting(status="fail"), "target": "unhealthy"}, "health switch at fail"),
        ({"target": "unhealthy", "endpoint": "UNHEALTHY"}, "target unhealthy"),
        ({"endpoint": "UNHEALTHY"}, "endpoint UNHEALTHY"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_the_other_regions(
    worse: dict[str, object], why: str
) -> None:
    verdict = evaluate_guard("last-healthy-region", make_context(OUT, other_region(**worse)))

    assert verdict.ruling == "refuse"
    assert verdict.reason.endswith(f": {HOME} has its {why}")


def test_no_traffic_is_sent_to_an_unhealthy_region() -> None:
    unhealthy = build_view(
        build_region_view(HOME), build_region_view(AWAY, dial=0.0, target="unhealthy")
    )

    up = evaluate_guard(
        "unhealthy-region", make_context(SetDial(region=AWAY, percent=25.0), unhealthy)
    )
    passing = evaluate_guard(
        "unhealthy-region", make_context(SetSwitch(region=AWAY, status="pass"), unhealthy)
    )

    assert up.ruling == passing.ruling == "hold"
    assert "unhealthy-region" not in guards_for(SetSwitch(region=AWAY, status="auto"))


@pytest.mark.parametrize(
    ("used", "limit", "expected"),
    [(2.0, 100.0, "ok"), (98.0, 100.0, "ok"), (98.5, 100.0, "refuse"), (None, 100.0, "hold")],
)
def test_a_refuge_must_carry_the_load(used: float | None, limit: float, expected: str) -> None:
    view = build_view(
        build_region_view(HOME, concurrency_used=used, concurrency_limit=limit),
        build_region_view(AWAY, concurrency_used=2.0),
    )

    assert evaluate_guard("capacity", make_context(OFF, view)).ruling == expected


def test_each_refuge_must_carry_the_load_alone() -> None:
    """docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    view = build_view(
        build_region_view(HOME, concurrency_used=60.0),
        build_region_view("ap-south-1", concurrency_used=60.0),
        build_region_view(AWAY, concurrency_used=60.0),
    )

    assert evaluate_guard("capacity", make_context(OFF, view)).ruling == "refuse"


def test_a_region_at_dial_0_must_carry_the_load_when_health_moves_it() -> None:
    """docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    view = three_regions(
        build_region_view(AWAY, concurrency_used=9.0), dial=0.0, concurrency_limit=5.0
    )

    assert evaluate_guard("capacity", make_context(OFF, view)).ruling == "refuse"
    assert evaluate_guard("capacity", make_context(OUT, view)).ruling == "ok"

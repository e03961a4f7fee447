"""The rules about the Regions that take over."""

from dataclasses import replace

import pytest
from hypothesis import given

from muster.drill.guards.context import GuardContext
from muster.drill.guards.evaluation import evaluate_guards, guards_for, worst_ruling
from muster.drill.guards.region_health import degraded_regions, region_degraded_by, region_health
from muster.drill.plan.instructions import (
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.levers import Fault
from muster.limits import Limits
from muster.model import SwitchSetting
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_record_view,
    build_region_view,
    build_two_door_view,
    build_view,
)
from tests.unit.muster.drill.guards.builders import (
    FAR,
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


@pytest.mark.parametrize("more", [{"dial": None}, {"switch": SwitchSetting(status="pass")}])
def test_an_unhealthy_region_is_no_refuge_whatever_else_is_unknown_of_it(
    more: dict[str, object],
) -> None:
    unhealthy = other_region(target="unhealthy", **more)

    verdict = evaluate_guard("last-healthy-region", make_context(OUT, unhealthy))

    assert verdict.ruling == "refuse"


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
    full = build_region_view(HOME, dial=0.0, concurrency_limit=0.0)
    view = build_view(full, build_region_view(AWAY, dial=0.0))
    context = make_context(SetDial(region=AWAY, percent=50.0), view)

    assert evaluate_guard("last-healthy-region", context).ruling == "ok"
    assert evaluate_guard("capacity", context).ruling == "ok"


def test_the_regions_that_remain_are_told() -> None:
    one = evaluate_guard("last-healthy-region", make_context(OUT)).reason
    two = evaluate_guard(
        "last-healthy-region", make_context(OUT, three_regions(build_region_view(AWAY)))
    ).reason

    assert one == f"{HOME} remains healthy"
    assert two == f"{HOME}, {FAR} remain healthy"


def test_a_dial_matters_only_where_a_dial_moves_the_traffic() -> None:
    view = other_region(target=None)

    by_dial = evaluate_guard("last-healthy-region", make_context(OUT, view)).reason
    by_health = evaluate_guard("last-healthy-region", make_context(OFF, view)).reason

    assert by_dial == f"it is unknown whether {HOME} is healthy with a dial above 0"
    assert by_health == f"it is unknown whether {HOME} is healthy"


@pytest.mark.parametrize(
    "do", [SetWeight(region=AWAY, weight=0), SetInverted(region=AWAY, inverted=True)]
)
def test_the_dns_door_and_a_stack_without_accelerator_know_no_reach(do: Instruction) -> None:
    bad = [build_region_view(f"eu-west-{n}", target="unhealthy") for n in range(2)]
    regions = {one.region: one for one in (*bad, build_region_view(HOME), build_region_view(AWAY))}
    records = {name: build_record_view(name) for name in regions}
    both = build_two_door_view(regions=regions, dns=records)
    dns_only = replace(both, doors=("dns",))

    assert evaluate_guard("last-healthy-region", make_context(OFF, both)).ruling == "refuse"
    assert evaluate_guard("last-healthy-region", make_context(do, both)).ruling == "ok"
    assert evaluate_guard("last-healthy-region", make_context(OFF, dns_only)).ruling == "ok"


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


def test_the_region_that_is_left_is_in_nobodys_way() -> None:
    named = [build_region_view(f"eu-west-{n}", **more) for n, more in enumerate((UNHEALTHY, {}))]
    view = build_view(*named, build_region_view(AWAY, target="unhealthy"))

    assert evaluate_guard("last-healthy-region", make_context(OFF, view)).ruling == "ok"


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


RAISE = SetDial(region=AWAY, percent=25.0)
PASS = SetSwitch(region=AWAY, status="pass")


@pytest.mark.parametrize(
    ("do", "away", "ruling", "reason"),
    [
        (RAISE, {"dial": 0.0}, "ok", f"{AWAY} is healthy"),
        (RAISE, {"dial": 0.0, "target": None}, "hold", f"it is unknown whether {AWAY} is healthy"),
        (RAISE, {"dial": 0.0, **UNHEALTHY}, "hold", f"{AWAY} is unhealthy now: no traffic"),
        (SetDial(region=AWAY, percent=1.0), {"dial": 0.0, **UNHEALTHY}, "hold", f"{AWAY} is un"),
        (RAISE, {"dial": 50.0, **UNHEALTHY}, "ok", "sends no more traffic"),
        (SetDial(region=AWAY, percent=0.0), {"dial": 0.0, **UNHEALTHY}, "ok", "sends no more"),
        (PASS, {}, "ok", f"{AWAY} is healthy"),
        (PASS, UNHEALTHY, "hold", f"{AWAY} is unhealthy now"),
    ],
)
def test_traffic_is_sent_only_to_a_region_that_is_known_to_be_healthy(
    do: Instruction, away: dict[str, object], ruling: str, reason: str
) -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, **away))

    verdict = evaluate_guard("unhealthy-region", make_context(do, view))

    assert verdict.ruling == ruling
    assert verdict.reason.startswith(reason)


@pytest.mark.parametrize(
    ("used", "broken", "ruling"),
    [
        (None, frozenset({AWAY}), "ok"),
        (None, frozenset({HOME}), "hold"),
        (99.0, frozenset({AWAY}), "refuse"),
    ],
)
def test_an_unknown_load_is_no_obstacle_once_the_drill_has_broken_its_region(
    used: float | None, broken: frozenset[str], ruling: str
) -> None:
    """As long as the load can be read it counts: some of it may still be there."""
    view = build_view(build_region_view(HOME), build_region_view(AWAY, concurrency_used=used))

    assert evaluate_guard("capacity", make_context(OFF, view, broken=broken)).ruling == ruling


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


def test_the_load_that_moves_is_that_of_the_region_with_its_headroom() -> None:
    """The Region's own room is none for it."""
    view = build_view(
        build_region_view(HOME, concurrency_used=0.0, concurrency_limit=150.0),
        build_region_view(AWAY, concurrency_used=98.0),
    )
    context = make_context(OFF, view)

    verdict = evaluate_guard("capacity", context)
    with_headroom = evaluate_guard("capacity", replace(context, limits=Limits(headroom=2.0)))

    assert (verdict.ruling, with_headroom.ruling) == ("ok", "refuse")
    assert with_headroom.reason.endswith("150 executions at once, 196 would move")


def test_a_refuge_whose_limit_can_not_be_read_holds() -> None:
    context = make_context(OFF, other_region(concurrency_limit=None))

    assert evaluate_guard("capacity", context).ruling == "hold"


def test_the_refuge_with_the_least_room_decides() -> None:
    view = build_view(
        build_region_view("ap-south-1"),
        build_region_view(HOME, concurrency_used=99.0),
        build_region_view(AWAY, concurrency_used=2.0),
    )

    verdict = evaluate_guard("capacity", make_context(OFF, view))

    assert verdict.ruling == "refuse"
    assert verdict.reason.startswith(f"{HOME} has room for 1 ")


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

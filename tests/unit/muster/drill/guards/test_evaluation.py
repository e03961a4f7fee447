"""Which guards apply to a step, and what their verdicts mean together."""

from dataclasses import replace

import pytest
from hypothesis import given

from muster.drill.guards.context import GuardContext
from muster.drill.guards.evaluation import (
    GUARDS,
    abort_reason,
    evaluate_guards,
    guards_for,
    worst_ruling,
)
from muster.drill.guards.region_health import region_degraded_by
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    ExpectMeasure,
    Instruction,
    Pause,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_record_view,
    build_region_view,
    build_two_door_view,
    build_view,
)
from tests.unit.muster.drill.guards.builders import (
    DOWN,
    KILL,
    OFF,
    OUT,
    PAUSE,
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


ANY_RISK = ("lease", "telemetry", "outputs")
EVACUATES = ("standing-fault", "last-healthy-region", "last-healthy-record", "capacity")


@pytest.mark.parametrize(
    ("do", "guards"),
    [
        (
            DOWN,
            {
                *(*EVACUATES, "replication-lag", "unhealthy-region"),
                *("all-dials-zero", "dial-floor", "dial-step", "accelerator-deployed"),
            },
        ),
        (OFF, {*EVACUATES, "replication-lag"}),
        (SetSwitch(region=AWAY, status="pass"), {"unhealthy-region"}),
        (KILL, {*EVACUATES}),
        (PAUSE, {"standing-fault"}),
        (
            SetWeight(region=AWAY, weight=0),
            {*EVACUATES, "replication-lag", "route53-reachable", "broken-inversion"},
        ),
        (
            SetInverted(region=AWAY, inverted=True),
            {*EVACUATES, "replication-lag", "route53-reachable", "broken-inversion"},
        ),
    ],
)
def test_each_kind_of_risk_has_its_guards(do: Instruction, guards: set[str]) -> None:
    assert set(guards_for(do)) == {*ANY_RISK, "alarms", *guards}


def test_only_the_drain_of_writes_asks_whether_they_had_their_time() -> None:
    assert guards_for(DrainWrites(region=AWAY)) == ("drained",)


def test_a_running_step_is_aborted_when_the_last_healthy_record_is_lost() -> None:
    lost = build_two_door_view(build_record_view(HOME, healthy_checkers=0))

    reason = abort_reason(make_context(OFF, lost))

    assert reason is not None
    assert reason.startswith(f"last-healthy-record refuses by now: without {AWAY} no record")
    assert abort_reason(make_context(OFF, build_two_door_view())) is None


def test_a_running_step_is_aborted_when_the_last_refuge_is_lost() -> None:
    lost = make_context(OUT, other_region(target="unhealthy"))
    unknown = make_context(OUT, other_region(target=None))

    assert abort_reason(lost) == (
        f"last-healthy-region refuses by now: no healthy Region with a dial above 0 could take"
        f" what {AWAY} gives away: {HOME} has its target unhealthy"
    )
    assert abort_reason(unknown) is None


def test_a_dial_on_its_way_up_is_aborted_when_its_region_becomes_unhealthy() -> None:
    unhealthy = build_view(
        build_region_view(HOME), build_region_view(AWAY, dial=50.0, target="unhealthy")
    )
    up = make_context(SetDial(region=AWAY, percent=100.0), unhealthy)

    assert abort_reason(up) == f"{AWAY} is unhealthy by now: no traffic is sent there"
    assert abort_reason(make_context(SetDial(region=AWAY, percent=50.0), unhealthy)) is None


ALL_LOST = replace(
    build_two_door_view(build_record_view(HOME, healthy_checkers=0)),
    regions={HOME: build_region_view(HOME, target="unhealthy"), AWAY: build_region_view(AWAY)},
)


@pytest.mark.parametrize(
    ("forced", "reason"),
    [
        ((), "last-healthy-region refuses by now"),
        (("last-healthy-record",), "last-healthy-region refuses by now"),
        (("last-healthy-region",), "last-healthy-record refuses by now"),
        (("last-healthy-region", "last-healthy-record"), None),
    ],
)
def test_what_an_overridden_guard_finds_aborts_no_running_step_and_what_others_find_does(
    forced: tuple[str, ...], reason: str | None
) -> None:
    found = abort_reason(make_context(OFF, ALL_LOST), forced)

    assert (found and found.partition(":")[0]) == reason


def test_a_dial_goes_on_up_to_an_unhealthy_region_where_the_operator_wants_that() -> None:
    view = build_view(
        build_region_view(HOME), build_region_view(AWAY, dial=50.0, target="unhealthy")
    )
    up = make_context(SetDial(region=AWAY, percent=100.0), view)

    assert abort_reason(up, ("unhealthy-region",)) is None
    assert abort_reason(up, ("last-healthy-region", "last-healthy-record")) is not None


@pytest.mark.parametrize(
    "away", [{"dial": 50.0}, {"dial": 100.0}, {"dial": None, "target": "unhealthy"}]
)
def test_a_dial_goes_on_up_unless_its_region_is_known_to_need_it_and_to_be_unhealthy(
    away: dict[str, object],
) -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, **away))

    assert abort_reason(make_context(SetDial(region=AWAY, percent=100.0), view)) is None


def test_a_dial_of_a_region_that_is_gone_from_the_view_is_not_aborted() -> None:
    assert abort_reason(make_context(SetDial(region="mars-1", percent=100.0))) is None


def test_names_are_unique() -> None:
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)


def test_clearing_a_fault_and_a_switch_at_auto_have_few_guards() -> None:
    assert guards_for(ClearFault(fault=KILL.fault)) == ("lease", "standing-fault")
    assert guards_for(SetSwitch(region=AWAY, status="auto")) == ("lease",)


def test_a_forced_guard_keeps_its_reason_and_the_others_still_count() -> None:
    context = make_context(OUT, other_region(target="unhealthy"))

    verdict = evaluate_guard("last-healthy-region", context, "last-healthy-region")

    assert (verdict.ruling, verdict.forced) == ("ok", True)
    assert "no healthy Region" in verdict.reason
    assert worst_ruling(evaluate_guards(context, ("last-healthy-region",))) == "refuse"


@pytest.mark.parametrize(("dial", "ruling"), [(0.0, "refuse"), (None, "ok")])
def test_only_a_doubt_about_the_last_dial_can_be_overridden(
    dial: float | None, ruling: str
) -> None:
    context = make_context(OUT, other_region(dial=dial))

    verdicts = evaluate_guards(context, ["all-dials-zero"])

    (verdict,) = (one for one in verdicts if one.guard == "all-dials-zero")
    assert (verdict.ruling, verdict.forced) == (ruling, ruling == "ok")


def test_a_forced_guard_that_says_ok_overrides_nothing() -> None:
    verdict = evaluate_guard("last-healthy-region", make_context(OUT), "last-healthy-region")

    assert (verdict.ruling, verdict.forced) == ("ok", False)


@given(contexts)
def test_an_unreadable_state_never_counts_as_good(context: GuardContext) -> None:
    leaving = region_degraded_by(context.do, context.view)
    unseen = {
        name: one if name == leaving else replace(one, switch=None, endpoint=None, target=None)
        for name, one in context.view.regions.items()
    }

    verdicts = evaluate_guards(replace(context, view=replace(context.view, regions=unseen)))

    assert leaving is None or worst_ruling(verdicts) != "ok"

"""What guards let pass, what they hold and what they refuse."""

from dataclasses import replace
from typing import cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.drill.guards.context import GuardContext, GuardVerdict
from muster.drill.guards.evaluation import (
    GUARD_NAMES,
    GUARDS,
    evaluate_guards,
    guards_for,
    worst_ruling,
)
from muster.drill.guards.preflight import evaluate_steps, faults_after, view_after
from muster.drill.guards.region_health import (
    DEGRADING_FAULTS,
    degraded_regions,
    region_degraded_by,
    region_health,
)
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    ExpectMeasure,
    InjectFault,
    Instruction,
    Pause,
    SetDial,
    SetSwitch,
)
from muster.drill.plan.model import Limits, PlannedStep
from muster.drill.run.lease import LeaseState, LeaseStatus
from muster.levers import Fault, fault_scope, scope_of_fault
from muster.model import ActiveFault, RegionView, SwitchSetting, SystemView
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_view

FAR = "ap-southeast-1"
DOWN = SetDial(region=AWAY, percent=50.0, lowers=True)
OUT = SetDial(region=AWAY, percent=0.0, lowers=True)
OFF = SetSwitch(region=AWAY, status="fail")
KILL = InjectFault(fault=Fault(kind="region-kill", region=AWAY))


def context(do: Instruction, seen: SystemView | None = None, **more: object) -> GuardContext:
    plain = GuardContext(do=do, view=seen or build_view(), limits=Limits())
    return replace(plain, **more)  # type: ignore[arg-type]  # free-form fields of a test


def verdict(guard: str, judged: GuardContext, *forced: str) -> GuardVerdict:
    (found,) = (one for one in evaluate_guards(judged, forced) if one.guard == guard)
    return found


def other(**more: object) -> SystemView:
    """The Region that stays, otherwise than healthy; AWAY at dial 50."""
    return build_view(build_region_view(HOME, **more), build_region_view(AWAY, dial=50.0))


@pytest.mark.parametrize("do", [DOWN, OFF, KILL])
def test_everything_in_order_passes(do: Instruction) -> None:
    verdicts = evaluate_guards(context(do))

    assert worst_ruling(verdicts) == "ok"
    assert tuple(one.guard for one in verdicts) == guards_for(do)
    assert all(one.reason for one in verdicts)


def test_waiting_and_looking_pass_no_guard() -> None:
    assert guards_for(Pause(seconds=1)) == ()
    assert guards_for(ExpectMeasure(measure="error-rate", high=0.1)) == ()


def test_names_are_unique() -> None:
    assert len(set(GUARD_NAMES)) == len(GUARDS)


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
    found = verdict("last-healthy-region", context(do, other(**bad)))

    assert found.ruling == "refuse"
    assert AWAY in found.reason


@pytest.mark.parametrize("do", [OUT, OFF, KILL])
@pytest.mark.parametrize(
    "missing",
    [{"switch": None}, {"endpoint": None}, {"target": None}, {"endpoint": None, "target": None}],
)
def test_missing_telemetry_holds(do: Instruction, missing: dict[str, object]) -> None:
    assert verdict("last-healthy-region", context(do, other(**missing))).ruling == "hold"


def test_a_refuge_whose_dial_can_not_be_read_is_not_called_ill() -> None:
    found = verdict("last-healthy-region", context(OUT, other(dial=None)))

    assert found.reason.endswith("eu-central-1 is healthy with a dial above 0")


def test_good_answers_stand_in_for_missing_control_planes() -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html"""
    seen = other(endpoint=None, target=None, dial=None)

    found = verdict("last-healthy-region", context(OFF, seen, answering=frozenset({HOME})))

    assert found.ruling == "ok"


def test_answers_do_not_stand_in_for_a_switch_that_is_not_known() -> None:
    seen = other(switch=None)

    found = verdict("last-healthy-region", context(OFF, seen, answering=frozenset({HOME})))

    assert found.ruling == "hold"


@pytest.mark.parametrize("do", [OUT, OFF, KILL])
def test_a_region_that_the_drill_has_broken_is_no_refuge_before_anyone_notices(
    do: Instruction,
) -> None:
    cut = (Fault(kind="network-cut", region=HOME),)

    assert verdict("last-healthy-region", context(do, faults=cut)).ruling == "refuse"


def test_a_plan_that_breaks_one_region_and_empties_the_other_is_refused_before_it_begins() -> None:
    cut = Fault(kind="network-cut", region=HOME)

    def foreseen(*steps: Instruction) -> str:
        plan = [
            PlannedStep(id=f"m{number}", activity="", do=do, guards=guards_for(do))
            for number, do in enumerate(steps, start=1)
        ]
        *_, (_, verdicts) = evaluate_steps(plan, context(Pause(seconds=0)))
        return worst_ruling(verdicts)

    assert foreseen(InjectFault(fault=cut), OFF) == "refuse"
    assert foreseen(InjectFault(fault=cut), ClearFault(fault=cut), OFF) == "ok"
    assert foreseen(OFF, InjectFault(fault=cut)) == "refuse"
    assert foreseen(DOWN, OUT, InjectFault(fault=cut)) == "refuse"


@pytest.mark.parametrize("do", [OUT, OFF, KILL])
def test_a_region_that_passes_by_command_is_a_refuge_only_while_it_answers(do: Instruction) -> None:
    passing = other(switch=SwitchSetting(status="pass"))

    held = verdict("last-healthy-region", context(do, passing))

    assert held.ruling == "hold"
    assert f"health switch pass of {HOME} proves nothing" in held.reason
    answers = context(do, passing, answering=frozenset({HOME}))
    assert verdict("last-healthy-region", answers).ruling == "ok"


def test_raising_a_dial_takes_nothing_away() -> None:
    seen = build_view(build_region_view(HOME, dial=0.0), build_region_view(AWAY, dial=10.0))

    found = verdict("last-healthy-region", context(SetDial(region=AWAY, percent=50.0), seen))

    assert found.ruling == "ok"


def test_not_all_dials_go_to_0() -> None:
    """AWS does not say what happens then; see docs/aws-behaviour.md."""
    assert verdict("all-dials-zero", context(OUT, other(dial=0.0))).ruling == "refuse"
    assert verdict("all-dials-zero", context(OUT, other(dial=None))).ruling == "hold"
    assert verdict("all-dials-zero", context(OUT, other(dial=1.0))).ruling == "ok"


def test_the_floor_and_the_largest_step_hold_a_dial() -> None:
    limits = Limits(dial_floor=20.0, dial_step=30.0)

    assert verdict("dial-floor", context(OUT, limits=limits)).ruling == "refuse"
    assert verdict("dial-step", context(DOWN, limits=limits)).ruling == "refuse"
    mild = SetDial(region=AWAY, percent=70.0, lowers=True)
    assert worst_ruling(evaluate_guards(context(mild, limits=limits))) == "ok"


def test_a_dial_waits_for_the_accelerator() -> None:
    busy = context(DOWN, build_view(accelerator_status="IN_PROGRESS"))
    away = context(DOWN, build_view(accelerator_status=None))
    disabled = context(DOWN, build_view(accelerator_enabled=False))

    assert verdict("accelerator-deployed", busy).ruling == "hold"
    assert verdict("accelerator-deployed", away).ruling == "hold"
    assert "evacuate-by-health" in verdict("accelerator-deployed", away).reason
    assert verdict("accelerator-deployed", disabled).ruling == "refuse"


@pytest.mark.parametrize(
    ("lag_s", "expected"), [(None, "hold"), (6.0, "hold"), (5.0, "ok"), (0.0, "ok")]
)
def test_replication_must_keep_up_before_an_evacuation(lag_s: float | None, expected: str) -> None:
    seen = build_view(build_region_view(HOME), build_region_view(AWAY, replication_lag_s=lag_s))

    assert verdict("replication-lag", context(OFF, seen)).ruling == expected
    assert "replication-lag" not in guards_for(KILL)


def three(away: RegionView, **far: object) -> SystemView:
    """The same with a third Region."""
    return build_view(build_region_view(HOME), build_region_view(FAR, **far), away)


@pytest.mark.parametrize(
    ("lags", "expected", "named"),
    [
        ({HOME: 0.5, FAR: 0.6}, "ok", "0.6 s"),
        ({HOME: 0.5, FAR: 60.0}, "hold", FAR),
        ({HOME: 60.0, FAR: 0.5}, "hold", HOME),
        ({HOME: 0.5, FAR: None}, "hold", FAR),
    ],
)
def test_writes_must_come_to_every_other_region_in_time(
    lags: dict[str, float | None], expected: str, named: str
) -> None:
    found = verdict("replication-lag", context(OFF, three(build_region_view(AWAY, lags_s=lags))))

    assert found.ruling == expected
    assert named in found.reason


def test_writes_need_not_come_to_a_region_that_takes_no_users() -> None:
    away = build_region_view(AWAY, lags_s={HOME: 0.5, FAR: None})

    unhealthy = verdict("replication-lag", context(OFF, three(away, target="unhealthy")))
    dialled_down = verdict("replication-lag", context(OFF, three(away, dial=0.0)))

    assert unhealthy.ruling == "ok"
    assert dialled_down.ruling == "hold"  # failover by health ignores dials


def test_an_emptied_region_is_given_time_for_the_slowest_other_region() -> None:
    drain = DrainWrites(region=AWAY, factor=10.0)
    seen = three(build_region_view(AWAY))

    def after(now_s: float, **lags: float) -> GuardVerdict:
        recent = {AWAY: {name.replace("_", "-"): lag for name, lag in lags.items()}}
        known = context(drain, seen, recent_lags_s=recent, emptied_s=100.0, now_s=now_s)
        return verdict("drained", known)

    assert after(119.9, eu_central_1=0.5, ap_southeast_1=2.0).ruling == "hold"
    assert after(120.0, eu_central_1=0.5, ap_southeast_1=2.0).ruling == "ok"
    unknown = after(999.0, eu_central_1=0.5)
    assert unknown.ruling == "hold"
    assert FAR in unknown.reason


def test_a_region_that_the_drill_has_broken_is_left_without_waiting_until_it_is_mended() -> None:
    seen = build_view(build_region_view(HOME), build_region_view(AWAY, replication_lag_s=None))

    found = verdict("replication-lag", context(OFF, seen, faults=(KILL.fault,)))
    mended = verdict("replication-lag", context(OFF, seen, broken=frozenset({AWAY})))

    assert (found.ruling, mended.ruling) == ("ok", "hold")


def test_an_emptied_region_is_given_ten_times_the_recent_lag() -> None:
    """docs.aws.amazon.com/amazondynamodb/.../bp-global-table-design.prescriptive-guidance.evacuation.html"""
    drain = DrainWrites(region=AWAY, factor=10.0)

    def after(now_s: float) -> str:
        known = context(drain, recent_lags_s={AWAY: {HOME: 0.5}}, emptied_s=100.0, now_s=now_s)
        return verdict("drained", known).ruling

    assert after(104.9) == "hold"
    assert after(105.0) == "ok"
    assert verdict("drained", context(drain, emptied_s=100.0, now_s=999.0)).ruling == "hold"


@pytest.mark.parametrize(
    ("used", "limit", "expected"),
    [(2.0, 100.0, "ok"), (98.0, 100.0, "ok"), (98.5, 100.0, "refuse"), (None, 100.0, "hold")],
)
def test_what_remains_must_carry_the_load(used: float | None, limit: float, expected: str) -> None:
    seen = build_view(
        build_region_view(HOME, concurrency_used=used, concurrency_limit=limit),
        build_region_view(AWAY, concurrency_used=2.0),
    )

    assert verdict("capacity", context(OFF, seen)).ruling == expected


def test_each_region_that_remains_must_carry_the_load_alone() -> None:
    """docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    seen = build_view(
        build_region_view(HOME, concurrency_used=60.0),
        build_region_view("ap-south-1", concurrency_used=60.0),
        build_region_view(AWAY, concurrency_used=60.0),
    )

    assert verdict("capacity", context(OFF, seen)).ruling == "refuse"


def test_a_region_at_dial_0_must_carry_the_load_when_health_moves_it() -> None:
    """docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    seen = three(build_region_view(AWAY, concurrency_used=9.0), dial=0.0, concurrency_limit=5.0)

    assert verdict("capacity", context(OFF, seen)).ruling == "refuse"
    assert verdict("capacity", context(OUT, seen)).ruling == "ok"


SICK = {"target": "unhealthy"}
DARK: dict[str, object] = {"target": None, "endpoint": None}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (({}, {}, {}), "ok"),
        ((SICK, {}, {}), "ok"),
        ((SICK, SICK, {}), "refuse"),
        ((SICK, DARK, {}), "hold"),
        (({"dial": 0.0}, {"dial": 0.0}, {}), "ok"),
        (({}, {}, {}, {}, SICK, {}, {}), "ok"),
        (({}, {}, {}, {}, SICK, SICK, {}), "refuse"),
    ],
)
def test_a_healthy_region_must_be_in_reach_of_failover(
    others: tuple[dict[str, object], ...], expected: str
) -> None:
    """Three Regions are tried in all: two unhealthy ones may stand before the healthy one.

    https://repost.aws/knowledge-center/global-accelerator-failover-different-region
    """
    named = [build_region_view(f"eu-west-{n}", **more) for n, more in enumerate(others)]
    seen = build_view(*named, build_region_view(AWAY))

    assert verdict("last-healthy-region", context(OFF, seen)).ruling == expected
    assert verdict("last-healthy-region", context(KILL, seen)).ruling == expected
    assert verdict("last-healthy-region", context(OUT, seen)).ruling == "ok"


@pytest.mark.parametrize(
    ("state", "expected"),
    [("OK", "ok"), ("ALARM", "refuse"), ("INSUFFICIENT_DATA", "hold"), (None, "hold")],
)
def test_named_alarms_are_heard(state: str | None, expected: str) -> None:
    judged = context(DOWN, build_view(alarms={f"{HOME}:errors": state}))

    assert verdict("alarms", judged).ruling == expected


def test_alarms_of_a_region_that_the_drill_has_broken_are_expected() -> None:
    judged = context(OFF, build_view(alarms={f"{AWAY}:errors": "ALARM"}), broken=frozenset({AWAY}))

    assert verdict("alarms", judged).ruling == "ok"


def test_a_fault_that_was_cut_off_can_be_injected_again() -> None:
    """Killed right after it, a drill finds a Region of which nothing can be read."""
    gone = build_region_view(
        AWAY,
        endpoint=None,
        target=None,
        switch=None,
        replication_lag_s=None,
        concurrency_used=None,
        concurrency_limit=None,
    )
    seen = build_view(build_region_view(HOME), gone)

    assert worst_ruling(evaluate_guards(context(KILL, seen))) == "hold"
    assert worst_ruling(evaluate_guards(context(KILL, seen, broken=frozenset({AWAY})))) == "ok"


def test_no_traffic_is_sent_to_an_unhealthy_region() -> None:
    ill = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0, target="unhealthy"))

    up = verdict("unhealthy-region", context(SetDial(region=AWAY, percent=25.0), ill))
    blind = verdict("unhealthy-region", context(SetSwitch(region=AWAY, status="pass"), ill))

    assert up.ruling == blind.ruling == "hold"
    assert "unhealthy-region" not in guards_for(SetSwitch(region=AWAY, status="auto"))


@pytest.mark.parametrize(
    ("lease", "expected"),
    [
        ("ours", "ok"),
        ("free", "ok"),
        ("held", "refuse"),
        ("unfinished", "refuse"),
        ("gone", "refuse"),
        ("unknown", "hold"),
    ],
)
def test_one_drill_at_a_time(lease: str, expected: str) -> None:
    assert (
        verdict("lease", context(DOWN, lease=LeaseStatus(state=cast("LeaseState", lease)))).ruling
        == expected
    )


def test_somebody_elses_lease_is_told_with_the_way_out() -> None:
    judged = context(
        DOWN,
        lease=LeaseStatus(state="unfinished", words="A by ann on desk", way_out="resume A"),
    )

    found = verdict("lease", judged)

    assert found.reason == "a drill has left its lease: A by ann on desk; resume A"


def test_an_unknown_region_and_one_that_can_not_be_seen() -> None:
    blind = build_view(build_region_view(HOME), build_region_view(AWAY, switch=None, target=None))

    assert verdict("telemetry", context(OFF, blind)).ruling == "hold"
    assert verdict("telemetry", context(SetDial(region="mars-1", percent=1.0))).ruling == "refuse"


def test_what_puts_things_right_needs_nobodys_leave_but_the_owners() -> None:
    assert guards_for(ClearFault(fault=KILL.fault)) == ("lease", "standing-fault")
    assert guards_for(SetSwitch(region=AWAY, status="auto")) == ("lease",)


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
    found = verdict("last-healthy-region", context(OUT, other(**worse)))

    assert found.ruling == "refuse"
    assert found.reason.endswith(f": {HOME} has its {why}")


# --- faults that stand ----------------------------------------------------------------------------

SLOW = ActiveFault(
    kind="network-slow", region=AWAY, parameters={"delay_ms": 200.0}, until_epoch_s=580.0
)
CUT = Fault(kind="network-cut", region=AWAY)
NETWORK = fault_scope("network-cut", AWAY)
PAUSE = InjectFault(fault=Fault(kind="replication-pause", region=HOME))


def stands(do: Instruction, *faults: ActiveFault, **more: object) -> GuardVerdict:
    """What guard standing-fault says where these stand."""
    return verdict("standing-fault", context(do, build_view(faults=faults), **more))


@pytest.mark.parametrize(
    ("do", "why"),
    [
        (InjectFault(fault=CUT), "it would end with the drill's"),
        (
            InjectFault(fault=Fault(kind="network-slow", region=AWAY)),
            "it would end with the drill's",
        ),
        (KILL, "what is measured would be of both"),
        (PAUSE, "what is measured would be of both"),
        (ClearFault(fault=CUT), "it would be ended"),
    ],
)
def test_no_fault_is_injected_or_ended_where_somebody_elses_stands(
    do: Instruction, why: str
) -> None:
    found = stands(do, SLOW)

    assert found.ruling == "refuse"
    assert found.reason == (
        f"network-slow of {AWAY} (delay_ms 200) is active, 9:40 min left, and is not this drill's:"
        f" {why}"
    )


def test_this_drills_own_fault_may_be_injected_twice_and_ended() -> None:
    """A step that was begun when its process died is taken again."""
    cut = ActiveFault(kind="network-cut", region=AWAY)
    for do in (InjectFault(fault=CUT), ClearFault(fault=CUT), KILL):
        assert stands(do, cut, faults=(CUT,)).ruling == "ok"
        assert stands(do, cut, faults=(CUT,), baseline_faults=(cut,)).ruling == "refuse"
        assert stands(do, cut, faults=(CUT,), baseline_faults=(SLOW,)).ruling == "ok"


def test_a_fault_elsewhere_may_be_ended_while_another_stands() -> None:
    assert stands(ClearFault(fault=KILL.fault), SLOW).ruling == "ok"


@pytest.mark.parametrize("do", [DOWN, OFF])
def test_traffic_moves_out_of_a_region_that_somebody_has_broken_and_not_into_one(
    do: Instruction,
) -> None:
    there = replace(SLOW, region=HOME)

    assert stands(do, SLOW).ruling == "ok"
    assert stands(do, there).ruling == "refuse"
    assert "traffic would go there" in stands(do, there).reason
    assert stands(do, replace(there, kind="region-stop")).ruling == "refuse"
    assert stands(SetDial(region=AWAY, percent=100.0), there).ruling == "ok"


@pytest.mark.parametrize("do", [OUT, OFF, KILL])
def test_a_region_that_somebody_has_broken_is_no_refuge_however_healthy_it_looks(
    do: Instruction,
) -> None:
    judged = context(do, build_view(faults=(replace(SLOW, region=HOME),)))

    found = verdict("last-healthy-region", judged, "standing-fault")

    assert found.ruling == "refuse"
    assert f"{HOME} was broken on purpose" in found.reason


@pytest.mark.parametrize(
    ("do", "unread", "expected"),
    [
        (InjectFault(fault=CUT), NETWORK, "hold"),
        (ClearFault(fault=CUT), NETWORK, "hold"),
        (InjectFault(fault=CUT), fault_scope("throttle", AWAY), "ok"),
        (DOWN, fault_scope("throttle", HOME), "hold"),
        (OFF, fault_scope("network-cut", HOME), "hold"),
        (OFF, NETWORK, "ok"),
        (OFF, fault_scope("replication-pause", HOME), "ok"),
        (PAUSE, fault_scope("replication-pause", HOME), "hold"),
    ],
)
def test_what_must_be_whole_and_can_not_be_read_holds(
    do: Instruction, unread: str, expected: str
) -> None:
    partly = context(do, build_view(faults_unread=(unread,)))
    blind = context(do, build_view(faults=None))

    assert verdict("standing-fault", partly).ruling == expected
    assert verdict("standing-fault", blind).ruling == "hold"


def test_this_drills_own_fault_is_ended_whether_it_can_be_read_or_not() -> None:
    judged = context(ClearFault(fault=CUT), build_view(faults=None), faults=(CUT,))

    assert verdict("standing-fault", judged).ruling == "ok"


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_no_region_is_evacuated_while_its_writes_do_not_arrive(region: str) -> None:
    pause = ActiveFault(kind="replication-pause", region=region)

    found = verdict("replication-lag", context(OFF, build_view(faults=(pause,))))

    assert found.ruling == "hold"
    assert "writes do not arrive" in found.reason


def test_a_forced_guard_keeps_its_finding_and_the_others_stand() -> None:
    judged = context(OUT, other(target="unhealthy"))

    found = verdict("last-healthy-region", judged, "last-healthy-region")

    assert (found.ruling, found.forced) == ("ok", True)
    assert "no Region would be healthy" in found.reason
    assert worst_ruling(evaluate_guards(judged, ("last-healthy-region",))) == "refuse"


# --- whatever the states and the step, the last healthy Region stays ------------------------------

THREE = ("eu-central-1", "us-west-2", "ap-south-1")
names = st.sampled_from(THREE)
percents = st.sampled_from((0.0, 1.0, 50.0, 100.0)) | st.floats(0, 100)
switches = st.none() | st.builds(SwitchSetting, status=st.sampled_from(("auto", "fail", "pass")))
endpoints = st.sampled_from((None, "HEALTHY", "UNHEALTHY", "INITIAL"))
targets = st.sampled_from((None, "healthy", "unhealthy", "initial", "draining", "none"))
figures = st.none() | st.floats(0, 1000)
region_views = st.builds(
    RegionView,
    region=names,
    declared_dial=percents,
    dial=st.none() | percents,
    endpoint=endpoints,
    target=targets,
    switch=switches,
    replication_lag_s=figures,
    new_connections_per_s=figures,
    requests_per_s=figures,
    concurrency_used=figures,
    concurrency_limit=figures,
)
standing_faults = st.builds(
    ActiveFault,
    kind=st.sampled_from((*sorted(DEGRADING_FAULTS), "replication-pause")),
    region=names,
)
views = st.builds(
    lambda regions, status, enabled, faults: build_view(
        *regions, accelerator_status=status, accelerator_enabled=enabled, faults=faults
    ),
    st.lists(region_views, min_size=1, max_size=3, unique_by=lambda one: one.region),
    st.sampled_from((None, "DEPLOYED", "IN_PROGRESS")),
    st.sampled_from((None, True, False)),
    st.none() | st.just(()) | st.lists(standing_faults, max_size=2).map(tuple),
)
faults = st.builds(Fault, kind=st.sampled_from(sorted(DEGRADING_FAULTS)), region=names)
effects = (
    st.builds(SetDial, region=names, percent=percents)
    | st.builds(SetSwitch, region=names, status=st.sampled_from(("auto", "fail", "pass")))
    | st.builds(InjectFault, fault=faults)
    | st.builds(ClearFault, fault=faults)
)
contexts = st.builds(
    GuardContext,
    do=effects,
    view=views,
    limits=st.builds(Limits, dial_floor=percents, dial_step=percents, lag_s=st.floats(0.1, 10)),
    lease=st.builds(LeaseStatus, state=st.sampled_from(get_args(LeaseState))),
    answering=st.frozensets(names),
    faults=st.lists(faults, max_size=1).map(tuple),
    broken=st.frozensets(names),
)


@given(contexts)
def test_whatever_the_state_the_last_healthy_region_stays(judged: GuardContext) -> None:
    leaving = region_degraded_by(judged.do, judged.view)
    if leaving is None or worst_ruling(evaluate_guards(judged)) != "ok":
        return

    remaining = [
        one
        for one in judged.view.regions.values()
        if one.region != leaving
        and region_health(judged.view, one.region, judged.answering) == "healthy"
        and one.dial != 0
        and (one.switch != SwitchSetting(status="pass") or one.region in judged.answering)
    ]

    assert remaining
    for one in remaining:
        assert one.switch is not None
        assert one.switch.status != "fail"
        assert one.switch.status == "auto" or one.region in judged.answering
        assert one.endpoint in (None, "HEALTHY")
        assert one.target in (None, "healthy")
    assert degraded_regions(judged.foreign_faults) <= {leaving}


@given(contexts)
def test_whatever_stands_nothing_of_somebody_elses_is_measured_or_ended(
    judged: GuardContext,
) -> None:
    do, others = judged.do, judged.foreign_faults
    if (
        not isinstance(do, InjectFault | ClearFault)
        or worst_ruling(evaluate_guards(judged)) != "ok"
    ):
        return

    assert scope_of_fault(do.fault) not in {scope_of_fault(one) for one in others}
    assert isinstance(do, ClearFault) or not others
    assert judged.view.faults is not None or scope_of_fault(do.fault) in map(
        scope_of_fault, judged.faults
    )


class Blind:
    """Three Regions whose telemetry shows dials and switches, and no fault ever."""

    def __init__(self) -> None:
        self.view = build_view(*(build_region_view(name) for name in THREE))
        self.faults: tuple[Fault, ...] = ()

    def serving(self) -> list[str]:
        broken = {fault.region for fault in self.faults}
        return [
            one.region
            for one in self.view.regions.values()
            if one.dial
            and one.switch is not None
            and one.switch.status != "fail"
            and one.region not in broken
        ]

    def take(self, do: Instruction) -> None:
        if worst_ruling(evaluate_guards(context(do, self.view, faults=self.faults))) == "ok":
            self.view, self.faults = view_after(self.view, do), faults_after(self.faults, do)


@given(st.lists(effects | st.builds(ClearFault, fault=faults), max_size=12))
def test_whatever_is_tried_one_after_the_other_some_region_goes_on_serving(
    tried: list[Instruction],
) -> None:
    system = Blind()

    for do in tried:
        system.take(do)
        assert system.serving(), do


@given(contexts)
def test_whatever_the_state_some_dial_stays_above_0(judged: GuardContext) -> None:
    if not isinstance(judged.do, SetDial) or worst_ruling(evaluate_guards(judged)) != "ok":
        return

    dials = {name: one.dial for name, one in judged.view.regions.items()}
    after = dials | {judged.do.region: judged.do.percent}

    assert any(dial for dial in after.values())


@given(contexts)
def test_what_can_not_be_read_never_counts_as_good(judged: GuardContext) -> None:
    leaving = region_degraded_by(judged.do, judged.view)
    unseen = {
        name: one if name == leaving else replace(one, switch=None, endpoint=None, target=None)
        for name, one in judged.view.regions.items()
    }

    verdicts = evaluate_guards(replace(judged, view=replace(judged.view, regions=unseen)))

    assert leaving is None or worst_ruling(verdicts) != "ok"

"""The rules about the lease, telemetry, alarms and foreign faults."""

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given

from muster.drill.guards.context import GuardContext, GuardVerdict
from muster.drill.guards.evaluation import evaluate_guards, worst_ruling
from muster.drill.guards.expected_alarms import Disturbance
from muster.drill.plan.instructions import ClearFault, InjectFault, Instruction, SetDial
from muster.drill.run.lease import LeaseState, LeaseStatus
from muster.levers import Fault, fault_scope, scope_of_fault
from muster.model import ActiveFault, StackAlarm
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_view
from tests.unit.muster.drill.guards.builders import (
    CUT,
    DOWN,
    KILL,
    OFF,
    PAUSE,
    SLOW,
    evaluate_guard,
    make_context,
)
from tests.unit.muster.drill.guards.strategies import contexts

NETWORK = fault_scope("network-cut", AWAY)


def active_fault_verdict(do: Instruction, *faults: ActiveFault, **more: object) -> GuardVerdict:
    """The verdict of guard standing-fault beside these active faults."""
    return evaluate_guard("standing-fault", make_context(do, build_view(faults=faults), **more))


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
        evaluate_guard(
            "lease", make_context(DOWN, lease=LeaseStatus(state=cast("LeaseState", lease)))
        ).ruling
        == expected
    )


def test_the_refusal_for_another_runs_lease_names_the_way_out() -> None:
    context = make_context(
        DOWN,
        lease=LeaseStatus(state="unfinished", words="A by ann on desk", way_out="resume A"),
    )

    verdict = evaluate_guard("lease", context)

    assert verdict.reason == "a drill has left its lease: A by ann on desk; resume A"


def test_a_lease_without_a_way_out_ends_with_its_drill() -> None:
    context = make_context(DOWN, lease=LeaseStatus(state="held", words="A by ann on desk"))

    verdict = evaluate_guard("lease", context)

    assert verdict.reason == "a drill is under way: A by ann on desk"


def test_nothing_is_changed_by_outputs_of_an_older_deployment() -> None:
    view = replace(build_view(), outdated=("us-east-1 is a Region of the accelerator",))

    verdict = evaluate_guard("outputs", make_context(DOWN, view))

    assert verdict.ruling == "refuse"
    assert "us-east-1 is a Region of the accelerator" in verdict.reason
    assert evaluate_guard("outputs", make_context(DOWN)).ruling == "ok"


def test_a_region_that_is_unknown_or_unreadable_is_not_changed() -> None:
    unread = build_view(build_region_view(HOME), build_region_view(AWAY, switch=None, target=None))

    assert evaluate_guard("telemetry", make_context(OFF, unread)).ruling == "hold"
    assert (
        evaluate_guard("telemetry", make_context(SetDial(region="mars-1", percent=1.0))).ruling
        == "refuse"
    )


@pytest.mark.parametrize(
    ("unread", "answering"),
    [
        ({"switch": None}, frozenset[str]()),
        ({"target": None}, frozenset[str]()),
        ({"switch": None, "target": None}, frozenset({AWAY})),
    ],
)
def test_a_region_of_which_something_is_known_can_be_seen(
    unread: dict[str, object], answering: frozenset[str]
) -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, **unread))

    verdict = evaluate_guard("telemetry", make_context(OFF, view, answering=answering))

    assert (verdict.ruling, verdict.reason) == ("ok", f"{AWAY} can be read")


def test_a_fault_of_no_region_needs_none_to_be_seen() -> None:
    control = InjectFault(fault=Fault(kind="control-stop"))

    assert evaluate_guard("telemetry", make_context(control)).ruling == "ok"


def test_an_interrupted_injection_can_be_repeated() -> None:
    """Killed right after an injection, a drill finds an unreadable Region."""
    gone = build_region_view(
        AWAY,
        endpoint=None,
        target=None,
        switch=None,
        replication_lag_s=None,
        concurrency_used=None,
        concurrency_limit=None,
    )
    view = build_view(build_region_view(HOME), gone)

    assert worst_ruling(evaluate_guards(make_context(KILL, view))) == "hold"
    assert worst_ruling(evaluate_guards(make_context(KILL, view, broken=frozenset({AWAY})))) == "ok"


@pytest.mark.parametrize(
    ("state", "expected"),
    [("OK", "ok"), ("ALARM", "refuse"), ("INSUFFICIENT_DATA", "hold"), (None, "hold")],
)
def test_named_alarms_must_be_ok(state: str | None, expected: str) -> None:
    context = make_context(DOWN, build_view(alarms={f"{HOME}:errors": state}))

    assert evaluate_guard("alarms", context).ruling == expected


def test_the_alarms_that_count_are_told_in_order() -> None:
    def reason(*states: str) -> str:
        alarms = {f"{HOME}:{name}": state for name, state in zip("zxa", states, strict=False)}
        return evaluate_guard("alarms", make_context(DOWN, build_view(alarms=alarms))).reason

    assert reason("ALARM", "OK", "ALARM") == f"{HOME}:a, {HOME}:z in ALARM"
    assert reason("INSUFFICIENT_DATA", "INSUFFICIENT_DATA") == f"no data of {HOME}:x, {HOME}:z"
    assert reason("OK", "OK") == "2 watched, all OK"
    assert reason() == "none watched"


def test_an_alarm_elsewhere_about_the_drills_own_fault_is_ignored() -> None:
    alarms = {f"{HOME}:endpoint": "ALARM", f"{HOME}:hosts": "OK"}
    about_away = {f"{HOME}:endpoint": StackAlarm(shows="health", regions=(AWAY,))}
    context = make_context(
        OFF,
        build_view(alarms=alarms),
        stack_alarms=about_away,
        disturbed=frozenset({Disturbance("health", AWAY)}),
    )

    assert evaluate_guard("alarms", context).ruling == "ok"
    stranger = replace(context, disturbed=frozenset())
    assert evaluate_guard("alarms", stranger).ruling == "refuse"


def test_alarms_of_a_region_with_the_drills_own_fault_are_ignored() -> None:
    context = make_context(
        OFF, build_view(alarms={f"{AWAY}:errors": "ALARM"}), broken=frozenset({AWAY})
    )

    assert evaluate_guard("alarms", context).ruling == "ok"


@pytest.mark.parametrize(
    ("do", "why"),
    [
        (InjectFault(fault=CUT), "it would end with this one"),
        (
            InjectFault(fault=Fault(kind="network-slow", region=AWAY)),
            "it would end with this one",
        ),
        (KILL, "both would act at once"),
        (PAUSE, "both would act at once"),
        (ClearFault(fault=CUT), "it would be ended"),
    ],
)
def test_no_fault_is_injected_or_cleared_beside_a_foreign_one(do: Instruction, why: str) -> None:
    verdict = active_fault_verdict(do, SLOW)

    assert verdict.ruling == "refuse"
    assert verdict.reason == (
        f"network-slow of {AWAY} (delay_ms 200) is active, 9:40 min left: {why}"
    )


def test_the_drills_own_fault_may_be_injected_again_and_cleared() -> None:
    """A step that was started when its process died is run again."""
    cut = ActiveFault(kind="network-cut", region=AWAY)
    for do in (InjectFault(fault=CUT), ClearFault(fault=CUT), KILL):
        assert active_fault_verdict(do, cut, faults=(CUT,)).ruling == "ok"
        assert (
            active_fault_verdict(do, cut, faults=(CUT,), baseline_faults=(cut,)).ruling == "refuse"
        )
        assert active_fault_verdict(do, cut, faults=(CUT,), baseline_faults=(SLOW,)).ruling == "ok"


def test_a_fault_may_be_cleared_while_another_scope_has_a_foreign_fault() -> None:
    assert active_fault_verdict(ClearFault(fault=KILL.fault), SLOW).ruling == "ok"


@pytest.mark.parametrize("do", [DOWN, OFF])
def test_traffic_moves_out_of_a_region_with_a_foreign_fault_and_not_into_one(
    do: Instruction,
) -> None:
    there = replace(SLOW, region=HOME)

    assert active_fault_verdict(do, SLOW).ruling == "ok"
    assert active_fault_verdict(do, there).ruling == "refuse"
    assert "traffic would go there" in active_fault_verdict(do, there).reason
    assert active_fault_verdict(do, replace(there, kind="region-stop")).ruling == "refuse"
    assert active_fault_verdict(SetDial(region=AWAY, percent=100.0), there).ruling == "ok"


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
def test_an_unreadable_scope_that_must_be_free_of_faults_holds(
    do: Instruction, unread: str, expected: str
) -> None:
    partly = make_context(do, build_view(faults_unread=(unread,)))
    unread_faults = make_context(do, build_view(faults=None))

    assert evaluate_guard("standing-fault", partly).ruling == expected
    assert evaluate_guard("standing-fault", unread_faults).ruling == "hold"


def test_the_drills_own_fault_is_cleared_even_if_it_is_unreadable() -> None:
    context = make_context(ClearFault(fault=CUT), build_view(faults=None), faults=(CUT,))

    assert evaluate_guard("standing-fault", context).ruling == "ok"


@given(contexts)
def test_no_foreign_fault_is_ever_measured_or_ended(
    context: GuardContext,
) -> None:
    do, others = context.do, context.foreign_faults
    if (
        not isinstance(do, InjectFault | ClearFault)
        or worst_ruling(evaluate_guards(context)) != "ok"
    ):
        return

    assert scope_of_fault(do.fault) not in {scope_of_fault(one) for one in others}
    assert isinstance(do, ClearFault) or not others
    assert context.view.faults is not None or scope_of_fault(do.fault) in map(
        scope_of_fault, context.faults
    )

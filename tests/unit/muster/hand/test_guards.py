"""What the guards say about changes by hand."""

from dataclasses import replace

import pytest
from hypothesis import given

from muster.drill.guards.context import OWN_LEASE, GuardContext
from muster.drill.guards.region_health import region_degraded_by, region_health
from muster.drill.plan.instructions import (
    ClearFault,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.drill.run.lease import LeaseStatus
from muster.hand.guards import format_objections, hand_context, judge_change, objections
from muster.hand.names import HAND_GUARDS
from muster.levers import Fault
from muster.limits import Limits
from muster.model import ActiveFault, SwitchSetting, SystemView
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_record_view,
    build_region_view,
    build_view,
)
from tests.unit.muster.drill.guards.strategies import contexts

KILLED = ActiveFault(kind="region-kill", region=AWAY)
HELD = LeaseStatus(state="held", words="r1 by ops on laptop")
SILENT: dict[str, object] = {"dial": None, "endpoint": None, "target": None}
"""What can't be read of a Region while the control planes are gone."""


def refusing(
    do: Instruction,
    view: SystemView,
    *,
    lease: LeaseStatus = OWN_LEASE,
    answering: frozenset[str] = frozenset(),
) -> set[str]:
    """The guards that refuse a change."""
    context = hand_context(do, view, Limits(), lease, answering=answering, now=0.0)
    return {verdict.guard for verdict in objections(judge_change(context))}


def one_region_killed() -> SystemView:
    """AWAY is gone, and with it the accelerator's API."""
    gone = build_region_view(AWAY, **SILENT, switch=None)
    home = build_region_view(HOME, dial=None, endpoint=None)
    return build_view(home, gone, accelerator_status=None, faults=(KILLED,))


def with_region(region: str, **more: object) -> SystemView:
    """A healthy system, but for one Region with these fields."""
    changed = {region: build_region_view(region, **more)}
    return build_view(*(changed.get(name, build_region_view(name)) for name in (HOME, AWAY)))


def with_records(**of_home: object) -> SystemView:
    records = {HOME: build_record_view(HOME, **of_home), AWAY: build_record_view(AWAY)}
    return build_view(dns=records, doors=("accelerator", "dns"))


@pytest.mark.parametrize(
    ("do", "view", "guards"),
    [
        (SetSwitch(region=HOME, status="fail"), one_region_killed(),
         {"last-healthy-region", "standing-fault"}),
        (SetDial(region=AWAY, percent=0.0),
         build_view(build_region_view(HOME, dial=0.0), build_region_view(AWAY, dial=40.0)),
         {"last-healthy-region", "all-dials-zero"}),
        (SetDial(region=AWAY, percent=0.0), build_view(), {"dial-step"}),
        (SetDial(region=AWAY, percent=60.0),
         with_region(HOME, target="unhealthy"), {"last-healthy-region"}),
        (SetDial(region=AWAY, percent=60.0),
         with_region(AWAY, dial=50.0, target="unhealthy"), {"unhealthy-region"}),
        (SetSwitch(region=AWAY, status="pass"),
         with_region(AWAY, target="unhealthy"), {"unhealthy-region"}),
        (SetSwitch(region=AWAY, status="fail"), build_view(outdated=("another group",)),
         {"outputs"}),
        (SetSwitch(region=AWAY, status="fail"), build_view(faults=None), {"standing-fault"}),
        (SetWeight(region=AWAY, weight=0), with_records(weight=0), {"last-healthy-record"}),
        (SetInverted(region=AWAY, inverted=True), with_records(healthy_checkers=0),
         {"last-healthy-record"}),
        (SetInverted(region=HOME, inverted=True), with_records(healthy_checkers=0),
         {"broken-inversion"}),
        (InjectFault(fault=Fault(kind="network-cut", region=HOME)), build_view(faults=(KILLED,)),
         {"last-healthy-region", "standing-fault"}),
        (InjectFault(fault=Fault(kind="network-slow", region=AWAY)), one_region_killed(),
         {"telemetry", "standing-fault", "last-healthy-region"}),
    ],
)  # fmt: skip
def test_an_unsafe_change_is_refused_by_the_guards_of_drills(
    do: Instruction, view: SystemView, guards: set[str]
) -> None:
    assert refusing(do, view) == guards


@pytest.mark.parametrize(
    "do",
    [
        SetDial(region=AWAY, percent=50.0),
        SetDial(region=AWAY, percent=100.0),
        SetSwitch(region=AWAY, status="fail"),
        SetSwitch(region=AWAY, status="auto"),
        SetWeight(region=AWAY, weight=0),
        SetInverted(region=AWAY, inverted=True),
        InjectFault(fault=Fault(kind="region-kill", region=AWAY)),
        InjectFault(fault=Fault(kind="control-stop")),
    ],
)
def test_a_change_of_a_healthy_system_is_allowed_but_during_a_drill(do: Instruction) -> None:
    assert refusing(do, with_records()) == set()
    assert refusing(do, with_records(), lease=HELD) == {"lease"}


@pytest.mark.parametrize(
    "do",
    [
        ClearFault(fault=Fault(kind="region-kill", region=AWAY)),
        SetSwitch(region=AWAY, status="auto"),
        SetInverted(region=AWAY, inverted=False),
    ],
)
def test_what_puts_something_right_is_refused_by_a_drill_alone(do: Instruction) -> None:
    worst = replace(one_region_killed(), outdated=("another group",))

    assert refusing(do, worst) == set()
    assert refusing(do, worst, lease=HELD) == {"lease"}


def test_a_region_that_can_not_be_seen_may_be_left() -> None:
    view = one_region_killed()
    off = SetSwitch(region=AWAY, status="fail")

    assert refusing(off, view) == {"last-healthy-region"}  # whether HOME works is not known
    assert refusing(off, view, answering=frozenset({HOME})) == set()


def test_no_traffic_is_sent_to_a_region_that_can_not_be_seen() -> None:
    unseen = with_region(AWAY, dial=50.0, endpoint=None, target=None, switch=None)

    assert "telemetry" in refusing(SetDial(region=AWAY, percent=100.0), unseen)


def test_without_control_planes_a_region_that_answers_is_a_refuge() -> None:
    view = build_view(
        build_region_view(HOME, **SILENT),
        build_region_view(AWAY, **SILENT),
        accelerator_status=None,
        dns=None,
        doors=("accelerator", "dns"),
    )
    off = SetSwitch(region=AWAY, status="fail")

    assert refusing(off, view) == {"last-healthy-region", "last-healthy-record"}
    assert refusing(off, view, answering=frozenset({HOME})) == set()


def test_a_dial_that_is_there_already_is_no_change() -> None:
    ill = with_region(AWAY, target="unhealthy", dial=100.0)

    assert refusing(SetDial(region=AWAY, percent=100.0), ill) == set()


def test_the_same_fault_may_be_injected_once_more() -> None:
    again = InjectFault(fault=Fault(kind="region-kill", region=AWAY))
    gone = replace(with_region(AWAY, **SILENT, switch=None), faults=(KILLED,))
    other = InjectFault(fault=Fault(kind="region-freeze", region=AWAY))

    assert refusing(again, gone) == set()
    assert "standing-fault" in refusing(other, gone)


def test_a_fault_that_refuses_a_change_is_told_with_its_time_left() -> None:
    slow = ActiveFault(kind="network-slow", region=AWAY, until_epoch_s=1000.0)
    do = InjectFault(fault=Fault(kind="region-kill", region=AWAY))
    view = replace(build_view(), faults=(slow,))

    verdicts = judge_change(hand_context(do, view, Limits(), OWN_LEASE, now=970.0))

    (objection,) = objections(verdicts)
    assert objection.guard == "standing-fault"
    assert "network-slow of us-west-2 is active, 30 s left" in objection.reason


def test_a_forced_guard_refuses_no_more_and_keeps_its_finding() -> None:
    context = hand_context(
        SetDial(region=AWAY, percent=0.0), build_view(), Limits(), OWN_LEASE, now=0.0
    )

    forced = judge_change(context, ["dial-step"])

    assert objections(forced) == ()
    (kept,) = (verdict for verdict in forced if verdict.forced)
    assert (kept.guard, kept.ruling) == ("dial-step", "ok")
    assert "a turn of 100; at most 50" in kept.reason


def test_each_objection_names_the_option_that_overrides_it() -> None:
    view = build_view(build_region_view(HOME, dial=0.0), build_region_view(AWAY, dial=100.0))
    context = hand_context(SetDial(region=AWAY, percent=0.0), view, Limits(), HELD, now=0.0)

    lines = format_objections(judge_change(context))

    assert lines[0] == (
        "guard lease refuses: a drill is under way: r1 by ops on laptop (--force lease)"
    )
    assert [line.rpartition(" (--force ")[2] for line in lines if "(--force" in line] == [
        "lease)",
        "last-healthy-region)",
        "dial-step)",
    ]
    (last_line,) = (line for line in lines if "all-dials-zero" in line)
    assert last_line.endswith("; nothing overrides that")  # the lever refuses it, too


def test_a_last_dial_that_is_only_not_known_can_be_forced_to_0() -> None:
    view = build_view(build_region_view(HOME, dial=None), build_region_view(AWAY))
    context = hand_context(SetDial(region=AWAY, percent=0.0), view, Limits(), OWN_LEASE, now=0.0)

    lines = format_objections(judge_change(context))

    assert any(line.endswith(" (--force all-dials-zero)") for line in lines)


@given(contexts)
def test_in_any_state_the_last_healthy_region_stays(drawn: GuardContext) -> None:
    context = hand_context(
        drawn.do, drawn.view, drawn.limits, drawn.lease, answering=drawn.answering, now=0.0
    )
    leaving = region_degraded_by(context.do, context.view)
    if leaving is None or objections(judge_change(context)):
        return

    assert any(
        region_health(context.view, name, context.answering) == "healthy"
        for name in context.view.regions
        if name != leaving
    )


@given(contexts)
def test_a_change_with_every_guard_forced_is_refused_for_the_last_dial_alone(
    drawn: GuardContext,
) -> None:
    context = hand_context(
        drawn.do, drawn.view, drawn.limits, drawn.lease, answering=drawn.answering, now=0.0
    )

    refused = objections(judge_change(context, HAND_GUARDS))
    assert {verdict.guard for verdict in refused} <= {"all-dials-zero"}
    assert all(verdict.ruling == "refuse" for verdict in refused)


def test_a_switch_at_pass_makes_no_refuge() -> None:
    passing = SwitchSetting(status="pass")
    off = SetSwitch(region=AWAY, status="fail")

    assert refusing(off, with_region(HOME, switch=passing)) == {"last-healthy-region"}

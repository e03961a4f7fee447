"""What a rollback puts back, in which order, and what it leaves alone."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster import codec
from muster.drill.guards.region_health import active_faults_at
from muster.drill.journal.events import (
    BaselineRecorded,
    JournalEvent,
    JournalLine,
    StepDone,
    StepStarted,
)
from muster.drill.journal.run_state import fold_journal
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.plan.instructions import (
    ClearFault,
    DrillAction,
    InjectFault,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
    describe_instruction,
)
from muster.drill.rollback.rollback_planner import (
    RollbackSituation,
    RollbackSteps,
    events_from_lease,
    next_rollback_steps,
    plan_from_lease,
)
from muster.drill.run.lease import Lease
from muster.levers import Fault, fault_scope, scope_of_fault
from muster.limits import Limits
from muster.model import ActiveFault, DnsRecordView, SwitchSetting, SystemView
from tests.unit.muster.drill import builders
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    REGIONS,
    build_plan,
    build_record_view,
    build_region_view,
    build_two_door_view,
    build_view,
)
from tests.unit.muster.drill.fake_system import FakeSystem, build_run_opened, open_state
from tests.unit.muster.drill.run.builders import LEASE

NOW = 1_763_719_000.0


def situation(view: SystemView, **more: object) -> RollbackSituation:
    fields: dict[str, object] = {
        "baseline": DrillBaseline(
            dials=dict.fromkeys(REGIONS, 100.0),
            switches={name: SwitchSetting() for name in REGIONS},
        ),
        "changes": DrillChanges(dials=REGIONS, switches=REGIONS),
        "view": view,
        "now": NOW,
    }
    return RollbackSituation(**(fields | more))  # type: ignore[arg-type]  # free-form fields of a test


def test_nothing_is_left_to_do_at_the_baseline() -> None:
    assert next_rollback_steps(situation(build_view())).complete


def test_a_rollback_with_a_step_left_or_held_is_not_complete() -> None:
    back = SetDial(region=AWAY, percent=100.0)

    assert not RollbackSteps(steps=(back,)).complete
    assert not RollbackSteps(held=("later",)).complete


def test_what_was_never_read_is_left_to_a_person() -> None:
    changes = DrillChanges(dials=(AWAY,), switches=(AWAY,), weights=(AWAY,), inversions=(AWAY,))

    planned = next_rollback_steps(
        situation(build_two_door_view(), baseline=DrillBaseline(), changes=changes)
    )

    assert planned == RollbackSteps(
        held=(
            f"the health switch of {AWAY} was never read: set it by hand (muster health)",
            f"whether {AWAY}'s check was inverted was never read: see muster dns invert",
            f"the weight of {AWAY} was never read: set it by hand (muster dns weight)",
            f"the dial of {AWAY} was never read: set it by hand (muster dial)",
        )
    )


@pytest.mark.parametrize("dns", [None, {}, {AWAY: DnsRecordView(region=AWAY)}])
def test_what_the_control_planes_do_not_tell_waits(dns: dict[str, DnsRecordView] | None) -> None:
    view = replace(
        build_two_door_view(),
        regions={HOME: build_region_view(HOME), AWAY: build_region_view(AWAY, dial=None)},
        dns=dns,
    )
    changes = DrillChanges(dials=(AWAY,), weights=(AWAY,), inversions=(AWAY,))
    baseline = DrillBaseline(dials={AWAY: 60.0}, weights={AWAY: 100}, inversions={AWAY: False})

    planned = next_rollback_steps(situation(view, baseline=baseline, changes=changes))

    assert planned == RollbackSteps(
        held=(
            f"inversion of {AWAY}'s health check off: Route 53's API does not answer",
            f"weight of {AWAY} to 100: Route 53's API does not answer",
            f"dial of {AWAY} to 60 %: the accelerator's API does not answer",
        )
    )


@pytest.mark.parametrize(
    ("home", "words"),
    [({}, None), ({"dial": 0.0}, "held"), ({"dial": None}, "held"), ({"target": "bad"}, "held")],
)
def test_a_dial_goes_down_to_0_while_another_region_takes_the_traffic(
    home: dict[str, object], words: str | None
) -> None:
    view = build_view(build_region_view(HOME, **home), build_region_view(AWAY))

    def turn(goal: float) -> RollbackSteps:
        baseline = DrillBaseline(dials={AWAY: goal})
        changes = DrillChanges(dials=(AWAY,))
        return next_rollback_steps(situation(view, baseline=baseline, changes=changes))

    held = f"dial of {AWAY} to 0 %: no other Region is healthy with a dial above 0"
    assert turn(0.0) == (
        RollbackSteps(held=(held,))
        if words
        else RollbackSteps(steps=(SetDial(region=AWAY, percent=0.0, lowers=True),))
    )
    assert turn(10.0).steps == (SetDial(region=AWAY, percent=10.0, lowers=True),)


def test_one_of_several_other_regions_is_refuge_enough() -> None:
    ill, far = build_region_view(HOME, target="unhealthy"), build_region_view("ap-southeast-1")
    records = {
        HOME: build_record_view(HOME, healthy_checkers=0),
        AWAY: build_record_view(AWAY),
        far.region: build_record_view(far.region),
    }
    view = replace(build_view(ill, build_region_view(AWAY), far), dns=records)
    baseline = DrillBaseline(dials={AWAY: 0.0}, weights={AWAY: 0})
    changes = DrillChanges(dials=(AWAY,), weights=(AWAY,))

    assert next_rollback_steps(situation(view, baseline=baseline, changes=changes)).held == ()


@pytest.mark.parametrize(
    ("away", "why"),
    [
        ({"target": "unhealthy"}, "is unhealthy now, no traffic is sent there"),
        ({"target": None}, "is of unknown health, no traffic is sent there"),
        (
            {"switch": SwitchSetting(status="fail")},
            "is unhealthy now, no traffic is sent there; its health switch is at fail:"
            f" `muster health {AWAY} auto --force lease` ends that",
        ),
        ({"switch": None}, "is of unknown health, no traffic is sent there"),
    ],
)
def test_a_dial_that_waits_says_why(away: dict[str, object], why: str) -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0, **away))

    planned = next_rollback_steps(situation(view, changes=DrillChanges(dials=(AWAY,))))

    assert planned == RollbackSteps(held=(f"dial of {AWAY} to 100 %: {AWAY} {why}",))


def test_a_region_with_a_fault_of_the_drill_is_called_unhealthy() -> None:
    own = DrillChanges(dials=(AWAY,), faults=(Fault(kind="network-slow", region=AWAY),))
    view = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0))

    (held,) = next_rollback_steps(situation(view, changes=own)).held

    assert held.endswith(f"{AWAY} is unhealthy now, no traffic is sent there")


FOUND = SwitchSetting(status="pass", by="ann", why="exam", until_epoch_s=NOW + 500)


@pytest.mark.parametrize(
    ("now", "found", "same"),
    [
        (FOUND, FOUND, True),
        (replace(FOUND, until_epoch_s=NOW + 500.5), FOUND, True),
        (replace(FOUND, until_epoch_s=NOW + 501.5), FOUND, False),
        (replace(FOUND, why="late"), FOUND, False),
        (replace(FOUND, by="bob"), FOUND, False),
        (FOUND, replace(FOUND, by=""), True),
        (SwitchSetting(by="bob", why="late"), SwitchSetting(by="ann"), True),
    ],
)
def test_a_switch_goes_back_with_its_setter_its_reason_and_its_end(
    now: SwitchSetting, found: SwitchSetting, same: bool
) -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, switch=now))
    changes = DrillChanges(switches=(AWAY,))

    planned = next_rollback_steps(
        situation(view, baseline=DrillBaseline(switches={AWAY: found}), changes=changes)
    )

    back = SetSwitch(
        region=AWAY,
        status=found.status,
        by=found.by,
        why=found.why,
        until_epoch_s=found.until_epoch_s,
    )
    assert planned == RollbackSteps(steps=() if same else (back,))


@pytest.mark.parametrize("regions", [(HOME, AWAY), (HOME,)])
def test_a_switch_that_can_not_be_read_is_set_blindly_once(regions: tuple[str, ...]) -> None:
    seen = (build_region_view(name, switch=None) for name in regions)
    view, changes = build_view(*seen), DrillChanges(switches=(AWAY,))

    first = next_rollback_steps(situation(view, changes=changes))
    then = next_rollback_steps(situation(view, changes=changes, set_switches={AWAY}))

    assert first == RollbackSteps(steps=(SetSwitch(region=AWAY, status="auto"),))
    assert then == RollbackSteps(held=(f"the health switch of {AWAY} can't be read",))


def next_records(
    *records: DnsRecordView,
    weights: dict[str, int] | None = None,
    inversions: dict[str, bool] | None = None,
) -> RollbackSteps:
    """The steps that bring the records back to these weights and inversions."""
    weights, inversions = weights or {}, inversions or {}
    return next_rollback_steps(
        situation(
            build_two_door_view(*records),
            baseline=DrillBaseline(weights=weights, inversions=inversions),
            changes=DrillChanges(weights=tuple(weights), inversions=tuple(inversions)),
        )
    )


def test_records_that_are_as_they_were_need_no_step() -> None:
    assert next_records(weights={AWAY: 100}, inversions={AWAY: False}).complete


def test_the_weight_that_goes_up_comes_before_the_one_that_goes_down() -> None:
    emptied = build_record_view(AWAY, weight=0)

    planned = next_records(emptied, weights={HOME: 0, AWAY: 100})

    raised = SetWeight(region=AWAY, weight=100, lowers=False)
    assert planned.steps == (raised,)
    assert planned.held == (
        f"weight of {HOME} to 0: no other record is healthy with a weight above 0",
    )
    assert next_records(weights={HOME: 0, AWAY: 200}).steps == (
        replace(raised, weight=200),
        SetWeight(region=HOME, weight=0, lowers=True),
    )


@pytest.mark.parametrize("other", [{"weight": 0}, {"healthy_checkers": 0}, {"inverted": None}])
def test_the_last_record_keeps_its_weight_and_its_health(other: dict[str, object]) -> None:
    bad = build_record_view(AWAY, **other)

    assert next_records(bad, weights={HOME: 0}).held == (
        f"weight of {HOME} to 0: no other record is healthy with a weight above 0",
    )
    assert next_records(bad, weights={HOME: 1}).steps == (
        SetWeight(region=HOME, weight=1, lowers=True),
    )
    assert next_records(bad, inversions={HOME: True}).held == (
        f"inversion of {HOME}'s health check on: no other record is healthy",
    )


def test_the_inversion_that_ends_comes_before_the_one_that_comes_back() -> None:
    inverted = build_record_view(AWAY, inverted=True, healthy_checkers=0)

    planned = next_records(inverted, inversions={HOME: True, AWAY: False})

    assert planned == RollbackSteps(
        steps=(
            SetInverted(region=AWAY, inverted=False),
            SetInverted(region=HOME, inverted=True),
        )
    )


def test_an_inversion_ends_although_no_other_record_is_healthy() -> None:
    inverted = build_record_view(AWAY, inverted=True)
    ill = build_record_view(HOME, healthy_checkers=0)

    assert next_records(inverted, ill, inversions={AWAY: False}).steps == (
        SetInverted(region=AWAY, inverted=False),
    )


def test_faults_end_first_then_switches_then_records_then_dials() -> None:
    fault = Fault(kind="throttle", region=HOME)
    own = DrillChanges(
        dials=(AWAY,), switches=(HOME,), weights=(AWAY,), inversions=(AWAY,), faults=(fault,)
    )
    view = replace(
        build_two_door_view(build_record_view(AWAY, weight=5, inverted=True)),
        regions={
            HOME: build_region_view(HOME, switch=SwitchSetting(status="pass")),
            AWAY: build_region_view(AWAY, dial=50.0),
        },
    )
    baseline = DrillBaseline(
        dials={AWAY: 100.0},
        switches={HOME: SwitchSetting()},
        weights={AWAY: 100},
        inversions={AWAY: False},
    )

    assert next_rollback_steps(situation(view, baseline=baseline, changes=own)).steps == (
        ClearFault(fault=fault),
        SetSwitch(region=HOME, status="auto"),
        SetInverted(region=AWAY, inverted=False),
        SetWeight(region=AWAY, weight=100),
        SetDial(region=AWAY, percent=100.0),
    )


def test_faults_end_first_then_switches_then_dials() -> None:
    fault = Fault(kind="throttle", region=AWAY)
    view = build_view(
        build_region_view(HOME, dial=50.0, switch=SwitchSetting(status="pass")),
        build_region_view(AWAY),
    )

    steps = next_rollback_steps(
        situation(view, changes=DrillChanges(dials=REGIONS, switches=REGIONS, faults=(fault,)))
    ).steps

    assert steps == (
        ClearFault(fault=fault),
        SetSwitch(region=HOME, status="auto"),
        SetDial(region=HOME, percent=100.0),
    )


def test_a_dial_is_not_turned_up_for_an_unhealthy_region() -> None:
    view = build_view(
        build_region_view(HOME), build_region_view(AWAY, dial=0.0, target="unhealthy")
    )

    planned = next_rollback_steps(situation(view))

    assert planned.steps == ()
    assert "no traffic is sent there" in planned.held[0]


def test_a_dial_that_waits_names_the_switch_of_others_that_holds_its_region_unhealthy() -> None:
    switched_off = SwitchSetting(status="fail", by="ann@desk")
    view = build_view(
        build_region_view(HOME),
        build_region_view(AWAY, dial=0.0, target="unhealthy", switch=switched_off),
    )

    held = next_rollback_steps(situation(view, changes=DrillChanges(dials=REGIONS))).held
    own = next_rollback_steps(situation(view))

    way_out = f"`muster health {AWAY} auto --force lease` ends that"
    assert held[0].endswith(f"; its health switch is at fail, set by ann@desk: {way_out}")
    assert own.steps == (SetSwitch(region=AWAY, status="auto"),)
    assert "switch" not in own.held[0]


def test_a_dial_waits_for_a_region_of_unknown_health() -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0, target=None))

    assert next_rollback_steps(situation(view)).held
    assert next_rollback_steps(situation(view, answering=frozenset({AWAY}))).steps


def test_a_dial_waits_for_the_end_of_a_fault_that_no_health_check_sees() -> None:
    slow = Fault(kind="network-slow", region=AWAY)
    view = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0))

    planned = next_rollback_steps(
        situation(view, changes=DrillChanges(dials=REGIONS, faults=(slow,)))
    )

    assert planned.steps == (ClearFault(fault=slow),)
    assert "no traffic is sent there" in planned.held[0]


def test_dials_go_up_before_others_go_down() -> None:
    baseline = DrillBaseline(dials={HOME: 30.0, AWAY: 100.0})
    view = build_view(build_region_view(HOME), build_region_view(AWAY, dial=30.0))

    steps = next_rollback_steps(
        situation(view, baseline=baseline, changes=DrillChanges(dials=REGIONS))
    ).steps

    assert [step.percent for step in steps if isinstance(step, SetDial)] == [100.0, 30.0]


def test_a_dial_is_not_turned_down_when_no_other_region_serves() -> None:
    baseline = DrillBaseline(dials={HOME: 0.0, AWAY: 100.0})
    view = build_view(
        build_region_view(HOME), build_region_view(AWAY, dial=0.0, target="unhealthy")
    )

    planned = next_rollback_steps(
        situation(view, baseline=baseline, changes=DrillChanges(dials=REGIONS))
    )

    assert planned.steps == ()
    assert len(planned.held) == 2


def test_a_dial_goes_back_in_steps_of_the_policys_size() -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0))

    (step,) = next_rollback_steps(situation(view, dial_step=25.0)).steps

    assert step == SetDial(region=AWAY, percent=25.0)


def test_unchanged_dials_and_switches_are_left_alone() -> None:
    view = build_view(
        build_region_view(HOME, dial=10.0),
        build_region_view(AWAY, switch=SwitchSetting(status="fail")),
    )

    assert next_rollback_steps(situation(view, changes=DrillChanges())).complete


def test_a_baseline_switch_that_has_expired_goes_back_to_auto() -> None:
    baseline = DrillBaseline(switches={AWAY: SwitchSetting(status="fail", until_epoch_s=NOW - 1)})
    view = build_view(
        build_region_view(HOME), build_region_view(AWAY, switch=SwitchSetting(status="pass"))
    )

    steps = next_rollback_steps(
        situation(view, baseline=baseline, changes=DrillChanges(switches=(AWAY,)))
    ).steps

    assert steps == (SetSwitch(region=AWAY, status="auto"),)


def test_a_switch_gets_back_its_reason_and_its_owner() -> None:
    baseline = SwitchSetting(status="fail", by="bob", why="disk full", until_epoch_s=NOW + 60)
    own = SwitchSetting(status="fail", by="ann", why="drill", until_epoch_s=NOW + 60)
    changes = DrillChanges(switches=(AWAY,))

    def left(was: SwitchSetting, now: SwitchSetting) -> tuple[DrillAction, ...]:
        view = build_view(
            build_region_view(HOME), build_region_view(AWAY, switch=now, target="unhealthy")
        )
        of_away = DrillBaseline(switches={AWAY: was})
        return next_rollback_steps(situation(view, baseline=of_away, changes=changes)).steps

    assert left(baseline, own) == (
        SetSwitch(region=AWAY, status="fail", until_epoch_s=NOW + 60, by="bob", why="disk full"),
    )
    assert left(baseline, baseline) == ()
    assert left(SwitchSetting(status="fail"), SwitchSetting(status="fail", by="ann")) == ()


def test_a_baseline_switch_at_pass_waits_until_its_region_is_healthy() -> None:
    baseline = DrillBaseline(switches={AWAY: SwitchSetting(status="pass", why="exam")})
    changes = DrillChanges(switches=(AWAY,))

    def next_steps(status: str, target: str) -> tuple[tuple[DrillAction, ...], tuple[str, ...]]:
        switch = SwitchSetting(status=status)  # type: ignore[arg-type]  # one of the three
        view = build_view(
            build_region_view(HOME), build_region_view(AWAY, switch=switch, target=target)
        )
        got = next_rollback_steps(situation(view, baseline=baseline, changes=changes))
        return got.steps, got.held

    assert next_steps("fail", "unhealthy")[0] == (
        SetSwitch(region=AWAY, status="auto", why="exam"),
    )
    assert next_steps("auto", "unhealthy") == (
        (),
        (f"health switch of {AWAY} to pass: the Region is not healthy now",),
    )
    assert next_steps("auto", "healthy")[0] == (SetSwitch(region=AWAY, status="pass", why="exam"),)


def test_a_baseline_switch_at_fail_does_not_take_the_last_region_away() -> None:
    baseline = DrillBaseline(switches={AWAY: SwitchSetting(status="fail")})
    view = build_view(build_region_view(HOME, target="unhealthy"), build_region_view(AWAY))

    planned = next_rollback_steps(
        situation(view, baseline=baseline, changes=DrillChanges(switches=(AWAY,)))
    )

    assert planned.steps == ()
    assert "no other Region is healthy" in planned.held[0]


def test_an_unknown_baseline_is_left_to_the_operator() -> None:
    planned = next_rollback_steps(situation(build_view(), baseline=DrillBaseline()))

    assert len(planned.held) == 4
    assert all("by hand" in line for line in planned.held)


SLOW = ActiveFault(
    kind="network-slow", region=AWAY, parameters={"delay_ms": 300.0}, until_epoch_s=NOW + 100
)
NETWORK = fault_scope("network-slow", AWAY)
OWN_SLOW = Fault(kind="network-slow", region=AWAY, parameters={"delay_ms": 1000.0})
OWN_CUT = Fault(kind="network-cut", region=AWAY)
BACK = InjectFault(
    fault=Fault(kind="network-slow", region=AWAY, parameters={"delay_ms": 300.0}),
    again=True,
    until_epoch_s=NOW + 100,
)


def as_active(fault: Fault) -> ActiveFault:
    return ActiveFault(kind=fault.kind, region=fault.region, parameters=fault.parameters)


def next_steps(changes: DrillChanges, *now: ActiveFault, **more: object) -> RollbackSteps:
    """The next steps where SLOW is the baseline fault, and `now` are the active faults."""
    fields: dict[str, object] = {"baseline": DrillBaseline(faults={NETWORK: (SLOW,)}), **more}
    return next_rollback_steps(situation(build_view(faults=now), changes=changes, **fields))


@pytest.mark.parametrize(
    "changes", [DrillChanges(faults=(OWN_SLOW,)), DrillChanges(cleared=(OWN_SLOW,))]
)
def test_an_active_baseline_fault_is_left_alone(changes: DrillChanges) -> None:
    assert next_steps(changes, SLOW).complete
    assert next_steps(changes, replace(SLOW, until_epoch_s=NOW + 101)).complete


@pytest.mark.parametrize(
    ("active", "same"),
    [
        (replace(SLOW, until_epoch_s=NOW + 101.5), True),
        (replace(SLOW, until_epoch_s=NOW + 103), False),
        (replace(SLOW, parameters={"delay_ms": 301.0}), False),
        (replace(SLOW, parameters={"delay_ms": 300.0, "loss": 1.0}), True),
        (replace(SLOW, parameters={}), True),
    ],
)
def test_a_baseline_fault_is_back_with_its_end_and_what_is_known_of_it(
    active: ActiveFault, same: bool
) -> None:
    planned = next_steps(DrillChanges(cleared=(OWN_SLOW,)), active)

    assert planned == RollbackSteps(steps=() if same else (BACK,))


def test_a_fault_of_the_drill_is_ended_in_the_place_of_the_baseline_fault_while_it_is_active() -> (
    None
):
    changes = DrillChanges(faults=(OWN_CUT,))

    assert next_steps(changes, as_active(OWN_CUT)).steps == (ClearFault(fault=OWN_CUT),)
    assert next_steps(changes) == RollbackSteps(steps=(BACK,))


def test_a_fault_of_the_same_kind_elsewhere_is_not_the_drills_own() -> None:
    """The drill has cut the network of HOME alone."""
    elsewhere = Fault(kind="network-cut", region=HOME)

    planned = next_steps(DrillChanges(faults=(elsewhere,), cleared=(OWN_SLOW,)), as_active(OWN_CUT))

    assert f"network-cut of {AWAY} is active, and is not this drill's" in planned.held[0]


def test_a_baseline_fault_that_takes_no_region_away_needs_no_refuge() -> None:
    pause = ActiveFault(kind="replication-pause", region=AWAY)
    own = Fault(kind="replication-pause", region=AWAY)
    ill = build_view(build_region_view(HOME, target="unhealthy"), build_region_view(AWAY))
    baseline = DrillBaseline(faults={scope_of_fault(pause): (pause,)})

    planned = next_rollback_steps(
        situation(ill, baseline=baseline, changes=DrillChanges(cleared=(own,)))
    )

    assert planned == RollbackSteps(steps=(InjectFault(fault=own, again=True),))


@pytest.mark.parametrize(
    "changes", [DrillChanges(faults=(OWN_SLOW,)), DrillChanges(cleared=(OWN_SLOW,))]
)
def test_a_missing_baseline_fault_is_injected_again_with_its_end(
    changes: DrillChanges,
) -> None:
    assert next_steps(changes) == RollbackSteps(steps=(BACK,))
    assert (
        describe_instruction(BACK)
        == f"inject network-slow of {AWAY} (delay_ms 300) again, as before the drill"
    )


@pytest.mark.parametrize(
    "changed",
    [
        as_active(OWN_SLOW),
        replace(SLOW, until_epoch_s=None),
        replace(SLOW, until_epoch_s=NOW + 500),
    ],
)
def test_a_changed_baseline_fault_is_injected_again(changed: ActiveFault) -> None:
    assert next_steps(DrillChanges(faults=(OWN_SLOW,)), changed) == RollbackSteps(steps=(BACK,))


def test_the_drills_fault_ends_before_the_baseline_fault_of_its_scope_comes_back() -> None:
    changes = DrillChanges(faults=(OWN_CUT,))

    first = next_steps(changes, as_active(OWN_CUT))

    assert first.steps == (ClearFault(fault=OWN_CUT),)
    assert next_steps(replace(changes, faults=(), cleared=(OWN_CUT,))).steps == (BACK,)


def test_a_baseline_fault_that_has_expired_does_not_come_back() -> None:
    changes = DrillChanges(faults=(OWN_SLOW,))
    over = DrillBaseline(faults={NETWORK: (replace(SLOW, until_epoch_s=NOW + 1),)})

    assert next_steps(changes, as_active(OWN_SLOW), baseline=over).steps == (
        ClearFault(fault=OWN_SLOW),
    )
    assert next_steps(DrillChanges(cleared=(OWN_SLOW,)), baseline=over).complete


def test_the_drills_own_fault_is_cleared_whatever_can_be_read() -> None:
    for faults in ((), None, (as_active(OWN_SLOW),)):
        view = build_view(faults=faults)
        for state in (DrillBaseline(), DrillBaseline(faults={NETWORK: ()})):
            got = next_rollback_steps(
                situation(view, baseline=state, changes=DrillChanges(faults=(OWN_SLOW,)))
            )
            assert got == RollbackSteps(steps=(ClearFault(fault=OWN_SLOW),))


def test_a_baseline_fault_waits_until_its_scope_can_be_read() -> None:
    got = next_rollback_steps(
        situation(
            build_view(faults=(), faults_unread=(NETWORK,)),
            baseline=DrillBaseline(faults={NETWORK: (SLOW,)}),
            changes=DrillChanges(faults=(OWN_SLOW,)),
        )
    )

    assert got.steps == ()
    assert "it can't be read whether it is active" in got.held[0]


def test_a_dial_goes_up_before_a_baseline_fault_comes_back() -> None:
    baseline = DrillBaseline(dials={AWAY: 100.0}, faults={NETWORK: (SLOW,)})
    changes = DrillChanges(dials=(AWAY,), cleared=(OWN_SLOW,))
    low = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0))

    first = next_rollback_steps(situation(low, baseline=baseline, changes=changes))
    second = next_rollback_steps(situation(build_view(), baseline=baseline, changes=changes))

    assert first.steps == (SetDial(region=AWAY, percent=100.0),)
    assert "after the rest" in first.held[0]
    assert second == RollbackSteps(steps=(BACK,))


def test_a_dial_goes_up_under_a_baseline_fault_that_health_checks_do_not_see() -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0), faults=(SLOW,))
    baseline = DrillBaseline(dials={AWAY: 100.0}, faults={NETWORK: (SLOW,)})
    changes = DrillChanges(dials=(AWAY,), faults=(OWN_SLOW,))

    got = next_rollback_steps(situation(view, baseline=baseline, changes=changes))

    assert got == RollbackSteps(steps=(SetDial(region=AWAY, percent=100.0),))


def test_a_baseline_fault_does_not_take_the_last_region_away() -> None:
    view = build_view(build_region_view(HOME, target="unhealthy"), build_region_view(AWAY))
    baseline = DrillBaseline(faults={NETWORK: (SLOW,)})

    got = next_rollback_steps(
        situation(view, baseline=baseline, changes=DrillChanges(cleared=(OWN_SLOW,)))
    )

    assert got.steps == ()
    assert "no other Region is healthy to take over" in got.held[0]


def test_a_fault_that_only_the_twin_injects_is_put_back_by_hand() -> None:
    stop = ActiveFault(kind="region-stop", region=AWAY)
    baseline = DrillBaseline(faults={scope_of_fault(stop): (stop,)})
    changes = DrillChanges(cleared=(Fault(kind="region-kill", region=AWAY),))

    assert next_rollback_steps(
        situation(build_view(faults=(stop,)), baseline=baseline, changes=changes)
    ).complete
    got = next_rollback_steps(situation(build_view(), baseline=baseline, changes=changes))
    assert "put it back by hand" in got.held[0]


def test_a_foreign_fault_in_the_scope_of_a_baseline_fault_is_left_alone() -> None:
    cut = ActiveFault(kind="network-cut", region=AWAY)

    got = next_steps(DrillChanges(faults=(OWN_SLOW,)), cut)

    assert got.steps == ()
    assert "is not this drill's" in got.held[0]


def test_a_baseline_fault_is_injected_again_once_only() -> None:
    """An experiment of AWS FIS lasts as long as its template says, whatever end it had."""
    changes = DrillChanges(cleared=(OWN_SLOW,))

    assert next_steps(
        changes, replace(SLOW, until_epoch_s=NOW + 900), reinjected_scopes={NETWORK}
    ).complete
    assert "is not active" in next_steps(changes, reinjected_scopes={NETWORK}).held[0]


regions = st.sampled_from(REGIONS)
steps = st.one_of(
    st.builds(SetDial, region=regions, percent=st.sampled_from((0.0, 10.0, 60.0, 100.0))),
    st.builds(
        SetSwitch,
        region=regions,
        status=st.sampled_from(("auto", "fail", "pass")),
    ),
    st.builds(
        InjectFault,
        fault=st.builds(
            Fault, kind=st.sampled_from(("throttle", "replication-pause")), region=regions
        ),
    ),
)


def apply(system: FakeSystem, step: DrillAction) -> None:
    match step:
        case SetDial():
            system.dials[step.region] = step.percent
        case SetSwitch():
            system.switches[step.region] = SwitchSetting(status=step.status)
        case InjectFault():
            more = {"for_s": step.until_epoch_s - NOW} if step.until_epoch_s else {}
            by = {"by": step.by} if step.by else {}
            parameters = step.fault.parameters | more | by
            system.inject(replace(step.fault, parameters=parameters), NOW)
        case ClearFault():
            system.clear(step.fault)


def view_of(system: FakeSystem) -> SystemView:
    return build_view(
        *(
            build_region_view(
                name,
                dial=dial,
                switch=system.switches[name],
                endpoint="HEALTHY" if system.is_healthy(name) else "UNHEALTHY",
                target="healthy" if system.is_healthy(name) else "unhealthy",
            )
            for name, dial in system.dials.items()
        ),
        faults=tuple(system.faults.values()),
    )


@settings(max_examples=200)
@given(
    st.dictionaries(regions, st.sampled_from((0.0, 40.0, 100.0)), min_size=2),
    st.lists(steps, max_size=8),
    st.integers(0, 8),
    st.sampled_from((100.0, 30.0)),
)
def test_after_any_prefix_of_steps_the_baseline_comes_back(
    dials: dict[str, float], actions: list[DrillAction], cut: int, step: float
) -> None:
    if not any(dials.values()):
        dials = dict.fromkeys(REGIONS, 100.0)
    system = FakeSystem(dials=dict(dials))
    baseline = DrillBaseline(dials=dict(system.dials), switches=dict(system.switches))
    before = system.state()
    for one in actions[:cut]:
        apply(system, one)
    faults = {
        scope_of_fault(do.fault): do.fault for do in actions[:cut] if isinstance(do, InjectFault)
    }

    for _ in range(60):
        left = tuple(fault for key, fault in faults.items() if key in system.faults)
        planned = next_rollback_steps(
            situation(
                view_of(system),
                baseline=baseline,
                changes=DrillChanges(dials=REGIONS, switches=REGIONS, faults=left),
                dial_step=step,
            )
        )
        if planned.complete:
            break
        assert planned.steps, planned.held
        doing = planned.steps[0]
        if isinstance(doing, SetDial) and not doing.lowers:
            assert system.is_healthy(doing.region)
        apply(system, doing)
        if isinstance(doing, SetDial):
            assert any(system.dials.values())

    assert system.state() == before


KINDS = (
    "throttle",
    "replication-pause",
    "region-kill",
    "region-freeze",
    "network-cut",
    "network-slow",
)
any_fault = st.builds(
    Fault,
    kind=st.sampled_from(KINDS),
    region=regions,
    parameters=st.sampled_from(({}, {"for_s": 50.0}, {"delay_ms": 900.0})),
)
any_step = (
    st.builds(SetDial, region=regions, percent=st.sampled_from((0.0, 60.0, 100.0)))
    | st.builds(InjectFault, fault=any_fault)
    | st.builds(ClearFault, fault=any_fault)
)
PARAMETERS: dict[str, dict[str, float | str]] = {
    "network-slow": {"delay_ms": 1.0},
    "throttle": {"concurrency": 1.0},
}
baseline_faults = st.builds(
    lambda kind, region, until: ActiveFault(
        kind=kind, region=region, parameters=PARAMETERS.get(kind, {}), until_epoch_s=until
    ),
    st.sampled_from((*KINDS, "region-stop")),
    regions,
    st.sampled_from((None, NOW + 300, NOW + 3000)),
)


class DrillProcess:
    """A drill's journaled changes; it may be killed between an event and its change."""

    def __init__(self, system: FakeSystem) -> None:
        self.system = system
        self.state = open_state(build_plan("evacuate"))
        scopes = {fault_scope(kind, region) for kind in KINDS for region in REGIONS}
        baseline = view_of(system)
        faults = {one: active_faults_at(baseline, one) or () for one in scopes}
        self.record(BaselineRecorded(state=DrillBaseline(dials=dict(system.dials), faults=faults)))

    def record(self, entry: JournalEvent) -> None:
        self.state.apply(JournalLine(n=1, at_s=0.0, at=NOW, event=entry))

    def run_step(self, step: str, do: DrillAction, progress: int = 2) -> None:
        """`progress` 0: killed before the change; 1: killed before StepDone; 2: not killed."""
        self.record(StepStarted(step=step, do=do))
        if progress > 0:
            apply(self.system, do)
        if progress > 1:
            self.record(StepDone(step=step, took_s=0.0))

    def roll_back(self, killed_step: int) -> RollbackSteps:
        """Run steps until none is left; the process is killed once. Returns what is held."""
        again: set[str] = set()
        for number in range(40):
            planned = self.next_steps(again)
            if not planned.steps:
                return planned
            doing = planned.steps[0]
            self.run_step(f"r{number}", doing, 0 if number == killed_step else 2)
            again = set() if number == killed_step else again
            if isinstance(doing, InjectFault) and number != killed_step:
                again.add(scope_of_fault(doing.fault))
        raise AssertionError("the rollback does not end")

    def next_steps(self, again: set[str]) -> RollbackSteps:
        return next_rollback_steps(
            situation(
                view_of(self.system),
                baseline=self.state.baseline,
                changes=self.state.changes,
                reinjected_scopes=frozenset(again),
            )
        )


@settings(max_examples=200)
@given(
    st.lists(baseline_faults, max_size=4, unique_by=scope_of_fault),
    st.lists(any_step, max_size=8),
    st.integers(0, 2),
    st.integers(0, 12),
)
def test_after_any_prefix_of_steps_the_baseline_faults_are_active_again(
    baseline: list[ActiveFault], actions: list[DrillAction], progress: int, killed_step: int
) -> None:
    system = FakeSystem(faults={scope_of_fault(one): one for one in baseline})
    before = system.rounded_faults()
    process = DrillProcess(system)
    for number, do in enumerate(actions):
        process.run_step(f"m{number}", do, progress if number == len(actions) - 1 else 2)

    left = process.roll_back(killed_step)

    if left.complete:
        assert system.rounded_faults() == before
        assert system.dials == dict.fromkeys(REGIONS, 100.0)
    else:  # held: what would hurt users, and what the tool can't inject
        by_hand = any("by hand" in line for line in left.held)
        assert by_hand or not all(system.is_healthy(name) for name in REGIONS)


@settings(max_examples=200)
@given(
    st.lists(baseline_faults, max_size=4, unique_by=scope_of_fault), st.lists(any_step, max_size=8)
)
def test_no_active_baseline_fault_is_ever_ended(
    baseline: list[ActiveFault], actions: list[DrillAction]
) -> None:
    system = FakeSystem(faults={scope_of_fault(one): one for one in baseline})
    before = system.rounded_faults()
    process = DrillProcess(system)
    for number, do in enumerate(actions):
        process.run_step(f"m{number}", do)

    cleared = [
        scope_of_fault(do.fault)
        for do in process.next_steps(set()).steps
        if isinstance(do, ClearFault)
    ]

    now = system.rounded_faults()
    assert [one for one in cleared if one in now and now[one] == before.get(one)] == []


def test_a_lease_holds_the_baseline_and_all_changes() -> None:
    made = plan_from_lease(LEASE, builders.REGIONS, Limits(), ())
    first, *begun = events_from_lease(LEASE, made)

    assert first == BaselineRecorded(state=LEASE.found)
    assert made.changes == LEASE.touched
    assert len(begun) == 2
    assert codec.loads(Lease, codec.dumps(LEASE)) == LEASE


def test_a_lease_tells_every_kind_of_change_of_which_the_baseline_is_known() -> None:
    changes = DrillChanges(dials=REGIONS, switches=REGIONS, weights=REGIONS, inversions=REGIONS)
    found = DrillBaseline(
        dials={AWAY: 60.0},
        switches={AWAY: SwitchSetting(status="pass")},
        weights={AWAY: 7},
        inversions={AWAY: True},
    )

    made = plan_from_lease(
        replace(LEASE, found=found, touched=changes), REGIONS, Limits(), ("lease",)
    )

    assert [(step.id, step.do) for step in made.steps] == [
        ("m1", SetSwitch(region=AWAY, status="pass")),
        ("m2", SetInverted(region=AWAY, inverted=True)),
        ("m3", SetWeight(region=AWAY, weight=7)),
        ("m4", SetDial(region=AWAY, percent=60.0)),
    ]
    assert made.forced == ("lease",)
    assert (made.rollback.strategy, made.rollback.step) == ("always", 100.0)


def test_a_rollback_from_a_lease_restores_the_baseline_faults() -> None:
    throttle = Fault(kind="throttle", region=AWAY)
    found = ActiveFault(kind="throttle", region=AWAY, by="bob")
    lease = replace(
        LEASE,
        found=DrillBaseline(faults={scope_of_fault(found): (found,)}),
        touched=DrillChanges(faults=(throttle,), cleared=(throttle,)),
    )
    made = plan_from_lease(codec.loads(Lease, codec.dumps(lease)), builders.REGIONS, Limits(), ())
    entries = (build_run_opened(made), *events_from_lease(lease, made))
    state = fold_journal(JournalLine(n=1, at_s=0.0, at=0.0, event=entry) for entry in entries)

    def left(*status: ActiveFault) -> RollbackSteps:
        view = builders.build_view(faults=status)
        return next_rollback_steps(
            RollbackSituation(baseline=state.baseline, changes=state.changes, view=view, now=0.0)
        )

    assert made.changes == lease.touched
    assert left(found).complete
    assert left().steps == (InjectFault(fault=throttle, again=True, by="bob"),)

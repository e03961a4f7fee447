"""What a rollback puts back, in which order, and what it leaves alone."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.drill.guards.region_health import active_faults_at
from muster.drill.journal.events import (
    BaselineRecorded,
    JournalEvent,
    JournalLine,
    StepDone,
    StepStarted,
)
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.plan.instructions import (
    ClearFault,
    DrillAction,
    InjectFault,
    SetDial,
    SetSwitch,
    describe_instruction,
)
from muster.drill.rollback.rollback_planner import (
    RollbackSituation,
    RollbackSteps,
    next_rollback_steps,
)
from muster.levers import Fault, fault_scope, scope_of_fault
from muster.model import ActiveFault, SwitchSetting, SystemView
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    REGIONS,
    build_plan,
    build_region_view,
    build_view,
)
from tests.unit.muster.drill.fake_system import FakeSystem, open_state

NOW = 1_763_719_000.0


def situation(seen: SystemView, **more: object) -> RollbackSituation:
    fields: dict[str, object] = {
        "baseline": DrillBaseline(
            dials=dict.fromkeys(REGIONS, 100.0),
            switches={name: SwitchSetting() for name in REGIONS},
        ),
        "changes": DrillChanges(dials=REGIONS, switches=REGIONS),
        "view": seen,
        "now": NOW,
    }
    return RollbackSituation(**(fields | more))  # type: ignore[arg-type]  # free-form fields of a test


def test_nothing_is_left_when_all_is_as_it_was_found() -> None:
    assert next_rollback_steps(situation(build_view())).complete


def test_faults_end_first_then_switches_then_dials() -> None:
    fault = Fault(kind="throttle", region=AWAY)
    seen = build_view(
        build_region_view(HOME, dial=50.0, switch=SwitchSetting(status="pass")),
        build_region_view(AWAY),
    )

    steps = next_rollback_steps(
        situation(seen, changes=DrillChanges(dials=REGIONS, switches=REGIONS, faults=(fault,)))
    ).steps

    assert steps == (
        ClearFault(fault=fault),
        SetSwitch(region=HOME, status="auto"),
        SetDial(region=HOME, percent=100.0),
    )


def test_a_dial_is_not_turned_up_for_an_unhealthy_region() -> None:
    seen = build_view(
        build_region_view(HOME), build_region_view(AWAY, dial=0.0, target="unhealthy")
    )

    upcoming = next_rollback_steps(situation(seen))

    assert upcoming.steps == ()
    assert "no traffic is sent there" in upcoming.held[0]


def test_a_dial_waits_for_a_region_of_unknown_health() -> None:
    seen = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0, target=None))

    assert next_rollback_steps(situation(seen)).held
    assert next_rollback_steps(situation(seen, answering=frozenset({AWAY}))).steps


def test_a_dial_waits_for_the_end_of_a_fault_that_no_health_check_sees() -> None:
    slow = Fault(kind="network-slow", region=AWAY)
    seen = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0))

    upcoming = next_rollback_steps(
        situation(seen, changes=DrillChanges(dials=REGIONS, faults=(slow,)))
    )

    assert upcoming.steps == (ClearFault(fault=slow),)
    assert "no traffic is sent there" in upcoming.held[0]


def test_dials_go_up_before_others_go_down() -> None:
    found = DrillBaseline(dials={HOME: 30.0, AWAY: 100.0})
    seen = build_view(build_region_view(HOME), build_region_view(AWAY, dial=30.0))

    steps = next_rollback_steps(
        situation(seen, baseline=found, changes=DrillChanges(dials=REGIONS))
    ).steps

    assert [step.percent for step in steps if isinstance(step, SetDial)] == [100.0, 30.0]


def test_a_dial_is_not_turned_down_when_no_other_region_serves() -> None:
    found = DrillBaseline(dials={HOME: 0.0, AWAY: 100.0})
    seen = build_view(
        build_region_view(HOME), build_region_view(AWAY, dial=0.0, target="unhealthy")
    )

    upcoming = next_rollback_steps(
        situation(seen, baseline=found, changes=DrillChanges(dials=REGIONS))
    )

    assert upcoming.steps == ()
    assert len(upcoming.held) == 2


def test_a_dial_goes_back_in_steps_when_told_to() -> None:
    seen = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0))

    (step,) = next_rollback_steps(situation(seen, dial_step=25.0)).steps

    assert step == SetDial(region=AWAY, percent=25.0)


def test_what_was_not_touched_is_left_alone() -> None:
    seen = build_view(
        build_region_view(HOME, dial=10.0),
        build_region_view(AWAY, switch=SwitchSetting(status="fail")),
    )

    assert next_rollback_steps(situation(seen, changes=DrillChanges())).complete


def test_a_switch_that_has_ended_by_itself_goes_back_to_auto() -> None:
    found = DrillBaseline(switches={AWAY: SwitchSetting(status="fail", until_epoch_s=NOW - 1)})
    seen = build_view(
        build_region_view(HOME), build_region_view(AWAY, switch=SwitchSetting(status="pass"))
    )

    steps = next_rollback_steps(
        situation(seen, baseline=found, changes=DrillChanges(switches=(AWAY,)))
    ).steps

    assert steps == (SetSwitch(region=AWAY, status="auto"),)


def test_a_switch_gets_back_its_reason_and_who_set_it() -> None:
    found = SwitchSetting(status="fail", by="bob", why="disk full", until_epoch_s=NOW + 60)
    own = SwitchSetting(status="fail", by="ann", why="drill", until_epoch_s=NOW + 60)
    touched = DrillChanges(switches=(AWAY,))

    def left(was: SwitchSetting, now: SwitchSetting) -> tuple[DrillAction, ...]:
        seen = build_view(
            build_region_view(HOME), build_region_view(AWAY, switch=now, target="unhealthy")
        )
        of_away = DrillBaseline(switches={AWAY: was})
        return next_rollback_steps(situation(seen, baseline=of_away, changes=touched)).steps

    assert left(found, own) == (
        SetSwitch(region=AWAY, status="fail", until_epoch_s=NOW + 60, by="bob", why="disk full"),
    )
    assert left(found, found) == ()
    assert left(SwitchSetting(status="fail"), SwitchSetting(status="fail", by="ann")) == ()


def test_a_switch_found_at_pass_is_looked_at_before_it_is_set_again() -> None:
    found = DrillBaseline(switches={AWAY: SwitchSetting(status="pass", why="exam")})
    touched = DrillChanges(switches=(AWAY,))

    def upcoming(status: str, target: str) -> tuple[tuple[DrillAction, ...], tuple[str, ...]]:
        switch = SwitchSetting(status=status)  # type: ignore[arg-type]  # one of the three
        seen = build_view(
            build_region_view(HOME), build_region_view(AWAY, switch=switch, target=target)
        )
        got = next_rollback_steps(situation(seen, baseline=found, changes=touched))
        return got.steps, got.held

    assert upcoming("fail", "unhealthy")[0] == (SetSwitch(region=AWAY, status="auto", why="exam"),)
    assert upcoming("auto", "unhealthy") == (
        (),
        (f"health switch of {AWAY} to pass: it is not healthy by itself now",),
    )
    assert upcoming("auto", "healthy")[0] == (SetSwitch(region=AWAY, status="pass", why="exam"),)


def test_a_switch_found_at_fail_does_not_take_the_last_region_away() -> None:
    found = DrillBaseline(switches={AWAY: SwitchSetting(status="fail")})
    seen = build_view(build_region_view(HOME, target="unhealthy"), build_region_view(AWAY))

    upcoming = next_rollback_steps(
        situation(seen, baseline=found, changes=DrillChanges(switches=(AWAY,)))
    )

    assert upcoming.steps == ()
    assert "no other Region is healthy" in upcoming.held[0]


def test_what_was_never_read_is_left_to_a_person() -> None:
    upcoming = next_rollback_steps(situation(build_view(), baseline=DrillBaseline()))

    assert len(upcoming.held) == 4
    assert all("by hand" in line for line in upcoming.held)


# --- faults that were found -----------------------------------------------------------------------

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


def as_seen(fault: Fault) -> ActiveFault:
    return ActiveFault(kind=fault.kind, region=fault.region, parameters=fault.parameters)


def upcoming(touched: DrillChanges, *now: ActiveFault, **more: object) -> RollbackSteps:
    """What a rollback does where SLOW was found, and these stand now."""
    fields: dict[str, object] = {"baseline": DrillBaseline(faults={NETWORK: (SLOW,)}), **more}
    return next_rollback_steps(situation(build_view(faults=now), changes=touched, **fields))


@pytest.mark.parametrize(
    "touched", [DrillChanges(faults=(OWN_SLOW,)), DrillChanges(cleared=(OWN_SLOW,))]
)
def test_a_fault_that_was_found_and_stands_is_left_standing(touched: DrillChanges) -> None:
    assert upcoming(touched, SLOW).complete
    assert upcoming(touched, replace(SLOW, until_epoch_s=NOW + 101)).complete


@pytest.mark.parametrize(
    "touched", [DrillChanges(faults=(OWN_SLOW,)), DrillChanges(cleared=(OWN_SLOW,))]
)
def test_a_fault_that_was_found_and_is_gone_is_injected_again_with_its_end(
    touched: DrillChanges,
) -> None:
    assert upcoming(touched) == RollbackSteps(steps=(BACK,))
    assert (
        describe_instruction(BACK)
        == f"inject network-slow of {AWAY} (delay_ms 300) again, as it was found"
    )


@pytest.mark.parametrize(
    "changed",
    [
        as_seen(OWN_SLOW),
        replace(SLOW, until_epoch_s=None),
        replace(SLOW, until_epoch_s=NOW + 500),
    ],
)
def test_a_fault_that_was_found_and_was_changed_is_injected_again(changed: ActiveFault) -> None:
    assert upcoming(DrillChanges(faults=(OWN_SLOW,)), changed) == RollbackSteps(steps=(BACK,))


def test_another_fault_of_the_same_side_ends_before_the_one_that_was_found_comes_back() -> None:
    touched = DrillChanges(faults=(OWN_CUT,))

    first = upcoming(touched, as_seen(OWN_CUT))

    assert first.steps == (ClearFault(fault=OWN_CUT),)
    assert upcoming(replace(touched, faults=(), cleared=(OWN_CUT,))).steps == (BACK,)


def test_what_was_found_and_has_ended_by_itself_meanwhile_does_not_come_back() -> None:
    touched = DrillChanges(faults=(OWN_SLOW,))
    over = DrillBaseline(faults={NETWORK: (replace(SLOW, until_epoch_s=NOW + 1),)})

    assert upcoming(touched, as_seen(OWN_SLOW), baseline=over).steps == (
        ClearFault(fault=OWN_SLOW),
    )
    assert upcoming(DrillChanges(cleared=(OWN_SLOW,)), baseline=over).complete


def test_a_fault_of_which_nothing_was_found_is_ended_whatever_can_be_read() -> None:
    for faults in ((), None, (as_seen(OWN_SLOW),)):
        seen = build_view(faults=faults)
        for state in (DrillBaseline(), DrillBaseline(faults={NETWORK: ()})):
            got = next_rollback_steps(
                situation(seen, baseline=state, changes=DrillChanges(faults=(OWN_SLOW,)))
            )
            assert got == RollbackSteps(steps=(ClearFault(fault=OWN_SLOW),))


def test_a_fault_that_was_found_waits_until_it_can_be_read_whether_it_stands() -> None:
    got = next_rollback_steps(
        situation(
            build_view(faults=(), faults_unread=(NETWORK,)),
            baseline=DrillBaseline(faults={NETWORK: (SLOW,)}),
            changes=DrillChanges(faults=(OWN_SLOW,)),
        )
    )

    assert got.steps == ()
    assert "it can't be read whether it is active" in got.held[0]


def test_a_dial_goes_up_before_a_fault_that_was_found_comes_back() -> None:
    found = DrillBaseline(dials={AWAY: 100.0}, faults={NETWORK: (SLOW,)})
    touched = DrillChanges(dials=(AWAY,), cleared=(OWN_SLOW,))
    low = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0))

    first = next_rollback_steps(situation(low, baseline=found, changes=touched))
    second = next_rollback_steps(situation(build_view(), baseline=found, changes=touched))

    assert first.steps == (SetDial(region=AWAY, percent=100.0),)
    assert "after the rest" in first.held[0]
    assert second == RollbackSteps(steps=(BACK,))


def test_a_dial_goes_up_under_a_fault_that_was_found_and_that_health_checks_do_not_see() -> None:
    seen = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0), faults=(SLOW,))
    found = DrillBaseline(dials={AWAY: 100.0}, faults={NETWORK: (SLOW,)})
    touched = DrillChanges(dials=(AWAY,), faults=(OWN_SLOW,))

    got = next_rollback_steps(situation(seen, baseline=found, changes=touched))

    assert got == RollbackSteps(steps=(SetDial(region=AWAY, percent=100.0),))


def test_a_fault_that_was_found_does_not_take_the_last_region_away() -> None:
    seen = build_view(build_region_view(HOME, target="unhealthy"), build_region_view(AWAY))
    found = DrillBaseline(faults={NETWORK: (SLOW,)})

    got = next_rollback_steps(
        situation(seen, baseline=found, changes=DrillChanges(cleared=(OWN_SLOW,)))
    )

    assert got.steps == ()
    assert "no other Region is healthy to take over" in got.held[0]


def test_what_only_the_twin_can_break_is_put_back_by_hand() -> None:
    stop = ActiveFault(kind="region-stop", region=AWAY)
    found = DrillBaseline(faults={scope_of_fault(stop): (stop,)})
    touched = DrillChanges(cleared=(Fault(kind="region-kill", region=AWAY),))

    assert next_rollback_steps(
        situation(build_view(faults=(stop,)), baseline=found, changes=touched)
    ).complete
    got = next_rollback_steps(situation(build_view(), baseline=found, changes=touched))
    assert "put it back by hand" in got.held[0]


def test_somebody_elses_fault_in_the_place_of_what_was_found_is_left_alone() -> None:
    cut = ActiveFault(kind="network-cut", region=AWAY)

    got = upcoming(DrillChanges(faults=(OWN_SLOW,)), cut)

    assert got.steps == ()
    assert "is not this drill's" in got.held[0]


def test_what_was_injected_again_is_not_injected_for_ever() -> None:
    """An experiment of AWS FIS lasts as long as its template says, whatever end it had."""
    touched = DrillChanges(cleared=(OWN_SLOW,))

    assert upcoming(
        touched, replace(SLOW, until_epoch_s=NOW + 900), reinjected_scopes={NETWORK}
    ).complete
    assert "is not active" in upcoming(touched, reinjected_scopes={NETWORK}).held[0]


# --- rollback after any prefix of any steps restores what was found -------------------------------

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


def shown(system: FakeSystem) -> SystemView:
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
def test_after_any_prefix_of_steps_what_was_found_comes_back(
    dials: dict[str, float], taken: list[DrillAction], cut: int, step: float
) -> None:
    if not any(dials.values()):
        dials = dict.fromkeys(REGIONS, 100.0)
    system = FakeSystem(dials=dict(dials))
    found = DrillBaseline(dials=dict(system.dials), switches=dict(system.switches))
    before = system.state()
    for one in taken[:cut]:
        apply(system, one)
    faults = {
        scope_of_fault(do.fault): do.fault for do in taken[:cut] if isinstance(do, InjectFault)
    }

    for _ in range(60):
        left = tuple(fault for key, fault in faults.items() if key in system.faults)
        upcoming = next_rollback_steps(
            situation(
                shown(system),
                baseline=found,
                changes=DrillChanges(dials=REGIONS, switches=REGIONS, faults=left),
                dial_step=step,
            )
        )
        if upcoming.complete:
            break
        assert upcoming.steps, upcoming.held
        doing = upcoming.steps[0]
        if isinstance(doing, SetDial) and not doing.lowers:
            assert system.is_healthy(doing.region)
        apply(system, doing)
        if isinstance(doing, SetDial):
            assert any(system.dials.values())

    assert system.state() == before


# --- whatever faults are found --------------------------------------------------------------------

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
any_found = st.builds(
    lambda kind, region, until: ActiveFault(
        kind=kind, region=region, parameters=PARAMETERS.get(kind, {}), until_epoch_s=until
    ),
    st.sampled_from((*KINDS, "region-stop")),
    regions,
    st.sampled_from((None, NOW + 300, NOW + 3000)),
)


class Process:
    """A drill's changes of the system, journaled; it may die between an entry and its deed."""

    def __init__(self, system: FakeSystem) -> None:
        self.system = system
        self.state = open_state(build_plan("evacuate"))
        sides = {fault_scope(kind, region) for kind in KINDS for region in REGIONS}
        found = shown(system)
        faults = {one: active_faults_at(found, one) or () for one in sides}
        self.add(BaselineRecorded(state=DrillBaseline(dials=dict(system.dials), faults=faults)))

    def add(self, entry: JournalEvent) -> None:
        self.state.apply(JournalLine(n=1, at_s=0.0, at=NOW, event=entry))

    def take(self, step: str, do: DrillAction, dies: int = 2) -> None:
        """`dies` 0: before the deed, 1: before it is journaled that it is done."""
        self.add(StepStarted(step=step, do=do))
        if dies > 0:
            apply(self.system, do)
        if dies > 1:
            self.add(StepDone(step=step, took_s=0.0))

    def roll_back(self, dies_at: int) -> RollbackSteps:
        """As far as it gets; once the process dies and another one goes on. What is left."""
        again: set[str] = set()
        for number in range(40):
            upcoming = self.upcoming(again)
            if not upcoming.steps:
                return upcoming
            doing = upcoming.steps[0]
            self.take(f"r{number}", doing, 0 if number == dies_at else 2)
            again = set() if number == dies_at else again
            if isinstance(doing, InjectFault) and number != dies_at:
                again.add(scope_of_fault(doing.fault))
        raise AssertionError("it goes round and round")

    def upcoming(self, again: set[str]) -> RollbackSteps:
        return next_rollback_steps(
            situation(
                shown(self.system),
                baseline=self.state.baseline,
                changes=self.state.changes,
                reinjected_scopes=frozenset(again),
            )
        )


@settings(max_examples=200)
@given(
    st.lists(any_found, max_size=4, unique_by=scope_of_fault),
    st.lists(any_step, max_size=8),
    st.integers(0, 2),
    st.integers(0, 12),
)
def test_whatever_faults_are_found_after_any_prefix_of_steps_they_stand_again(
    found: list[ActiveFault], taken: list[DrillAction], dies: int, dies_at: int
) -> None:
    system = FakeSystem(faults={scope_of_fault(one): one for one in found})
    before = system.rounded_faults()
    process = Process(system)
    for number, do in enumerate(taken):
        process.take(f"m{number}", do, dies if number == len(taken) - 1 else 2)

    left = process.roll_back(dies_at)

    if left.complete:
        assert system.rounded_faults() == before
        assert system.dials == dict.fromkeys(REGIONS, 100.0)
    else:  # only what would hurt users waits, and what the tool can't inject
        by_hand = any("by hand" in line for line in left.held)
        assert by_hand or not all(system.is_healthy(name) for name in REGIONS)


@settings(max_examples=200)
@given(st.lists(any_found, max_size=4, unique_by=scope_of_fault), st.lists(any_step, max_size=8))
def test_whatever_faults_are_found_none_that_stands_is_ended(
    found: list[ActiveFault], taken: list[DrillAction]
) -> None:
    system = FakeSystem(faults={scope_of_fault(one): one for one in found})
    before = system.rounded_faults()
    process = Process(system)
    for number, do in enumerate(taken):
        process.take(f"m{number}", do)

    cleared = [
        scope_of_fault(do.fault)
        for do in process.upcoming(set()).steps
        if isinstance(do, ClearFault)
    ]

    now = system.rounded_faults()
    assert [one for one in cleared if one in now and now[one] == before.get(one)] == []

"""What a rollback puts back, in which order, and what it leaves alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from muster.drill.entries import FoundState, Touched
from muster.drill.instructions import Clear, Effect, Inject, SetDial, SetSwitch
from muster.drill.rollback import Situation, next_steps
from muster.levers import Fault
from muster.model import Switch, SystemView
from tests.unit.muster.drill.making import AWAY, HOME, REGIONS, region_view, view
from tests.unit.muster.drill.world import World

NOW = 1_763_719_000.0


def situation(seen: SystemView, **more: object) -> Situation:
    fields: dict[str, object] = {
        "found": FoundState(
            dials=dict.fromkeys(REGIONS, 100.0), switches={name: Switch() for name in REGIONS}
        ),
        "touched": Touched(dials=REGIONS, switches=REGIONS),
        "view": seen,
        "now": NOW,
    }
    return Situation(**(fields | more))  # type: ignore[arg-type]  # free-form fields of a test


def test_nothing_is_left_when_all_is_as_it_was_found() -> None:
    assert next_steps(situation(view())).complete


def test_faults_end_first_then_switches_then_dials() -> None:
    fault = Fault(kind="throttle", region=AWAY)
    seen = view(region_view(HOME, dial=50.0, switch=Switch(status="pass")), region_view(AWAY))

    steps = next_steps(
        situation(seen, touched=Touched(dials=REGIONS, switches=REGIONS, faults=(fault,)))
    ).steps

    assert steps == (
        Clear(fault=fault),
        SetSwitch(region=HOME, status="auto"),
        SetDial(region=HOME, percent=100.0),
    )


def test_a_dial_is_not_turned_up_for_an_unhealthy_region() -> None:
    seen = view(region_view(HOME), region_view(AWAY, dial=0.0, target="unhealthy"))

    upcoming = next_steps(situation(seen))

    assert upcoming.steps == ()
    assert "no traffic is sent there" in upcoming.held[0]


def test_a_dial_waits_for_a_region_of_unknown_health() -> None:
    seen = view(region_view(HOME), region_view(AWAY, dial=0.0, target=None))

    assert next_steps(situation(seen)).held
    assert next_steps(situation(seen, answering=frozenset({AWAY}))).steps


def test_a_dial_waits_for_the_end_of_a_fault_that_no_health_check_sees() -> None:
    slow = Fault(kind="network-slow", region=AWAY)
    seen = view(region_view(HOME), region_view(AWAY, dial=0.0))

    upcoming = next_steps(situation(seen, touched=Touched(dials=REGIONS, faults=(slow,))))

    assert upcoming.steps == (Clear(fault=slow),)
    assert "no traffic is sent there" in upcoming.held[0]


def test_dials_go_up_before_others_go_down() -> None:
    found = FoundState(dials={HOME: 30.0, AWAY: 100.0})
    seen = view(region_view(HOME), region_view(AWAY, dial=30.0))

    steps = next_steps(situation(seen, found=found, touched=Touched(dials=REGIONS))).steps

    assert [step.percent for step in steps if isinstance(step, SetDial)] == [100.0, 30.0]


def test_a_dial_is_not_turned_down_when_no_other_region_serves() -> None:
    found = FoundState(dials={HOME: 0.0, AWAY: 100.0})
    seen = view(region_view(HOME), region_view(AWAY, dial=0.0, target="unhealthy"))

    upcoming = next_steps(situation(seen, found=found, touched=Touched(dials=REGIONS)))

    assert upcoming.steps == ()
    assert len(upcoming.held) == 2


def test_a_dial_goes_back_in_steps_when_told_to() -> None:
    seen = view(region_view(HOME), region_view(AWAY, dial=0.0))

    (step,) = next_steps(situation(seen, step=25.0)).steps

    assert step == SetDial(region=AWAY, percent=25.0)


def test_what_was_not_touched_is_left_alone() -> None:
    seen = view(region_view(HOME, dial=10.0), region_view(AWAY, switch=Switch(status="fail")))

    assert next_steps(situation(seen, touched=Touched())).complete


def test_a_switch_that_has_ended_by_itself_goes_back_to_auto() -> None:
    found = FoundState(switches={AWAY: Switch(status="fail", until_epoch_s=NOW - 1)})
    seen = view(region_view(HOME), region_view(AWAY, switch=Switch(status="pass")))

    steps = next_steps(situation(seen, found=found, touched=Touched(switches=(AWAY,)))).steps

    assert steps == (SetSwitch(region=AWAY, status="auto"),)


def test_a_switch_gets_back_its_reason_and_who_set_it() -> None:
    found = Switch(status="fail", by="bob", why="disk full", until_epoch_s=NOW + 60)
    own = Switch(status="fail", by="ann", why="drill", until_epoch_s=NOW + 60)
    touched = Touched(switches=(AWAY,))

    def left(was: Switch, now: Switch) -> tuple[Effect, ...]:
        seen = view(region_view(HOME), region_view(AWAY, switch=now, target="unhealthy"))
        of_away = FoundState(switches={AWAY: was})
        return next_steps(situation(seen, found=of_away, touched=touched)).steps

    assert left(found, own) == (
        SetSwitch(region=AWAY, status="fail", until_epoch_s=NOW + 60, by="bob", why="disk full"),
    )
    assert left(found, found) == ()
    assert left(Switch(status="fail"), Switch(status="fail", by="ann")) == ()


def test_a_switch_found_at_pass_is_looked_at_before_it_is_set_again() -> None:
    found = FoundState(switches={AWAY: Switch(status="pass", why="exam")})
    touched = Touched(switches=(AWAY,))

    def upcoming(status: str, target: str) -> tuple[tuple[Effect, ...], tuple[str, ...]]:
        switch = Switch(status=status)  # type: ignore[arg-type]  # one of the three
        seen = view(region_view(HOME), region_view(AWAY, switch=switch, target=target))
        got = next_steps(situation(seen, found=found, touched=touched))
        return got.steps, got.held

    assert upcoming("fail", "unhealthy")[0] == (SetSwitch(region=AWAY, status="auto", why="exam"),)
    assert upcoming("auto", "unhealthy") == (
        (),
        (f"health switch of {AWAY} to pass: it is not healthy by itself now",),
    )
    assert upcoming("auto", "healthy")[0] == (SetSwitch(region=AWAY, status="pass", why="exam"),)


def test_a_switch_found_at_fail_does_not_take_the_last_region_away() -> None:
    found = FoundState(switches={AWAY: Switch(status="fail")})
    seen = view(region_view(HOME, target="unhealthy"), region_view(AWAY))

    upcoming = next_steps(situation(seen, found=found, touched=Touched(switches=(AWAY,))))

    assert upcoming.steps == ()
    assert "no other Region is healthy" in upcoming.held[0]


def test_what_was_never_read_is_left_to_a_person() -> None:
    upcoming = next_steps(situation(view(), found=FoundState()))

    assert len(upcoming.held) == 4
    assert all("by hand" in line for line in upcoming.held)


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
        Inject,
        fault=st.builds(
            Fault, kind=st.sampled_from(("throttle", "replication-pause")), region=regions
        ),
    ),
)


def apply(world: World, step: Effect) -> None:
    match step:
        case SetDial():
            world.dials[step.region] = step.percent
        case SetSwitch():
            world.switches[step.region] = Switch(status=step.status)
        case Inject():
            world.faults[step.fault.kind, step.fault.region] = step.fault
        case Clear():
            world.faults.pop((step.fault.kind, step.fault.region), None)


def shown(world: World) -> SystemView:
    return view(
        *(
            region_view(
                name,
                dial=dial,
                switch=world.switches[name],
                endpoint="HEALTHY" if world.healthy(name) else "UNHEALTHY",
                target="healthy" if world.healthy(name) else "unhealthy",
            )
            for name, dial in world.dials.items()
        )
    )


@settings(max_examples=200)
@given(
    st.dictionaries(regions, st.sampled_from((0.0, 40.0, 100.0)), min_size=2),
    st.lists(steps, max_size=8),
    st.integers(0, 8),
    st.sampled_from((100.0, 30.0)),
)
def test_after_any_prefix_of_steps_what_was_found_comes_back(
    dials: dict[str, float], taken: list[Effect], cut: int, step: float
) -> None:
    if not any(dials.values()):
        dials = dict.fromkeys(REGIONS, 100.0)
    world = World(dials=dict(dials))
    found = FoundState(dials=dict(world.dials), switches=dict(world.switches))
    before = world.state()
    for one in taken[:cut]:
        apply(world, one)
    faults = dict(world.faults)

    for _ in range(60):
        left = tuple(fault for key, fault in faults.items() if key in world.faults)
        upcoming = next_steps(
            situation(
                shown(world),
                found=found,
                touched=Touched(dials=REGIONS, switches=REGIONS, faults=left),
                step=step,
            )
        )
        if upcoming.complete:
            break
        assert upcoming.steps, upcoming.held
        doing = upcoming.steps[0]
        if isinstance(doing, SetDial) and not doing.lowers:
            assert world.healthy(doing.region)
        apply(world, doing)
        if isinstance(doing, SetDial):
            assert any(world.dials.values())

    assert world.state() == before

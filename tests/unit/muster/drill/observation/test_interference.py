"""What counts as an interference: pure, over expectations and views."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.drill.observation.interference import (
    CONFIRM_AFTER_S,
    EXPIRY_TOLERANCE_S,
    OUTPUTS,
    SINCE_TOLERANCE_S,
    Deviation,
    Expectation,
    Expected,
    InterferenceWatch,
    Setting,
    TimedView,
    describe_deviation,
    expect_baseline,
    expect_effect,
    forget_changed,
)
from muster.drill.observation.settings_reader import read_settings
from muster.drill.plan.instructions import (
    ClearFault,
    DrillAction,
    InjectFault,
    Pause,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.levers import Fault
from muster.model import ActiveFault, SwitchSetting, SystemView
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_record_view,
    build_region_view,
    build_two_door_view,
    build_view,
)
from tests.virtual_time import EPOCH

DIAL = Setting("dial", AWAY)
CUT = Fault(kind="network-cut", region=AWAY)
NETWORK = Setting("fault", f"network of {AWAY}")
ACTIVE_CUT = ActiveFault(kind="network-cut", region=AWAY)
FOUND = expect_baseline(read_settings(build_two_door_view()), at_s=0.0)


def at(second: float, view: SystemView, length_s: float = 0.1) -> TimedView:
    """A view that was begun in this second."""
    return TimedView(view=view, began_s=second, ended_s=second + length_s, now=EPOCH + second)


def look_twice(expected: Expected, view: SystemView) -> tuple[Deviation, ...]:
    """What two views in a row confirm."""
    watch = InterferenceWatch()
    assert watch.look(expected, at(10.0, view)) == ()
    return watch.look(expected, at(12.0, view))


def dialled(percent: float | None) -> SystemView:
    return build_view(build_region_view(HOME), build_region_view(AWAY, dial=percent))


def faulty(*faults: ActiveFault) -> SystemView:
    return build_view(faults=faults)


def expect(setting: Setting, value: float | str | Fault | None, **more: float) -> Expected:
    return {setting: Expectation(value=value, since_s=0.0, **more)}


def test_a_deviation_counts_when_two_views_in_a_row_show_it() -> None:
    watch, expected = InterferenceWatch(), expect(DIAL, 0.0)

    assert watch.look(expected, at(10.0, dialled(0.0))) == ()
    assert watch.look(expected, at(12.0, dialled(50.0))) == ()
    assert watch.suspected
    (seen,) = watch.look(expected, at(14.0, dialled(50.0)))

    assert seen == Deviation(setting=DIAL, expected="0 %", found="50 %", last_good_s=10.0)


@pytest.mark.parametrize("between", [dialled(0.0), dialled(None)])
def test_a_deviation_that_the_next_view_does_not_show_does_not_count(between: SystemView) -> None:
    watch, expected = InterferenceWatch(), expect(DIAL, 0.0)

    watch.look(expected, at(10.0, dialled(50.0)))
    watch.look(expected, at(12.0, between))

    assert not watch.suspected
    assert watch.look(expected, at(14.0, dialled(50.0))) == ()


def test_a_view_confirms_nothing_that_was_begun_too_soon_after_the_first_one() -> None:
    """Both may have read the same moment."""
    watch, expected = InterferenceWatch(), expect(DIAL, 0.0)
    confirming_s = 13.0 + CONFIRM_AFTER_S

    watch.look(expected, at(10.0, dialled(50.0), length_s=3.0))

    assert watch.look(expected, at(11.0, dialled(50.0))) == ()
    assert watch.look(expected, at(confirming_s - 0.1, dialled(50.0))) == ()
    assert len(watch.look(expected, at(confirming_s, dialled(50.0)))) == 1


def test_a_view_that_ends_after_a_later_one_is_ignored() -> None:
    watch, expected = InterferenceWatch(), expect(DIAL, 0.0)

    watch.look(expected, at(10.0, dialled(50.0)))
    watch.look(expected, at(8.0, dialled(0.0), length_s=4.0))

    assert len(watch.look(expected, at(12.0, dialled(50.0)))) == 1


def test_a_view_from_before_the_step_ended_says_nothing() -> None:
    watch = InterferenceWatch()
    done = {DIAL: Expectation(value=0.0, since_s=11.0)}

    watch.look(done, at(10.0, dialled(100.0)))
    assert not watch.suspected
    watch.look(done, at(12.0, dialled(100.0)))
    (seen,) = watch.look(done, at(14.0, dialled(100.0)))

    assert seen.last_good_s == 11.0


def test_what_a_later_step_expects_is_judged_anew() -> None:
    watch = InterferenceWatch()
    first, second = (Expectation(value=0.0, since_s=since_s) for since_s in (0.0, 11.0))

    watch.look({DIAL: first}, at(10.0, dialled(50.0)))

    assert watch.look({DIAL: second}, at(12.0, dialled(50.0))) == ()


VALUES: list[tuple[DrillAction, SystemView, str, str]] = [
    (SetDial(region=AWAY, percent=25.0), dialled(30.0), "25 %", "30 %"),
    (
        SetSwitch(region=AWAY, status="fail"),
        build_view(build_region_view(AWAY, switch=SwitchSetting(status="pass"))),
        "fail",
        "pass",
    ),
    (
        SetWeight(region=AWAY, weight=0),
        build_two_door_view(build_record_view(AWAY, weight=9)),
        "0",
        "9",
    ),
    (
        SetInverted(region=AWAY, inverted=True),
        build_two_door_view(build_record_view(AWAY, inverted=False)),
        "on",
        "off",
    ),
    (InjectFault(fault=CUT), faulty(), "network-cut of us-west-2", "no fault"),
    (
        InjectFault(fault=CUT),
        faulty(replace(ACTIVE_CUT, kind="network-slow", parameters={"delay_ms": 9.0})),
        "network-cut of us-west-2",
        "network-slow of us-west-2 (delay_ms 9)",
    ),
    (ClearFault(fault=CUT), faulty(ACTIVE_CUT), "no fault", "network-cut of us-west-2"),
]


@pytest.mark.parametrize(("do", "view", "expected", "found"), VALUES)
def test_the_effect_of_a_step_that_somebody_has_changed(
    do: DrillAction, view: SystemView, expected: str, found: str
) -> None:
    after = expect_effect(
        forget_changed(FOUND, do), do, at_s=1.0, begun_at=EPOCH, done_at=EPOCH + 1.0
    )

    (seen,) = look_twice(after, view)

    assert (seen.expected, seen.found, seen.last_good_s) == (expected, found, 1.0)


@pytest.mark.parametrize(("do", "view", "_expected", "_found"), VALUES)
def test_a_step_that_is_not_done_is_not_judged(
    do: DrillAction, view: SystemView, _expected: str, _found: str
) -> None:
    assert look_twice(forget_changed(FOUND, do), view) == ()


def test_a_step_that_changes_nothing_expects_nothing() -> None:
    pause = Pause(seconds=1.0)

    assert forget_changed(FOUND, pause) == FOUND
    assert expect_effect(FOUND, pause, at_s=1.0, begun_at=EPOCH, done_at=EPOCH + 1.0) == FOUND


def test_other_parameters_of_a_fault_are_a_change() -> None:
    own = Fault(
        kind="network-slow", region=AWAY, parameters={"delay_ms": 200.0, "concurrency": 1.0}
    )
    slow = ActiveFault(kind="network-slow", region=AWAY, parameters={"delay_ms": 200.0})

    assert look_twice(expect(NETWORK, own), faulty(slow)) == ()
    (seen,) = look_twice(
        expect(NETWORK, own), faulty(replace(slow, parameters={"delay_ms": 900.0}))
    )
    assert "(delay_ms 900)" in seen.found


def test_an_equal_fault_that_began_later_is_another_one() -> None:
    """Somebody has ended the drill's fault and injected it again between two views."""
    do = InjectFault(fault=CUT)
    expected = expect_effect({}, do, at_s=1.0, begun_at=EPOCH, done_at=EPOCH + 1.0)
    own = replace(ACTIVE_CUT, since_epoch_s=EPOCH + 1.0 + SINCE_TOLERANCE_S)

    assert look_twice(expected, faulty(own)) == ()
    assert look_twice(expected, faulty(ACTIVE_CUT)) == ()
    (seen,) = look_twice(expected, faulty(replace(own, since_epoch_s=EPOCH + 1.5, by="bob")))

    assert describe_deviation("fault", "x", seen.expected, seen.found, seen.who) == (
        "network-cut of us-west-2, which this drill had injected, has become"
        " another network-cut of us-west-2, by bob"
    )


def test_a_fault_of_the_baseline_may_end() -> None:
    """Others may repair what they have broken."""
    found = expect_baseline(read_settings(faulty(ACTIVE_CUT)), at_s=0.0)

    assert look_twice(found, faulty()) == ()
    assert NETWORK not in found


def test_a_fault_that_ends_on_its_own_is_no_interference() -> None:
    do = InjectFault(fault=replace(CUT, parameters={"for_s": 30.0}))
    expected = expect_effect({}, do, at_s=1.0, begun_at=EPOCH, done_at=EPOCH + 1.0)
    watch = InterferenceWatch()
    end_s = 30.0 - EXPIRY_TOLERANCE_S

    watch.look(expected, at(end_s, faulty()))

    assert not watch.suspected
    assert len(look_twice(expected, faulty())) == 1


def test_a_fault_whose_end_only_the_views_show_may_end_then() -> None:
    """AWS FIS ends a pause when its template says:
    https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
    """
    watch, expected = InterferenceWatch(), expect(NETWORK, CUT)

    watch.look(expected, at(1.0, faulty(replace(ACTIVE_CUT, until_epoch_s=EPOCH + 20.0))))
    watch.look(expected, at(21.0, faulty()))

    assert not watch.suspected


def test_a_switch_is_expected_until_its_end() -> None:
    do = SetSwitch(region=AWAY, status="fail", for_s=11.0)
    expected = expect_effect({}, do, at_s=1.0, begun_at=EPOCH, done_at=EPOCH + 1.0)

    watch = InterferenceWatch()
    watch.look(expected, at(8.0, build_view()))
    assert watch.suspected
    watch.look(expected, at(10.0, build_view()))
    assert not watch.suspected


def test_a_twin_that_is_gone_is_a_change_of_the_deployment() -> None:
    expected: Expected = {OUTPUTS: Expectation(value=None, since_s=0.0)}
    silent = build_view(build_region_view(AWAY, dial=None), build_region_view(HOME, dial=None))

    (seen,) = look_twice(expected, replace(silent, twin_gone=True))

    words = describe_deviation(seen.setting.kind, "", seen.expected, seen.found, "")
    assert words.startswith("the deployment has changed: the twin is gone, nothing listens there")


def test_outputs_that_are_outdated_are_a_change_unless_the_accelerator_is_silent() -> None:
    expected: Expected = {OUTPUTS: Expectation(value=None, since_s=0.0)}
    silent = build_view(
        build_region_view(AWAY, dial=None), build_region_view(HOME, dial=None), outdated=("x",)
    )

    (seen,) = look_twice(expected, build_view(outdated=("a Region is new",)))
    assert seen.found == "a Region is new"
    assert look_twice(expected, silent) == ()


def test_who_has_set_a_switch_or_injected_a_fault_is_named_by_it() -> None:
    switch = SwitchSetting(status="fail", by="bob", why="exam")
    (by_switch,) = look_twice(FOUND, build_view(build_region_view(AWAY, switch=switch)))
    throttle = ActiveFault(kind="throttle", region=HOME, by="bob")
    (by_fault,) = look_twice(FOUND, build_view(faults=(throttle,)))

    assert (by_switch.who, by_fault.who) == ("bob (exam)", "bob")


def test_a_deviation_is_described_with_who_did_it_if_that_is_known() -> None:
    cut = f"network-cut of {AWAY}"

    assert describe_deviation("dial", AWAY, "0 %", "50 %", "bob") == (
        f"the dial of {AWAY} is 50 % and not 0 % any more, by bob"
    )
    assert describe_deviation("fault", "x", cut, "no fault", "") == (
        f"{cut}, which this drill had injected, was ended, it is not known by whom"
    )
    assert "has become" in describe_deviation("fault", "x", cut, f"network-slow of {AWAY}", "")
    assert "is not this drill's" in describe_deviation("fault", "x", "no fault", cut, "")
    assert describe_deviation("outputs", "", "", "a Region is new", "") == (
        "the deployment has changed: a Region is new, it is not known by whom"
    )


UNREAD_FIELDS = st.fixed_dictionaries(
    {}, optional={"dial": st.none(), "switch": st.none(), "endpoint": st.none()}
)


@st.composite
def dimmed_views(draw: st.DrawFn) -> SystemView:
    """A system as it was found, of which some or all could not be read."""
    regions = [
        build_region_view(name, **draw(UNREAD_FIELDS))
        for name in draw(st.lists(st.sampled_from((HOME, AWAY)), unique=True))
    ]
    unread_record = st.fixed_dictionaries({}, optional={"weight": st.none(), "inverted": st.none()})
    records = {name: build_record_view(name, **draw(unread_record)) for name in (HOME, AWAY)}
    view = build_view(
        build_region_view(HOME),
        build_region_view(AWAY),
        dns=draw(st.sampled_from((None, {}, records))),
        faults=draw(st.sampled_from((None, ()))),
        faults_unread=draw(st.sampled_from(((), (NETWORK.where,)))),
    )
    return replace(view, regions={one.region: one for one in regions})


@given(st.lists(dimmed_views(), min_size=1, max_size=8))
def test_what_could_not_be_read_never_deviates(views: list[SystemView]) -> None:
    watch = InterferenceWatch()

    for number, view in enumerate(views):
        assert watch.look(FOUND, at(10.0 + 2.0 * number, view)) == ()
        assert not watch.suspected


@given(
    st.lists(
        st.tuples(st.sampled_from((0.0, 50.0, None)), st.floats(0.1, 5.0)), min_size=1, max_size=12
    )
)
def test_a_dial_deviates_exactly_when_two_views_in_a_row_say_so(
    seen: list[tuple[float | None, float]],
) -> None:
    watch, expected, second = InterferenceWatch(), expect(DIAL, 0.0), 10.0
    for number, (percent, length_s) in enumerate(seen):
        confirmed = watch.look(expected, at(second, dialled(percent), length_s))
        twice = number > 0 and percent == seen[number - 1][0] == 50.0
        assert bool(confirmed) == twice
        second = second + length_s + CONFIRM_AFTER_S  # rounded as the view's end is

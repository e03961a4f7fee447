"""How far a run is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.drill.guards.context import GuardRuling, GuardVerdict
from muster.drill.journal.events import (
    DrillStopped,
    GuardsEvaluated,
    JournalEvent,
    JournalLine,
    PhaseStarted,
    RollbackHeld,
    RunClosed,
    RunOpened,
    RunResumed,
    StepDone,
    StepFailed,
    StepStarted,
)
from muster.drill.plan.instructions import AwaitApproval, SetDial, SetSwitch
from muster.drill.plan.model import DrillPlan
from muster.drill.watch.progress import RunTracker
from tests.unit.muster.drill.builders import AWAY, SHIPPED_NAMES, build_plan
from tests.unit.muster.report.sample_runs import evacuation, region_loss, three_region_loss

PLAN = build_plan("evacuate")
"""Step m1 turns a dial, m2 holds for 10 s."""
METHOD = PhaseStarted(phase="method")


def track(*events: tuple[float, JournalEvent], plan: DrillPlan = PLAN) -> RunTracker:
    tracker = RunTracker(plan, 0.0)
    for at_s, event in events:
        tracker.apply(JournalLine(n=1, at_s=at_s, at=0.0, event=event))
    return tracker


def begun(step: str) -> StepStarted:
    do = next(one.do for one in (*PLAN.hypothesis, *PLAN.steps) if one.id == step)
    return StepStarted(step=step, do=do)


def judged(ruling: GuardRuling, step: str = "m1") -> GuardsEvaluated:
    return GuardsEvaluated(
        step=step, verdicts=(GuardVerdict(guard="alarms", ruling=ruling, reason="no data"),)
    )


def test_a_step_that_runs_has_its_name_and_its_longest_time() -> None:
    progress = track((10.0, METHOD), (11.0, begun("m1"))).progress(21.0)

    assert progress.phase == "method"
    assert progress.number == 1
    assert progress.wait.what == "dial of us-west-2 to 75 %"
    assert progress.wait.since_s == 11.0
    assert progress.wait.left_s(21.0) == 890.0
    assert not progress.wait.exact


def test_a_step_that_lasts_longer_than_expected_says_so() -> None:
    """The estimate leaves out what can't be expected."""
    tracker = track((10.0, METHOD), (11.0, begun("m1")))

    in_time, late = tracker.progress(15.9), tracker.progress(16.1)

    assert not in_time.wait.is_overdue(15.9)
    assert not in_time.left_is_least
    assert late.wait.is_overdue(16.1)
    assert late.left_is_least


def test_a_step_of_a_rollback_can_last_longer_than_expected() -> None:
    turn = StepStarted(step="r1", do=SetDial(region=AWAY, percent=100.0))
    tracker = track((1.0, PhaseStarted(phase="rollback")), (2.0, turn))

    assert not tracker.progress(7.0).wait.is_overdue(7.0)
    assert tracker.progress(8.0).wait.is_overdue(8.0)


def test_a_pause_is_never_longer_than_expected() -> None:
    progress = track((10.0, METHOD), (11.0, begun("m2"))).progress(99.0)

    assert not progress.left_is_least


def test_a_run_that_is_held_or_is_not_steady_yet_may_take_longer() -> None:
    steady = track((10.0, PhaseStarted(phase="steady-state")), (11.0, begun("h1")))

    assert track((10.0, METHOD), (11.0, judged("hold"))).progress(12.0).left_is_least
    assert not steady.progress(15.0).left_is_least
    assert steady.progress(15.1).left_is_least


def test_a_pause_is_known_to_last() -> None:
    progress = track((10.0, METHOD), (11.0, begun("m2"))).progress(15.0)

    assert progress.wait.exact
    assert progress.wait.left_s(15.0) == 6.0
    assert progress.wait.left_s(30.0) == 0.0


def test_between_steps_the_phase_says_what_it_does() -> None:
    tracker = track((10.0, METHOD), (11.0, begun("m1")), (12.0, StepDone(step="m1", took_s=1.0)))

    progress = tracker.progress(13.0)

    assert progress.wait.what == "on to the next step"
    assert progress.wait.since_s == 12.0
    assert progress.wait.left_s(13.0) is None
    assert progress.number is None


def test_watching_lasts_as_long_as_the_limit_says() -> None:
    progress = track((10.0, PhaseStarted(phase="targets"))).progress(12.0)

    assert progress.wait.what == "watches"
    assert progress.wait.left_s(12.0) == PLAN.limits.steady_s - 2.0


def test_a_step_that_its_guards_hold_is_waited_for() -> None:
    held = ((10.0, METHOD), (11.0, judged("hold")))

    progress = track(*held).progress(12.0)

    assert progress.wait.what == "dial of us-west-2 to 75 %: waits until its guards pass"
    assert progress.wait.held
    assert progress.wait.left_s(12.0) == 119.0
    assert progress.number == 1
    assert track(*held, (20.0, judged("hold"))).progress(20.0).wait.since_s == 11.0
    assert not track(*held, (20.0, judged("ok"))).progress(20.0).wait.held
    assert not track(*held, (20.0, begun("m1"))).progress(20.0).wait.held


def test_guards_of_the_preflight_hold_nothing_up() -> None:
    tracker = track((1.0, PhaseStarted(phase="preflight")), (2.0, judged("hold")))

    assert not tracker.progress(3.0).wait.held


def test_a_rollback_that_holds_says_how_long_at_most() -> None:
    tracker = track((1.0, PhaseStarted(phase="rollback")), (2.0, RollbackHeld(why="sick")))

    wait = tracker.progress(12.0).wait

    assert wait.held
    assert wait.left_s(12.0) == PLAN.rollback.hold_s - 10.0


def test_a_step_of_a_rollback_has_the_time_of_its_kind() -> None:
    turn = StepStarted(step="r1", do=SetDial(region=AWAY, percent=100.0))

    wait = track((1.0, PhaseStarted(phase="rollback")), (2.0, turn)).progress(2.0).wait

    assert wait.what == "dial of us-west-2 to 100 %"
    assert wait.left_s(2.0) == 900.0


def test_a_stopped_run_has_only_its_rollback_left() -> None:
    changed = ((10.0, METHOD), (11.0, begun("m1")), (12.0, StepDone(step="m1", took_s=1.0)))
    stop = (
        (13.0, DrillStopped(cause="signal", why="SIGINT")),
        (13.0, PhaseStarted(phase="rollback")),
    )

    assert track(*changed, *stop).progress(13.0).left_s == 5.0


def test_what_is_left_of_a_rollback_is_what_is_not_put_back_yet() -> None:
    """A switch of the rollback takes its time, although it is the last thing that was begun."""
    plan = build_plan("evacuate-by-health")
    switch = next(one for one in plan.steps if isinstance(one.do, SetSwitch))
    back = SetSwitch(region=AWAY, status="auto")
    method = (METHOD, StepStarted(step=switch.id, do=switch.do), StepDone(step=switch.id, took_s=1))
    rollback = (
        DrillStopped(cause="signal", why="SIGINT"),
        PhaseStarted(phase="rollback"),
        StepStarted(step="r1", do=back),
    )

    def left_s(now_s: float, *more: JournalEvent) -> float | None:
        events = ((10.0, event) for event in (*method, *rollback, *more))
        return track(*events, plan=plan).progress(now_s).left_s

    assert (left_s(10.0), left_s(14.0), left_s(60.0)) == (30.0, 26.0, 0.0)
    assert left_s(14.0, StepDone(step="r1", took_s=3.0)) == 0.0


def test_an_approval_that_is_waited_for_says_how_to_give_it() -> None:
    do = AwaitApproval(words="Empty us-west-2")
    progress = track((10.0, METHOD), (11.0, StepStarted(step="m9", do=do))).progress(12.0)

    assert progress.wait.what.endswith(" (`muster drill approve` in another terminal gives it)")


def test_a_run_that_has_ended_has_nothing_left_until_it_is_taken_up_again() -> None:
    closed = (20.0, RunClosed(status="incomplete", exit_code=5, why="sick"))
    resumed = RunResumed(by="ann", host="desk", pid=2, boot="b", rollback=True)

    assert track(closed).progress(21.0).left_s is None
    assert track(closed).progress(21.0).wait.what == "has ended"
    assert track(closed, (30.0, resumed)).progress(31.0).left_s is not None


def test_each_step_of_the_method_says_how_it_went() -> None:
    tracker = track(
        (10.0, METHOD),
        (11.0, begun("m1")),
        (12.0, StepDone(step="m1", took_s=1.0)),
        (13.0, begun("m2")),
        (14.0, begun("m3")),
        (15.0, StepFailed(step="m3", why="refused")),
    )

    first, second, third, fourth = tracker.steps()[:4]

    assert (first.name, first.took_s) == ("dial of us-west-2 to 75 %", 1.0)
    assert (second.began_s, second.took_s) == (13.0, None)
    assert third.failed
    assert (fourth.began_s, fourth.expected_s) == (None, 10.0)
    assert not any(step.stopped for step in tracker.steps())

    tracker.apply(
        JournalLine(n=1, at_s=16.0, at=0.0, event=DrillStopped(cause="step", why="refused"))
    )
    assert [step.stopped for step in tracker.steps()[:4]] == [False, True, True, True]


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_a_new_run_is_expected_to_take_about_as_long_as_its_plan_says(name: str) -> None:
    plan = build_plan(name)

    left_s = track(plan=plan).progress(0.0).left_s

    method_s = sum(step.expected_s for step in plan.steps)
    assert left_s is not None
    assert left_s >= method_s + 2 * plan.limits.steady_s


@pytest.mark.parametrize("records", [region_loss(), evacuation(), three_region_loss()])
def test_what_is_left_of_a_run_never_grows_while_it_goes_as_planned(records: object) -> None:
    lines = getattr(records, "lines")  # noqa: B009
    opened = lines[0].event
    assert isinstance(opened, RunOpened)
    tracker = RunTracker(opened.plan, lines[0].at_s)
    left = []
    for line in lines:
        tracker.apply(line)
        left.append(tracker.progress(line.at_s).left_s or 0.0)

    assert left == sorted(left, reverse=True)


@given(now_s=st.floats(0.0, 1e6))
def test_nothing_is_ever_left_for_less_than_no_time(now_s: float) -> None:
    progress = track((10.0, METHOD), (11.0, begun("m1"))).progress(now_s)

    assert progress.left_s is not None
    assert progress.left_s >= 0.0
    assert (progress.wait.left_s(now_s) or 0.0) >= 0.0

"""The lines that a person reads while a drill runs."""

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    DrillStopped,
    GuardsEvaluated,
    InterferenceSeen,
    JournalEvent,
    RollbackGaveUp,
    RollbackHeld,
    RunClosed,
    SteadyStateDeviated,
    StepDone,
    StepFailed,
    StepRetried,
    StepStarted,
)
from muster.drill.plan.instructions import SetDial
from muster.drill.view.narrator import NamingNarrator, Narrator
from tests.unit.muster.drill.builders import AWAY, build_plan


def tell(narrator: Narrator, *events: JournalEvent) -> list[str]:
    return [line for event in events for line in narrator.lines(event)]


def test_guards_with_the_same_finding_share_a_line() -> None:
    unread = "the dial of us-west-2 can't be read"
    verdicts = (
        GuardVerdict(guard="dial-step", ruling="hold", reason=unread),
        GuardVerdict(guard="alarms", ruling="refuse", reason="x in ALARM"),
        GuardVerdict(guard="all-dials-zero", ruling="hold", reason=unread),
        GuardVerdict(guard="capacity", ruling="ok", reason="room enough"),
    )

    assert tell(Narrator(), GuardsEvaluated(step="m1", verdicts=verdicts)) == [
        f"m1: guards dial-step, all-dials-zero hold for now: {unread}",
        "m1: guard alarms refuses: x in ALARM",
    ]


def test_guards_that_all_pass_have_no_line() -> None:
    passed = GuardVerdict(guard="lease", ruling="ok", reason="free")

    assert tell(Narrator(), GuardsEvaluated(step="m1", verdicts=(passed,))) == []


def test_a_stop_by_guards_does_not_repeat_their_findings() -> None:
    """They are shown before it, and at the end."""
    assert tell(Narrator(), DrillStopped(cause="guard", why="m1: alarms refuses")) == [
        "stops (guard)"
    ]
    assert tell(Narrator(), DrillStopped(cause="signal", why="SIGINT")) == [
        "stops (signal): SIGINT"
    ]


def test_a_reason_is_written_out_where_it_comes_up_and_at_the_end() -> None:
    """It is in the events of the step, of the stop and of the end."""
    why = "error-rate at most 1 %: not within 30 s; it is 3 %"
    stopped = f"step m3 (Users are served again): {why}"

    assert tell(
        Narrator(),
        StepFailed(step="m3", why=why),
        DrillStopped(cause="step", why=stopped),
        RunClosed(status="stopped", exit_code=4, why=stopped),
    ) == [
        f"m3: failed: {why}",
        "stops (step): step m3 (Users are served again)",
        f"stopped, and rolled back: {stopped}",
    ]


def test_what_a_rollback_waits_for_is_not_repeated_when_it_gives_up() -> None:
    why = "us-west-2 is unhealthy"

    assert tell(Narrator(), RollbackHeld(why=why), RollbackGaveUp(why=why)) == [
        "rollback holds: us-west-2 is unhealthy",
        "rollback incomplete",
    ]
    assert tell(Narrator(), RollbackHeld(why="sick"), RollbackGaveUp(why="still sick")) == [
        "rollback holds: sick",
        "rollback incomplete: still sick",
    ]


def test_a_deviation_names_its_step_and_not_its_reason_again() -> None:
    assert tell(
        Narrator(),
        StepFailed(step="h1", why="errors"),
        SteadyStateDeviated(step="h1", why="step h1 (The service answers): errors"),
    ) == ["h1: failed: errors", "deviated: step h1 (The service answers)"]


def test_an_interference_is_not_described_again_when_the_drill_stops_for_it() -> None:
    seen = InterferenceSeen(
        what="dial", where=AWAY, expected="0 %", found="50 %", who="bob", good_before_s=2.0
    )

    described, stopped = tell(
        Narrator(), seen, DrillStopped(cause="interference", why=seen.describe())
    )

    assert seen.describe() in described
    assert stopped == "stops (interference)"


def test_names_stand_for_the_ids_of_steps() -> None:
    """Also of a rollback, which is in no plan."""
    turn = SetDial(region=AWAY, percent=100.0)
    hold = GuardVerdict(guard="alarms", ruling="hold", reason="no data")

    assert tell(
        NamingNarrator(build_plan("evacuate")),
        GuardsEvaluated(step="m1", verdicts=(hold,)),
        StepRetried(step="m1", attempt=1, why="throttled", wait_s=0.7),
        StepStarted(step="r1", do=turn),
        StepDone(step="r1", took_s=2.0),
        StepDone(step="r2", took_s=2.0),
    ) == [
        "dial of us-west-2 to 75 %: guard alarms holds for now: no data",
        "dial of us-west-2 to 75 %: try 1 failed: throttled; again in 0.7 s",
        "dial of us-west-2 to 100 %: done in 2 s",
        "r2: done in 2 s",
    ]

"""The state of a run after the events of its journal."""

from dataclasses import replace
from pathlib import Path

import pytest

from muster.drill.guards.expected_alarms import Disturbance
from muster.drill.journal.events import (
    DrillStopped,
    JournalEvent,
    JournalLine,
    NoteAdded,
    PhaseStarted,
    RollbackGaveUp,
    RunClosed,
    RunResumed,
    StepDone,
    StepStarted,
)
from muster.drill.journal.run_state import RunState, fold_journal
from muster.drill.plan.changes import DrillChanges
from muster.drill.plan.instructions import ClearFault, InjectFault, SetDial
from muster.levers import Fault
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.drill.journal.builders import write_journal


def test_a_started_step_may_have_taken_effect(tmp_path: Path) -> None:
    lines = write_journal(tmp_path / "journal.jsonl")

    state = fold_journal(lines[:5])

    assert state.changes.dials == (AWAY,)
    assert [fault.kind for fault in state.changes.faults] == ["throttle"]
    assert state.broken == {AWAY}
    assert [step.id for step in state.remaining_steps][:2] == ["m1", "m2"]
    assert fold_journal(lines).finished


def test_a_journal_without_an_opening_is_an_error() -> None:
    with pytest.raises(ValueError, match="is empty"):
        fold_journal(())
    with pytest.raises(ValueError, match="does not begin"):
        fold_journal((JournalLine(n=1, at_s=0.0, at=0.0, event=NoteAdded(words="x")),))


def open_run(boot: str = "boot-1") -> RunState:
    opened = replace(build_run_opened(build_plan("evacuate")), boot=boot)
    return fold_journal([JournalLine(n=1, at_s=0.0, at=0.0, event=opened)])


def apply(state: RunState, at_s: float, event: JournalEvent) -> None:
    state.apply(JournalLine(n=1, at_s=at_s, at=at_s, event=event))


def test_the_steps_with_marks_bound_the_outage() -> None:
    """In the plan of evacuate, m1 begins the cause, m7 leaves the others alone, m10 ends it."""
    state = open_run()
    marked = {step.marks: step for step in state.plan.steps if step.marks}
    assert list(marked) == ["away", "alone", "back"]
    for number, step in enumerate(marked.values()):
        apply(state, 10.0 * number, StepStarted(step=step.id, do=step.do))
        apply(state, 10.0 * number + 5.0, StepDone(step=step.id, took_s=5.0))

    assert state.marks == {"away": 0.0, "alone": 15.0, "back": 20.0}
    assert state.cause_done_s == 5.0


def test_a_rollback_ends_the_cause_too() -> None:
    state = open_run()
    first = next(step for step in state.plan.steps if step.marks == "away")
    apply(state, 1.0, StepStarted(step=first.id, do=first.do))
    apply(state, 2.0, StepStarted(step="r1", do=SetDial(region=AWAY, percent=100.0)))

    assert state.marks == {"away": 1.0, "back": 2.0}


@pytest.mark.parametrize(("boot", "emptied_s"), [("boot-1", 5.0), ("boot-2", 70.0)])
def test_after_a_reboot_a_region_counts_as_emptied_at_the_resumption(
    boot: str, emptied_s: float
) -> None:
    """The clock of the first boot says nothing any more."""
    state = open_run()
    apply(state, 4.0, StepStarted(step="m1", do=SetDial(region=AWAY, percent=0.0, lowers=True)))
    apply(state, 5.0, StepDone(step="m1", took_s=1.0))
    apply(state, 6.0, RunClosed(status="incomplete", exit_code=5, why="sick"))

    apply(state, 70.0, RunResumed(by="ann", host="desk", pid=2, boot=boot, rollback=True))

    assert state.emptied_s == {AWAY: emptied_s}
    assert state.closed is None


def test_a_cleared_fault_is_no_longer_a_change_and_its_region_stays_broken() -> None:
    state, throttle = open_run(), Fault(kind="throttle", region=AWAY)
    apply(state, 1.0, StepStarted(step="m1", do=InjectFault(fault=throttle)))
    apply(state, 2.0, StepDone(step="m1", took_s=1.0))
    apply(state, 3.0, StepStarted(step="m2", do=ClearFault(fault=throttle)))
    assert state.changes == DrillChanges(faults=(throttle,), cleared=(throttle,))

    apply(state, 4.0, StepDone(step="m2", took_s=1.0))

    assert state.changes == DrillChanges(cleared=(throttle,))
    assert state.broken == {AWAY}
    assert state.disturbed == {Disturbance("health", AWAY), Disturbance("replication", AWAY)}


def test_the_first_stop_counts_and_a_new_rollback_may_complete_the_last_one() -> None:
    state = open_run()
    apply(state, 1.0, DrillStopped(cause="signal", why="SIGINT"))
    apply(state, 2.0, DrillStopped(cause="step", why="later"))
    apply(state, 3.0, RollbackGaveUp(why="unhealthy"))
    assert state.incomplete == "unhealthy"

    apply(state, 4.0, PhaseStarted(phase="rollback"))

    assert state.incomplete == ""
    assert state.stopped == DrillStopped(cause="signal", why="SIGINT")

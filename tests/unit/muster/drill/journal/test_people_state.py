"""What a run asks people, and what it knows that they have told."""

from muster.drill.journal.events import (
    ApprovalAnswered,
    DrillStopped,
    JournalEvent,
    JournalLine,
    MomentMarked,
    RunResumed,
    StepDone,
    StepFailed,
    StepStarted,
)
from muster.drill.journal.people_state import PeopleState, Question
from muster.drill.plan.instructions import AwaitApproval, Pause

ASKED = StepStarted(step="m3", do=AwaitApproval(words="go on"))
YES = ApprovalAnswered(step="m3", approved=True, by="ann@desk", host="desk", order=4)
NO = ApprovalAnswered(step="m3", approved=False, by="ann@desk", host="desk", order=4)
PAGED = MomentMarked(words="paged", marked_at=77.0, by="ben@desk", host="desk", order=2)


def after(*events: JournalEvent) -> PeopleState:
    state = PeopleState()
    for n, event in enumerate(events, start=1):
        state.apply(JournalLine(n=n, at_s=float(n), at=100.0 + n, event=event))
    return state


def test_a_step_that_waits_for_approval_asks_by_the_number_of_its_line() -> None:
    assert after(PAGED, ASKED).question == Question(n=2, step="m3", words="go on")
    assert after(StepStarted(step="m3", do=Pause(seconds=1.0))).question is None


def test_a_resumed_run_asks_nothing_until_it_asks_anew() -> None:
    resumed = RunResumed(by="ann@desk", host="desk", pid=1, boot="b", rollback=False)

    assert after(ASKED, resumed).question is None
    assert after(ASKED, resumed, ASKED).question == Question(n=3, step="m3", words="go on")


def test_nothing_is_asked_once_there_is_an_answer_or_an_end() -> None:
    for end in (
        YES,
        NO,
        StepDone(step="m3", took_s=1.0),
        StepFailed(step="m3", why="late"),
        DrillStopped(cause="signal", why="SIGINT"),
    ):
        assert after(ASKED, end).question is None


def test_the_state_keeps_who_has_told_what_and_when() -> None:
    state = after(PAGED, ASKED, YES)

    assert state.answers == {"m3": YES}
    assert state.orders == {2, 4}
    assert state.marked_at == [77.0]
    assert state.approved_at == [103.0]
    assert after(ASKED, NO).approved_at == []

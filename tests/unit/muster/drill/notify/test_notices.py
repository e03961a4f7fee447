"""Which events are told to others, and in which words."""

import pytest

from muster.drill.journal.events import (
    DrillStopped,
    JournalEvent,
    NoteAdded,
    PhaseStarted,
    RollbackGaveUp,
    RollbackHeld,
    RunClosed,
    RunResumed,
    StepDone,
    StepStarted,
)
from muster.drill.notify.notices import make_notice, make_test_notice, select_numbers
from muster.drill.notify.payloads import make_payload
from muster.drill.plan.instructions import AwaitApproval
from tests.unit.muster.drill.notify.builders import AT, OPENED, line_of

RESUMED = RunResumed(by="bob", host="other", pid=2, boot="b", rollback=False)


@pytest.mark.parametrize(
    ("event", "kind", "headline"),
    [
        (OPENED, "begin", "drill begins"),
        (RESUMED, "begin", "drill is resumed"),
        (
            RunResumed(by="bob", host="x", pid=2, boot="b", rollback=True),
            "begin",
            "drill is rolled back",
        ),
        (DrillStopped(cause="signal", why="SIGINT"), "stop", "drill stops (signal)"),
        (RollbackHeld(why="no dial"), "person-needed", "a person is needed: the rollback waits"),
        (
            RollbackGaveUp(why="no dial"),
            "person-needed",
            "a person is needed: the rollback is incomplete",
        ),
        (
            StepStarted(step="m3", do=AwaitApproval(words="go on")),
            "person-needed",
            "a person is needed: the drill asks",
        ),
        (RunClosed(status="met", exit_code=0, why="RTO 3 s"), "end", "drill ended: targets met"),
        (
            RunClosed(status="met", exit_code=0, why="late", reliable=False),
            "end",
            "drill ended: measurement not reliable",
        ),
        (
            RunClosed(status="incomplete", exit_code=5, why="no dial"),
            "end",
            "drill ended: INCOMPLETE, not everything is as before the drill",
        ),
    ],
)
def test_the_moments_that_matter_to_others(event: JournalEvent, kind: str, headline: str) -> None:
    notice = make_notice(line_of(event), OPENED)

    assert notice is not None
    assert (notice.kind, notice.headline) == (kind, headline)
    assert (notice.id, notice.at) == (f"{OPENED.run}/7", AT)
    assert (notice.scenario, notice.region, notice.target) == ("evacuate", "us-west-2", "a test")


@pytest.mark.parametrize(
    "event", [PhaseStarted(phase="method"), NoteAdded(words="x"), StepDone(step="m1", took_s=1.0)]
)
def test_routine_is_told_to_nobody(event: JournalEvent) -> None:
    assert make_notice(line_of(event), OPENED) is None


@pytest.mark.parametrize(
    "event", [RollbackGaveUp(why="x"), RunClosed(status="incomplete", exit_code=5, why="x")]
)
def test_an_incomplete_rollback_names_the_command_and_the_machine(event: JournalEvent) -> None:
    notice = make_notice(line_of(event), OPENED)

    assert notice is not None
    assert notice.todo == f"on desk: muster drill rollback {OPENED.run}"


@pytest.mark.parametrize("reliable", [True, False])
def test_the_end_tells_whether_its_status_counts(reliable: bool) -> None:
    closed = RunClosed(status="missed", exit_code=1, why="late", reliable=reliable)

    notice = make_notice(line_of(closed), OPENED)

    assert notice is not None
    assert (notice.status, notice.reliable) == ("missed", reliable)
    assert make_payload(notice, "json")["reliable"] is reliable


def test_who_is_to_approve_is_told_what_and_how() -> None:
    asked = StepStarted(step="m3", do=AwaitApproval(words="Empty us-west-2"))

    notice = make_notice(line_of(asked), OPENED)

    assert notice is not None
    assert notice.why == "wait for approval: Empty us-west-2"
    assert notice.todo == f"on desk: muster drill approve {OPENED.run} (or with --no)"


def test_a_run_that_is_taken_over_names_who_did() -> None:
    notice = make_notice(line_of(RESUMED), OPENED)

    assert notice is not None
    assert notice.why == "by bob on other"


def test_the_end_has_the_numbers_of_the_result_and_no_more() -> None:
    result = {"rto_s": 3.2, "requests": 10, "trusted": True, "summary": {"large": 1}}

    assert select_numbers(result) == {"rto_s": 3.2, "requests": 10, "trusted": True}
    assert select_numbers(None) == {}


def test_the_end_tells_when_people_noticed_and_decided() -> None:
    people = {"notice_s": 42.0, "decide_s": 70.0}

    assert select_numbers({"people": people, "why": "met"}) == {"people": people}


def test_a_test_notice_belongs_to_no_run() -> None:
    notice = make_test_notice(target="a test", by="ann", at=AT)

    assert (notice.kind, notice.run, notice.id) == ("test", "", "test/1795255327")

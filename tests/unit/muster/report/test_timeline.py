"""Journal entries as rows of steps and phases, and as marks in the charts."""

import pytest

from muster.drill.journal.events import (
    ApprovalAnswered,
    DrillStopped,
    MomentMarked,
    RunResumed,
    StepStarted,
)
from muster.measure.people import PeopleTimes
from muster.report.build import build_report
from muster.report.document import build_document
from muster.report.metric_rows import key_metrics
from muster.report.timeline import LONGEST_LABEL
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.report.sample_runs import (
    interrupted_evacuation,
    region_loss,
)
from tests.unit.muster.report.staged_run import (
    START_AT,
    START_S,
    play_drill,
    staged_records,
)


def test_a_phase_is_described_without_the_terminals_drawing() -> None:
    words = {row.words for row in build_report(region_loss()).journal if row.kind == "phase"}

    assert words == {"preflight", "steady-state", "method", "targets", "rollback", "closing"}


def test_an_interrupted_step_has_begun_and_has_no_end() -> None:
    steps = build_report(interrupted_evacuation()).steps

    last = [step for step in steps if step.start_s is not None][-1]

    assert (last.id, last.outcome, last.end_s) == ("m7", "begun", None)


def test_cause_and_return_are_marked() -> None:
    report = build_report(region_loss())

    labels = [(event.label, event.kind) for event in report.events]
    assert labels == [("m1 cause", "cause"), ("m6 return", "return")]
    assert report.cause_s == pytest.approx(report.events[0].at_s)


def test_what_people_say_is_marked_at_the_moment_of_which_they_speak() -> None:
    run = play_drill(build_plan("region-loss"), until="m3")
    cause_s = run.lost_s or 0.0
    noticed_at = START_AT + cause_s - START_S + 7.0
    words = "the alarm of the error rate has rung twice"
    run.record(
        MomentMarked(words=words, marked_at=noticed_at, by="ben", host="desk", order=1),
        after_s=30.0,
    )
    run.record(ApprovalAnswered(step="m3", approved=True, by="ann", host="desk", order=2))
    approved_at = run.lines[-1].at

    report = build_report(staged_records(run))

    noticed, approved = (event for event in report.events if event.kind == "person")
    assert noticed.at_s == pytest.approx(cause_s + 7.0 - report.origin_s)
    assert words.startswith(noticed.label.removesuffix(" …").removesuffix("…"))
    assert len(noticed.label) <= LONGEST_LABEL
    assert words in noticed.words
    assert (approved.label, approved.words) == ("m3 approved", "m3: approved by ann")
    assert report.people.notice_s == pytest.approx(7.0)
    assert report.people.decide_s == pytest.approx(approved_at - noticed_at)
    assert build_document(report)["people"]["notice_s"] == pytest.approx(7.0)
    labels = [row.label for row in key_metrics(report)]
    assert labels[-2:] == ["Time to notice", "Time to decide"]


def test_people_who_say_nothing_have_no_times() -> None:
    report = build_report(region_loss())

    assert report.people == PeopleTimes()
    assert "Time to notice" not in [row.label for row in key_metrics(report)]


def test_the_steps_of_a_rollback_have_rows() -> None:
    run = play_drill(build_plan("evacuate"), until="m7")
    run.record(DrillStopped(cause="signal", why="SIGINT"))
    run.start_phase("rollback")
    do = run.plan.steps[-1].do
    run.record(StepStarted(step="r1", do=do))

    report = build_report(staged_records(run))

    assert report.status == "stopped"
    assert [target.met for target in report.targets] == [None, None]
    assert "Not judged: the drill was cut short." in report.targets[0].words
    assert [(s.id, s.phase) for s in report.steps][-1] == ("r1", "rollback")
    assert ("stop", "stop") in [(event.label, event.kind) for event in report.events]
    assert report.verdict.sentences[0] == "SIGINT stopped it (Ctrl-C)."


def test_a_step_that_was_cut_off_by_a_stop_ends_with_it() -> None:
    run = play_drill(build_plan("evacuate"), until="m7")
    run.record(DrillStopped(cause="signal", why="SIGINT"))
    stopped_s = run.lines[-1].at_s - run.lines[0].at_s

    (step,) = (one for one in build_report(staged_records(run)).steps if one.id == "m7")

    assert step.outcome == "begun"
    assert step.end_s == pytest.approx(stopped_s)
    assert step.why == "cut off by the stop; it may have been taken"


def test_a_step_of_a_killed_process_has_no_end() -> None:
    run = play_drill(build_plan("evacuate"), until="m7")
    (killed,) = (one for one in build_report(staged_records(run)).steps if one.id == "m7")
    run.record(RunResumed(by="ben", host="desk", pid=2, boot="boot-1", rollback=True))
    run.record(DrillStopped(cause="operator", why="rolled back by hand"))

    report = build_report(staged_records(run))

    (step,) = (one for one in report.steps if one.id == "m7")
    assert killed.why == "the journal breaks off; it may have been taken"
    assert (step.outcome, step.end_s) == ("begun", None)
    assert step.why == "its process ended; it may have been taken"
    assert "by hand" in report.verdict.sentences[0]

"""The spans of runs over a fake system."""

import json

import pytest

from muster.drill.journal.events import (
    JournalEvent,
    JournalLine,
    NoteAdded,
    PhaseStarted,
    RunClosed,
    RunStatus,
    StepRetried,
    StepStarted,
)
from muster.drill.notify.spans import RunSpan, list_spans
from muster.drill.plan.instructions import Pause
from muster.drill.run.stop import StopRequest
from tests.unit.muster.drill.builders import AWAY
from tests.unit.muster.drill.fake_system import FakeSystem
from tests.unit.muster.drill.notify.builders import OPENED
from tests.unit.muster.drill.run.builders import Drill, make_short_plan, run_until_killed


def drill_spans(drill: Drill) -> tuple[RunSpan, ...]:
    return list_spans(drill.journal_lines())


def make_drill() -> Drill:
    return Drill(FakeSystem(), make_short_plan("evacuate"))


def lines_of(*events: JournalEvent) -> list[JournalLine]:
    """One event a second."""
    return [JournalLine(n=n, at_s=n, at=float(n), event=event) for n, event in enumerate(events, 1)]


def names_below(spans: tuple[RunSpan, ...], parent: int) -> list[str]:
    return [span.name for span in spans if span.parent == parent]


def test_a_run_has_phases_and_a_phase_has_steps() -> None:
    drill = Drill(FakeSystem(), make_short_plan("region-loss"))
    closed = drill.run()

    spans = drill_spans(drill)

    assert spans[0].name == "drill region-loss"
    assert names_below(spans, 0) == [
        "preflight", "steady-state", "method", "targets", "rollback", "closing",
    ]  # fmt: skip
    method = next(n for n, span in enumerate(spans) if span.name == "method")
    assert f"inject region-kill of {AWAY}" in names_below(spans, method)
    assert spans[0].attributes["muster.status"] == closed.status
    assert spans[0].attributes["muster.region"] == AWAY


@pytest.mark.parametrize("stopped", [False, True])
def test_every_span_lies_within_the_one_around_it(stopped: bool) -> None:
    drill = make_drill()

    def request_stop(stop: StopRequest) -> None:
        stop.request("signal", "SIGINT")

    drill.run(stop=request_stop if stopped else None)
    spans = drill_spans(drill)

    for span in spans:
        assert span.end is not None
        assert span.begin <= span.end
        if span.parent is not None:
            around = spans[span.parent]
            assert around.end is not None
            assert around.begin <= span.begin <= span.end <= around.end


def test_the_journal_of_a_killed_run_has_spans_up_to_its_last_line() -> None:
    for events in range(1, 40):
        drill = make_drill()
        if not run_until_killed(drill, events):
            break
        spans = drill_spans(drill)
        assert all(span.end is not None for span in spans), json.dumps(drill.lines)


@pytest.mark.parametrize(
    ("status", "error"), [("met", ""), ("missed", "missed: why"), ("incomplete", "incomplete: why")]
)
def test_a_run_that_was_not_met_counts_as_failed(status: RunStatus, error: str) -> None:
    closed = RunClosed(status=status, exit_code=0, why="why")

    (run,) = list_spans(lines_of(OPENED, closed))

    assert run.error == error


def test_a_run_whose_numbers_can_not_be_trusted_counts_as_failed() -> None:
    closed = RunClosed(status="met", exit_code=0, why="measurement not reliable", reliable=False)

    (run,) = list_spans(lines_of(OPENED, closed))

    assert run.error == "measurement not reliable"


def test_a_stopped_run_counts_as_failed_with_its_reason() -> None:
    drill = make_drill()
    drill.run(stop=lambda stop: stop.request("signal", "SIGINT"))

    run = drill_spans(drill)[0]

    assert run.error.startswith("stopped: SIGINT")
    assert [event.name for event in run.events] == []


def test_what_a_person_reads_is_an_event_of_the_step_under_way() -> None:
    retried = StepRetried(step="m1", attempt=1, why="busy", wait_s=0.5)

    spans = list_spans(
        lines_of(
            OPENED,
            PhaseStarted(phase="method"),
            StepStarted(step="m1", do=Pause(seconds=1.0)),
            retried,
            PhaseStarted(phase="rollback"),
            NoteAdded(words="a remark"),
        )
    )

    run, method, step, rollback = spans
    assert [(event.at, event.name) for event in step.events] == [(4.0, "retried")]
    assert (step.end, method.end) == (5.0, 5.0)  # with the phase around it
    assert [event.words for event in rollback.events] == ["note: a remark"]
    assert (run.events, run.end) == ([], 6.0)


def test_a_journal_without_a_line_has_no_span() -> None:
    assert list_spans([]) == ()

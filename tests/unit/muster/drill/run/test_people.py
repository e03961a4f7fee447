"""A drill that waits for somebody's word, and marks of people."""

from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest

from muster.drill.journal.events import ApprovalAnswered, MomentMarked, StepStarted
from muster.drill.journal.orders import ApprovalOrder, MarkOrder, PersonOrder, UnreadableOrder
from muster.drill.plan.instructions import AwaitApproval
from muster.drill.plan.model import DrillPlan
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.drill.fake_system import FakeSystem, decode_state
from tests.unit.muster.drill.run.builders import (
    Drill,
    event_time_s,
    journaled_notes,
    record_notes,
    step_id,
    was_killed,
)
from tests.virtual_time import EPOCH


class People:
    """Implements OrderInbox: an answer to each question, and orders that are there at once.

    `late`: an order that is there once the drill asks.
    """

    def __init__(
        self,
        drill: Drill,
        *,
        approve: bool | None = None,
        orders: tuple[object, ...] = (),
        late: PersonOrder | None = None,
    ) -> None:
        self._drill = drill
        self._approve = approve
        self._orders = list(orders)
        self._late = late
        drill.ports["orders"] = self

    def read(self, known: Collection[int]) -> Iterator[tuple[int, PersonOrder | UnreadableOrder]]:
        question = decode_state(self._drill.lines).people.question
        if question is not None and self._approve is not None:
            self._orders.append(answer(question.n, approved=self._approve))
        if question is not None and self._late is not None:
            self._orders.append(self._late)
            self._late = None
        for number, order in enumerate(self._orders, start=1):
            if number not in known:
                assert isinstance(order, PersonOrder | UnreadableOrder)
                yield number, order


def answer(question: int, *, approved: bool = True) -> ApprovalOrder:
    return ApprovalOrder(question=question, approved=approved, by="ann@desk", host="desk")


def mark(at: float) -> MarkOrder:
    return MarkOrder(words="on-call paged", marked_at=at, by="ben@pager", host="pager")


def plan_with_approval(decide: str = "30s") -> DrillPlan:
    return build_plan("gray-failure", {"decide": decide, "unnoticed": "5s"})


def make_drill(plan: DrillPlan | None = None) -> tuple[Drill, FakeSystem, str]:
    """A drill that asks, over a system, and the id of the step that asks."""
    plan = plan or plan_with_approval()
    system = FakeSystem()
    return Drill(system, plan), system, step_id(plan, AwaitApproval)


def test_a_shipped_scenario_asks_nobody_unless_told() -> None:
    plan = build_plan("gray-failure")

    assert not [step for step in plan.steps if isinstance(step.do, AwaitApproval)]


def test_a_drill_goes_on_when_somebody_approves() -> None:
    drill, system, asking = make_drill()
    People(drill, approve=True)

    closed = drill.run()

    state = decode_state(drill.lines)
    assert closed.status in ("met", "missed")
    assert asking in state.done
    assert state.people.answers[asking].by == "ann@desk"
    assert f"switch {AWAY} fail" in system.changes
    assert event_time_s(drill, "answered", asking) < event_time_s(drill, "begun", "m5")


def test_waiting_for_approval_is_shown_with_the_command_that_gives_it() -> None:
    drill, _, asking = make_drill()
    drill.ports["muster"] = "muster --runs here"
    notes = record_notes(drill)
    People(drill, approve=True)

    drill.run()

    assert notes == [
        f"{asking} waits for approval: Send the users of {AWAY} to another Region"
        " (`muster --runs here drill approve 2026-11-21T10-00-00-test`, or with --no),"
        " for 30 s at most; Ctrl-C ends the drill, and rolls back"
    ]


def test_a_refusal_stops_the_drill_and_rolls_back() -> None:
    drill, system, asking = make_drill()
    before = system.state()
    People(drill, approve=False)

    closed = drill.run()

    stopped = decode_state(drill.lines).stopped
    assert (closed.status, closed.exit_code) == ("stopped", 4)
    assert stopped is not None
    assert stopped.cause == "not-approved"
    assert f"{asking} (" in stopped.why
    assert stopped.why.endswith("ann@desk refused it")
    assert f"switch {AWAY} fail" not in system.changes
    assert system.state() == before
    assert system.lease is None


def test_silence_stops_the_drill_when_the_time_is_over() -> None:
    drill, system, asking = make_drill()
    before = system.state()

    closed = drill.run()

    assert (closed.status, closed.exit_code) == ("stopped", 4)
    assert closed.why.endswith("nobody approved it within 30 s")
    waited_s = event_time_s(drill, "failed", asking) - event_time_s(drill, "begun", asking)
    assert 30.0 <= waited_s < 31.0
    assert system.state() == before


def test_a_drill_that_is_not_approved_before_it_has_changed_anything_is_refused() -> None:
    plan = plan_with_approval()
    asking = next(step for step in plan.steps if isinstance(step.do, AwaitApproval))
    drill, system, _ = make_drill(replace(plan, steps=(asking, *plan.steps)))
    People(drill, approve=False)

    closed = drill.run()

    assert (closed.status, closed.exit_code) == ("refused", 3)
    assert system.changes == []


def test_stop_conditions_hold_while_a_drill_waits() -> None:
    drill, system, _ = make_drill(plan_with_approval(decide="1h"))
    system.on_change = lambda changed: setattr(changed, "error_share", 1.0)

    closed = drill.run()

    stopped = decode_state(drill.lines).stopped
    assert closed.status == "stopped"
    assert stopped is not None
    assert stopped.cause == "stop-condition"


def test_an_answer_to_an_earlier_question_is_ignored() -> None:
    drill, _, asking = make_drill()
    People(drill, orders=(answer(question=2),))

    closed = drill.run()

    assert closed.why.endswith("nobody approved it within 30 s")
    assert asking not in decode_state(drill.lines).people.answers
    assert journaled_notes(drill).count("an answer by ann@desk came too late; it is ignored") == 1


def test_an_answer_to_an_earlier_question_does_not_answer_the_one_that_is_asked() -> None:
    drill, _, asking = make_drill()
    People(drill, late=answer(question=2))

    closed = drill.run()

    assert closed.why.endswith("nobody approved it within 30 s")
    assert asking not in decode_state(drill.lines).people.answers
    assert journaled_notes(drill).count("an answer by ann@desk came too late; it is ignored") == 1


def test_a_file_that_is_no_order_is_journaled_once_and_harms_nothing() -> None:
    drill, _, _ = make_drill()
    People(drill, approve=True, orders=(UnreadableOrder(why="001.json is torn"),))

    closed = drill.run()

    assert closed.status in ("met", "missed")
    assert journaled_notes(drill).count("001.json is torn; it is ignored") == 1


def test_a_resumed_drill_asks_again() -> None:
    """Nobody has watched the system since the process was killed."""
    trial, _, asking = make_drill()
    kill_at = drill_lines_until(trial, "begun", asking)
    drill, _, _ = make_drill()
    assert was_killed(lambda: drill.run(kill_at=kill_at))
    (first,) = lines_that_ask(drill)
    People(drill, orders=(answer(first),))

    closed = drill.resume()

    assert closed.why.endswith("nobody approved it within 30 s")
    assert len(lines_that_ask(drill)) == 2


@pytest.mark.parametrize("approved", [True, False])
def test_an_answer_that_the_journal_has_counts_for_a_resumed_drill(approved: bool) -> None:
    trial, _, asking = make_drill()
    People(trial, approve=approved)
    kill_at = drill_lines_until(trial, "answered", asking)
    drill, _, _ = make_drill()
    People(drill, approve=approved)
    assert was_killed(lambda: drill.run(kill_at=kill_at))
    del drill.ports["orders"]

    closed = drill.resume()

    assert (closed.status == "stopped") is not approved
    answers = [one for one in drill.journal_lines() if isinstance(one.event, ApprovalAnswered)]
    assert len(answers) == 1


def test_a_mark_is_journaled_once_also_by_a_resumed_drill() -> None:
    drill, _, asking = make_drill()
    orders = (mark(EPOCH + 60.0),)
    People(drill, orders=orders)
    kill_at = drill_lines_until(make_drill()[0], "begun", asking)
    assert was_killed(lambda: drill.run(kill_at=kill_at))
    People(drill, approve=True, orders=orders)

    drill.resume()

    marks = [one.event for one in drill.journal_lines() if isinstance(one.event, MomentMarked)]
    assert marks == [
        MomentMarked(
            words="on-call paged", marked_at=EPOCH + 60.0, by="ben@pager", host="pager", order=1
        )
    ]


def lines_that_ask(drill: Drill) -> list[int]:
    """The numbers of the journal's lines that ask for approval."""
    return [
        line.n
        for line in drill.journal_lines()
        if isinstance(line.event, StepStarted) and isinstance(line.event.do, AwaitApproval)
    ]


def drill_lines_until(drill: Drill, kind: str, step: str) -> int:
    """Run the drill; how many entries its process writes, this one of a step included."""
    drill.run()
    lines = [line for line in drill.lines if isinstance(line, dict)]
    return next(
        number
        for number, line in enumerate(lines, start=1)
        if line["kind"] == kind and line.get("step") == step
    )

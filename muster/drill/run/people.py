"""People in a run: takes what they tell it, and waits for their approval."""

from dataclasses import dataclass

from muster.drill.journal.events import ApprovalAnswered, MomentMarked, StepFailed
from muster.drill.journal.orders import ApprovalOrder, MarkOrder, PersonOrder, UnreadableOrder
from muster.drill.plan.instructions import AwaitApproval
from muster.drill.plan.model import PlannedStep
from muster.drill.run.session import DrillSession
from muster.formatting import format_duration

CHECK_EVERY_S = 0.5
"""How often a step looks for the answer that it waits for."""


@dataclass(eq=False)
class NotApproved(Exception):
    """Somebody refused, or nobody approved in time."""

    step: str
    why: str


def take_orders(session: DrillSession) -> None:
    """Journal what people have told since the last time."""
    known = session.state.people.orders | session.dropped_orders
    for number, order in session.ports.orders.read(known):
        _take(session, number, order)


def _take(session: DrillSession, number: int, order: PersonOrder | UnreadableOrder) -> None:
    question = session.state.people.question
    match order:
        case MarkOrder():
            session.record(
                MomentMarked(
                    words=order.words,
                    marked_at=order.marked_at,
                    by=order.by,
                    host=order.host,
                    order=number,
                )
            )
        case ApprovalOrder() if question is not None and order.question == question.n:
            session.record(
                ApprovalAnswered(
                    step=question.step,
                    approved=order.approved,
                    by=order.by,
                    host=order.host,
                    order=number,
                )
            )
        case ApprovalOrder():
            session.dropped_orders.add(number)
            session.note(f"an answer by {order.by} came too late; it is ignored")
        case UnreadableOrder(why=why):
            session.dropped_orders.add(number)
            session.note(f"{why}; it is ignored")


async def await_approval(session: DrillSession, step: PlannedStep, do: AwaitApproval) -> None:
    """Wait until somebody approves. Raises NotApproved.

    An answer that the journal of a killed process has counts. Without one, the run asks again.
    """
    deadline_s = session.now_s() + step.within_s
    command = f"{session.ports.muster} drill approve {session.state.run}"
    waits = f"{step.id} waits for approval: {do.words} (`{command}`, or with --no)"
    session.show_wait(waits, step.within_s)
    while (answer := session.state.people.answers.get(step.id)) is None:
        if session.now_s() >= deadline_s:
            raise _fail(
                session, step, f"nobody approved it within {format_duration(step.within_s)}"
            )
        await session.ports.clock.sleep(CHECK_EVERY_S)
    if not answer.approved:
        raise _fail(session, step, f"{answer.by} refused it")


def _fail(session: DrillSession, step: PlannedStep, why: str) -> NotApproved:
    session.record(StepFailed(step=step.id, why=why))
    return NotApproved(step.id, why)

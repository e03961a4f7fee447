"""What people have told a run, and what it asks them: a part of the run's state.

A question is one beginning of a step that waits for approval. An answer names its question by the
number of that line of the journal, so that it can't answer a later one: a resumed run asks again,
since nobody has watched the system in between. An answer that the journal has counts.
"""

from dataclasses import dataclass, field

from muster.drill.journal.events import (
    ApprovalAnswered,
    DrillStopped,
    JournalLine,
    MomentMarked,
    RunResumed,
    StepDone,
    StepFailed,
    StepStarted,
)
from muster.drill.plan.instructions import AwaitApproval


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a run asks now."""

    n: int
    """Number of the journal's line that asks."""
    step: str
    words: str


@dataclass(slots=True, kw_only=True)
class PeopleState:
    """Only `apply` changes it."""

    question: Question | None = None
    answers: dict[str, ApprovalAnswered] = field(default_factory=dict)
    """Last answers by step."""
    orders: set[int] = field(default_factory=set)
    """Numbers of the orders that the journal has."""
    marked_at: list[float] = field(default_factory=list)
    """Moments that people have marked, in seconds since 1970."""
    approved_at: list[float] = field(default_factory=list)
    """When somebody approved, in seconds since 1970."""

    def apply(self, line: JournalLine) -> None:
        """Advance by one line."""
        match line.event:
            case StepStarted(step=step, do=AwaitApproval(words=words)):
                self.question = Question(n=line.n, step=step, words=words)
            case StepDone() | StepFailed() | DrillStopped() | RunResumed():
                self.question = None
            case ApprovalAnswered() as answer:
                self._answer(answer, line.at)
            case MomentMarked(marked_at=marked_at, order=order):
                self.marked_at.append(marked_at)
                self.orders.add(order)
            case _:
                pass

    def _answer(self, answer: ApprovalAnswered, at: float) -> None:
        self.question = None
        self.answers[answer.step] = answer
        self.orders.add(answer.order)
        if answer.approved:
            self.approved_at.append(at)

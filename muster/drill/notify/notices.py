"""What others are told about a drill, and when: from a run's event to a notice. Pure.

A drill tells that it begins, that it stops before its end, that a person is needed, and that it has
ended, with its numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from muster.drill.journal.events import (
    DrillStopped,
    JournalLine,
    RollbackGaveUp,
    RollbackHeld,
    RunClosed,
    RunOpened,
    RunResumed,
    StepStarted,
)
from muster.drill.plan.instructions import AwaitApproval, describe_instruction
from muster.drill.view.format_text import name_outcome

NoticeKind = Literal["begin", "stop", "person-needed", "end", "test"]
NUMBERS = (
    "started_at",
    "ended_at",
    "rto_s",
    "rpo_s",
    "rpo_items",
    "requests",
    "failed",
    "trusted",
    "doubts",
    "people",
)
"""The names in result.json that a notice of the end has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    id: str
    """The run and the number of its event: the same if the notice is sent again."""
    kind: NoticeKind
    at: float
    """Seconds since 1970."""
    headline: str
    why: str = ""
    todo: str = ""
    """What a person can do; empty: nothing has to be done."""
    run: str = ""
    scenario: str = ""
    title: str = ""
    region: str | None = None
    """The Region that the drill is about; None: no single one."""
    target: str
    """In words: AWS or which twin, and the account."""
    by: str
    status: str | None = None
    """Of the end: met, missed, refused, stopped or incomplete."""
    reliable: bool | None = None
    """Of the end: False if the status is met or missed by numbers that can't be trusted."""
    exit_code: int | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """Of the end: what result.json has under NUMBERS."""


def make_notice(line: JournalLine, opened: RunOpened) -> Notice | None:
    """The notice of an event of the run that `opened` began; None: nobody is told."""
    base = Notice(
        id=f"{opened.run}/{line.n}",
        kind="begin",
        at=line.at,
        headline="drill begins",
        why=opened.plan.title,
        run=opened.run,
        scenario=opened.plan.scenario,
        title=opened.plan.title,
        region=opened.plan.subject,
        target=opened.target,
        by=opened.by,
    )
    match line.event:
        case RunOpened():
            return base
        case RunResumed(by=by, host=host, rollback=rollback):
            headline = "drill is rolled back" if rollback else "drill is resumed"
            return replace(base, headline=headline, why=f"by {by} on {host}")
        case DrillStopped(cause=cause, why=why):
            return replace(base, kind="stop", headline=f"drill stops ({cause})", why=why)
        case RollbackHeld() | RollbackGaveUp() | StepStarted(do=AwaitApproval()):
            return _need_person(base, line.event, opened)
        case RunClosed():
            return _end(base, line.event, opened)
    return None


def _need_person(
    base: Notice, event: RollbackHeld | RollbackGaveUp | StepStarted, opened: RunOpened
) -> Notice:
    why = describe_instruction(event.do) if isinstance(event, StepStarted) else event.why
    match event:
        case StepStarted():
            state = "the drill asks"
            todo = f"on {opened.host}: muster drill approve {opened.run} (or with --no)"
        case RollbackHeld():
            state = "the rollback waits"
            todo = (
                f"the rollback waits for this, and goes on by itself; look at it on {opened.host}"
            )
        case _:
            state, todo = "the rollback is incomplete", _rollback_command(opened)
    headline = f"a person is needed: {state}"
    return replace(base, kind="person-needed", headline=headline, why=why, todo=todo)


def _end(base: Notice, event: RunClosed, opened: RunOpened) -> Notice:
    return replace(
        base,
        kind="end",
        headline=f"drill ended: {name_outcome(event)}",
        why=event.why,
        todo=_rollback_command(opened) if event.status == "incomplete" else "",
        status=event.status,
        reliable=event.reliable,
        exit_code=event.exit_code,
    )


def _rollback_command(opened: RunOpened) -> str:
    return f"on {opened.host}: muster drill rollback {opened.run}"


def make_test_notice(*, target: str, by: str, at: float) -> Notice:
    """A notice that tells that notices arrive."""
    return Notice(
        id=f"test/{at:.0f}",
        kind="test",
        at=at,
        headline="this is a test",
        why="notices about drills arrive here",
        target=target,
        by=by,
    )


def select_numbers(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """The numbers of a result.json that a notice of the end has."""
    return {name: result[name] for name in NUMBERS if name in result} if result else {}

"""The lines that a person reads while a drill runs: a reason is written out once, and at the end.

A step fails with a reason, the drill stops for it, and the run is closed with it. The journal has
the reason in each of these events; on a screen the second is left out.
"""

from dataclasses import replace

from muster.drill.journal.events import (
    ApprovalAnswered,
    DrillStopped,
    GuardsEvaluated,
    InterferenceSeen,
    JournalEvent,
    RollbackGaveUp,
    RollbackHeld,
    SteadyStateDeviated,
    StepDone,
    StepFailed,
    StepRetried,
    StepStarted,
)
from muster.drill.plan.instructions import describe_instruction
from muster.drill.plan.model import DrillPlan
from muster.drill.view.format_text import format_event, format_findings

StepEvent = ApprovalAnswered | GuardsEvaluated | StepStarted | StepDone | StepFailed | StepRetried


class Narrator:
    """Puts the events of one run into lines."""

    def __init__(self) -> None:
        self._reasons: list[str] = []
        """Written out so far."""

    def lines(self, event: JournalEvent) -> list[str]:
        """A line for each finding of the guards, none for routine."""
        match event:
            case GuardsEvaluated(step=step, verdicts=verdicts):
                return [f"{step}: {finding}" for finding in format_findings(verdicts)]
            case DrillStopped(cause="guard"):
                return ["stops (guard)"]  # the guards' findings are written out before
            case DrillStopped() | SteadyStateDeviated() | RollbackGaveUp():
                return self._shorten(event)
            case StepFailed(why=why) | RollbackHeld(why=why):
                self._reasons.append(why)
            case InterferenceSeen():
                self._reasons.append(event.describe())
        line = format_event(event)
        return [] if line is None else [line]

    def _shorten(self, event: DrillStopped | SteadyStateDeviated | RollbackGaveUp) -> list[str]:
        why = f": {event.why}"
        for reason in self._reasons:
            why = why.removesuffix(f": {reason}")
        self._reasons.append(event.why)
        line = format_event(replace(event, why=why.removeprefix(": ")))
        return [line.rstrip(": ")] if line else []


class NamingNarrator(Narrator):
    """Names each step by what it does; a step that begins has no line, since the view shows it."""

    def __init__(self, plan: DrillPlan) -> None:
        super().__init__()
        planned = (*plan.hypothesis, *plan.steps)
        self._names = {step.id: describe_instruction(step.do) for step in planned}

    def lines(self, event: JournalEvent) -> list[str]:
        if isinstance(event, StepStarted):
            self._names[event.step] = describe_instruction(event.do)  # a rollback's is in no plan
            return []
        if isinstance(event, StepEvent):
            event = replace(event, step=self._names.get(event.step, event.step))
        return super().lines(event)

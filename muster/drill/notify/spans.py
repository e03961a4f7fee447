"""The spans of a run: the run, its phases, and their steps. Pure: a fold over the journal.

What else a person would read is an event of the phase or step in which it happened. A span that the
journal does not end (the process was killed, the drill stopped) ends with the span around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from muster.drill.journal.events import (
    JournalLine,
    PhaseStarted,
    RunClosed,
    RunOpened,
    StepDone,
    StepFailed,
    StepStarted,
)
from muster.drill.plan.instructions import describe_instruction, instruction_region
from muster.drill.view.format_text import format_event

AttributeValue = str | int | float | bool


@dataclass(frozen=True, slots=True)
class SpanEvent:
    at: float
    """Seconds since 1970."""
    name: str
    words: str


@dataclass(slots=True, kw_only=True)
class RunSpan:
    """One span; the first of a run is that of the run itself."""

    name: str
    begin: float
    """Seconds since 1970."""
    parent: int | None
    """Index of the span around it; None: it is the run."""
    end: float | None = None
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    events: list[SpanEvent] = field(default_factory=list)
    error: str = ""
    """Why it counts as failed; empty: it does not."""


def list_spans(lines: Sequence[JournalLine]) -> tuple[RunSpan, ...]:
    """The spans of a whole journal; a parent comes before its children."""
    fold = _SpanFold()
    for line in lines:
        fold.apply(line)
    fold.end(lines[-1].at if lines else 0.0)
    return tuple(fold.spans)


class _SpanFold:
    def __init__(self) -> None:
        self.spans: list[RunSpan] = []
        self._phase: int | None = None
        self._steps: dict[str, int] = {}
        """Steps under way, by id."""

    def apply(self, line: JournalLine) -> None:
        match line.event:
            case RunOpened():
                self._open_run(line.event, line.at)
            case PhaseStarted(phase=phase):
                self._end_phase(line.at)
                self._phase = self._begin(phase, line.at, 0)
            case StepStarted():
                self._start_step(line.event, line.at)
            case StepDone(step=step):
                self._end_step(step, line.at, "")
            case StepFailed(step=step, why=why):
                self._end_step(step, line.at, why)
            case RunClosed():
                self._close_run(line.event)
            case _:
                self._add_event(line)

    def end(self, at: float) -> None:
        """End what has no end yet."""
        for span in self.spans:
            span.end = at if span.end is None else span.end

    def _begin(self, name: str, at: float, parent: int | None) -> int:
        self.spans.append(RunSpan(name=name, begin=at, parent=parent))
        return len(self.spans) - 1

    def _open_run(self, event: RunOpened, at: float) -> None:
        run = self.spans[self._begin(f"drill {event.plan.scenario}", at, None)]
        run.attributes = {
            "muster.run": event.run,
            "muster.scenario": event.plan.scenario,
            "muster.target": event.target,
            "muster.by": event.by,
            "host.name": event.host,
            **({"cloud.account.id": event.account} if event.account else {}),
            **({"muster.region": event.plan.subject} if event.plan.subject else {}),
        }

    def _start_step(self, event: StepStarted, at: float) -> None:
        self._end_step(event.step, at, "")  # it is taken again, by another process
        name = describe_instruction(event.do)
        index = self._begin(name, at, 0 if self._phase is None else self._phase)
        attributes: dict[str, AttributeValue] = {"muster.step": event.step}
        if region := instruction_region(event.do):
            attributes["muster.region"] = region
        self.spans[index].attributes = attributes
        self._steps[event.step] = index

    def _end_step(self, step: str, at: float, error: str) -> None:
        index = self._steps.pop(step, None)
        if index is not None:
            self.spans[index].end, self.spans[index].error = at, error

    def _end_phase(self, at: float) -> None:
        for step in list(self._steps):
            self._end_step(step, at, "")
        if self._phase is not None:
            self.spans[self._phase].end = at

    def _close_run(self, event: RunClosed) -> None:
        """A closed run may be resumed: its last closing counts."""
        run = self.spans[0]
        run.attributes |= {
            "muster.status": event.status,
            "muster.exit_code": event.exit_code,
            "muster.why": event.why,
            "muster.reliable": event.reliable,
        }
        error = "" if event.status == "met" else f"{event.status}: {event.why}"
        run.error = error if event.reliable else event.why

    def _add_event(self, line: JournalLine) -> None:
        words = format_event(line.event)
        if words is None or not self.spans:
            return
        under_way = self._innermost()
        self.spans[under_way].events.append(SpanEvent(line.at, line.event.kind, words))

    def _innermost(self) -> int:
        steps = list(self._steps.values())
        if steps:
            return steps[-1]
        return 0 if self._phase is None else self._phase

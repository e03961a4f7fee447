"""Turns journal entries into timeline rows and chart marks.

A step that was begun and has no end in the journal is shown as just that: it may have taken effect.
All `lines` are on the first boot's clock (`time_axis`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import shorten

from common.command.wording import count_of
from muster.drill.journal.events import (
    ApprovalAnswered,
    DrillStopped,
    GuardsEvaluated,
    InterferenceSeen,
    JournalEvent,
    JournalLine,
    MomentMarked,
    PhaseName,
    PhaseStarted,
    RunClosed,
    RunResumed,
    StepDone,
    StepFailed,
    StepRetried,
    StepStarted,
)
from muster.drill.plan.instructions import (
    DrillAction,
    Instruction,
    describe_instruction,
)
from muster.drill.plan.model import DrillPlan, PlannedStep
from muster.drill.view.format_text import format_event
from muster.report.model import FindingRow, JournalRow, MarkKind, PhaseSpan, StepRow, TimelineEvent
from muster.report.time_axis import TimeAxis

LONGEST_LABEL = 24
"""Characters of what a person marks that a chart shows."""
ROLLBACK_ACTIVITY = "Restore the baseline"
_MARKS: Mapping[str | None, MarkKind] = {"away": "cause", "back": "return"}


def journal_rows(lines: Sequence[JournalLine], axis: TimeAxis) -> tuple[JournalRow, ...]:
    """Every entry in words."""
    return tuple(
        JournalRow(
            n=line.n,
            at_s=axis.second(line.at_s),
            at=line.at,
            kind=line.event.kind,
            words=_describe_entry(line.event),
        )
        for line in lines
    )


def phase_spans(lines: Sequence[JournalLine], axis: TimeAxis) -> tuple[PhaseSpan, ...]:
    """The phases with their times; the last one ends with the journal."""
    begun = [
        (line.event.phase, axis.second(line.at_s))
        for line in lines
        if isinstance(line.event, PhaseStarted)
    ]
    ends = [*(at_s for _, at_s in begun), axis.second(lines[-1].at_s)][1:]
    return tuple(
        PhaseSpan(phase=phase, start_s=start_s, end_s=max(start_s, end_s))
        for (phase, start_s), end_s in zip(begun, ends, strict=True)
    )


def guard_findings(lines: Sequence[JournalLine], axis: TimeAxis) -> tuple[FindingRow, ...]:
    """Every guard's verdicts, in the order of the journal."""
    return tuple(
        FindingRow(
            at_s=axis.second(line.at_s),
            phase=phase,
            step=line.event.step,
            guard=verdict.guard,
            ruling=verdict.ruling,
            reason=verdict.reason,
            forced=verdict.forced,
        )
        for line, phase in _with_phases(lines)
        if isinstance(line.event, GuardsEvaluated)
        for verdict in line.event.verdicts
    )


def timeline_events(
    lines: Sequence[JournalLine], plan: DrillPlan, axis: TimeAxis
) -> tuple[TimelineEvent, ...]:
    """Marks for the charts: changes, the cause and its end, stops, a new process, people."""
    kinds = {step.id: _MARKS.get(step.marks, "step") for step in plan.steps}
    events = (_event(line.event, _happened_s(line, axis), kinds) for line in lines)
    return tuple(event for event in events if event is not None)


def _happened_s(line: JournalLine, axis: TimeAxis) -> float:
    """When it happened: what a person marks may be long before its entry."""
    at_s = axis.second(line.at_s)
    if isinstance(line.event, MomentMarked):
        return max(0.0, at_s - (line.at - line.event.marked_at))
    return at_s


def step_rows(lines: Sequence[JournalLine], plan: DrillPlan, axis: TimeAxis) -> tuple[StepRow, ...]:
    """Every step that was planned or executed, in the order of the drill."""
    history = _StepHistory(plan)
    for line, phase in _with_phases(lines):
        history.apply(line.event, phase, axis.second(line.at_s))
    return tuple(history.rows())


@dataclass(slots=True, kw_only=True)
class _StepTrace:
    """The journal's entries of one step."""

    start_s: float | None = None
    end_s: float | None = None
    do: Instruction | None = None
    done: bool = False
    interrupted: str = ""
    """What interrupted a step that has no end in the journal."""
    why: str = ""
    attempts: int = 0

    def apply(self, entry: StepStarted | StepRetried | StepDone | StepFailed, at_s: float) -> None:
        match entry:
            case StepStarted(do=do):
                self.start_s = at_s if self.start_s is None else self.start_s
                self.do, self.attempts, self.interrupted = do, self.attempts + 1, ""
            case StepRetried():
                self.attempts += 1
            case StepDone():
                self.end_s, self.done, self.why = at_s, True, ""
            case StepFailed(why=why):
                self.end_s, self.why = at_s, why


@dataclass(slots=True)
class _StepHistory:
    plan: DrillPlan
    traces: dict[tuple[PhaseName, str], _StepTrace] = field(default_factory=dict)

    def apply(self, entry: JournalEvent, phase: PhaseName, at_s: float) -> None:
        match entry:
            case StepStarted() | StepRetried() | StepDone() | StepFailed():
                trace = self.traces.setdefault((phase, entry.step), _StepTrace())
                trace.apply(entry, at_s)
            case DrillStopped():
                for trace in self._running():
                    trace.end_s, trace.interrupted = at_s, "cut off by the stop"
            case RunResumed():
                for trace in self._running():
                    trace.interrupted = "its process ended"
            case _:
                pass

    def rows(self) -> Iterator[StepRow]:
        for step in self.plan.hypothesis:
            yield self._planned(step, "steady-state")
        for step in self.plan.steps:
            yield self._planned(step, "method")
        for step in self.plan.hypothesis:
            if ("targets", step.id) in self.traces:
                yield self._planned(step, "targets")
        for (phase, id_), trace in self.traces.items():
            if phase == "rollback" and trace.do is not None:
                yield _step_row(id_, phase, ROLLBACK_ACTIVITY, trace.do, trace)

    def _running(self) -> list[_StepTrace]:
        """Steps that were under way in the process that writes the journal."""
        begun = (trace for trace in self.traces.values() if trace.start_s is not None)
        return [trace for trace in begun if trace.end_s is None and not trace.interrupted]

    def _planned(self, step: PlannedStep, phase: PhaseName) -> StepRow:
        trace = self.traces.get((phase, step.id), _StepTrace())
        return replace(_step_row(step.id, phase, step.activity, step.do, trace), marks=step.marks)


def _step_row(
    id_: str, phase: PhaseName, activity: str, do: Instruction, trace: _StepTrace
) -> StepRow:
    failed = bool(trace.why) and not trace.done
    begun = trace.start_s is not None
    why = trace.why
    if begun and not trace.done and not failed:
        why = trace.interrupted or "the journal breaks off"
        why += "; it may have been taken" if isinstance(do, DrillAction) else ""
    return StepRow(
        id=id_,
        phase=phase,
        activity=activity,
        words=describe_instruction(do),
        outcome="done" if trace.done else "failed" if failed else "begun" if begun else "not taken",
        start_s=trace.start_s,
        end_s=trace.end_s,
        attempts=trace.attempts,
        why=why,
        marks=None,
    )


def _with_phases(lines: Sequence[JournalLine]) -> Iterator[tuple[JournalLine, PhaseName]]:
    phase: PhaseName = "preflight"
    for line in lines:
        if isinstance(line.event, PhaseStarted):
            phase = line.event.phase
        yield line, phase


def _describe_entry(entry: JournalEvent) -> str:
    """The terminal's text of an entry; the terminal does not show guards that all pass."""
    match entry:
        case PhaseStarted(phase=phase):
            return phase
        case GuardsEvaluated(step=step, verdicts=verdicts):
            return format_event(entry) or f"{step}: passed by {count_of(len(verdicts), 'guard')}"
        case _:
            return _in_words(entry)


def _in_words(entry: JournalEvent) -> str:
    return format_event(entry) or entry.kind


def _event(entry: JournalEvent, at_s: float, kinds: Mapping[str, MarkKind]) -> TimelineEvent | None:
    match entry:
        case StepStarted(step=step, do=do) if isinstance(do, DrillAction):
            kind = kinds.get(step, "step")
            label = step if kind == "step" else f"{step} {kind}"
            words = f"{step}: {describe_instruction(do)}"
            return TimelineEvent(at_s=at_s, label=label, words=words, kind=kind)
        case ApprovalAnswered() | MomentMarked() | InterferenceSeen():
            return _human_event(entry, at_s)
        case DrillStopped(cause=cause, why=why):
            words = f"stopped ({cause}): {why}"
            return TimelineEvent(at_s=at_s, label="stop", words=words, kind="stop")
        case RunResumed():
            return TimelineEvent(at_s=at_s, label="resumed", words="taken up again", kind="stop")
        case RunClosed(status="incomplete"):
            return TimelineEvent(at_s=at_s, label="end", words="rollback incomplete", kind="stop")
        case _:
            return None


def _human_event(
    entry: ApprovalAnswered | MomentMarked | InterferenceSeen, at_s: float
) -> TimelineEvent:
    """What people do; an interference from when on nothing is known to be undisturbed."""
    if isinstance(entry, InterferenceSeen):
        words = f"from here on somebody interfered: {entry.describe()}"
        begin_s = max(0.0, at_s - entry.good_before_s)
        return TimelineEvent(at_s=begin_s, label="interference", words=words, kind="stop")
    return TimelineEvent(
        at_s=at_s, label=_person_label(entry), words=_in_words(entry), kind="person"
    )


def _person_label(entry: ApprovalAnswered | MomentMarked) -> str:
    match entry:
        case ApprovalAnswered(step=step, approved=approved):
            return f"{step} {'approved' if approved else 'refused'}"
        case MomentMarked(words=words):
            return shorten(words, LONGEST_LABEL, placeholder="…")

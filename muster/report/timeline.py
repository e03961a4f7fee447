"""What a journal tells: phases, steps, guards' findings, moments worth a mark.

Decides how entries become rows. A step that was begun and has no end in the journal is shown as
just that: it may have been taken. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from muster.drill.journal.events import (
    DrillStopped,
    GuardsEvaluated,
    JournalLine,
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
    ClearFault,
    DrillAction,
    InjectFault,
    Instruction,
    SetDial,
    SetSwitch,
    describe_instruction,
)
from muster.drill.plan.model import DrillPlan, PlannedStep
from muster.drill.view.format_text import format_event
from muster.report.model import (
    GuardFinding,
    JournalRow,
    MarkKind,
    PhaseSpan,
    StepRow,
    TimelineEvent,
)
from muster.report.time_axis import TimeAxis

ROLLBACK = "Put back what was found"
_MARKS = {"away": "cause", "back": "return"}


def journal_rows(lines: Sequence[JournalLine], axis: TimeAxis) -> tuple[JournalRow, ...]:
    """Every entry in words. `lines` lie on the first boot's clock, here and below."""
    return tuple(
        JournalRow(
            n=line.n,
            at_s=axis.second(line.at_s),
            at=line.at,
            kind=line.entry.kind,
            words=_words(line),
        )
        for line in lines
    )


def phase_spans(lines: Sequence[JournalLine], axis: TimeAxis) -> tuple[PhaseSpan, ...]:
    """The phases with their times; the last one ends with the journal."""
    entered = [
        (line.entry.phase, axis.second(line.at_s))
        for line in lines
        if isinstance(line.entry, PhaseStarted)
    ]
    ends = [*(at_s for _, at_s in entered), axis.second(lines[-1].at_s)][1:]
    return tuple(
        PhaseSpan(phase=phase, start_s=start_s, end_s=max(start_s, end_s))
        for (phase, start_s), end_s in zip(entered, ends, strict=True)
    )


def guard_findings(lines: Sequence[JournalLine], axis: TimeAxis) -> tuple[GuardFinding, ...]:
    """What every guard said, in the order of the journal."""
    return tuple(
        GuardFinding(
            at_s=axis.second(line.at_s),
            phase=phase,
            step=line.entry.step,
            guard=verdict.guard,
            ruling=verdict.ruling,
            reason=verdict.reason,
            forced=verdict.forced,
        )
        for line, phase in _with_phase(lines)
        if isinstance(line.entry, GuardsEvaluated)
        for verdict in line.entry.verdicts
    )


def timeline_events(
    lines: Sequence[JournalLine], plan: DrillPlan, axis: TimeAxis
) -> tuple[TimelineEvent, ...]:
    """Moments for the charts: what was changed, the cause and its end, stops, a new process."""
    marked = {step.id: _MARKS.get(step.marks or "") for step in plan.steps}
    found = []
    for line in lines:
        event = _event(line, marked)
        if event is not None:
            found.append(replace(event, at_s=axis.second(line.at_s)))
    return tuple(found)


def step_rows(lines: Sequence[JournalLine], plan: DrillPlan, axis: TimeAxis) -> tuple[StepRow, ...]:
    """Every step that was planned or taken, in the order of the drill."""
    book = _Steps(plan)
    for line, phase in _with_phase(lines):
        book.take(line, phase, axis.second(line.at_s))
    return tuple(book.rows())


@dataclass(slots=True, kw_only=True)
class _Trace:
    """What the journal says of one step."""

    start_s: float | None = None
    end_s: float | None = None
    do: Instruction | None = None
    done: bool = False
    cut: str = ""
    """Of one without an end in the journal: what it was cut off by."""
    why: str = ""
    attempts: int = 0


@dataclass(slots=True)
class _Steps:
    plan: DrillPlan
    traces: dict[tuple[PhaseName, str], _Trace] = field(default_factory=dict)

    def take(self, line: JournalLine, phase: PhaseName, at_s: float) -> None:
        match line.entry:
            case StepStarted(step=step, do=do):
                trace = self._trace(phase, step)
                trace.start_s = at_s if trace.start_s is None else trace.start_s
                trace.do, trace.attempts, trace.cut = do, trace.attempts + 1, ""
            case StepRetried(step=step):
                self._trace(phase, step).attempts += 1
            case StepDone(step=step):
                trace = self._trace(phase, step)
                trace.end_s, trace.done, trace.why = at_s, True, ""
            case StepFailed(step=step, why=why):
                trace = self._trace(phase, step)
                trace.end_s, trace.why = at_s, why
            case DrillStopped() | RunResumed() as entry:
                self._cut(entry, at_s)
            case _:
                pass

    def _cut(self, entry: DrillStopped | RunResumed, at_s: float) -> None:
        """What is under way in the process that writes goes no further."""
        begun = (one for one in self.traces.values() if one.start_s is not None)
        for trace in [one for one in begun if one.end_s is None and not one.cut]:
            if isinstance(entry, DrillStopped):
                trace.end_s, trace.cut = at_s, "cut off by the stop"
            else:
                trace.cut = "its process ended"

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
                yield _row(id_, phase, ROLLBACK, trace.do, trace)

    def _trace(self, phase: PhaseName, step: str) -> _Trace:
        return self.traces.setdefault((phase, step), _Trace())

    def _planned(self, step: PlannedStep, phase: PhaseName) -> StepRow:
        trace = self.traces.get((phase, step.id), _Trace())
        return replace(_row(step.id, phase, step.activity, step.do, trace), marks=step.marks)


def _row(id_: str, phase: PhaseName, activity: str, do: Instruction, trace: _Trace) -> StepRow:
    failed = bool(trace.why) and not trace.done
    begun = trace.start_s is not None
    why = trace.why
    if begun and not trace.done and not failed:
        why = trace.cut or "the journal breaks off"
        why += "; it may have been taken" if isinstance(do, get_args(DrillAction)) else ""
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


def _with_phase(lines: Sequence[JournalLine]) -> Iterator[tuple[JournalLine, PhaseName]]:
    phase: PhaseName = "preflight"
    for line in lines:
        if isinstance(line.entry, PhaseStarted):
            phase = line.entry.phase
        yield line, phase


def _words(line: JournalLine) -> str:
    """An entry in the terminal's words, without its drawing."""
    if isinstance(line.entry, PhaseStarted):
        return line.entry.phase
    return format_event(line.entry) or _all_passed(line)


def _all_passed(line: JournalLine) -> str:
    """The words of an entry that a terminal is not told of: guards that all say ok."""
    if isinstance(line.entry, GuardsEvaluated):
        return f"{line.entry.step}: all {len(line.entry.verdicts)} guards pass"
    return line.entry.kind


def _event(line: JournalLine, marked: dict[str, str | None]) -> TimelineEvent | None:
    """At second 0; whoever calls knows better."""
    match line.entry:
        case StepStarted(
            step=step, do=SetDial() | SetSwitch() | InjectFault() | ClearFault() as do
        ):
            said = describe_instruction(do)
            meaning = marked.get(step)
            if meaning is None:
                return TimelineEvent(at_s=0.0, label=step, words=f"{step}: {said}", kind="step")
            label = f"{step} {meaning}"
            kind: MarkKind = "cause" if meaning == "cause" else "return"
            return TimelineEvent(at_s=0.0, label=label, words=f"{step}: {said}", kind=kind)
        case DrillStopped(cause=cause, why=why):
            return TimelineEvent(
                at_s=0.0, label="stop", words=f"stopped ({cause}): {why}", kind="stop"
            )
        case RunResumed():
            return TimelineEvent(at_s=0.0, label="resumed", words="taken up again", kind="stop")
        case RunClosed(status="incomplete"):
            return TimelineEvent(at_s=0.0, label="end", words="rollback incomplete", kind="stop")
        case _:
            return None

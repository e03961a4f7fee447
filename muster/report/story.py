"""What a journal tells: phases, steps, guards' findings, moments worth a mark.

Decides how entries become rows. A step that was begun and has no end in the journal is shown as
just that: it may have been taken. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from muster.drill import instructions, words
from muster.drill.entries import (
    Begun,
    Closed,
    Done,
    Entered,
    Failed,
    Judged,
    Line,
    PhaseName,
    Resumed,
    Retried,
    Stopped,
)
from muster.drill.instructions import Clear, Effect, Inject, Instruction, SetDial, SetSwitch
from muster.drill.plan import Plan, PlannedStep
from muster.report.axis import Axis
from muster.report.charts.frame import MarkKind
from muster.report.model import Event, Finding, JournalRow, Stage, StepRow

ROLLBACK = "Put back what was found"
_MARKS = {"away": "cause", "back": "return"}


def rows(lines: Sequence[Line], axis: Axis) -> tuple[JournalRow, ...]:
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


def stages(lines: Sequence[Line], axis: Axis) -> tuple[Stage, ...]:
    """The phases with their times; the last one ends with the journal."""
    entered = [
        (line.entry.phase, axis.second(line.at_s))
        for line in lines
        if isinstance(line.entry, Entered)
    ]
    ends = [*(at_s for _, at_s in entered), axis.second(lines[-1].at_s)][1:]
    return tuple(
        Stage(phase=phase, start_s=start_s, end_s=max(start_s, end_s))
        for (phase, start_s), end_s in zip(entered, ends, strict=True)
    )


def findings(lines: Sequence[Line], axis: Axis) -> tuple[Finding, ...]:
    """What every guard said, in the order of the journal."""
    return tuple(
        Finding(
            at_s=axis.second(line.at_s),
            phase=phase,
            step=line.entry.step,
            guard=verdict.guard,
            ruling=verdict.ruling,
            reason=verdict.reason,
            forced=verdict.forced,
        )
        for line, phase in _with_phase(lines)
        if isinstance(line.entry, Judged)
        for verdict in line.entry.verdicts
    )


def events(lines: Sequence[Line], plan: Plan, axis: Axis) -> tuple[Event, ...]:
    """Moments for the charts: what was changed, the cause and its end, stops, a new process."""
    marked = {step.id: _MARKS.get(step.marks or "") for step in plan.steps}
    found = []
    for line in lines:
        event = _event(line, marked)
        if event is not None:
            found.append(replace(event, at_s=axis.second(line.at_s)))
    return tuple(found)


def steps(lines: Sequence[Line], plan: Plan, axis: Axis) -> tuple[StepRow, ...]:
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
    plan: Plan
    traces: dict[tuple[PhaseName, str], _Trace] = field(default_factory=dict)

    def take(self, line: Line, phase: PhaseName, at_s: float) -> None:
        match line.entry:
            case Begun(step=step, do=do):
                trace = self._trace(phase, step)
                trace.start_s = at_s if trace.start_s is None else trace.start_s
                trace.do, trace.attempts, trace.cut = do, trace.attempts + 1, ""
            case Retried(step=step):
                self._trace(phase, step).attempts += 1
            case Done(step=step):
                trace = self._trace(phase, step)
                trace.end_s, trace.done, trace.why = at_s, True, ""
            case Failed(step=step, why=why):
                trace = self._trace(phase, step)
                trace.end_s, trace.why = at_s, why
            case Stopped() | Resumed() as entry:
                self._cut(entry, at_s)
            case _:
                pass

    def _cut(self, entry: Stopped | Resumed, at_s: float) -> None:
        """What is under way in the process that writes goes no further."""
        begun = (one for one in self.traces.values() if one.start_s is not None)
        for trace in [one for one in begun if one.end_s is None and not one.cut]:
            if isinstance(entry, Stopped):
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
        why += "; it may have been taken" if isinstance(do, get_args(Effect)) else ""
    return StepRow(
        id=id_,
        phase=phase,
        activity=activity,
        words=instructions.words(do),
        outcome="done" if trace.done else "failed" if failed else "begun" if begun else "not taken",
        start_s=trace.start_s,
        end_s=trace.end_s,
        attempts=trace.attempts,
        why=why,
        marks=None,
    )


def _with_phase(lines: Sequence[Line]) -> Iterator[tuple[Line, PhaseName]]:
    phase: PhaseName = "preflight"
    for line in lines:
        if isinstance(line.entry, Entered):
            phase = line.entry.phase
        yield line, phase


def _words(line: Line) -> str:
    """An entry in the terminal's words, without its drawing."""
    if isinstance(line.entry, Entered):
        return line.entry.phase
    return words.entry_line(line.entry) or _all_passed(line)


def _all_passed(line: Line) -> str:
    """The words of an entry that a terminal is not told of: guards that all say ok."""
    if isinstance(line.entry, Judged):
        return f"{line.entry.step}: all {len(line.entry.verdicts)} guards pass"
    return line.entry.kind


def _event(line: Line, marked: dict[str, str | None]) -> Event | None:
    """At second 0; whoever calls knows better."""
    match line.entry:
        case Begun(step=step, do=SetDial() | SetSwitch() | Inject() | Clear() as do):
            said = instructions.words(do)
            meaning = marked.get(step)
            if meaning is None:
                return Event(at_s=0.0, label=step, words=f"{step}: {said}", kind="step")
            label = f"{step} {meaning}"
            kind: MarkKind = "cause" if meaning == "cause" else "return"
            return Event(at_s=0.0, label=label, words=f"{step}: {said}", kind=kind)
        case Stopped(cause=cause, why=why):
            return Event(at_s=0.0, label="stop", words=f"stopped ({cause}): {why}", kind="stop")
        case Resumed():
            return Event(at_s=0.0, label="resumed", words="taken up again", kind="stop")
        case Closed(status="incomplete"):
            return Event(at_s=0.0, label="end", words="rollback incomplete", kind="stop")
        case _:
            return None

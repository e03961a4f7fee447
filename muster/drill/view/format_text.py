"""A plan and a journal in words, for a terminal or a pipe.

Decides what a person is told of each entry. Pure: text in, text out.
"""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    BaselineRecorded,
    DrillStopped,
    GuardsEvaluated,
    JournalEvent,
    NoteAdded,
    PhaseStarted,
    RollbackGaveUp,
    RollbackHeld,
    RunClosed,
    RunOpened,
    RunResumed,
    SteadyStateDeviated,
    StepDone,
    StepFailed,
    StepRetried,
    StepStarted,
)
from muster.drill.observation.probe_window import Observation
from muster.drill.plan.instructions import Pause, describe_instruction
from muster.drill.plan.limits import Limits
from muster.drill.plan.model import DrillPlan, PlannedStep
from muster.drill.plan.targets import DrillTargets, format_target
from muster.formatting import format_dial, format_duration, format_percent, format_precise_duration
from muster.levers import describe_fault
from muster.model import ActiveFault

PLAN_COLUMNS = 100
"""Columns of a plan that is read on paper or a wide terminal."""
STATUS_TEXTS = {
    "met": "targets met",
    "missed": "targets missed",
    "refused": "refused, nothing was changed",
    "stopped": "stopped, and rolled back",
    "incomplete": "INCOMPLETE, not everything is as it was found",
}


def format_plan(plan: DrillPlan, columns: int = PLAN_COLUMNS) -> Iterator[str]:
    """The whole plan; what is long is folded at this width."""
    yield f"{plan.scenario}: {plan.title}"
    yield from (f"  {line}" for line in wrap_text(plan.why, columns - 2))
    for name, value in plan.parameters.items():
        yield f"  {name} = {value}"
    yield ""
    yield f"steady state: {plan.hypothesis_title}"
    yield from (_step_line(step) for step in plan.hypothesis)
    yield ""
    yield f"method (about {format_duration(plan.expected_s)})"
    yield from _method_lines(plan, columns)
    yield ""
    yield "stops and rolls back when"
    yield from (f"  {condition.describe()}" for condition in plan.stop_conditions)
    yield ""
    yield f"rollback ({_strategy(plan)})"
    yield from (f"  {line}" for line in plan.undo or ("nothing to put back",))
    yield f"targets: {format_targets(plan.targets)}"
    yield from wrap_text(f"limits: {format_limits(plan.limits)}", columns, indent="  ")
    for sign, lines in (("watch:", plan.watch), ("!", plan.notes)):
        for line in lines:
            yield from wrap_text(f"{sign} {line}", columns, indent="  ")


def format_targets(targets: DrillTargets) -> str:
    """`RTO at most 60 s, RPO at most 5 s`."""
    rto_s, rpo_s, failed = targets.rto_s, targets.rpo_s, targets.failed_share
    told = [
        f"RTO at most {format_duration(rto_s)}" if rto_s is not None else "",
        f"RPO at most {format_duration(rpo_s)}" if rpo_s is not None else "",
        f"{targets.rpo_items:g} items lost at most" if targets.rpo_items is not None else "",
        f"{format_target('failed_share', failed)} failed at most" if failed is not None else "",
    ]
    return ", ".join(one for one in told if one) or "none"


def format_limits(limits: Limits) -> str:
    """What a drill may do at most."""
    return (
        f"dial from {limits.dial_floor:g} %, {limits.dial_step:g} % a step;"
        f" lag {format_duration(limits.lag_s)};"
        f" a guard holds for {format_duration(limits.guard_hold_s)} at most,"
        f" a rollback for {format_duration(limits.rollback_hold_s)}"
    )


def format_event_lines(entry: JournalEvent) -> list[str]:
    """Lines of a running drill: none for what needs no telling, one for each finding of a guard."""
    if isinstance(entry, GuardsEvaluated):
        return [f"{entry.step}: {one}" for one in format_findings(entry.verdicts)]
    if isinstance(entry, DrillStopped) and entry.cause == "guard":
        return ["stops (guard)"]  # what the guards have found was told, and is again at the end
    told = format_event(entry)
    return [] if told is None else [told]


def format_event(entry: JournalEvent) -> str | None:
    """The same in one line; None for what needs no telling."""
    match entry:
        case RunOpened() | RunResumed() | PhaseStarted() | RunClosed():
            return _of_run(entry)
        case GuardsEvaluated(step=step, verdicts=verdicts):
            told = format_findings(verdicts)
            return f"{step}: {'; '.join(told)}" if told else None
        case StepStarted() | StepDone() | StepFailed() | StepRetried():
            return _of_step(entry)
        case BaselineRecorded(state=state):
            dials = [f"dial {name} {format_dial(value)}" for name, value in state.dials.items()]
            switches = [f"switch {name} {one.status}" for name, one in state.switches.items()]
            faults = [_found_words(side, found) for side, found in state.faults.items()]
            all_of_it = ", ".join([*dials, *switches, *faults])
            return f"found: {all_of_it or 'nothing that could be changed'}"
        case _:
            return _of_trouble(entry)


def _found_words(side: str, found: tuple[ActiveFault, ...]) -> str:
    return f"fault {', '.join(map(describe_fault, found))}" if found else f"{side} whole"


def format_findings(verdicts: Iterable[GuardVerdict]) -> list[str]:
    """What guards have found; those that say the same for the same reason say it together."""
    guards: dict[tuple[str, str], list[str]] = {}
    for one in verdicts:
        if one.ruling != "ok" or one.forced:
            said = "forced" if one.forced else one.ruling
            guards.setdefault((said, one.reason), []).append(one.guard)
    return [f"{_said(said, names)}: {reason}" for (said, reason), names in guards.items()]


def _said(said: str, guards: list[str]) -> str:
    many = len(guards) > 1
    told = {
        "forced": "overridden",
        "hold": "hold for now" if many else "holds for now",
        "refuse": "refuse" if many else "refuses",
    }[said]
    return f"{'guards' if many else 'guard'} {', '.join(guards)} {told}"


def format_observation(observation: Observation) -> str:
    """Shares, errors and lag of the last seconds in one line, and what has failed in all.

    Errors are of new connections: on kept ones, and of writes, more may have failed.
    """
    good = observation.good
    shares = [
        f"{region} {format_percent(count / good, 0)}"
        for region, count in sorted(observation.good_by_region.items())
    ]
    rate = observation.error_rate
    errors = "errors ?" if rate is None else f"errors {format_percent(rate, 1)}"
    p99_s = observation.p99_s
    latency = "p99 ?" if p99_s is None else f"p99 {format_precise_duration(p99_s)}"
    failed = observation.total_failed
    so_far = [f"{format_failed(failed, observation.total)} so far"] if failed else []
    return "  ".join([*shares, errors, latency, *_slowest(observation), *so_far])


def format_failed(failed: int, requests: int) -> str:
    """`17 failed (0.71 %)`; of none just that."""
    return f"{failed} failed ({format_percent(failed / requests)})" if failed else "0 failed"


def _slowest(observation: Observation) -> Iterator[str]:
    """The way on which writes are latest: with many Regions there are too many to tell all."""
    known = [
        (lag_s, source, to)
        for source, lags in observation.lags_s.items()
        for to, lag_s in lags.items()
        if lag_s is not None
    ]
    if known:
        lag_s, source, to = max(known)
        yield f"lag {format_duration(lag_s)} ({source} to {to})"


def _of_run(entry: RunOpened | RunResumed | PhaseStarted | RunClosed) -> str:
    match entry:
        case RunOpened(run=run, target=target):
            return f"run {run} on {target}"
        case RunResumed(rollback=rollback, forced=forced):
            over = f", overriding guard {', '.join(forced)}" if forced else ""
            return f"taken up again{', to roll back' if rollback else ''}{over}"
        case PhaseStarted(phase=phase):
            return f"== {phase}"
        case RunClosed(status=status, why=why):
            return f"{STATUS_TEXTS[status]}: {why}"


def _of_step(entry: StepStarted | StepDone | StepFailed | StepRetried) -> str:
    match entry:
        case StepStarted(step=step, do=do):
            return f"{step}: {describe_instruction(do)}"
        case StepDone(step=step, took_s=took_s):
            return f"{step}: done in {format_duration(took_s)}"
        case StepFailed(step=step, why=why):
            return f"{step}: failed: {why}"
        case StepRetried(step=step, attempt=attempt, why=why, wait_s=wait_s):
            return f"{step}: try {attempt} failed: {why}; again in {format_duration(wait_s)}"


def _of_trouble(entry: JournalEvent) -> str | None:
    match entry:
        case SteadyStateDeviated(why=why):
            return f"deviated: {why}"
        case DrillStopped(cause=cause, why=why):
            return f"stops ({cause}): {why}"
        case RollbackHeld(why=why):
            return f"rollback holds: {why}"
        case RollbackGaveUp(why=why):
            return f"rollback incomplete: {why}"
        case NoteAdded(words=said):
            return f"note: {said}"
        case _:
            return None


def _method_lines(plan: DrillPlan, columns: int) -> Iterator[str]:
    """Steps under their activity; guards where they are others than those of the step before."""
    activity = ""
    told: tuple[str, ...] = ()
    for step in plan.steps:
        if step.activity != activity:
            activity = step.activity
            yield f"  {activity}"
        yield f"  {_step_line(step)}"
        if step.guards and step.guards != told:
            told = step.guards
            line = f"guards before this and the like: {', '.join(told)}"
            yield from (f"           {part}" for part in wrap_text(line, columns - 11))


def wrap_text(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most this width; the name of a Region stays in one piece."""
    return wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _step_line(step: PlannedStep) -> str:
    bounded = step.within_s and not isinstance(step.do, Pause)
    about = f"  ~{format_duration(step.expected_s)}" if step.expected_s and bounded else ""
    within = f", within {format_duration(step.within_s)}" if bounded else ""
    return f"  {step.id:>4}  {describe_instruction(step.do)}{within}{about}"


def _strategy(plan: DrillPlan) -> str:
    if plan.rollback.strategy == "always":
        return "at the end of every run"
    return "only when stopped, or when the steady state is gone afterwards"

"""A plan and a journal as text, for a terminal or a pipe. Pure."""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from common.command.wording import count_of
from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    ApprovalAnswered,
    BaselineRecorded,
    DrillStopped,
    GuardsEvaluated,
    InterferenceSeen,
    JournalEvent,
    MomentMarked,
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
from muster.drill.plan.model import DrillPlan, DrillTargets, PlannedStep, format_target
from muster.formatting import (
    format_clock_time,
    format_dial,
    format_duration,
    format_percent,
    format_precise_duration,
)
from muster.levers import describe_fault
from muster.limits import Limits
from muster.model import ActiveFault

PLAN_COLUMNS = 100
"""For a plan on paper, in a file or on a wide terminal."""
STATUS_TEXTS = {
    "met": "targets met",
    "missed": "targets missed",
    "refused": "refused, nothing was changed",
    "stopped": "stopped, and rolled back",
    "incomplete": "INCOMPLETE, not everything is as before the drill",
}


def name_outcome(closed: RunClosed) -> str:
    """`targets met`; by numbers that can't be trusted, nothing is met or missed."""
    if closed.status == "stopped" and closed.unchanged:
        return "stopped, nothing was changed"
    return STATUS_TEXTS[closed.status] if closed.reliable else "measurement not reliable"


def format_plan(plan: DrillPlan, columns: int = PLAN_COLUMNS) -> Iterator[str]:
    """The lines of a plan."""
    yield f"{plan.scenario}: {plan.title}"
    yield from (f"  {line}" for line in wrap_text(plan.why, columns - 2))
    for name, value in plan.parameters.items():
        yield f"  {name} = {value}"
    yield ""
    yield f"steady state: {plan.hypothesis_title}"
    yield from (_format_step(step) for step in plan.hypothesis)
    yield ""
    yield f"method (about {format_duration(plan.method_s)})"
    yield from _format_method(plan, columns)
    yield ""
    yield "stops and rolls back when"
    yield from (f"  {condition.describe()}" for condition in plan.stop_conditions)
    yield ""
    always = plan.rollback.strategy == "always"
    when = "at the end of every run"
    if not always:
        when = "only when stopped, or when the steady state is gone afterwards"
    yield f"rollback ({when})"
    yield from (f"  {line}" for line in plan.undo or ("nothing to put back",))
    yield f"targets: {format_targets(plan.targets)}"
    yield from wrap_text(f"limits: {format_limits(plan.limits)}", columns, indent="  ")
    for sign, lines in (("watch:", plan.watch), ("!", plan.notes)):
        for line in lines:
            yield from wrap_text(f"{sign} {line}", columns, indent="  ")


def format_targets(targets: DrillTargets) -> str:
    """`RTO at most 60 s, RPO at most 5 s`."""
    rto_s, rpo_s, failed = targets.rto_s, targets.rpo_s, targets.failed_share
    items = targets.rpo_items
    texts = [
        f"RTO at most {format_duration(rto_s)}" if rto_s is not None else "",
        f"RPO at most {format_duration(rpo_s)}" if rpo_s is not None else "",
        f"{count_of(items, 'item')} lost at most" if items is not None else "",
        f"{format_target('failed_share', failed)} failed at most" if failed is not None else "",
    ]
    return ", ".join(text for text in texts if text) or "none"


def format_limits(limits: Limits) -> str:
    return (
        f"dial from {limits.dial_floor:g} %, {limits.dial_step:g} % a step;"
        f" lag {format_duration(limits.lag_s)};"
        f" a guard holds for {format_duration(limits.guard_hold_s)} at most,"
        f" a rollback for {format_duration(limits.rollback_hold_s)}"
    )


def _format_method(plan: DrillPlan, columns: int) -> Iterator[str]:
    """Steps under their activity; guards where they differ from the step before."""
    activity = ""
    guards: tuple[str, ...] = ()
    for step in plan.steps:
        if step.activity != activity:
            activity = step.activity
            yield f"  {activity}"
        yield f"  {_format_step(step)}"
        if step.guards and step.guards != guards:
            guards = step.guards
            line = f"guards before this and the like: {', '.join(guards)}"
            yield from (f"           {part}" for part in wrap_text(line, columns - 11))


def _format_step(step: PlannedStep) -> str:
    has_budget = step.within_s and not isinstance(step.do, Pause)
    about = f"  ~{format_duration(step.expected_s)}" if step.expected_s and has_budget else ""
    within = f", within {format_duration(step.within_s)}" if has_budget else ""
    return f"  {step.id:>4}  {describe_instruction(step.do)}{within}{about}"


def wrap_text(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most this width; Region names are not broken."""
    return wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def format_event(event: JournalEvent) -> str | None:
    """An event in one line; None for routine."""
    match event:
        case RunOpened() | RunResumed() | PhaseStarted() | RunClosed():
            return _format_run_event(event)
        case GuardsEvaluated(step=step, verdicts=verdicts):
            findings = format_findings(verdicts)
            return f"{step}: {'; '.join(findings)}" if findings else None
        case StepStarted() | StepDone() | StepFailed() | StepRetried():
            return _format_step_event(event)
        case ApprovalAnswered() | MomentMarked() | InterferenceSeen():
            return _format_human_event(event)
        case BaselineRecorded():
            return _format_baseline(event)
        case _:
            return _format_trouble(event)


def _format_run_event(event: RunOpened | RunResumed | PhaseStarted | RunClosed) -> str:
    match event:
        case RunOpened(run=run, target=target):
            return f"run {run} on {target}"
        case RunResumed(rollback=rollback, forced=forced):
            overriding = f", overriding guard {', '.join(forced)}" if forced else ""
            return f"taken up again{', to roll back' if rollback else ''}{overriding}"
        case PhaseStarted(phase=phase):
            return f"== {phase}"
        case RunClosed(why=why, reliable=reliable):
            return f"{name_outcome(event)}: {why}" if reliable else why


def _format_step_event(event: StepStarted | StepDone | StepFailed | StepRetried) -> str:
    match event:
        case StepStarted(step=step, do=do):
            return f"{step}: {describe_instruction(do)}"
        case StepDone(step=step, took_s=took_s):
            return f"{step}: done in {format_duration(took_s)}"
        case StepFailed(step=step, why=why):
            return f"{step}: failed: {why}"
        case StepRetried(step=step, attempt=attempt, why=why, wait_s=wait_s):
            return f"{step}: try {attempt} failed: {why}; again in {format_duration(wait_s)}"


def _format_human_event(event: ApprovalAnswered | MomentMarked | InterferenceSeen) -> str:
    match event:
        case ApprovalAnswered(step=step, approved=approved, by=by):
            return f"{step}: {'approved' if approved else 'refused'} by {by}"
        case MomentMarked(words=words, marked_at=marked_at, by=by):
            return f"mark: {words} at {format_clock_time(marked_at)} (by {by})"
        case InterferenceSeen():
            return f"interference: {event.describe()}; the numbers are void"


def _format_trouble(event: JournalEvent) -> str | None:
    match event:
        case SteadyStateDeviated(why=why):
            return f"deviated: {why}"
        case DrillStopped(cause=cause, why=why):
            return f"stops ({cause}): {why}"
        case RollbackHeld(why=why):
            return f"rollback holds: {why}"
        case RollbackGaveUp(why=why):
            return f"rollback incomplete: {why}"
        case NoteAdded(words=words):
            return f"note: {words}"
        case _:
            return None


def _format_baseline(event: BaselineRecorded) -> str | None:
    """What the drill will change; None for an entry that has only the rest of the system."""
    baseline = event.state
    parts = [
        *(f"dial {region} {format_dial(percent)}" for region, percent in baseline.dials.items()),
        *(f"switch {region} {switch.status}" for region, switch in baseline.switches.items()),
        *(f"weight {region} {weight}" for region, weight in baseline.weights.items()),
        *(
            f"inversion {region} {'on' if inverted else 'off'}"
            for region, inverted in baseline.inversions.items()
        ),
        *(_format_scope(scope, faults) for scope, faults in baseline.faults.items()),
    ]
    return f"found: {', '.join(parts)}" if parts else None


def _format_scope(scope: str, faults: tuple[ActiveFault, ...]) -> str:
    return f"fault {', '.join(map(describe_fault, faults))}" if faults else f"{scope} whole"


def format_findings(verdicts: Iterable[GuardVerdict]) -> list[str]:
    """Verdicts other than ok; guards with the same ruling and reason share a line.

    Where one refuses all the same, none is overridden.
    """
    verdicts = tuple(verdicts)
    refused = any(verdict.ruling == "refuse" for verdict in verdicts)
    guards: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        if verdict.ruling != "ok" or (verdict.forced and not refused):
            ruling = "forced" if verdict.forced else verdict.ruling
            guards.setdefault((ruling, verdict.reason), []).append(verdict.guard)
    return [
        f"{_format_ruling(ruling, names)}: {reason}" for (ruling, reason), names in guards.items()
    ]


def _format_ruling(ruling: str, guards: list[str]) -> str:
    several = len(guards) > 1
    verb = {
        "forced": "overridden",
        "hold": "hold for now" if several else "holds for now",
        "refuse": "refuse" if several else "refuses",
    }[ruling]
    return f"{'guards' if several else 'guard'} {', '.join(guards)} {verb}"


def format_observation(observation: Observation) -> str:
    """The last seconds in one line: shares, errors and latency of new connections, largest lag;
    and all failed requests so far, of every cohort."""
    good = observation.good
    shares = [
        f"{region} {format_percent(count / good, 0)}"
        for region, count in sorted(observation.good_by_region.items())
    ]
    rate = observation.error_rate
    errors = "errors ?" if rate is None else f"errors {format_percent(rate, 1)}"
    waiting = [format_overdue(observation.overdue)] if observation.overdue else []
    p99_s = observation.p99_s
    latency = "p99 ?" if p99_s is None else f"p99 {format_precise_duration(p99_s)}"
    failed = observation.total_failed
    so_far = [f"{format_failed(failed, observation.total)} so far"] if failed else []
    lag = _format_largest_lag(observation)
    return "  ".join([*shares, errors, *waiting, latency, *lag, *so_far])


def format_overdue(overdue: int) -> str:
    """`12 unanswered`: requests that wait for their answer for longer than answers take."""
    return f"{overdue} unanswered"


def format_failed(failed: int, requests: int) -> str:
    """`17 failed (0.71 %)`, `0 failed`."""
    return f"{failed} failed ({format_percent(failed / requests)})" if failed else "0 failed"


def _format_largest_lag(observation: Observation) -> Iterator[str]:
    """Only the largest: with many Regions there are too many pairs for a line."""
    known = [
        (lag_s, source, to)
        for source, lags in observation.lags_s.items()
        for to, lag_s in lags.items()
        if lag_s is not None
    ]
    if known:
        lag_s, source, to = max(known)
        yield f"lag {format_duration(lag_s)} ({source} to {to})"

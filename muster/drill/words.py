"""A plan and a journal in words, for a terminal or a pipe.

Decides what a person is told of each entry. Pure: text in, text out.
"""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from muster import durations, percent
from muster.drill.context import Verdict
from muster.drill.entries import (
    Begun,
    Closed,
    Deviated,
    Done,
    Entered,
    Entry,
    Failed,
    Found,
    GaveUp,
    Held,
    Judged,
    Noted,
    Opened,
    Resumed,
    Retried,
    Stopped,
)
from muster.drill.instructions import Hold, words
from muster.drill.limits import Limits
from muster.drill.observe import Observation
from muster.drill.plan import Plan, PlannedStep, Targets
from muster.drill.targets import value_words
from muster.drill.values import say_percent
from muster.levers import fault_words
from muster.model import StandingFault

WIDTH = 100
"""Columns of a plan that is read on paper or a wide terminal."""
STATUS = {
    "met": "targets met",
    "missed": "targets missed",
    "refused": "refused, nothing was changed",
    "stopped": "stopped, and rolled back",
    "incomplete": "INCOMPLETE, not everything is as it was found",
}


def plan_lines(plan: Plan, columns: int = WIDTH) -> Iterator[str]:
    """The whole plan; what is long is folded at this width."""
    yield f"{plan.scenario}: {plan.title}"
    yield from (f"  {line}" for line in folded(plan.why, columns - 2))
    for name, value in plan.parameters.items():
        yield f"  {name} = {value}"
    yield ""
    yield f"steady state: {plan.hypothesis_title}"
    yield from (_step_line(step) for step in plan.hypothesis)
    yield ""
    yield f"method (about {durations.words(plan.expected_s)})"
    yield from _method_lines(plan, columns)
    yield ""
    yield "stops and rolls back when"
    yield from (f"  {condition.words}" for condition in plan.stop_conditions)
    yield ""
    yield f"rollback ({_strategy(plan)})"
    yield from (f"  {line}" for line in plan.undo or ("nothing to put back",))
    yield f"targets: {targets_words(plan.targets)}"
    yield from folded(f"limits: {limits_words(plan.limits)}", columns, indent="  ")
    for sign, lines in (("watch:", plan.watch), ("!", plan.notes)):
        for line in lines:
            yield from folded(f"{sign} {line}", columns, indent="  ")


def targets_words(targets: Targets) -> str:
    """`RTO at most 60 s, RPO at most 5 s`."""
    rto_s, rpo_s, failed = targets.rto_s, targets.rpo_s, targets.failed_share
    told = [
        f"RTO at most {durations.words(rto_s)}" if rto_s is not None else "",
        f"RPO at most {durations.words(rpo_s)}" if rpo_s is not None else "",
        f"{targets.rpo_items:g} items lost at most" if targets.rpo_items is not None else "",
        f"{value_words('failed_share', failed)} failed at most" if failed is not None else "",
    ]
    return ", ".join(one for one in told if one) or "none"


def limits_words(limits: Limits) -> str:
    """What a drill may do at most."""
    return (
        f"dial from {limits.dial_floor:g} %, {limits.dial_step:g} % a step;"
        f" lag {durations.words(limits.lag_s)};"
        f" a guard holds for {durations.words(limits.guard_hold_s)} at most,"
        f" a rollback for {durations.words(limits.rollback_hold_s)}"
    )


def entry_lines(entry: Entry) -> list[str]:
    """Lines of a running drill: none for what needs no telling, one for each finding of a guard."""
    if isinstance(entry, Judged):
        return [f"{entry.step}: {one}" for one in findings(entry.verdicts)]
    if isinstance(entry, Stopped) and entry.cause == "guard":
        return ["stops (guard)"]  # what the guards have found was told, and is again at the end
    told = entry_line(entry)
    return [] if told is None else [told]


def entry_line(entry: Entry) -> str | None:
    """The same in one line; None for what needs no telling."""
    match entry:
        case Opened() | Resumed() | Entered() | Closed():
            return _of_run(entry)
        case Judged(step=step, verdicts=verdicts):
            told = findings(verdicts)
            return f"{step}: {'; '.join(told)}" if told else None
        case Begun() | Done() | Failed() | Retried():
            return _of_step(entry)
        case Found(state=state):
            dials = [f"dial {name} {say_percent(value)}" for name, value in state.dials.items()]
            switches = [f"switch {name} {one.status}" for name, one in state.switches.items()]
            faults = [_found_words(side, found) for side, found in state.faults.items()]
            all_of_it = ", ".join([*dials, *switches, *faults])
            return f"found: {all_of_it or 'nothing that could be changed'}"
        case _:
            return _of_trouble(entry)


def _found_words(side: str, found: tuple[StandingFault, ...]) -> str:
    return f"fault {', '.join(map(fault_words, found))}" if found else f"{side} whole"


def findings(verdicts: Iterable[Verdict]) -> list[str]:
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


def observation_line(observation: Observation) -> str:
    """Shares, errors and lag of the last seconds in one line, and what has failed in all.

    Errors are of new connections: on kept ones, and of writes, more may have failed.
    """
    good = observation.good
    shares = [
        f"{region} {percent.words(count / good, 0)}"
        for region, count in sorted(observation.good_by_region.items())
    ]
    rate = observation.error_rate
    errors = "errors ?" if rate is None else f"errors {percent.words(rate, 1)}"
    p99_s = observation.p99_s
    latency = "p99 ?" if p99_s is None else f"p99 {durations.figure(p99_s)}"
    failed = observation.total_failed
    so_far = [f"{failed_words(failed, observation.total)} so far"] if failed else []
    return "  ".join([*shares, errors, latency, *_slowest(observation), *so_far])


def failed_words(failed: int, requests: int) -> str:
    """`17 failed (0.71 %)`; of none just that."""
    return f"{failed} failed ({percent.words(failed / requests)})" if failed else "0 failed"


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
        yield f"lag {durations.words(lag_s)} ({source} to {to})"


def _of_run(entry: Opened | Resumed | Entered | Closed) -> str:
    match entry:
        case Opened(run=run, target=target):
            return f"run {run} on {target}"
        case Resumed(rollback=rollback, forced=forced):
            over = f", overriding guard {', '.join(forced)}" if forced else ""
            return f"taken up again{', to roll back' if rollback else ''}{over}"
        case Entered(phase=phase):
            return f"== {phase}"
        case Closed(status=status, why=why):
            return f"{STATUS[status]}: {why}"


def _of_step(entry: Begun | Done | Failed | Retried) -> str:
    match entry:
        case Begun(step=step, do=do):
            return f"{step}: {words(do)}"
        case Done(step=step, took_s=took_s):
            return f"{step}: done in {durations.words(took_s)}"
        case Failed(step=step, why=why):
            return f"{step}: failed: {why}"
        case Retried(step=step, attempt=attempt, why=why, wait_s=wait_s):
            return f"{step}: try {attempt} failed: {why}; again in {durations.words(wait_s)}"


def _of_trouble(entry: Entry) -> str | None:
    match entry:
        case Deviated(why=why):
            return f"deviated: {why}"
        case Stopped(cause=cause, why=why):
            return f"stops ({cause}): {why}"
        case Held(why=why):
            return f"rollback holds: {why}"
        case GaveUp(why=why):
            return f"rollback incomplete: {why}"
        case Noted(words=said):
            return f"note: {said}"
        case _:
            return None


def _method_lines(plan: Plan, columns: int) -> Iterator[str]:
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
            yield from (f"           {part}" for part in folded(line, columns - 11))


def folded(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most this width; the name of a Region stays in one piece."""
    return wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _step_line(step: PlannedStep) -> str:
    bounded = step.within_s and not isinstance(step.do, Hold)
    about = f"  ~{durations.words(step.expected_s)}" if step.expected_s and bounded else ""
    within = f", within {durations.words(step.within_s)}" if bounded else ""
    return f"  {step.id:>4}  {words(step.do)}{within}{about}"


def _strategy(plan: Plan) -> str:
    if plan.rollback.strategy == "always":
        return "at the end of every run"
    return "only when stopped, or when the steady state is gone afterwards"

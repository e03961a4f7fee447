"""The verdict in words: targets met or missed, by how much, and whether to believe the numbers.

Decides the words and nothing else: what was reached is the drill's result (muster.drill.result).
A drill without an end gets no judgement; its numbers stand as far as they go. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from muster.drill.journal.events import DrillStopped, RunClosed
from muster.drill.journal.run_state import RunState
from muster.drill.plan.targets import TARGET_LABELS, TargetName, format_target
from muster.drill.result import DrillResult
from muster.formatting import format_percent
from muster.measure import ProbeQuality, Unavailability
from muster.report.formatting import format_clock
from muster.report.model import ReportStatus, ReportVerdict, TargetResult

HEADLINES: Mapping[ReportStatus, str] = {
    "met": "Targets met",
    "missed": "Targets missed",
    "refused": "Refused: nothing was changed",
    "stopped": "Stopped, and rolled back",
    "incomplete": "Stopped, and not everything could be put back",
    "unfinished": "Interrupted: this drill has no end",
    "at-work": "Still under way",
}
OPEN: Mapping[ReportStatus, str] = {
    "unfinished": "Not judged: the drill has no end.",
    "at-work": "Not judged yet: the drill is under way.",
}
"""Of a drill without an end: why its targets are not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictInputs:
    """What a verdict is made of."""

    state: RunState
    result: DrillResult
    missing: Mapping[str, str]
    at_work: bool
    last_s: float
    """Second of the journal's last entry."""

    @property
    def status(self) -> ReportStatus:
        """The drill's own status, or why it has none."""
        if self.at_work:
            return "at-work"
        return self.state.closed.status if self.state.closed else "unfinished"

    @property
    def exit_code(self) -> int | None:
        return self.state.closed.exit_code if self.state.closed and not self.at_work else None


def build_verdict(outcome: VerdictInputs, targets: Iterable[TargetResult]) -> ReportVerdict:
    """The whole verdict."""
    status, closed = outcome.status, outcome.state.closed
    quality = outcome.result.summary.quality if outcome.result.summary else None
    judged = tuple(targets)
    return ReportVerdict(
        headline=_headline(status, judged, in_doubt=bool(quality) and not outcome.result.trusted),
        sentences=(*_story(outcome, closed), *_told(judged)),
        trusted=outcome.result.trusted if quality else None,
        trust=_trust(outcome.result, quality),
        doubts=outcome.result.doubts,
    )


def _told(judged: tuple[TargetResult, ...]) -> Iterator[str]:
    """What was missed first: it is the answer to why."""
    yield from (target.words for target in sorted(judged, key=lambda one: one.met is not False))


def target_results(outcome: VerdictInputs) -> tuple[TargetResult, ...]:
    """Every target that was set."""
    return tuple(_targets(outcome))


def _headline(status: ReportStatus, judged: tuple[TargetResult, ...], *, in_doubt: bool) -> str:
    if status == "met" and not judged:
        return "Done; no targets were set"
    if status in ("met", "missed") and in_doubt:
        return f"{HEADLINES[status]}, by numbers that are in doubt"
    return HEADLINES[status]


def _story(outcome: VerdictInputs, closed: RunClosed | None) -> Iterator[str]:
    """What happened, where that is not told by the targets."""
    status, stopped = outcome.status, outcome.state.stopped
    if status in ("stopped", "refused") and stopped is not None:
        yield _reason(stopped)
    elif status == "incomplete":
        yield f"{_capital(closed.why if closed else '')}."
        yield f"Go on with `muster drill rollback {outcome.result.run}`."
    elif status == "unfinished":
        yield from _unfinished(outcome)
    elif status == "at-work":
        phase, at = outcome.state.phase or "none", format_clock(outcome.last_s)
        yield f"By this report, {at} after its beginning, it was in phase {phase}."
    elif outcome.result.deviated:
        yield "The steady state was not there any more after the method."


def _reason(stopped: DrillStopped) -> str:
    match stopped.cause:
        case "signal":
            pressed = {"SIGINT": "Ctrl-C", "SIGHUP": "its terminal was closed"}.get(stopped.why)
            return f"It was told to stop by {stopped.why}{f' ({pressed})' if pressed else ''}."
        case "operator":
            return "Somebody rolled it back by hand, instead of going on with it."
        case _:
            return f"The reason ({stopped.cause}): {stopped.why}."


def _unfinished(outcome: VerdictInputs) -> Iterator[str]:
    state = outcome.state
    yield (
        f"The journal breaks off at {format_clock(outcome.last_s)}, in phase"
        f" {state.phase or 'none'}."
    )
    touched = [
        *(f"the dial of {region}" for region in state.touched.dials),
        *(f"the health switch of {region}" for region in state.touched.switches),
        *(f"the fault {fault.kind}" for fault in state.touched.faults),
    ]
    if touched:
        yield f"It may have left changed: {', '.join(touched)}."
        yield (
            f"Finish it with `muster drill resume {outcome.result.run}`, or put back what was found"
            f" with `muster drill rollback {outcome.result.run}`."
        )
    else:
        yield "By then it had changed nothing."


def _targets(outcome: VerdictInputs) -> Iterator[TargetResult]:
    summary = outcome.result.summary
    for one in outcome.result.targets:
        measured = None if one.name in outcome.missing else one.measured
        known = measured is not None
        open_end = one.name == "rto_s" and summary is not None and _open(summary.unavailability)
        told = _Told(measured=measured, at_most=one.at_most, open_end=open_end, unended=one.unended)
        yield TargetResult(
            name=one.name,
            label=TARGET_LABELS[one.name],
            at_most=one.at_most,
            measured=measured,
            at_least=open_end and known,
            met=_met(outcome, told),
            words=_words(one.name, told, outcome),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One target and what was measured."""

    measured: float | None
    at_most: float
    open_end: bool
    """Whether an outage's beginning or end was not seen: a lower bound."""
    unended: bool
    """Whether an outage was still going on at the end."""


def _met(outcome: VerdictInputs, told: _Told) -> bool | None:
    """A drill that was cut short can miss a target, and never meet one."""
    if told.measured is None or outcome.status in OPEN:
        return None
    if outcome.status not in ("met", "missed"):
        return False if told.measured > told.at_most else None
    return told.measured <= told.at_most and not told.unended


def _open(groups: Iterable[Unavailability]) -> bool:
    return not all(one.complete for one in groups)


def _words(name: TargetName, numbers: _Told, outcome: VerdictInputs) -> str:
    label, limit = TARGET_LABELS[name], format_target(name, numbers.at_most)
    if numbers.measured is None:
        why = outcome.missing.get(name, "it was not measured")
        return f"{label}: no figure, since {why}. The target is at most {limit}."
    least = "at least " if numbers.open_end else ""
    verb = "are" if name == "failed_share" else "is"
    value = format_target(name, numbers.measured)
    told = f"{label} {verb} {least}{value}; the target is at most {limit}"
    if outcome.status in OPEN:
        return f"{told}. {OPEN[outcome.status]}"
    over = numbers.measured - numbers.at_most
    if over > 0:
        return f"{told}: missed by {least}{format_target(name, over)}."
    if outcome.status not in ("met", "missed"):
        return f"{told}. Not judged: the drill was cut short."
    if numbers.unended:
        return f"{told}: missed, since an outage was still going on at the end."
    return f"{told}: met{f', with {format_target(name, -over)} to spare' if over else ' exactly'}."


def _trust(result: DrillResult, quality: ProbeQuality | None) -> str:
    if quality is None:
        return f"There are no numbers: {'; '.join(result.doubts) or 'nothing was probed'}."
    told = (
        f"{quality.sent:,} of {quality.scheduled:,} requests were sent,"
        f" {_percent(quality.late_share)} of them more than 10 ms late; {_count(quality.lost)} lost"
        " by the prober"
    )
    if quality.held_back:
        told += f", {_count(quality.held_back)} held back by a busy connection"
    if result.trusted:
        return f"The numbers can be trusted: {told}."
    return f"Don't rely on the numbers: {'; '.join(result.doubts)}. ({_capital(told)}.)"


def _count(number: int) -> str:
    return f"{number:,} were" if number > 1 else "one was" if number else "none was"


def _percent(share: float) -> str:
    return format_percent(share) if share else "none"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def format_verdict(verdict: ReportVerdict) -> str:
    """The verdict as lines for a terminal."""
    lines = (f"  {line}" for line in verdict.sentences)
    return "\n".join([verdict.headline, *lines, f"  {verdict.trust}"])

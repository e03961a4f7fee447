"""The verdict in words: targets met or missed, by how much, and whether to believe the numbers.

The numbers are the drill's result (`muster.drill.result`). The targets of a drill without an end
are not judged; those of a drill that was cut short can be missed, but not met. By a measurement
that is not reliable none is met or missed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from muster.drill.journal.events import DrillStopped
from muster.drill.journal.run_state import RunState
from muster.drill.plan.model import TARGET_LABELS, TargetName, format_target
from muster.drill.result import DrillResult
from muster.formatting import format_clock, format_percent
from muster.measure import ProbeQuality
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
SAME_RUNS = "with the `--runs` of the drill if it had one"
"""A report can't name the folder: it may be read elsewhere."""
INTERFERED = "somebody interfered"
"""Why a number is void, beside the sentence about the end that says who did, and what."""
NOT_JUDGED: Mapping[ReportStatus, str] = {
    "unfinished": "Not judged: the drill has no end.",
    "at-work": "Not judged yet: the drill is under way.",
}
"""Why the targets of a drill without an end are not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictInputs:
    """What a verdict is made from."""

    state: RunState
    result: DrillResult
    missing: Mapping[str, str]
    at_work: bool
    last_s: float
    """Second of the journal's last entry."""

    @property
    def status(self) -> ReportStatus:
        """The drill's own, or `at-work` or `unfinished` without one."""
        if self.at_work:
            return "at-work"
        return self.state.closed.status if self.state.closed else "unfinished"

    @property
    def exit_code(self) -> int | None:
        return self.state.closed.exit_code if self.state.closed and not self.at_work else None

    @property
    def trusted(self) -> bool:
        """Whether the numbers can be believed: as they were at the end, and as made anew."""
        closed = self.state.closed
        return self.result.trusted and (closed is None or closed.reliable)

    @property
    def tells_interference(self) -> bool:
        """Whether the sentence about the end says all about who interfered."""
        stopped = self.state.stopped
        return self.status == "stopped" and stopped is not None and stopped.why == self.result.void

    @property
    def reliable(self) -> bool:
        """False: the status is `met` or `missed` by numbers that can't be trusted."""
        if self.status not in ("met", "missed") or self.state.closed is None:
            return True
        return self.result.reliable and self.state.closed.reliable


def build_verdict(inputs: VerdictInputs, targets: Sequence[TargetResult]) -> ReportVerdict:
    """The verdict; `targets` are those of target_results()."""
    result = inputs.result
    quality = result.summary.quality if result.summary else None
    missed_first = sorted(targets, key=lambda target: target.met is not False)
    return ReportVerdict(
        headline=_headline(inputs, targets),
        sentences=(*_describe_end(inputs), *(target.words for target in missed_first)),
        trusted=result.trusted if quality else None,
        trust=_describe_trust(inputs, quality),
        doubts=result.doubts,
        doubt_causes=result.doubt_causes,
    )


def target_results(inputs: VerdictInputs) -> tuple[TargetResult, ...]:
    """Every target that was set."""
    return tuple(
        TargetResult(
            name=one.name,
            label=TARGET_LABELS[one.name],
            at_most=one.at_most,
            measured=one.measured,
            at_least=one.lower_bound and one.measured is not None,
            met=_is_met(one, inputs),
            words=_describe_target(one, inputs),
        )
        for one in _measured_targets(inputs)
    )


def format_verdict(verdict: ReportVerdict) -> str:
    """The verdict as lines for a terminal."""
    lines = (f"  {line}" for line in verdict.sentences)
    return "\n".join([verdict.headline, *lines, f"  {verdict.trust}"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _MeasuredTarget:
    name: TargetName
    measured: float | None
    at_most: float
    lower_bound: bool
    """Whether an outage's beginning or end was not seen."""
    unended: bool
    """Whether an outage was still going on at the end."""


def _measured_targets(inputs: VerdictInputs) -> Iterator[_MeasuredTarget]:
    summary = inputs.result.summary
    complete = summary is None or summary.rto_complete
    for one in inputs.result.targets:
        yield _MeasuredTarget(
            name=one.name,
            measured=None if one.name in inputs.missing else one.measured,
            at_most=one.at_most,
            lower_bound=one.name == "rto_s" and not complete,
            unended=one.unended,
        )


def _is_met(target: _MeasuredTarget, inputs: VerdictInputs) -> bool | None:
    status = inputs.status
    if target.measured is None or status in NOT_JUDGED or not inputs.trusted:
        return None
    if status not in ("met", "missed"):
        return False if target.measured > target.at_most else None
    return target.measured <= target.at_most and not target.unended


def _describe_target(target: _MeasuredTarget, inputs: VerdictInputs) -> str:
    name, status = target.name, inputs.status
    label, limit = TARGET_LABELS[name], format_target(name, target.at_most)
    if target.measured is None:
        missing = inputs.missing.get(name, "it was not measured")
        why = INTERFERED if inputs.tells_interference else missing
        return f"{label}: no figure, since {why}. The target is at most {limit}."
    least = "at least " if target.lower_bound else ""
    verb = "are" if name == "failed_share" else "is"
    measured = format_target(name, target.measured)
    comparison = f"{label} {verb} {least}{measured}; the target is at most {limit}"
    if status in NOT_JUDGED or not inputs.trusted:
        causes = _format_causes(inputs.result)
        not_reliable = f"Neither met nor missed: the measurement is not reliable{causes}."
        return f"{comparison}. {NOT_JUDGED.get(status, not_reliable)}"
    over = target.measured - target.at_most
    if over > 0:
        return f"{comparison}: missed by {least}{format_target(name, over)}."
    if status not in ("met", "missed"):
        return f"{comparison}. Not judged: the drill was cut short."
    if target.unended:
        return f"{comparison}: missed, since an outage was still going on at the end."
    spare = f", with {format_target(name, -over)} to spare" if over else " exactly"
    return f"{comparison}: met{spare}."


def _headline(inputs: VerdictInputs, targets: Sequence[TargetResult]) -> str:
    status, result = inputs.status, inputs.result
    if status in ("met", "missed") and not inputs.reliable:
        return f"Measurement not reliable{_format_causes(result)}"
    if status == "met" and not targets:
        return "Done; no targets were set"
    if status == "stopped" and result.unchanged:
        return "Stopped: nothing was changed"
    if status == "stopped" and result.void:
        return f"{HEADLINES[status]}: the numbers are void"
    return HEADLINES[status]


def _format_causes(result: DrillResult) -> str:
    """` (load, lost)`; nothing when none is known."""
    causes = ", ".join(result.doubt_causes)
    return f" ({causes})" if causes else ""


def _describe_end(inputs: VerdictInputs) -> Iterator[str]:
    """How the drill ended, unless the targets say it all."""
    status, state = inputs.status, inputs.state
    if status in ("stopped", "refused") and state.stopped is not None:
        yield _describe_stop(state.stopped)
    elif status == "incomplete":
        yield f"{_capitalise(state.closed.why if state.closed else '')}."
        yield f"Go on with `muster drill rollback {inputs.result.run}`, {SAME_RUNS}."
    elif status == "unfinished":
        yield from _describe_unfinished(inputs)
    elif status == "at-work":
        phase, at = state.phase or "none", format_clock(inputs.last_s)
        yield f"By this report, {at} after its beginning, it was in phase {phase}."
    elif inputs.result.deviated:
        yield "The steady state was not there any more after the method."


def _describe_stop(stopped: DrillStopped) -> str:
    match stopped.cause:
        case "signal":
            pressed = {"SIGINT": "Ctrl-C", "SIGHUP": "its terminal was closed"}.get(stopped.why)
            return f"{stopped.why} stopped it{f' ({pressed})' if pressed else ''}."
        case "operator":
            return "An operator rolled it back by hand instead of resuming it."
        case _:
            return f"The reason ({stopped.cause}): {stopped.why}."


def _describe_unfinished(inputs: VerdictInputs) -> Iterator[str]:
    state, run = inputs.state, inputs.result.run
    at = format_clock(inputs.last_s)
    yield f"The journal breaks off at {at}, in phase {state.phase or 'none'}."
    changed = [
        *(f"the dial of {region}" for region in state.changes.dials),
        *(f"the health switch of {region}" for region in state.changes.switches),
        *(f"the weight of {region}'s record" for region in state.changes.weights),
        *(f"the health check of {region}" for region in state.changes.inversions),
        *(f"the fault {fault.kind}" for fault in state.changes.faults),
    ]
    if changed:
        yield f"It may have left changed: {', '.join(changed)}."
        yield (
            f"Finish it with `muster drill resume {run}`, or restore the baseline"
            f" with `muster drill rollback {run}`, {SAME_RUNS}."
        )
    else:
        yield "By then it had changed nothing."


def _describe_trust(inputs: VerdictInputs, quality: ProbeQuality | None) -> str:
    result = inputs.result
    told = result.void if inputs.tells_interference else ""
    doubts = "; ".join(INTERFERED if one == told else one for one in result.doubts)
    if quality is None:
        return f"There are no numbers: {doubts}."
    if result.unchanged:
        return "Nothing was changed, so no number tells of an outage."
    late = format_percent(quality.late_share) if quality.late_share else "none"
    account = (
        f"{quality.sent:,} of {quality.scheduled:,} requests were sent,"
        f" {late} of them more than 10 ms late; {_format_were(quality.lost)} lost by the prober"
    )
    if quality.held_back:
        account += f", {_format_were(quality.held_back)} held back by a busy connection"
    if result.trusted:
        return f"The numbers can be trusted: {account}."
    return f"Don't rely on the numbers: {doubts}. ({_capitalise(account)}.)"


def _format_were(number: int) -> str:
    return f"{number:,} were" if number > 1 else "one was" if number else "none was"


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]

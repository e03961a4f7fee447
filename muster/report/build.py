"""A run's records -> its Report.

Decides what belongs to the report, and which numbers can't be told and why. The numbers themselves
are the drill's result, made anew from the samples by the same function that made result.json. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from muster.drill import result as results
from muster.drill.entries import Entered, Line, Opened, Resumed
from muster.drill.result import Evidence, Result
from muster.drill.state import RunState, fold
from muster.drill.viewlog import ViewLine
from muster.measure.samples import Sample
from muster.probe.tail import Run
from muster.report import axis as axes
from muster.report import series, story, verdict
from muster.report.axis import Axis
from muster.report.charts.geometry import clock
from muster.report.folder import Records
from muster.report.model import Gap, Origin, Report
from muster.report.verdict import Outcome

LEAST_GAP_S = 2.0
"""A shorter stretch without samples is the schedule's own."""
LEAST_GAP_PERIODS = 20.0
NO_SAMPLES = {True: "there is no sample of a request", False: "nothing was probed"}
REBOOTED = "the machine was restarted during the drill: its clock began anew"


def build(records: Records) -> Report:
    """The report."""
    axis = axes.make(records.lines)
    lines = axes.straightened(records.lines, axis)
    state = fold(lines)
    parts, views = _of_first_boot(records, axis)
    evidence = results.joined(parts, records.sightings)
    gaps = _gaps(evidence.samples, lines, axis)
    result = results.make(state, _judged(evidence, axis, gaps), lines[-1].at)
    missing = dict(_missing(state, result))
    outcome = Outcome(
        state=state,
        result=result,
        missing=missing,
        at_work=records.at_work,
        last_s=axis.second(lines[-1].at_s),
    )
    targets = verdict.targets(outcome)
    return Report(
        run=records.name,
        started_at=axis.start_at,
        origin_s=axis.start_s,
        length_s=axis.second(lines[-1].at_s),
        verdict=verdict.judge(outcome, targets),
        targets=targets,
        plan=state.plan,
        rpo_s=None if "rpo_s" in missing else result.rpo_s,
        rpo_items=None if "rpo_items" in missing else result.rpo_items,
        summary=result.summary,
        missing=missing,
        stages=story.stages(lines, axis),
        steps=story.steps(lines, state.plan, axis),
        findings=story.findings(lines, axis),
        events=story.events(lines, state.plan, axis),
        gaps=gaps,
        cause_s=_mark(state, "away", axis),
        return_s=_mark(state, "back", axis),
        series=series.make(evidence, lines, views, axis),
        origin=_origin(state, lines),
        environment=records.environment,
        journal=story.rows(lines, axis),
        remarks=records.remarks,
    )


def _of_first_boot(records: Records, axis: Axis) -> tuple[tuple[Run, ...], tuple[ViewLine, ...]]:
    """What lies on the first boot's clock; the rest can't be put beside it."""
    parts = tuple(
        part
        for part in records.parts
        if part.opening is None
        or axis.of_first_boot(part.opening.started_s, part.opening.started_at)
    )
    views = tuple(view for view in records.views if axis.of_first_boot(view.at_s, view.at))
    return parts, views


def _judged(evidence: Evidence, axis: Axis, gaps: Sequence[Gap]) -> Evidence:
    """What the numbers are made of: nothing, where half of the drill can't be put beside it."""
    if axis.later_boots:
        return Evidence(doubts=(REBOOTED,))
    return replace(evidence, doubts=(*evidence.doubts, *_gap_doubts(gaps)))


def _gap_doubts(gaps: Sequence[Gap]) -> tuple[str, ...]:
    return tuple(
        f"nothing was measured from {clock(gap.start_s)} to {clock(gap.end_s)}" for gap in gaps
    )


def _gaps(samples: Sequence[Sample], lines: Sequence[Line], axis: Axis) -> tuple[Gap, ...]:
    """Stretches without a request, from the first one to the end of what was watched.

    What the prober lost was due, and tells nothing all the same.
    """
    times = sorted(axis.second(s.scheduled_s) for s in samples if s.counts)
    if len(times) < 2:
        return ()
    least_s = max(LEAST_GAP_S, LEAST_GAP_PERIODS * (times[-1] - times[0]) / len(times))
    ends = [*times, _watched_until_s(lines, axis)]
    return tuple(
        Gap(start_s=before, end_s=after)
        for before, after in pairwise(ends)
        if after - before > least_s
    )


def _watched_until_s(lines: Sequence[Line], axis: Axis) -> float:
    """When everything was put back: with the last phase `closing`, else with the journal.

    A process that was told only to roll back measures nothing, and users were there all the same.
    """
    closing = [
        axis.second(line.at_s)
        for line in lines
        if isinstance(line.entry, Entered) and line.entry.phase == "closing"
    ]
    return closing[-1] if closing else axis.second(lines[-1].at_s)


def _missing(state: RunState, result: Result) -> Iterator[tuple[str, str]]:
    """The numbers that can't be told, by their names in the JSON report."""
    summary = result.summary
    if summary is None:
        why = REBOOTED if REBOOTED in result.doubts else NO_SAMPLES[bool(state.effects)]
        for name in ("rto_s", "rpo_s", "rpo_items", "failed_share", "requests", "failed"):
            yield name, why
        return
    if not any(one.requests for one in summary.unavailability):
        yield "rto_s", "no request was made on a new connection"
    if result.move is None:
        for name in ("movement", "stragglers"):
            yield name, _no_move(state)
    if result.rpo_s is None:
        for name in ("rpo_s", "rpo_items"):
            yield name, _no_recovery(state, result)


def _no_move(state: RunState) -> str:
    return "the drill is about no Region" if state.plan.subject is None else "the cause never came"


def _no_recovery(state: RunState, result: Result) -> str:
    recovery = result.summary.recovery if result.summary else None
    if result.loss is None or recovery is None:
        return _no_move(state)
    if not recovery.acknowledged:
        return f"{result.loss.lost} acknowledged no write of the probes"
    return "no reading tells what became of the probes' writes"


def _mark(state: RunState, name: str, axis: Axis) -> float | None:
    found = {str(key): at_s for key, at_s in state.marks.items()}
    return axis.second(found[name]) if name in found else None


def _origin(state: RunState, lines: Sequence[Line]) -> Origin:
    opened = lines[0].entry
    assert isinstance(opened, Opened)  # noqa: S101 - `folder.read` has checked it
    return Origin(
        target=opened.target,
        account=opened.account,
        by=opened.by,
        host=opened.host,
        version=opened.version,
        resumed=sum(isinstance(line.entry, Resumed) for line in lines),
    )

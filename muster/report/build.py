"""Builds a report from the records of a run.

Decides which numbers are not known, and why. The numbers themselves are the drill's result, made
anew from the samples by the function that made result.json.
"""

from collections.abc import Iterator, Sequence

from muster.drill.journal.events import JournalLine, RunOpened, RunResumed
from muster.drill.journal.run_state import RunState, fold_journal
from muster.drill.observation.snapshot_log import ViewSnapshot
from muster.drill.result import (
    RESTARTED,
    DrillResult,
    RunSamples,
    build_result,
    find_run_gaps,
    join_samples,
)
from muster.drill.scenario.model import Mark
from muster.measure import Summary
from muster.probe.records import ProbeRun
from muster.report.chart_series import build_chart_series
from muster.report.model import DrillReport, RunOrigin
from muster.report.run_reader import RunRecords
from muster.report.time_axis import TimeAxis, align_to_first_boot, make_time_axis
from muster.report.timeline import (
    guard_findings,
    journal_rows,
    phase_spans,
    step_rows,
    timeline_events,
)
from muster.report.verdict import INTERFERED, VerdictInputs, build_verdict, target_results

NO_SAMPLES = {True: "there is no sample of a request", False: "nothing was probed"}
UNCHANGED = "nothing was changed"
MEASURED_NUMBERS = ("rto_s", "rpo_s", "rpo_items", "failed_share")


def build_report(records: RunRecords) -> DrillReport:
    axis = make_time_axis(records.lines)
    lines = align_to_first_boot(records.lines, axis)
    state = fold_journal(lines)
    probe_runs, views = _of_first_boot(records, axis)
    samples = join_samples(probe_runs, records.sightings)
    # After a reboot, which left half of the samples out, no numbers are made.
    counted = RunSamples(doubts=(RESTARTED,)) if axis.later_boots else samples
    result = build_result(state, counted, lines[-1].at)
    missing = dict(_missing(state, result))
    inputs = VerdictInputs(
        state=state,
        result=result,
        missing=missing,
        at_work=records.at_work,
        last_s=axis.second(lines[-1].at_s),
    )
    targets = target_results(inputs)
    return DrillReport(
        run=records.name,
        started_at=axis.start_at,
        origin_s=axis.start_s,
        length_s=axis.second(lines[-1].at_s),
        status=inputs.status,
        exit_code=inputs.exit_code,
        reliable=inputs.reliable,
        verdict=build_verdict(inputs, targets),
        targets=targets,
        plan=state.plan,
        rpo_s=None if "rpo_s" in missing else result.rpo_s,
        rpo_items=None if "rpo_items" in missing else result.rpo_items,
        summary=result.summary,
        missing=missing,
        phases=phase_spans(lines, axis),
        steps=step_rows(lines, state.plan, axis),
        findings=guard_findings(lines, axis),
        events=timeline_events(lines, state.plan, axis),
        gaps=find_run_gaps(state, samples),
        cause_s=_mark_s(state, "away", axis),
        return_s=_mark_s(state, "back", axis),
        people=result.people,
        series=build_chart_series(samples, lines, views, axis, state.plan.door),
        origin=_origin(state, lines),
        environment=records.environment,
        journal=journal_rows(lines, axis),
        remarks=records.remarks,
    )


def _of_first_boot(
    records: RunRecords, axis: TimeAxis
) -> tuple[tuple[ProbeRun, ...], tuple[ViewSnapshot, ...]]:
    """Samples and views of the first boot, since others can't be placed on its clock."""
    probe_runs = tuple(
        run
        for run in records.probe_runs
        if run.opening is None or axis.is_first_boot(run.opening.started_s, run.opening.started_at)
    )
    views = tuple(view for view in records.views if axis.is_first_boot(view.at_s, view.at))
    return probe_runs, views


def _missing(state: RunState, result: DrillResult) -> Iterator[tuple[str, str]]:
    """(name in the JSON report, reason) of the numbers that are not known."""
    if result.void:
        for name in (*MEASURED_NUMBERS, "movement", "stragglers", "doors"):
            yield name, f"{INTERFERED}: {result.void}"
    elif result.unchanged and result.summary is not None:
        for name in (*MEASURED_NUMBERS, "movement", "stragglers"):
            yield name, UNCHANGED
    elif result.summary is None:
        rebooted = RESTARTED.words in result.doubts
        why = RESTARTED.words if rebooted else NO_SAMPLES[bool(state.actions_started)]
        for name in (*MEASURED_NUMBERS, "requests", "failed"):
            yield name, why
    else:
        yield from _missing_in(result.summary, state, result)


def _missing_in(
    summary: Summary, state: RunState, result: DrillResult
) -> Iterator[tuple[str, str]]:
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


def _no_recovery(state: RunState, result: DrillResult) -> str:
    recovery = result.summary.recovery if result.summary else None
    if result.loss is None or recovery is None:
        return _no_move(state)
    if not recovery.acknowledged:
        return f"{result.loss.lost} acknowledged no write of the probes"
    return "no reading shows whether the probes' writes arrived"


def _mark_s(state: RunState, mark: Mark, axis: TimeAxis) -> float | None:
    return axis.second(state.marks[mark]) if mark in state.marks else None


def _origin(state: RunState, lines: Sequence[JournalLine]) -> RunOrigin:
    opened = lines[0].event
    assert isinstance(opened, RunOpened)  # noqa: S101 - read_run_folder has checked it
    return RunOrigin(
        target=opened.target,
        account=opened.account,
        by=opened.by,
        host=opened.host,
        version=opened.version,
        resumed=sum(isinstance(line.event, RunResumed) for line in lines),
    )

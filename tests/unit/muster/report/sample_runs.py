"""Records of whole runs: a lost Region, an evacuation, and drills that did not end well."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    DrillStopped,
    GuardsEvaluated,
    InterferenceSeen,
    JournalLine,
    RunClosed,
    RunOpened,
    StepStarted,
)
from muster.drill.plan.instructions import Pause
from muster.measure import Presence, Sample
from muster.report.run_reader import RunRecords
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan
from tests.unit.muster.report.staged_run import StagedRun, play_drill, staged_records

FAR = "ap-southeast-1"


@cache
def region_loss() -> RunRecords:
    """A Region is lost and returns; requests fail for 14 s; RTO target 10 s."""
    targets = {"rto_s": 10.0, "rpo_s": 5.0, "rpo_items": 0.0}
    return staged_records(play_drill(build_plan("region-loss", targets=targets)))


@cache
def evacuation() -> RunRecords:
    """Traffic leaves a Region and returns without a failed request."""
    return staged_records(play_drill(build_plan("evacuate")))


@cache
def interrupted_evacuation() -> RunRecords:
    """An evacuation whose process was killed while it turned a dial."""
    return staged_records(play_drill(build_plan("evacuate"), until="m7"), killed=True)


@cache
def three_region_loss() -> RunRecords:
    """The same loss with a third Region, where the writes of the last 3 s before it are missing."""
    run = region_loss()
    first = run.lines[0]
    assert isinstance(first.event, RunOpened)
    opened = replace(first.event, plan=replace(first.event.plan, regions=(HOME, FAR, AWAY)))
    lost_s = next(
        line.at_s
        for line in run.lines
        if isinstance(line.event, StepStarted) and line.event.step == "m1"
    )
    late = {
        s.item
        for probe_run in run.probe_runs
        for s in probe_run.samples
        if s.region == AWAY and s.item and lost_s - 3.0 < s.finished_s < lost_s
    }
    until_s = lost_s + 30.0
    far = [
        replace(s, region=FAR, presence=Presence.ABSENT, writer=None)
        if s.item in late and s.asked_s < until_s
        else replace(s, region=FAR)
        for s in run.sightings
        if s.region == HOME
    ]
    return replace(
        run,
        lines=(replace(first, event=opened), *run.lines[1:]),
        sightings=(*run.sightings, *far),
    )


@cache
def interfered_region_loss() -> RunRecords:
    """Somebody ends the fault of a lost Region during the hold, which is noticed 3 s later."""
    run = staged_records(play_drill(build_plan("region-loss", targets={"rto_s": 60.0})))
    *lines, rollback, closing, closed = run.lines
    held = next(n for n, line in enumerate(lines) if _begins_hold(line))
    at = lines[held]
    seen = InterferenceSeen(
        what="fault",
        where=f"processes of {AWAY}",
        expected=f"region-kill of {AWAY}",
        found="no fault",
        who="bob on desk",
        good_before_s=3.0,
    )
    stopped = DrillStopped(cause="interference", why=seen.describe())
    ended = RunClosed(status="stopped", exit_code=4, why=stopped.why)
    late = [replace(at, at_s=at.at_s + 5.0, at=at.at + 5.0, event=one) for one in (seen, stopped)]
    cut = [*lines[: held + 1], *late, rollback, closing, replace(closed, event=ended)]
    return replace(run, lines=tuple(replace(line, n=n) for n, line in enumerate(cut, start=1)))


def _begins_hold(line: JournalLine) -> bool:
    event = line.event
    return isinstance(event, StepStarted) and event.do == Pause(seconds=60.0)


def refused_evacuation() -> RunRecords:
    """A drill whose first step was refused by a guard."""
    run = StagedRun(build_plan("evacuate"), "2026-11-21T10-02-07-evacuate")
    run.begin()
    verdict = GuardVerdict(guard="alarms", ruling="refuse", reason="eu-central-1:errors in ALARM")
    run.record(GuardsEvaluated(step="m1", verdicts=(verdict,)))
    run.record(
        DrillStopped(cause="guard", why="step m1: alarms refuses: eu-central-1:errors in ALARM")
    )
    return RunRecords(name=run.name, lines=tuple(run.lines))


def with_late_samples(records: RunRecords) -> RunRecords:
    """The same run with a prober that sent each request 50 ms late."""
    (probe_run,) = records.probe_runs
    return with_samples(records, map(_send_late, probe_run.samples))


def _send_late(sample: Sample) -> Sample:
    sent_s = None if sample.sent_s is None else sample.sent_s + 0.05
    return replace(sample, sent_s=sent_s, finished_s=sample.finished_s + 0.05)


def with_samples(records: RunRecords, samples: Iterable[Sample]) -> RunRecords:
    """The same run with other samples of its one prober."""
    (probe_run,) = records.probe_runs
    return replace(records, probe_runs=(replace(probe_run, samples=tuple(samples)),))


RUNS = (
    region_loss,
    evacuation,
    interrupted_evacuation,
    interfered_region_loss,
    refused_evacuation,
    three_region_loss,
)

"""Records of whole runs: a lost Region, an evacuation, and drills that did not end well."""

from dataclasses import replace
from functools import cache

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import DrillStopped, GuardsEvaluated, RunOpened, StepStarted
from muster.measure import Presence
from muster.report.run_reader import RunRecords
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan
from tests.unit.muster.report.staged_run import StagedRun, play_drill, staged_records

FAR = "ap-southeast-1"


@cache
def loss() -> RunRecords:
    """A Region lost and back; 14 s in the dark; RTO target 10 s."""
    targets = {"rto_s": 10.0, "rpo_s": 5.0, "rpo_items": 0.0}
    return staged_records(play_drill(build_plan("region-loss", targets=targets)))


@cache
def evacuation() -> RunRecords:
    """A Region emptied and filled again without a failed request."""
    return staged_records(play_drill(build_plan("evacuate")))


@cache
def broken_off() -> RunRecords:
    """An evacuation whose process was killed while it turned a dial."""
    return staged_records(play_drill(build_plan("evacuate"), until="m7"), broken_off=True)


@cache
def three_regions() -> RunRecords:
    """The same loss with a third Region, which lacks what was acknowledged 3 s before the loss."""
    whole = loss()
    first = whole.lines[0]
    assert isinstance(first.entry, RunOpened)
    opened = replace(first.entry, plan=replace(first.entry.plan, regions=(HOME, FAR, AWAY)))
    lost_s = next(
        x.at_s for x in whole.lines if isinstance(x.entry, StepStarted) and x.entry.step == "m1"
    )
    late = {
        s.item
        for part_ in whole.probe_runs
        for s in part_.samples
        if s.region == AWAY and s.item and lost_s - 3.0 < s.finished_s < lost_s
    }
    until_s = lost_s + 30.0
    far = [
        replace(s, region=FAR, presence=Presence.ABSENT, writer=None)
        if s.item in late and s.asked_s < until_s
        else replace(s, region=FAR)
        for s in whole.sightings
        if s.region == HOME
    ]
    return replace(
        whole,
        lines=(replace(first, entry=opened), *whole.lines[1:]),
        sightings=(*whole.sightings, *far),
    )


def refused() -> RunRecords:
    """A drill that a guard did not let begin."""
    stage = StagedRun(build_plan("evacuate"), "2026-11-21T10-02-07-evacuate")
    stage.open()
    verdict = GuardVerdict(guard="alarms", ruling="refuse", reason="eu-central-1:errors in ALARM")
    stage.say(GuardsEvaluated(step="m1", verdicts=(verdict,)))
    stage.say(
        DrillStopped(cause="guard", why="step m1: alarms refuses: eu-central-1:errors in ALARM")
    )
    return RunRecords(name=stage.name, lines=tuple(stage.lines))


RUNS = (loss, evacuation, broken_off, refused, three_regions)

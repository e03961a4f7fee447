"""The result of a run: its numbers, judged against the targets, its status and its exit code.

docs/drills/measurements.md defines the numbers. A target that could not be measured is missed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from common.command.exit_codes import ExitCode
from muster import codec
from muster.drill.journal.events import DrillStopped, RunClosed, RunStatus
from muster.drill.journal.run_state import RunState
from muster.drill.plan.model import DrillTargets, TargetName, describe_target
from muster.formatting import format_clock, format_precise_duration
from muster.measure import (
    Closing,
    Doubt,
    DoubtCause,
    MeasurementGap,
    RecoveryPoint,
    RegionLoss,
    Sample,
    Sighting,
    Summary,
    TrafficMove,
    find_gaps,
    measure_quality,
    select_samples,
    summarise_samples,
)
from muster.measure.people import PeopleTimes, measure_people
from muster.probe import ProbeRun

EXIT_CODES: dict[RunStatus, int] = {
    "met": ExitCode.DONE,
    "missed": ExitCode.FAILED,
    "refused": ExitCode.REFUSED,
    "stopped": ExitCode.STOPPED,
    "incomplete": ExitCode.ROLLBACK_INCOMPLETE,
}
EXIT_UNRELIABLE = ExitCode.UNRELIABLE
"""In place of met and missed where trusted numbers are required and the measurement is not
reliable."""
RESUMED = Doubt(cause="gap", words="the drill was resumed: no probes were sent in between")
RESTARTED = Doubt(
    cause="gap", words="the machine was restarted during the drill: its clock began anew"
)
NOTHING_PROBED = Doubt(cause="lost", words="nothing was probed")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOutcome:
    """One target against what was measured."""

    name: TargetName
    at_most: float
    measured: float | None
    """None: not measured, which counts as missed."""
    met: bool
    judged: bool = True
    """False: `met` says nothing. By numbers that can't be trusted no target is met or missed; a
    drill that was cut short can miss one, but not meet it."""
    unended: bool = False
    """An outage had not ended when the probes did, which counts as missed."""

    def describe(self) -> str:
        """`RTO 3.22 s, at most 5 s`."""
        return describe_target(self.name, self.measured, self.at_most, at_least=self.unended)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillResult:
    """result.json."""

    version: Literal[1] = 1
    run: str
    scenario: str
    status: RunStatus
    exit_code: int
    why: str
    deviated: bool
    """The steady state was not there after the method."""
    started_at: float
    """Seconds since 1970."""
    ended_at: float
    subject: str | None
    targets: tuple[TargetOutcome, ...]
    rto_s: float | None
    rto_at_least: bool = False
    """The RTO is a lower bound: the beginning or the end of an outage was not seen, or the rollback
    ended it."""
    rpo_s: float | None
    rpo_items: int | None
    requests: int
    failed: int
    trusted: bool
    """The prober worked well enough for the numbers to be believed."""
    reliable: bool = True
    """False: by numbers that can't be believed, targets are neither met nor missed."""
    unchanged: bool = False
    """It ended before it changed anything: there is nothing to measure."""
    doubts: tuple[str, ...]
    doubt_causes: tuple[DoubtCause, ...] = ()
    """The causes of the doubts, each once."""
    void: str = ""
    """Why there are no numbers although there was a measurement: somebody interfered."""
    move: TrafficMove | None
    """How traffic left the subject and came back; monotonic seconds."""
    loss: RegionLoss | None
    summary: Summary | None
    people: PeopleTimes = field(default_factory=PeopleTimes)

    def to_json(self) -> str:
        return codec.dumps(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSamples:
    """The records of a run's probes."""

    samples: tuple[Sample, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    closing: Closing | None = None
    doubts: tuple[Doubt, ...] = ()


def join_samples(probe_runs: Sequence[ProbeRun], sightings: Sequence[Sighting] = ()) -> RunSamples:
    """Join the samples of several processes, renumbered as if one process had sent them."""
    samples: list[Sample] = []
    scheduled = connections = 0
    for run in probe_runs:
        samples += [_renumber(sample, scheduled, connections) for sample in run.samples]
        reported = run.closing.scheduled if run.closing else 0
        scheduled += max(reported, max((s.seq + 1 for s in run.samples), default=0))
        connections += max((s.connection + 1 for s in run.samples if s.connection), default=1)
    closings = [run.closing for run in probe_runs]
    known = [closing for closing in closings if closing]
    return RunSamples(
        samples=tuple(samples),
        sightings=tuple(sightings),
        closing=_join_closings(known, scheduled) if all(closings) else None,
        doubts=(RESUMED,) if len(probe_runs) > 1 else (),
    )


def _renumber(sample: Sample, scheduled: int, connections: int) -> Sample:
    if not scheduled:
        return sample
    connection = None if sample.connection is None else sample.connection + connections
    return replace(sample, seq=sample.seq + scheduled, connection=connection)


def _join_closings(closings: Sequence[Closing], scheduled: int) -> Closing | None:
    if not closings:
        return None
    return replace(
        closings[-1],
        scheduled=scheduled,
        abandoned=sum(closing.abandoned for closing in closings),
        unwritten=sum(closing.unwritten for closing in closings),
        cpu_s=sum(closing.cpu_s for closing in closings),
        waited_share=max(one.waited_share or 0.0 for one in closings),
    )


def build_result(
    state: RunState, samples: RunSamples, ended_at: float, *, require_trusted: bool = False
) -> DrillResult:
    """The result of a run that has ended, except for the journal's last event.

    `require_trusted`: EXIT_UNRELIABLE in place of met and missed by numbers that are in doubt.
    """
    void = describe_void(state)
    move, loss = (None, None) if void else (_move(state), _loss(state))
    summary = _summary(samples, state, move, loss)
    unjudged = bool(void) or state.ended_unbegun
    targets = tuple(_judge_targets(state.plan.targets, None if unjudged else summary))
    status, why = _status(state, targets)
    recovery = summary.recovery if summary else None
    doubts = tuple(_doubts(state, samples, summary, move))
    has_numbers = summary is not None or require_trusted
    outages = None if unjudged else summary
    unreliable = bool(doubts) and has_numbers and status in ("met", "missed")
    if unreliable:
        why = f"{describe_doubts(doubts)}. By these numbers: {why}"
    return DrillResult(
        run=state.run,
        scenario=state.plan.scenario,
        status=status,
        exit_code=EXIT_UNRELIABLE if unreliable and require_trusted else EXIT_CODES[status],
        why=why,
        deviated=state.deviated,
        started_at=state.opening.at,
        ended_at=ended_at,
        subject=state.plan.subject,
        targets=tuple(
            replace(
                one, judged=_is_judged(one, status, trusted=not doubts, reliable=not unreliable)
            )
            for one in targets
        ),
        rto_s=outages.rto_s if outages else None,
        rto_at_least=outages is not None and not outages.rto_complete,
        rpo_s=recovery.rpo_s if recovery else None,
        rpo_items=recovery.missing_items if recovery else None,
        requests=summary.requests if summary else 0,
        failed=summary.failed if summary else 0,
        trusted=not doubts,
        reliable=not unreliable,
        unchanged=state.ended_unbegun,
        doubts=tuple(doubt.words for doubt in doubts),
        doubt_causes=tuple(dict.fromkeys(doubt.cause for doubt in doubts)),
        void=void,
        move=move,
        loss=loss,
        summary=summary,
        people=PeopleTimes() if void else _people(state),
    )


def _people(state: RunState) -> PeopleTimes:
    return measure_people(state.cause_at, state.people.marked_at, state.people.approved_at)


def describe_void(state: RunState) -> str:
    """Why the numbers are void; empty if nobody interfered."""
    return "; ".join(event.describe() for event in state.interferences)


def describe_doubts(doubts: Sequence[Doubt]) -> str:
    """`measurement not reliable (load, lost): 3 % of the sends were ...; 12 of ...`."""
    causes = ", ".join(dict.fromkeys(doubt.cause for doubt in doubts))
    return f"measurement not reliable ({causes}): {'; '.join(doubt.words for doubt in doubts)}"


def _doubts(
    state: RunState, samples: RunSamples, summary: Summary | None, move: TrafficMove | None
) -> Iterator[Doubt]:
    void = describe_void(state)
    if void:
        yield Doubt(cause="interference", words=void)
    yield from samples.doubts
    for gap in find_run_gaps(state, samples):
        span = f"{format_clock(gap.start_s)} to {format_clock(gap.end_s)}"
        yield Doubt(cause="gap", words=f"nothing was measured from {span}")
    if summary is None:
        yield NOTHING_PROBED
        return
    yield from _unprobed_subject(summary, move)
    yield from _unread_tables(summary.recovery)
    yield from summary.quality.doubts


def find_run_gaps(state: RunState, samples: RunSamples) -> tuple[MeasurementGap, ...]:
    """Stretches of the run in which nothing was measured."""
    return find_gaps(samples.samples, start_s=state.opening.at_s, end_s=state.put_back_s)


def make_run_closed(result: DrillResult) -> RunClosed:
    """The journal's last event."""
    return RunClosed(
        status=result.status,
        exit_code=result.exit_code,
        why=result.why,
        reliable=result.reliable,
        unchanged=result.unchanged,
    )


def _move(state: RunState) -> TrafficMove | None:
    subject, at_s = state.plan.subject, state.marks.get("away")
    if subject is None or at_s is None:
        return None
    return TrafficMove(
        region=subject,
        at_s=at_s,
        return_at_s=state.marks.get("back"),
        cut_short=state.cause_cut_short,
    )


def _loss(state: RunState) -> RegionLoss | None:
    """When the others were alone, by the most exact mark.

    A fault takes effect between the start and the end of its step. The recovery point counts from
    the end: counted from the start, the last writes before the loss would seem to come after it.
    """
    subject, others = state.plan.subject, state.plan.others
    marks = (state.marks.get("alone"), state.cause_done_s, state.marks.get("away"))
    at_s = next((at_s for at_s in marks if at_s is not None), None)
    if subject is None or at_s is None or not others:
        return None
    return RegionLoss(lost=subject, surviving=others, at_s=at_s, returned_s=state.marks.get("back"))


def _summary(
    samples: RunSamples, state: RunState, move: TrafficMove | None, loss: RegionLoss | None
) -> Summary | None:
    """The numbers; after an interference those of the requests before it."""
    counted = select_samples(samples.samples, end_s=state.interfered_s)
    if not any(sample.counts for sample in counted):
        return None
    summary = summarise_samples(
        counted,
        closing=samples.closing,
        move=move,
        loss=loss,
        sightings=samples.sightings,
        door=state.plan.door,
    )
    if state.interfered_s is None:
        return replace(summary, doors=()) if state.ended_unbegun else summary
    quality = measure_quality(samples.samples, samples.closing)
    return replace(summary, quality=quality, doors=())


def _unprobed_subject(summary: Summary, move: TrafficMove | None) -> Iterator[Doubt]:
    """A doubt if no probe reached the subject: no number shows what its users saw."""
    if move is None:
        return
    before = next((phase for phase in summary.phases if phase.name == "before"), None)
    if before is None or move.region not in before.shares:
        words = "answered no probe before the cause: what its users saw was not measured"
        yield Doubt(cause="place", words=f"{move.region} {words}")


def _unread_tables(recovery: RecoveryPoint | None) -> Iterator[Doubt]:
    """Doubts about surviving Regions in whose tables some writes were never looked up."""
    if recovery is None or recovery.rpo_s is None:
        return  # there is no recovery point to doubt
    for one in recovery.regions:
        if one.rpo_s is None:
            words = f"no reading of {one.region} shows any write: it is left out of the RPO"
            yield Doubt(cause="unread", words=words)
        elif one.rpo_max_s > one.rpo_s:
            words = (
                f"no reading of {one.region} shows {one.unobserved} of"
                f" {recovery.acknowledged} writes: its RPO may be"
                f" {format_precise_duration(one.rpo_max_s)}"
            )
            yield Doubt(cause="unread", words=words)


def _judge_targets(targets: DrillTargets, summary: Summary | None) -> Iterator[TargetOutcome]:
    recovery = summary.recovery if summary else None
    items = recovery.missing_items if recovery else None
    groups = summary.unavailability if summary else ()
    all_ended = all(o.seen_end and not o.cut_short for group in groups for o in group.outages)
    measurements: dict[TargetName, float | None] = {
        "rto_s": summary.rto_s if summary and any(group.requests for group in groups) else None,
        "rpo_s": recovery.rpo_s if recovery else None,
        "rpo_items": None if items is None else float(items),
        "failed_share": summary.failed / summary.requests if summary else None,
    }
    for name, measured in measurements.items():
        at_most: float | None = getattr(targets, name)
        if at_most is not None:
            ended = name != "rto_s" or all_ended
            yield TargetOutcome(
                name=name,
                at_most=at_most,
                measured=measured,
                met=measured is not None and measured <= at_most and ended,
                unended=not ended,
            )


def _is_judged(target: TargetOutcome, status: RunStatus, *, trusted: bool, reliable: bool) -> bool:
    if status in ("met", "missed"):
        return reliable
    return trusted and target.measured is not None and target.measured > target.at_most


def _status(state: RunState, targets: Sequence[TargetOutcome]) -> tuple[RunStatus, str]:
    if state.incomplete:
        return "incomplete", state.incomplete
    if state.stopped is not None:
        return _stopped_status(state, state.stopped)
    missed = [target.describe() for target in targets if not target.met]
    if state.deviated:
        missed.append("the steady state was not there any more after the method")
    if missed:
        return "missed", "; ".join(missed)
    met = "; ".join(target.describe() for target in targets)
    return "met", met or "the steady state was there all along, and no target was set"


def _stopped_status(state: RunState, stopped: DrillStopped) -> tuple[RunStatus, str]:
    if state.ended_unbegun and stopped.cause in ("guard", "hypothesis", "not-approved"):
        return "refused", stopped.why
    return "stopped", stopped.why

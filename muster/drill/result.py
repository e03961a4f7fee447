"""What a run came to: its numbers, judged against the targets.

Decides which samples make the numbers, what a target that could not be measured means (missed), and
the run's status and exit code. Definitions of the numbers: docs/measurements.md. Samples of another
boot of the machine are left out: their clock was another one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from muster import codec
from muster.drill.journal.events import RunClosed, RunStatus
from muster.drill.journal.run_state import RunState
from muster.drill.plan.targets import DrillTargets, TargetName, describe_target
from muster.formatting import format_precise_duration
from muster.measure import (
    Closing,
    RecoveryPoint,
    RegionLoss,
    Sample,
    Sighting,
    Summary,
    TrafficMove,
    Unavailability,
    summarise_samples,
)
from muster.probe import ProbeRun

EXIT_CODES: dict[RunStatus, int] = {
    "met": 0,
    "missed": 1,
    "refused": 3,
    "stopped": 4,
    "incomplete": 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetVerdict:
    """One target against what was measured."""

    name: TargetName
    at_most: float
    measured: float | None
    """None: it could not be measured, which counts as missed."""
    met: bool
    unended: bool = False
    """Whether an outage was still going on at the end: then the target counts as missed."""

    @property
    def words(self) -> str:
        """One line for a person."""
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
    """Whether the steady state was not there any more after the method."""
    started_at: float
    """Seconds since 1970."""
    ended_at: float
    subject: str | None
    targets: tuple[TargetVerdict, ...]
    rto_s: float | None
    rpo_s: float | None
    rpo_items: int | None
    requests: int
    failed: int
    trusted: bool
    """Whether the prober's own work was good enough for the numbers to be believed."""
    doubts: tuple[str, ...]
    move: TrafficMove | None
    """What was done to which Region and when; monotonic seconds."""
    loss: RegionLoss | None
    summary: Summary | None

    def text(self) -> str:
        """As JSON."""
        return codec.dumps(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSamples:
    """Everything that was recorded of a run's requests."""

    samples: tuple[Sample, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    closing: Closing | None = None
    doubts: tuple[str, ...] = ()


def join_samples(parts: Sequence[ProbeRun], sightings: Sequence[Sighting] = ()) -> RunSamples:
    """The samples of one process after the other as if one had made them."""
    samples: list[Sample] = []
    scheduled = connections = 0
    for part in parts:
        samples += [_moved(sample, scheduled, connections) for sample in part.samples]
        said = part.closing.scheduled if part.closing else 0
        scheduled += max(said, max((s.seq + 1 for s in part.samples), default=0))
        connections += max((s.connection + 1 for s in part.samples if s.connection), default=1)
    closings = [part.closing for part in parts]
    doubts = ("the drill was taken up again: nobody probed in between",) if len(parts) > 1 else ()
    return RunSamples(
        samples=tuple(samples),
        sightings=tuple(sightings),
        closing=_closing([one for one in closings if one], scheduled) if all(closings) else None,
        doubts=doubts,
    )


def _moved(sample: Sample, scheduled: int, connections: int) -> Sample:
    """Numbers that go on where the part before ended."""
    if not scheduled:
        return sample
    connection = None if sample.connection is None else sample.connection + connections
    return replace(sample, seq=sample.seq + scheduled, connection=connection)


def _closing(closings: Sequence[Closing], scheduled: int) -> Closing | None:
    if not closings:
        return None
    return replace(
        closings[-1],
        scheduled=scheduled,
        abandoned=sum(one.abandoned for one in closings),
        unwritten=sum(one.unwritten for one in closings),
        cpu_s=sum(one.cpu_s for one in closings),
    )


def build_result(state: RunState, evidence: RunSamples, ended_at: float) -> DrillResult:
    """The result of a run that is over, but for its last entry."""
    move, loss = _move(state), _loss(state)
    summary = _summary(evidence, move, loss)
    verdicts = tuple(_verdicts(state.plan.targets, summary))
    status, why = _status(state, verdicts)
    recovery = summary.recovery if summary else None
    quality = summary.quality if summary else None
    doubts = (*evidence.doubts, *_unseen(summary, move), *_unread(recovery))
    trusted = bool(quality and quality.trusted and not doubts)
    if quality and not trusted and status in ("met", "missed"):
        why = f"{why}; by numbers that are in doubt"
    assert state.opened is not None  # noqa: S101 - a state begins with an opening
    return DrillResult(
        run=state.opened.run,
        scenario=state.plan.scenario,
        status=status,
        exit_code=EXIT_CODES[status],
        why=why,
        deviated=state.deviated,
        started_at=state.started_at,
        ended_at=ended_at,
        subject=state.plan.subject,
        targets=verdicts,
        rto_s=summary.rto_s if summary else None,
        rpo_s=recovery.rpo_s if recovery else None,
        rpo_items=recovery.missing_items if recovery else None,
        requests=summary.requests if summary else 0,
        failed=summary.failed if summary else 0,
        trusted=trusted,
        doubts=(*doubts, *(quality.reasons if quality else ("nothing was probed",))),
        move=move,
        loss=loss,
        summary=summary,
    )


def make_run_closed(result: DrillResult) -> RunClosed:
    """The journal's last entry."""
    return RunClosed(status=result.status, exit_code=result.exit_code, why=result.why)


def _move(state: RunState) -> TrafficMove | None:
    subject, at_s = state.plan.subject, state.marks.get("away")
    if subject is None or at_s is None:
        return None
    return TrafficMove(region=subject, at_s=at_s, return_at_s=state.marks.get("back"))


def _loss(state: RunState) -> RegionLoss | None:
    subject, others = state.plan.subject, state.plan.others
    at_s = next((at_s for at_s in _losses(state) if at_s is not None), None)
    if subject is None or at_s is None or not others:
        return None
    return RegionLoss(lost=subject, surviving=others, at_s=at_s, returned_s=state.marks.get("back"))


def _losses(state: RunState) -> tuple[float | None, ...]:
    """When the others stood alone, best knowledge first.

    A fault strikes somewhere between the beginning and the end of its step. The recovery point is
    measured from the end: from the beginning, the last writes would seem to be from afterwards.
    """
    return state.marks.get("alone"), state.caused_s, state.marks.get("away")


def _summary(
    evidence: RunSamples, move: TrafficMove | None, loss: RegionLoss | None
) -> Summary | None:
    if not any(sample.counts for sample in evidence.samples):
        return None
    return summarise_samples(
        evidence.samples,
        closing=evidence.closing,
        move=move,
        loss=loss,
        sightings=evidence.sightings,
    )


def _unseen(summary: Summary | None, move: TrafficMove | None) -> Iterator[str]:
    """A Region that nobody probed: what its users saw is in no number."""
    if summary is None or move is None:
        return
    before = next((one for one in summary.phases if one.name == "before"), None)
    if before is None or move.region not in before.shares:
        yield (
            f"{move.region} answered no probe before the cause: what its users saw was not measured"
        )


def _unread(recovery: RecoveryPoint | None) -> Iterator[str]:
    """Surviving Regions whose tables don't tell of writes from before the loss."""
    if recovery is None or recovery.rpo_s is None:
        return  # there is no recovery point to doubt
    for one in recovery.regions:
        if one.rpo_s is None:
            yield f"no reading of {one.region} tells: it is in no figure of the RPO"
        elif one.rpo_max_s > one.rpo_s:
            yield (
                f"no reading of {one.region} tells of {one.unobserved} of"
                f" {recovery.acknowledged} writes: its RPO may be"
                f" {format_precise_duration(one.rpo_max_s)}"
            )


def _verdicts(targets: DrillTargets, summary: Summary | None) -> list[TargetVerdict]:
    recovery = summary.recovery if summary else None
    items = recovery.missing_items if recovery else None
    groups = summary.unavailability if summary else ()
    measured: dict[TargetName, float | None] = {
        "rto_s": summary.rto_s if summary and any(one.requests for one in groups) else None,
        "rpo_s": recovery.rpo_s if recovery else None,
        "rpo_items": None if items is None else float(items),
        "failed_share": summary.failed / summary.requests if summary else None,
    }
    limits = {
        name: limit
        for name in measured
        if (limit := cast("float | None", getattr(targets, name))) is not None
    }
    return [
        _verdict(name, limit, measured[name], ended=name != "rto_s" or _ended(groups))
        for name, limit in limits.items()
    ]


def _verdict(
    name: TargetName, at_most: float, measured: float | None, *, ended: bool
) -> TargetVerdict:
    return TargetVerdict(
        name=name,
        at_most=at_most,
        measured=measured,
        met=measured is not None and measured <= at_most and ended,
        unended=not ended,
    )


def _ended(groups: Iterable[Unavailability]) -> bool:
    """Whether the end of each outage was seen."""
    return all(outage.seen_end for one in groups for outage in one.outages)


def _status(state: RunState, verdicts: Sequence[TargetVerdict]) -> tuple[RunStatus, str]:
    stopped = state.stopped
    if state.incomplete:
        return "incomplete", state.incomplete
    if stopped is not None:
        refused = stopped.cause in ("guard", "hypothesis") and not state.effects
        why = stopped.why if state.effects or refused else f"{stopped.why}; nothing was changed yet"
        return ("refused" if refused else "stopped"), why
    missed = [one.words for one in verdicts if not one.met]
    if state.deviated:
        missed.append("the steady state was not there any more after the method")
    return ("missed", "; ".join(missed)) if missed else ("met", _met(verdicts))


def _met(verdicts: Sequence[TargetVerdict]) -> str:
    return (
        "; ".join(one.words for one in verdicts)
        or "the steady state was there all along, and no target was set"
    )

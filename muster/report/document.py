"""report.json: the report for programs, as types.

Decides the names, which stay: `format` counts up when one of them changes its meaning. The
docstrings of types and fields are the descriptions in report.schema.json (`schema.py`).
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import msgspec

from muster.drill.result import EXIT_CODES, EXIT_UNRELIABLE
from muster.measure import (
    DoorSummary,
    Latency,
    MeasurementGap,
    Movement,
    Outage,
    RecoveryPoint,
    Stragglers,
    Summary,
    Unavailability,
)
from muster.measure.people import PeopleTimes
from muster.measure.quality import DoubtCause, ProbeQuality
from muster.measure.samples import Count
from muster.model import FrontDoor
from muster.report.formatting import format_utc
from muster.report.model import (
    DrillReport,
    FindingRow,
    JournalRow,
    PhaseSpan,
    ReportStatus,
    ReportVerdict,
    RunOrigin,
    StepRow,
    TargetResult,
    TimelineEvent,
)

ExitCode = Annotated[
    int, msgspec.Meta(extra_json_schema={"enum": [*EXIT_CODES.values(), EXIT_UNRELIABLE]})
]
Duration = Annotated[float, msgspec.Meta(ge=0)]
PlanJson = Annotated[
    Mapping[str, Any],
    msgspec.Meta(extra_json_schema={"required": ["scenario", "steps", "targets", "limits"]}),
]
EnvironmentJson = Annotated[
    Mapping[str, Any],
    msgspec.Meta(extra_json_schema={"required": ["python", "packages", "stack"]}),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageDocument:
    """Failed requests without ten good ones in a row between them."""

    start_s: float
    """Second of the run: the last good request before."""
    end_s: float
    """Second of the run: the end of the first good answer after."""
    length_s: float
    """The most that it can have been."""
    certain_s: float
    """The least that it can have been."""
    failed: Count
    seen_begin: bool
    seen_end: bool
    cut_short: bool = False
    """The rollback ended it before the method was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityDocument:
    """Outages of new connections from one vantage point."""

    vantage: str
    requests: Count
    failed: Count
    longest_s: float
    total_s: float
    """Time covered by outages; where two overlap, it counts once."""
    blind_s: Duration
    """An outage shorter than this can have been missed."""
    complete: bool
    """Whether the beginning and the end of every outage were seen."""
    outages: tuple[OutageDocument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityDocument:
    """The prober's lateness and losses."""

    scheduled: Count
    """Requests that came due."""
    sent: Count
    lost: Count
    """Due requests without a usable sample."""
    held_back: Count
    """Requests on kept connections behind an unanswered one; they count as failed."""
    late: Count
    """Requests that were sent more than 10 ms after their schedule."""
    p50_s: float | None
    """Lateness of the prober's sends."""
    p99_s: float | None
    max_s: float | None
    blind_s: Duration
    """Longest time in which nothing was sent."""
    reasons: tuple[str, ...]
    """Why the numbers can't be believed."""
    causes: tuple[DoubtCause, ...]
    """The cause of each reason."""
    late_share: float
    """Of the requests that were sent."""
    lost_share: float
    """Of the requests that came due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryDocument(RecoveryPoint):
    """The RPO of one loss: each number is the worst surviving Region's.

    `fates` has every write that was missing in any of them, by its worst fate in all of them.
    """

    missing_items: Count
    """RPO in items: writes from before the loss that were missing before the Region's return."""
    rpo_s: float
    """From the oldest one's acknowledgement to the loss; 0 without any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDocument:
    """What one kind of client saw, at the vantage point that was hit worst."""

    cohort: str
    """`new`, `keepalive`, `dns-ttl`, `dns-chrome`, `dns-firefox`, `dns-jvm`, `dns-pool`."""
    requests: Count
    failed: Count
    availability: float | None
    """Share of the requests that were good; None without requests."""
    rto_s: float
    """Its longest outage; 0 without any."""
    ended: bool
    """False: the outage went on until the cause ended, or the samples."""
    left_s: float | None
    """From the cause to the last request that the Region answered, until its return, to clients
    whom it had served last before; None without a cause, or if it answered none."""
    stayed: bool
    """Whether the Region still answered when the cause ended: these clients did not move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorDocument:
    """One front door, and its kinds of clients."""

    door: FrontDoor
    clients: tuple[ClientDocument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDocument:
    """A stretch in which a fault was active."""

    fault: str
    """In words: `network-slow of us-west-2 (delay_ms 200)`."""
    start_s: float
    """Second of the run: when it was first seen."""
    end_s: float
    """Second of the run: when it was last seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """What `muster report --json` prints and report.json holds.

    Lengths and times are in seconds, shares go from 0 to 1. A number that is not known is null, and
    `missing` has the reason. The numbers are defined in docs/drills/measurements.md.
    """

    format: Literal[1] = 1
    """Counts up when a name changes its meaning."""
    run: str
    """Name of the run, and of its folder."""
    scenario: str
    title: str
    subject: str | None
    """The Region that the drill is about."""
    regions: tuple[str, ...]
    status: ReportStatus
    """`unfinished`: the journal has no end. `at-work`: a process is executing it now."""
    exit_code: ExitCode | None
    """0 met, 1 missed, 3 refused, 4 stopped and rolled back, 5 rollback incomplete, 6 measurement
    not reliable although that was required; None without an end."""
    reliable: bool
    """False: the measurement is not reliable, and by its numbers no target is met or missed,
    whatever `status` says."""
    verdict: ReportVerdict
    targets: tuple[TargetResult, ...]
    rto_s: float | None = None
    """The longest outage at the vantage point that was hit worst."""
    rpo_s: float | None = None
    """Age at the loss of the oldest acknowledged write that was missing."""
    rpo_items: Count | None = None
    """Acknowledged writes that were missing."""
    requests: Count | None = None
    """Requests that count, of all cohorts."""
    failed: Count | None = None
    failed_share: float | None = None
    failures: Mapping[str, Mapping[str, Count]] = field(default_factory=dict)
    """By cohort, failed requests by kind."""
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By phase (`before`, `during`, `after` the cause; `all` without one), each Region's share of
    the good answers on new connections."""
    latency: Mapping[str, Latency] = field(default_factory=dict)
    """By phase, of new connections."""
    availability: tuple[AvailabilityDocument, ...] = ()
    movement: Movement | None = None
    stragglers: Stragglers | None = None
    recovery: RecoveryDocument | None = None
    quality: QualityDocument | None = None
    doors: tuple[DoorDocument, ...] = ()
    """Each front door that was probed, with its kinds of clients."""
    missing: Mapping[str, str]
    """Why a number is not known, by its name."""
    started_at: str
    """UTC, ISO 8601."""
    length_s: float
    """From the journal's first entry to its last."""
    cause_s: float | None
    """When the cause came. Seconds of the run: 0 is the journal's first entry."""
    return_s: float | None
    """When the cause ended."""
    people: PeopleTimes
    gaps: tuple[MeasurementGap, ...]
    """Stretches in which nothing was measured."""
    phases: tuple[PhaseSpan, ...]
    steps: tuple[StepRow, ...]
    guards: tuple[FindingRow, ...]
    faults: tuple[FaultDocument, ...]
    """Faults that were active during the run, the drill's own and those of others, as read every
    two seconds."""
    events: tuple[TimelineEvent, ...]
    plan: PlanJson
    """The plan as plan.json has it."""
    origin: RunOrigin
    environment: EnvironmentJson | None
    """Versions and stack outputs when the run began; None if it did not record them."""
    journal: tuple[JournalRow, ...]
    remarks: tuple[str, ...]
    """What could not be read in the run's folder."""


def build_document(report: DrillReport) -> dict[str, Any]:
    """The whole report but for the data of its charts."""
    plan = report.plan
    document = ReportDocument(
        run=report.run,
        scenario=plan.scenario,
        title=plan.title,
        subject=plan.subject,
        regions=plan.regions,
        status=report.status,
        exit_code=report.exit_code,
        reliable=report.reliable,
        verdict=report.verdict,
        targets=report.targets,
        missing=report.missing,
        started_at=format_utc(report.started_at),
        length_s=report.length_s,
        cause_s=report.cause_s,
        return_s=report.return_s,
        people=report.people,
        gaps=report.gaps,
        phases=report.phases,
        steps=report.steps,
        guards=report.findings,
        faults=tuple(
            FaultDocument(fault=words, start_s=span.start_s, end_s=span.end_s)
            for words, spans in report.series.faults.items()
            for span in spans
        ),
        events=report.events,
        plan=to_json(plan),
        origin=report.origin,
        environment=to_json(report.environment),
        journal=report.journal,
        remarks=report.remarks,
    )
    found: dict[str, Any] = to_json(_with_numbers(document, report))
    return found


def format_json(document: object) -> str:
    """JSON for people and programs; equal documents give equal texts."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _with_numbers(document: ReportDocument, report: DrillReport) -> ReportDocument:
    summary = report.summary
    if summary is None:
        return document
    return replace(
        document,
        rto_s=None if "rto_s" in report.missing else summary.rto_s,
        rpo_s=report.rpo_s,
        rpo_items=report.rpo_items,
        requests=summary.requests,
        failed=summary.failed,
        failed_share=_failed_share(report, summary),
        failures=summary.failures,
        shares={phase.name: phase.shares for phase in summary.phases},
        latency={phase.name: phase.latency for phase in summary.phases},
        availability=tuple(_availability(one, report.origin_s) for one in summary.unavailability),
        movement=summary.movement,
        stragglers=summary.stragglers,
        recovery=_recovery(summary.recovery),
        quality=_quality(summary.quality),
        doors=tuple(_door(one) for one in summary.doors),
    )


def _failed_share(report: DrillReport, summary: Summary) -> float | None:
    if "failed_share" in report.missing or not summary.requests:
        return None
    return summary.failed / summary.requests


def _availability(one: Unavailability, origin_s: float) -> AvailabilityDocument:
    return AvailabilityDocument(
        vantage=one.group,
        requests=one.requests,
        failed=one.failed,
        longest_s=one.longest_s,
        total_s=one.total_s,
        blind_s=one.blind_s,
        complete=one.complete,
        outages=tuple(_outage(outage, origin_s) for outage in one.outages),
    )


def _outage(outage: Outage, origin_s: float) -> OutageDocument:
    return OutageDocument(
        start_s=outage.start_s - origin_s,
        end_s=outage.end_s - origin_s,
        length_s=outage.length_s,
        certain_s=outage.certain_s,
        failed=outage.failed,
        seen_begin=outage.seen_begin,
        seen_end=outage.seen_end,
        cut_short=outage.cut_short,
    )


def _door(door: DoorSummary) -> DoorDocument:
    clients = (
        ClientDocument(
            cohort=str(one.cohort),
            requests=one.requests,
            failed=one.failed,
            availability=one.availability,
            rto_s=one.rto_s,
            ended=one.ended,
            left_s=one.left_s,
            stayed=one.stayed,
        )
        for one in door.clients
    )
    return DoorDocument(door=door.door, clients=tuple(clients))


def _quality(quality: ProbeQuality) -> QualityDocument:
    names = (one.name for one in dataclasses.fields(QualityDocument))
    return QualityDocument(**{name: getattr(quality, name) for name in names})


def _recovery(recovery: RecoveryPoint | None) -> RecoveryDocument | None:
    """None if no reading shows any write; `missing` has the reason."""
    if recovery is None or recovery.missing_items is None or recovery.rpo_s is None:
        return None
    names = (one.name for one in dataclasses.fields(RecoveryDocument))
    return RecoveryDocument(**{name: getattr(recovery, name) for name in names})


def to_json(value: object) -> Any:  # noqa: ANN401 - JSON is what it is
    """Dataclasses as objects; None stays, so that every name is always there."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_json(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(member) for key, member in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(member) for member in value]
    return round(value, 6) if isinstance(value, float) else value

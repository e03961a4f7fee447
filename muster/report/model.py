"""A report as a value: everything that its page and its JSON say.

Frozen, without I/O. Times named `at_s`, `start_s`, `end_s` are seconds of the run, whose second 0
is the journal's first entry. None always means: it could not be told, and `missing` says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from muster.drill.journal.events import PhaseName
from muster.drill.plan.model import DrillPlan
from muster.drill.plan.targets import TargetName
from muster.measure import Summary
from muster.report.chart_series import ChartSeries
from muster.report.environment import RunEnvironment

ReportStatus = Literal["met", "missed", "refused", "stopped", "incomplete", "unfinished", "at-work"]
"""The drill's own, or: `unfinished` without an end, `at-work` while a process is at it."""
StepOutcome = Literal["done", "failed", "begun", "not taken"]
Ruling = Literal["ok", "hold", "refuse"]
MarkKind = Literal["step", "cause", "return", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetResult:
    """One target against what was measured."""

    name: TargetName
    label: str
    at_most: float
    measured: float | None
    at_least: bool
    """Whether what was measured is a lower bound: an outage's end was not seen."""
    met: bool | None
    """None: not judged, since the drill has no end, or nothing was measured."""
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportVerdict:
    """What the run came to."""

    status: ReportStatus
    exit_code: int | None
    """None as long as the drill has no end."""
    headline: str
    sentences: tuple[str, ...]
    trusted: bool | None
    """Whether the numbers can be believed; None without numbers."""
    trust: str
    """The same in words, with figures."""
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step, planned or of the rollback, and what became of it."""

    id: str
    phase: PhaseName
    activity: str
    words: str
    outcome: StepOutcome
    start_s: float | None
    end_s: float | None
    attempts: int
    why: str
    """Why it failed, or has no end."""
    marks: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFinding:
    """What one guard said of one step."""

    at_s: float
    phase: PhaseName
    step: str
    guard: str
    ruling: Ruling
    reason: str
    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSpan:
    """One phase of the run."""

    phase: PhaseName
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """A moment that is marked in the charts."""

    at_s: float
    label: str
    words: str
    kind: MarkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One entry of the journal."""

    n: int
    at_s: float
    at: float
    """Seconds since 1970."""
    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementGap:
    """A stretch of the drill in which nothing was measured."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrigin:
    """Who ran it, where."""

    target: str
    account: str
    by: str
    host: str
    version: str
    """Of the tool."""
    resumed: int
    """How often it was taken up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """Everything."""

    run: str
    started_at: float
    """Seconds since 1970."""
    origin_s: float
    """Second 0 of the run on the clock of samples and summary."""
    length_s: float
    """From the journal's first entry to its last."""
    verdict: ReportVerdict
    targets: tuple[TargetResult, ...]
    plan: DrillPlan
    rpo_s: float | None
    rpo_items: int | None
    summary: Summary | None
    """The numbers; None without samples."""
    missing: Mapping[str, str]
    """Why a number can't be told, by its name in the JSON report."""
    phases: tuple[PhaseSpan, ...]
    steps: tuple[StepRow, ...]
    findings: tuple[GuardFinding, ...]
    events: tuple[TimelineEvent, ...]
    gaps: tuple[MeasurementGap, ...]
    cause_s: float | None
    """When the cause came."""
    return_s: float | None
    """When it ended."""
    series: ChartSeries
    origin: RunOrigin
    environment: RunEnvironment | None
    journal: tuple[JournalRow, ...]
    remarks: tuple[str, ...]
    """What of the folder could not be read."""

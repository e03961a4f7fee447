"""A report as a value: everything that its page and its JSON show.

Frozen, without I/O. Times named `at_s`, `start_s`, `end_s` are seconds of the run, whose second 0
is the journal's first entry. None always means that a value is not known; `missing` has the reason.
The docstrings of fields that the JSON report has are its schema's descriptions (`schema.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from muster.drill.guards.context import GuardRuling
from muster.drill.journal.events import PhaseName
from muster.drill.journal.run_folders import RunEnvironment
from muster.drill.plan.model import DrillPlan, TargetName
from muster.drill.scenario.model import Mark
from muster.measure import DoubtCause, MeasurementGap, Summary
from muster.measure.people import PeopleTimes
from muster.measure.samples import Count
from muster.report.chart_series import ChartSeries

ReportStatus = Literal["met", "missed", "refused", "stopped", "incomplete", "unfinished", "at-work"]
"""The drill's own, or: `unfinished` without an end, `at-work` while a process executes it."""
StepOutcome = Literal["done", "failed", "begun", "not taken"]
MarkKind = Literal["step", "cause", "return", "stop", "person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetResult:
    """One target against what was measured."""

    name: TargetName
    label: str
    at_most: float
    measured: float | None
    at_least: bool
    """Whether the measured value is a lower bound: an outage's beginning or end was not seen."""
    met: bool | None
    """None: not judged, since the drill has no end, nothing was measured, or the measurement is not
    reliable."""
    words: str
    """The same in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportVerdict:
    """The result in words."""

    headline: str
    sentences: tuple[str, ...]
    trusted: bool | None
    """Whether the numbers can be believed; None without numbers."""
    trust: str
    """The same in words."""
    doubts: tuple[str, ...]
    """Why they can't be believed."""
    doubt_causes: tuple[DoubtCause, ...]
    """The causes of these, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step, planned or of the rollback, and its outcome."""

    id: str
    """`h1`... of the steady-state hypothesis, `m1`... of the method, `r1`... of the rollback."""
    phase: PhaseName
    activity: str
    """The scenario's name for the steps that belong together."""
    words: str
    outcome: StepOutcome
    """`begun`: it has no end in the journal, and may have taken effect."""
    start_s: float | None
    """Seconds of the run: 0 is the journal's first entry."""
    end_s: float | None
    attempts: Count
    why: str
    """Why it failed, or has no end."""
    marks: Mark | None
    """`away`: the cause; `alone`: the others serve alone; `back`: the cause's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """The verdict of one guard on one step."""

    at_s: float
    """Seconds of the run: 0 is the journal's first entry."""
    phase: PhaseName
    step: str
    guard: str
    ruling: GuardRuling
    reason: str
    forced: bool
    """Whether it was overridden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSpan:
    """One phase of the run."""

    phase: PhaseName
    start_s: float
    """Seconds of the run: 0 is the journal's first entry."""
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """A moment that is marked in the charts."""

    at_s: float
    """Seconds of the run: 0 is the journal's first entry."""
    label: str
    words: str
    kind: MarkKind
    """`cause`: the change that begins the loss; `return`: the one that ends it; `person`: what
    somebody marked, approved or refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One entry of the journal."""

    n: Count
    at_s: float
    """Seconds of the run: 0 is the journal's first entry."""
    at: float
    """Seconds since 1970."""
    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrigin:
    """Who ran the drill, where, and on what."""

    target: str
    """AWS or which twin, and the account."""
    account: str
    by: str
    host: str
    version: str
    """Of muster, with a digest of its code."""
    resumed: Count
    """How often the run was resumed."""


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
    status: ReportStatus
    exit_code: int | None
    """None as long as the drill has no end."""
    reliable: bool
    """False: the status is `met` or `missed` by numbers that can't be trusted."""
    verdict: ReportVerdict
    targets: tuple[TargetResult, ...]
    plan: DrillPlan
    rpo_s: float | None
    rpo_items: int | None
    summary: Summary | None
    """The numbers; None without samples."""
    missing: Mapping[str, str]
    """Why a number is not known, by its name in the JSON report."""
    phases: tuple[PhaseSpan, ...]
    steps: tuple[StepRow, ...]
    findings: tuple[FindingRow, ...]
    events: tuple[TimelineEvent, ...]
    gaps: tuple[MeasurementGap, ...]
    cause_s: float | None
    """When the cause came."""
    return_s: float | None
    """When it ended."""
    people: PeopleTimes
    series: ChartSeries
    origin: RunOrigin
    environment: RunEnvironment | None
    journal: tuple[JournalRow, ...]
    remarks: tuple[str, ...]
    """What could not be read in the folder."""

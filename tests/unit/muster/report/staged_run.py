"""Staged runs: journals, samples, sightings and snapshots as a drill leaves them, without a drill.

A StagedRun executes a plan on a clock that it moves itself. Samples and snapshots are those of a
SimulatedSystem: a few lines of arithmetic instead of two Regions.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from muster import codec
from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    BaselineRecorded,
    GuardsEvaluated,
    JournalEvent,
    JournalLine,
    PhaseName,
    PhaseStarted,
    RunOpened,
    StepDone,
    StepRetried,
    StepStarted,
    encode_line,
)
from muster.drill.journal.run_folders import RunEnvironment, RunFolder
from muster.drill.journal.run_state import fold_journal
from muster.drill.observation.snapshot_log import ViewSnapshot
from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    ExpectMeasure,
    InjectFault,
    Pause,
    SetDial,
)
from muster.drill.plan.model import DrillPlan, PlannedStep
from muster.drill.result import build_result, join_samples, make_run_closed
from muster.measure import Closing, Cohort, Presence, RequestKind, RequestOutcome, Sample, Sighting
from muster.model import ActiveFault, SwitchSetting
from muster.probe.plan import ProbePlan, ProbeTarget, VantagePoint
from muster.probe.records import Opening, ProbeRun, record_to_line
from muster.report.run_reader import RunRecords
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_stack, build_view

START_S, START_AT = 5000.0, 1795255327.0
"""Monotonic seconds, and 2026-11-21T10:02:07Z."""
RUN = "2026-11-21T10-02-07"
VANTAGES = {"Oslo": HOME, "Portland": AWAY}
FAILING_S = 14.0
"""How long requests to a lost Region fail until they are sent elsewhere."""
RETURN_S = 12.0
"""How long after its return a lost Region gets no requests."""
TARGETS = ("192.0.2.1", "192.0.2.2")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSystem:
    """When AWAY was lost, or emptied by its dial; seconds of the machine's clock."""

    lost_s: float | None = None
    returned_s: float | None = None
    dials: tuple[tuple[float, float], ...] = ()
    """(when, percent) of AWAY's dial."""

    def dial(self, at_s: float) -> float:
        return next((percent for when, percent in reversed(self.dials) if when <= at_s), 100.0)

    def is_lost(self, at_s: float) -> bool:
        return self.lost_s is not None and self.lost_s <= at_s < (self.returned_s or 1e9)

    def is_failing(self, at_s: float) -> bool:
        return self.lost_s is not None and self.lost_s <= at_s < self.lost_s + FAILING_S

    def is_avoided(self, at_s: float) -> bool:
        if self.lost_s is None:
            return False
        return self.lost_s + FAILING_S <= at_s < (self.returned_s or 1e9) + RETURN_S


@dataclass(slots=True)
class StagedRun:
    """Executes a plan and records a journal."""

    plan: DrillPlan
    name: str
    now_s: float = START_S
    lines: list[JournalLine] = field(default_factory=list)
    lost_s: float | None = None
    returned_s: float | None = None
    dials: list[tuple[float, float]] = field(default_factory=list)

    def record(self, entry: JournalEvent, *, after_s: float = 0.01) -> None:
        self.now_s += after_s
        at = START_AT + self.now_s - START_S
        self.lines.append(JournalLine(n=len(self.lines) + 1, at_s=self.now_s, at=at, event=entry))

    def begin(self) -> None:
        self.record(
            RunOpened(
                run=self.name,
                plan=self.plan,
                target="the twin at http://127.0.0.1:4566, account 000000000000",
                account="000000000000",
                by="ana@harbour",
                host="harbour",
                pid=4711,
                boot="boot-1",
                version="0.1.0",
            )
        )
        self.start_phase("preflight")
        dials = {HOME: 100.0, AWAY: 100.0}
        self.record(
            BaselineRecorded(state=DrillBaseline(dials=dials, switches={AWAY: SwitchSetting()})),
            after_s=0.4,
        )
        for step in self.plan.steps:
            self.pass_guards(step)

    def start_phase(self, phase: PhaseName) -> None:
        self.record(PhaseStarted(phase=phase))

    def pass_guards(self, step: PlannedStep) -> None:
        verdicts = tuple(
            GuardVerdict(guard=name, ruling="ok", reason="as it should be") for name in step.guards
        )
        if verdicts:
            self.record(GuardsEvaluated(step=step.id, verdicts=verdicts))

    def execute_steady_state(self) -> None:
        self.start_phase("steady-state")
        for step in self.plan.hypothesis:
            self.execute(step)
        self.now_s += 15.0

    def execute(self, step: PlannedStep) -> None:
        self.record(StepStarted(step=step.id, do=step.do))
        match step.do:
            case InjectFault():
                self.lost_s = self.now_s
            case ClearFault():
                self.returned_s = self.now_s
            case SetDial(region=region, percent=percent) if region == AWAY:
                self.dials.append((self.now_s + 0.8, percent))
            case _:
                pass
        length_s = self._length_s(step)
        self.record(StepDone(step=step.id, took_s=length_s), after_s=length_s)

    def _length_s(self, step: PlannedStep) -> float:
        match step.do:
            case Pause(seconds=seconds):
                return seconds
            case ExpectMeasure(measure="error-rate") if (
                self.lost_s is not None and not self.returned_s
            ):
                return max(1.0, self.lost_s + FAILING_S + 3.0 - self.now_s)
            case ExpectMeasure(measure="healthy"):
                return RETURN_S
            case _:
                usual_s = {ExpectMeasure: 1.5, DrainWrites: 9.0, SetDial: 1.9}
                return usual_s.get(type(step.do), 0.6)

    def system(self) -> SimulatedSystem:
        return SimulatedSystem(
            lost_s=self.lost_s, returned_s=self.returned_s, dials=tuple(self.dials)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Requests per second of each cohort."""

    new: float = 60.0
    kept: float = 12.0
    writes: float = 6.0


def simulate_samples(
    system: SimulatedSystem, start_s: float, end_s: float, rates: Rates, seed: int = 11
) -> list[Sample]:
    """Samples of all cohorts, in the order of their schedule."""
    rng = random.Random(seed)
    found: list[Sample] = []
    for cohort, rate in (
        (Cohort.NEW, rates.new),
        (Cohort.KEEPALIVE, rates.kept),
        (Cohort.WRITE_READ, rates.writes),
    ):
        count = int((end_s - start_s) * rate)
        found += [
            _sample(system, cohort, start_s + n / rate, n, start_s, rng) for n in range(count)
        ]
    found.sort(key=lambda s: s.scheduled_s)
    return [replace(sample, seq=seq) for seq, sample in enumerate(found)]


def _sample(
    system: SimulatedSystem, cohort: Cohort, at_s: float, n: int, start_s: float, rng: random.Random
) -> Sample:
    vantage = ("Oslo", "Portland")[n % 2]
    sent_s = at_s + abs(rng.gauss(0.0006, 0.0003))
    took_s = rng.lognormvariate(-3.6, 0.35) + (0.03 if cohort is not Cohort.KEEPALIVE else 0.0)
    place = n % 8
    fields: dict[str, object] = {
        "seq": n,
        "cohort": cohort,
        "vantage": vantage,
        "target": TARGETS[(n // 2) % 2],
        "scheduled_s": at_s,
        "sent_s": sent_s,
        "connection": n + 10_000 if cohort is not Cohort.KEEPALIVE else place,
    }
    if cohort is Cohort.KEEPALIVE:
        fields |= {"place": place, "connected_s": start_s}
    if cohort is Cohort.WRITE_READ:
        fields |= {"step": RequestKind.WRITE, "item": f"muster-x-0{vantage.lower()}-{n:06}"}
    failure = _failure(system, cohort, vantage, at_s, n)
    if failure is not None:
        outcome, wait_s = failure
        status = 503 if outcome is RequestOutcome.STATUS else None
        more = {"outcome": outcome, "finished_s": sent_s + wait_s, "status": status}
        return Sample(**fields, **more)  # type: ignore[arg-type]  # free-form fields of a test
    region = _answering_region(system, cohort, vantage, at_s, rng)
    slow = 1.6 if system.is_avoided(at_s) or system.dial(at_s) < 50 else 1.0
    good = {
        "outcome": RequestOutcome.OK,
        "status": 200,
        "region": region,
        "finished_s": sent_s + took_s * slow,
    }
    return Sample(**fields, **good)  # type: ignore[arg-type]  # free-form fields of a test


def _failure(
    system: SimulatedSystem, cohort: Cohort, vantage: str, at_s: float, n: int
) -> tuple[RequestOutcome, float] | None:
    if VANTAGES[vantage] != AWAY or not system.is_failing(at_s):
        return None
    if cohort is Cohort.KEEPALIVE:
        return (RequestOutcome.RESET, 0.01) if n % 3 else (RequestOutcome.BUSY, 0.0)
    lost_s = system.lost_s or 0.0
    if at_s < lost_s + 3.0:
        return (RequestOutcome.RESET, 0.004)
    return (RequestOutcome.CONNECT_TIMEOUT, 1.0) if n % 5 else (RequestOutcome.STATUS, 0.02)


def _answering_region(
    system: SimulatedSystem, cohort: Cohort, vantage: str, at_s: float, rng: random.Random
) -> str:
    home = VANTAGES[vantage]
    if home == HOME or system.is_avoided(at_s):
        return HOME
    if cohort is Cohort.KEEPALIVE:
        return AWAY
    return AWAY if rng.random() * 100 < system.dial(at_s) else HOME


def simulate_sightings(
    system: SimulatedSystem, samples: list[Sample], seed: int = 5
) -> Iterator[Sighting]:
    """Readings of every written item in both tables: soon, while AWAY is lost, and at the end."""
    rng = random.Random(seed)
    end_s = max(s.scheduled_s for s in samples) + 5.0
    for sample in samples:
        if sample.cohort is not Cohort.WRITE_READ or not sample.good or sample.item is None:
            continue
        other = HOME if sample.region == AWAY else AWAY
        arrives_s = sample.finished_s + rng.lognormvariate(-0.9, 0.4)
        cut = system.lost_s is not None and sample.finished_s < system.lost_s < arrives_s
        if cut or system.is_lost(arrives_s):
            arrives_s = (system.returned_s or end_s) + rng.uniform(0.5, 2.0)
        for asked_s in (sample.finished_s + 0.1, sample.finished_s + 6.0, arrives_s + 0.05, end_s):
            there = Presence.PRESENT if asked_s >= arrives_s else Presence.ABSENT
            unread = system.is_lost(asked_s) and other == AWAY
            yield Sighting(
                item=sample.item,
                region=other,
                asked_s=asked_s,
                answered_s=asked_s + 0.02,
                presence=Presence.UNREADABLE if unread else there,
                writer=sample.region if there is Presence.PRESENT and not unread else None,
            )


def simulate_views(system: SimulatedSystem, start_s: float, end_s: float) -> Iterator[ViewSnapshot]:
    """Snapshots every two seconds."""
    at_s = start_s
    while at_s < end_s:
        lost = system.is_lost(at_s)
        unhealthy = system.is_lost(at_s - 10) or (lost and at_s > (system.lost_s or 0) + 10)
        away = build_region_view(
            AWAY, dial=system.dial(at_s), endpoint="UNHEALTHY" if unhealthy else "HEALTHY"
        )
        kill = ActiveFault(kind="region-kill", region=AWAY)
        yield ViewSnapshot(
            at_s=at_s,
            at=START_AT + at_s - START_S,
            view=build_view(build_region_view(HOME), away, faults=(kill,) if lost else ()),
            lag_s={AWAY: 0.4},
        )
        at_s += 2.0


def prober_run(
    samples: list[Sample], start_s: float, end_s: float, *, closed: bool = True
) -> ProbeRun:
    """The records of one prober."""
    plan = ProbePlan(
        run="x",
        targets=tuple(ProbeTarget(ip=ip) for ip in TARGETS),
        vantages=tuple(VantagePoint(name=name) for name in VANTAGES),
        rate=80.0,
    )
    opening = Opening(
        plan=plan, started_s=start_s, started_at=START_AT + start_s - START_S, pid=4712
    )
    closing = Closing(
        scheduled=len(samples), abandoned=0, unwritten=0, ended_s=end_s, cpu_s=3.2, reason="stopped"
    )
    return ProbeRun(
        opening=opening,
        samples=tuple(samples),
        sightings=(),
        closing=closing if closed else None,
        torn=not closed,
    )


def run_environment() -> RunEnvironment:
    return RunEnvironment(
        target="the twin at http://127.0.0.1:4566, account 000000000000",
        kind="twin",
        account="000000000000",
        endpoint_url="http://127.0.0.1:4566",
        python="3.11.2",
        system="Linux 6.1 x86_64",
        packages={"boto3": "1.44.5", "botocore": "1.44.5", "click": "8.5.1", "rich": "15.0.0"},
        stack=build_stack(),
    )


def staged_records(
    run: StagedRun, rates: Rates | None = None, *, killed: bool = False
) -> RunRecords:
    """The contents of the run's folder; with the end of the drill, unless it was killed."""
    system = run.system()
    begun = PhaseStarted(phase="steady-state")
    probing = next(line.at_s for line in run.lines if line.event == begun)
    end_s = run.now_s
    samples = simulate_samples(system, probing, end_s, rates or Rates())
    probe_run = prober_run(samples, probing, end_s, closed=not killed)
    sightings = [] if killed else list(simulate_sightings(system, samples))
    if not killed:
        run.start_phase("closing")
        recorded = join_samples([probe_run], sightings)
        result = build_result(fold_journal(run.lines), recorded, START_AT)
        run.record(make_run_closed(result), after_s=6.0)
    return RunRecords(
        name=run.name,
        lines=tuple(run.lines),
        probe_runs=(probe_run,),
        sightings=tuple(sightings),
        views=tuple(simulate_views(system, START_S, end_s)),
        environment=run_environment(),
    )


def play_drill(plan: DrillPlan, *, until: str | None = None) -> StagedRun:
    """Execute the whole drill, or up to and with the beginning of a step."""
    run = StagedRun(plan, f"{RUN}-{plan.scenario}")
    run.begin()
    run.execute_steady_state()
    run.start_phase("method")
    for step in plan.steps:
        run.pass_guards(step)
        if step.id == until:
            run.record(StepStarted(step=step.id, do=step.do))
            return run
        if isinstance(step.do, SetDial) and step.do.percent == 25.0:
            run.record(
                StepRetried(step=step.id, attempt=1, why="Throttling: slow down", wait_s=0.7)
            )
        run.execute(step)
    run.start_phase("targets")
    run.now_s += 8.0
    run.start_phase("rollback")
    return run


def write_run_folder(records: RunRecords, folder: Path) -> RunFolder:
    """Write the records as a drill does."""
    path = folder / records.name
    path.mkdir(parents=True)
    lines = "".join(json.dumps(encode_line(line)) + "\n" for line in records.lines)
    (path / "journal.jsonl").write_text(lines)
    for number, run in enumerate(records.probe_runs, start=1):
        name = "samples.jsonl" if number == 1 else f"samples-{number}.jsonl"
        written = [run.opening, *run.samples, run.closing]
        (path / name).write_bytes(b"".join(record_to_line(r) for r in written if r is not None))
    (path / "sightings.jsonl").write_bytes(b"".join(record_to_line(s) for s in records.sightings))
    (path / "views.jsonl").write_text("".join(codec.dumps(v) + "\n" for v in records.views))
    if records.environment is not None:
        (path / "environment.json").write_text(codec.dumps(records.environment))
    return RunFolder(path)

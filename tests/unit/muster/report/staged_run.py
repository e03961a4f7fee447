"""Staged runs: journals, samples, sightings and views as a drill would leave them, without a drill.

A Stage plays a plan on a clock that it moves itself. What users see meanwhile is a World: three
lines of arithmetic instead of two Regions.
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
    DrillBaseline,
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
from muster.drill.journal.run_folders import RunFolder
from muster.drill.journal.run_state import fold_journal
from muster.drill.observation.snapshot_log import ViewSnapshot
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
from muster.report.environment import RunEnvironment
from muster.report.run_reader import RunRecords
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_stack, build_view

START_S, START_AT = 5000.0, 1795255327.0
"""Monotonic seconds, and 2026-11-21T10:02:07Z."""
RUN = "2026-11-21T10-02-07"
VANTAGES = {"Oslo": HOME, "Portland": AWAY}
DARK_S = 14.0
"""So long nobody answers who should, after the cause of a loss."""
BACK_S = 12.0
"""So long after its return, a lost Region is used again."""
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

    def down(self, at_s: float) -> bool:
        return self.lost_s is not None and self.lost_s <= at_s < (self.returned_s or 1e9)

    def dark(self, at_s: float) -> bool:
        return self.lost_s is not None and self.lost_s <= at_s < self.lost_s + DARK_S

    def away_by_health(self, at_s: float) -> bool:
        if self.lost_s is None:
            return False
        return self.lost_s + DARK_S <= at_s < (self.returned_s or 1e9) + BACK_S


@dataclass(slots=True)
class StagedRun:
    """Plays a plan; what it says is the journal."""

    plan: DrillPlan
    name: str
    now_s: float = START_S
    lines: list[JournalLine] = field(default_factory=list)
    lost_s: float | None = None
    returned_s: float | None = None
    dials: list[tuple[float, float]] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(7))

    def say(self, entry: JournalEvent, *, after_s: float = 0.01) -> None:
        self.now_s += after_s
        at = START_AT + self.now_s - START_S
        self.lines.append(JournalLine(n=len(self.lines) + 1, at_s=self.now_s, at=at, entry=entry))

    def open(self) -> None:
        self.say(
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
        self.enter("preflight")
        dials = {HOME: 100.0, AWAY: 100.0}
        self.say(
            BaselineRecorded(state=DrillBaseline(dials=dials, switches={AWAY: SwitchSetting()})),
            after_s=0.4,
        )
        for step in self.plan.steps:
            self.judge(step, "ok")

    def enter(self, phase: PhaseName) -> None:
        self.say(PhaseStarted(phase=phase))

    def judge(self, step: PlannedStep, ruling: str, reason: str = "as it should be") -> None:
        verdicts = tuple(
            GuardVerdict(guard=name, ruling="ok", reason=reason) for name in step.guards
        )
        if verdicts and ruling != "ok":
            last = replace(verdicts[-1], ruling=ruling)  # type: ignore[arg-type]  # a test's word
            verdicts = (*verdicts[:-1], last)
        if verdicts:
            self.say(GuardsEvaluated(step=step.id, verdicts=verdicts))

    def steady(self) -> None:
        self.enter("steady-state")
        for step in self.plan.hypothesis:
            self.take(step)
        self.now_s += 15.0

    def take(self, step: PlannedStep, *, took_s: float | None = None) -> None:
        self.say(StepStarted(step=step.id, do=step.do))
        match step.do:
            case InjectFault():
                self.lost_s = self.now_s
            case ClearFault():
                self.returned_s = self.now_s
            case SetDial(region=region, percent=percent) if region == AWAY:
                self.dials.append((self.now_s + 0.8, percent))
            case _:
                pass
        length_s = self._length_s(step) if took_s is None else took_s
        self.say(StepDone(step=step.id, took_s=length_s), after_s=length_s)

    def _length_s(self, step: PlannedStep) -> float:
        match step.do:
            case Pause(seconds=seconds):
                return seconds
            case ExpectMeasure(measure="error-rate") if (
                self.lost_s is not None and not self.returned_s
            ):
                return max(1.0, self.lost_s + DARK_S + 3.0 - self.now_s)
            case ExpectMeasure(measure="healthy"):
                return BACK_S
            case _:
                usual_s = {ExpectMeasure: 1.5, DrainWrites: 9.0, SetDial: 1.9}
                return usual_s.get(type(step.do), 0.6)

    def world(self) -> SimulatedSystem:
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
    world: SimulatedSystem, start_s: float, end_s: float, rates: Rates, seed: int = 11
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
        found += [_sample(world, cohort, start_s + n / rate, n, start_s, rng) for n in range(count)]
    found.sort(key=lambda s: s.scheduled_s)
    return [replace(sample, seq=seq) for seq, sample in enumerate(found)]


def _sample(
    world: SimulatedSystem, cohort: Cohort, at_s: float, n: int, start_s: float, rng: random.Random
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
    failure = _failure(world, cohort, vantage, at_s, n)
    if failure is not None:
        outcome, wait_s = failure
        status = 503 if outcome is RequestOutcome.STATUS else None
        more = {"outcome": outcome, "finished_s": sent_s + wait_s, "status": status}
        return Sample(**fields, **more)  # type: ignore[arg-type]  # free-form fields of a test
    region = _answering(world, cohort, vantage, at_s, rng)
    slow = 1.6 if world.away_by_health(at_s) or world.dial(at_s) < 50 else 1.0
    good = {
        "outcome": RequestOutcome.OK,
        "status": 200,
        "region": region,
        "finished_s": sent_s + took_s * slow,
    }
    return Sample(**fields, **good)  # type: ignore[arg-type]  # free-form fields of a test


def _failure(
    world: SimulatedSystem, cohort: Cohort, vantage: str, at_s: float, n: int
) -> tuple[RequestOutcome, float] | None:
    if VANTAGES[vantage] != AWAY or not world.dark(at_s):
        return None
    if cohort is Cohort.KEEPALIVE:
        return (RequestOutcome.RESET, 0.01) if n % 3 else (RequestOutcome.BUSY, 0.0)
    lost_s = world.lost_s or 0.0
    if at_s < lost_s + 3.0:
        return (RequestOutcome.RESET, 0.004)
    return (RequestOutcome.CONNECT_TIMEOUT, 1.0) if n % 5 else (RequestOutcome.STATUS, 0.02)


def _answering(
    world: SimulatedSystem, cohort: Cohort, vantage: str, at_s: float, rng: random.Random
) -> str:
    home = VANTAGES[vantage]
    if home == HOME or world.away_by_health(at_s):
        return HOME
    if cohort is Cohort.KEEPALIVE:
        return AWAY
    return AWAY if rng.random() * 100 < world.dial(at_s) else HOME


def simulate_sightings(
    world: SimulatedSystem, samples: list[Sample], seed: int = 5
) -> Iterator[Sighting]:
    """Readings of every written item in both tables: soon, while AWAY is lost, and at the end."""
    rng = random.Random(seed)
    end_s = max(s.scheduled_s for s in samples) + 5.0
    for sample in samples:
        if sample.cohort is not Cohort.WRITE_READ or not sample.good or sample.item is None:
            continue
        other = HOME if sample.region == AWAY else AWAY
        arrives_s = sample.finished_s + rng.lognormvariate(-0.9, 0.4)
        cut = world.lost_s is not None and sample.finished_s < world.lost_s < arrives_s
        if cut or world.down(arrives_s):
            arrives_s = (world.returned_s or end_s) + rng.uniform(0.5, 2.0)
        for asked_s in (sample.finished_s + 0.1, sample.finished_s + 6.0, arrives_s + 0.05, end_s):
            there = Presence.PRESENT if asked_s >= arrives_s else Presence.ABSENT
            unread = world.down(asked_s) and other == AWAY
            yield Sighting(
                item=sample.item,
                region=other,
                asked_s=asked_s,
                answered_s=asked_s + 0.02,
                presence=Presence.UNREADABLE if unread else there,
                writer=sample.region if there is Presence.PRESENT and not unread else None,
            )


def simulate_views(world: SimulatedSystem, start_s: float, end_s: float) -> Iterator[ViewSnapshot]:
    """The system every two seconds."""
    at_s = start_s
    while at_s < end_s:
        bad = world.down(at_s - 10) or (world.down(at_s) and at_s > (world.lost_s or 0) + 10)
        away = build_region_view(
            AWAY, dial=world.dial(at_s), endpoint="UNHEALTHY" if bad else "HEALTHY"
        )
        kill = ActiveFault(kind="region-kill", region=AWAY)
        yield ViewSnapshot(
            at_s=at_s,
            at=START_AT + at_s - START_S,
            view=build_view(
                build_region_view(HOME), away, faults=(kill,) if world.down(at_s) else ()
            ),
            lag_s={AWAY: 0.4},
        )
        at_s += 2.0


def prober_run(
    samples: list[Sample], start_s: float, end_s: float, *, closed_well: bool = True
) -> ProbeRun:
    """What one prober left."""
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
        closing=closing if closed_well else None,
        torn=not closed_well,
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
    stage: StagedRun, rates: Rates | None = None, *, broken_off: bool = False
) -> RunRecords:
    """All that the run has left. Unless it was broken off, its result is judged and journaled."""
    world = stage.world()
    probing = next(
        one.at_s for one in stage.lines if one.entry == PhaseStarted(phase="steady-state")
    )
    end_s = stage.now_s
    samples = simulate_samples(world, probing, end_s, rates or Rates())
    one = prober_run(samples, probing, end_s, closed_well=not broken_off)
    sightings = [] if broken_off else list(simulate_sightings(world, samples))
    if not broken_off:
        stage.enter("closing")
        made = build_result(fold_journal(stage.lines), join_samples([one], sightings), START_AT)
        stage.say(make_run_closed(made), after_s=6.0)
    return RunRecords(
        name=stage.name,
        lines=tuple(stage.lines),
        probe_runs=(one,),
        sightings=tuple(sightings),
        views=tuple(simulate_views(world, START_S, end_s)),
        environment=run_environment(),
    )


def play_drill(plan: DrillPlan, *, until: str | None = None) -> StagedRun:
    """The whole drill, or up to and with the beginning of a step."""
    stage = StagedRun(plan, f"{RUN}-{plan.scenario}")
    stage.open()
    stage.steady()
    stage.enter("method")
    for step in plan.steps:
        stage.judge(step, "ok")
        if step.id == until:
            stage.say(StepStarted(step=step.id, do=step.do))
            return stage
        if isinstance(step.do, SetDial) and step.do.percent == 25.0:
            stage.say(StepRetried(step=step.id, attempt=1, why="Throttling: slow down", wait_s=0.7))
        stage.take(step)
    stage.enter("targets")
    stage.now_s += 8.0
    stage.enter("rollback")
    return stage


def write_run_folder(records_: RunRecords, folder: Path) -> RunFolder:
    """Write the records as a drill does."""
    path = folder / records_.name
    path.mkdir(parents=True)
    lines = "".join(json.dumps(encode_line(line)) + "\n" for line in records_.lines)
    (path / "journal.jsonl").write_text(lines)
    for number, one in enumerate(records_.probe_runs, start=1):
        name = "samples.jsonl" if number == 1 else f"samples-{number}.jsonl"
        kept = [one.opening, *one.samples, *([one.closing] if one.closing else [])]
        (path / name).write_bytes(b"".join(record_to_line(r) for r in kept if r is not None))
    (path / "sightings.jsonl").write_bytes(b"".join(record_to_line(s) for s in records_.sightings))
    (path / "views.jsonl").write_text("".join(codec.dumps(v) + "\n" for v in records_.views))
    if records_.environment is not None:
        (path / "environment.json").write_text(codec.dumps(records_.environment))
    return RunFolder(path)

"""The state of a run: one fold over the events of its journal.

A step that was started counts as maybe done. A resumed run takes it again, which is safe since
every lever is idempotent; a rollback puts it back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import get_args

from muster.drill.guards.expected_alarms import Disturbance, disturbances_of
from muster.drill.guards.region_health import DEGRADING_FAULTS
from muster.drill.journal.events import (
    BaselineRecorded,
    DrillStopped,
    InterferenceSeen,
    JournalEvent,
    JournalLine,
    PhaseStarted,
    RollbackGaveUp,
    RunClosed,
    RunOpened,
    RunResumed,
    SteadyStateDeviated,
    StepDone,
    StepStarted,
)
from muster.drill.journal.people_state import PeopleState
from muster.drill.observation.interference import (
    Expected,
    changed_setting,
    expect_baseline,
    expect_effect,
    forget_changed,
)
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.plan.instructions import (
    ClearFault,
    DrillAction,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.drill.plan.model import DrillPlan, PlannedStep
from muster.drill.scenario.model import Mark
from muster.model import FrontDoor


@dataclass(slots=True, kw_only=True)
class RunState:
    """A run so far. Only `apply` changes it."""

    opening: JournalLine
    """The first line."""
    opened: RunOpened
    """Its event."""
    baseline: DrillBaseline = field(default_factory=DrillBaseline)
    changes: DrillChanges = field(default_factory=DrillChanges)
    """What the run may have changed and has not put right itself."""
    started: dict[str, Instruction] = field(default_factory=dict)
    """Steps by their id."""
    done: set[str] = field(default_factory=set)
    """Ids of steps."""
    actions_started: int = 0
    """Steps that may have changed the system."""
    deviated: bool = False
    stopped: DrillStopped | None = None
    phase: str = ""
    last_s: float = 0.0
    """When the last event was recorded; monotonic seconds."""
    closing_s: float | None = None
    """When the last phase `closing` began; monotonic seconds."""
    incomplete: str = ""
    """What the last rollback could not put back; empty after a complete one, or none."""
    closed: RunClosed | None = None
    boots: list[str] = field(default_factory=list)
    marks: dict[Mark, float] = field(default_factory=dict)
    """Beginning of the cause, of the others being alone, and end of the cause; monotonic
    seconds."""
    cause_done_s: float | None = None
    """End of the step of the cause, by when the cause is there for sure; monotonic seconds."""
    emptied_s: dict[str, float] = field(default_factory=dict)
    """Region -> when the run last degraded it; monotonic seconds."""
    lags_s: dict[str, dict[str, float]] = field(default_factory=dict)
    """Degraded Region -> how late its last writes came to each other one; seconds."""
    moved_doors: dict[str, tuple[FrontDoor, ...]] = field(default_factory=dict)
    """Region -> the doors whose traffic the run has taken from it."""
    broken: set[str] = field(default_factory=set)
    """Regions in which a degrading fault was injected at any time."""
    disturbed: set[Disturbance] = field(default_factory=set)
    """What steps have disturbed at any time, as alarms show it."""
    cause_cut_short: bool = False
    """A rollback ended the cause before the method had."""
    cause_at: float | None = None
    """Beginning of the cause in seconds since 1970, as people tell their times."""
    people: PeopleState = field(default_factory=PeopleState)
    seen: DrillBaseline = field(default_factory=DrillBaseline)
    """The baseline of everything, also of what the drill does not change."""
    expected: Expected = field(default_factory=dict)
    """What the system is now, if nobody interferes."""
    interferences: list[InterferenceSeen] = field(default_factory=list)
    interfered_s: float | None = None
    """Until when nobody is known to have interfered, if somebody did; monotonic seconds."""

    @property
    def plan(self) -> DrillPlan:
        return self.opened.plan

    @property
    def run(self) -> str:
        """The run's name."""
        return self.opened.run

    @property
    def ended_unbegun(self) -> bool:
        """The run was stopped before it changed anything: there is no outage to measure."""
        return self.stopped is not None and not self.actions_started

    @property
    def put_back_s(self) -> float:
        """When everything was put back, or how far the journal goes; monotonic seconds.

        `muster drill rollback` measures nothing, though users are affected until it is done.
        """
        return self.last_s if self.closing_s is None else self.closing_s

    @property
    def finished(self) -> bool:
        """True if nothing is left to do."""
        return self.closed is not None and self.closed.status != "incomplete"

    @property
    def remaining_steps(self) -> tuple[PlannedStep, ...]:
        """Steps of the method that are not done."""
        return tuple(step for step in self.plan.steps if step.id not in self.done)

    def apply(self, line: JournalLine) -> None:
        """Advance by the next line after the first."""
        event = line.event
        self.last_s = line.at_s
        self.people.apply(line)
        match event:
            case PhaseStarted():
                self._start_phase(event, line.at_s)
            case StepStarted():
                self._start_step(event, line.at_s)
                if self.cause_at is None and "away" in self.marks:
                    self.cause_at = line.at
            case StepDone():
                self._end_step(event, line)
            case RunResumed():
                self._resume(event, line.at_s)
            case BaselineRecorded():
                self._add_baseline(event, line.at_s)
            case InterferenceSeen():
                self._add_interference(event, line.at_s)
            case _:
                self._apply_event(event)

    def _start_phase(self, event: PhaseStarted, at_s: float) -> None:
        self.phase = event.phase
        if event.phase == "rollback":
            self.incomplete = ""
        if event.phase == "closing":
            self.closing_s = at_s

    def _apply_event(self, event: JournalEvent) -> None:
        match event:
            case RollbackGaveUp(why=why):
                self.incomplete = why
            case SteadyStateDeviated():
                self.deviated = True
            case DrillStopped():
                self.stopped = self.stopped or event
            case RunClosed():
                self.closed = event
            case _:
                pass

    def _add_baseline(self, event: BaselineRecorded, at_s: float) -> None:
        self.baseline = self.baseline.merge(event.state)
        self.seen = self.seen.merge(event.seen)
        changed = {changed_setting(do) for do in self.started.values()}
        seen = expect_baseline(event.seen, at_s)
        fresh = {setting: one for setting, one in seen.items() if setting not in changed}
        self.expected = {**fresh, **self.expected}

    def _add_interference(self, event: InterferenceSeen, at_s: float) -> None:
        good_s = at_s - event.good_before_s
        self.interferences.append(event)
        self.interfered_s = min(good_s, good_s if self.interfered_s is None else self.interfered_s)

    def _resume(self, event: RunResumed, at_s: float) -> None:
        if event.boot != self.boots[-1]:  # a new monotonic clock: emptied at some time before now
            self.emptied_s = dict.fromkeys(self.emptied_s, at_s)
            self.expected = {
                setting: replace(one, since_s=at_s) for setting, one in self.expected.items()
            }
        self.boots.append(event.boot)
        self.closed = None

    def _start_step(self, event: StepStarted, at_s: float) -> None:
        do = event.do
        self.started[event.step] = do
        self.expected = forget_changed(self.expected, do)
        self.changes = self.changes.with_instruction(do)
        self.actions_started += isinstance(do, get_args(DrillAction))
        self.disturbed |= disturbances_of(do)
        degraded = degraded_region(do)
        if degraded is not None:
            self.emptied_s[degraded] = at_s
            self.lags_s.setdefault(degraded, {}).update(event.lags_s)
            doors = (*self.moved_doors.get(degraded, ()), *_doors_moved_by(do))
            self.moved_doors[degraded] = tuple(dict.fromkeys(doors))
            if isinstance(do, InjectFault):
                self.broken.add(degraded)
        mark = self._mark(event.step)
        if mark in ("away", "back"):
            self.marks.setdefault(mark, at_s)
        if event.step.startswith("r") and "away" in self.marks and "back" not in self.marks:
            self.marks["back"] = at_s  # a rollback ends the cause too
            self.cause_cut_short = bool(self.remaining_steps)

    def _end_step(self, event: StepDone, line: JournalLine) -> None:
        self.done.add(event.step)
        do, at_s = self.started.get(event.step), line.at_s
        if do is not None:
            self.expected = expect_effect(
                self.expected, do, at_s=at_s, begun_at=line.at - event.took_s, done_at=line.at
            )
        if isinstance(do, ClearFault):
            self.changes = self.changes.without_fault(do.fault)
        if isinstance(do, SetDial | SetSwitch | SetWeight | SetInverted) and (
            do.region in self.emptied_s
        ):
            self.emptied_s[do.region] = at_s
        mark = self._mark(event.step)
        if mark == "alone":
            self.marks.setdefault("alone", at_s)
        if mark == "away" and self.cause_done_s is None:
            self.cause_done_s = at_s

    def _mark(self, step: str) -> Mark | None:
        return next((one.marks for one in self.plan.steps if one.id == step), None)


def fold_journal(lines: Iterable[JournalLine]) -> RunState:
    """The state after these lines. Raises ValueError when the first one opens no run."""
    state: RunState | None = None
    for line in lines:
        if state is not None:
            state.apply(line)
        elif isinstance(line.event, RunOpened):
            state = RunState(
                opening=line, opened=line.event, boots=[line.event.boot], last_s=line.at_s
            )
        else:
            raise ValueError("the journal does not begin with an opening")
    if state is None:
        raise ValueError("the journal is empty")
    return state


def degraded_region(do: Instruction) -> str | None:
    """The Region that an instruction takes traffic or capacity from, as planned."""
    match do:
        case (
            SetDial(region=region, lowers=True)
            | SetSwitch(region=region, status="fail")
            | SetWeight(region=region, lowers=True)
            | SetInverted(region=region, inverted=True)
        ):
            return region
        case InjectFault(fault=fault) if fault.kind in DEGRADING_FAULTS:
            return fault.region
        case _:
            return None


def _doors_moved_by(do: Instruction) -> tuple[FrontDoor, ...]:
    """The doors whose users a degrading instruction moves: health moves both."""
    match do:
        case SetDial():
            return ("accelerator",)
        case SetWeight() | SetInverted():
            return ("dns",)
        case _:
            return ("accelerator", "dns")

"""What a journal means: how far a run is, what it found, and what it may have changed.

Decides it by one fold over the entries. A step that was begun counts as maybe taken: it is taken
again on resume, which is safe since every lever is idempotent, and put back on rollback. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from muster.drill.guards.context import DEGRADING_FAULTS
from muster.drill.journal.events import (
    BaselineRecorded,
    DrillBaseline,
    DrillChanges,
    DrillStopped,
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
from muster.drill.plan.instructions import ClearFault, InjectFault, Instruction, SetDial, SetSwitch
from muster.drill.plan.model import DrillPlan, PlannedStep
from muster.drill.scenario.model import Mark
from muster.levers import Fault, scope_of_fault


@dataclass(slots=True, kw_only=True)
class RunState:
    """A run so far. Only `take` changes it."""

    opened: RunOpened | None = None
    started_at: float = 0.0
    started_s: float = 0.0
    found: DrillBaseline = field(default_factory=DrillBaseline)
    done: set[str] = field(default_factory=set)
    """Ids of the steps that were taken."""
    begun: dict[str, Instruction] = field(default_factory=dict)
    deviated: bool = False
    stopped: DrillStopped | None = None
    phase: str = ""
    incomplete: str = ""
    """What the last rollback could not put back; empty when it could, or there was none."""
    closed: RunClosed | None = None
    boots: list[str] = field(default_factory=list)
    marks: dict[Mark, float] = field(default_factory=dict)
    """When the cause came, the others stood alone, and the cause ended; monotonic seconds."""
    caused_s: float | None = None
    """When the step of the cause had ended: by then it has come for sure; monotonic seconds."""
    emptied_s: dict[str, float] = field(default_factory=dict)
    """When traffic or life was last taken from a Region; monotonic seconds."""
    effects: int = 0
    """Steps that may have changed something outside."""
    _dials: dict[str, None] = field(default_factory=dict)
    _switches: dict[str, None] = field(default_factory=dict)
    _faults: dict[str, Fault] = field(default_factory=dict)
    _cleared: dict[str, Fault] = field(default_factory=dict)
    _sides: set[str] = field(default_factory=set)
    _broken: set[str] = field(default_factory=set)

    @property
    def plan(self) -> DrillPlan:
        """The plan, from the first entry."""
        assert self.opened is not None  # noqa: S101 - `fold` has checked the first entry
        return self.opened.plan

    @property
    def opening(self) -> JournalLine:
        """The first entry, which was written before there was anybody to tell."""
        assert self.opened is not None  # noqa: S101 - `fold` has checked the first entry
        return JournalLine(n=1, at_s=self.started_s, at=self.started_at, entry=self.opened)

    @property
    def touched(self) -> DrillChanges:
        """What may have been changed and is to be put back."""
        return DrillChanges(
            dials=tuple(self._dials),
            switches=tuple(self._switches),
            faults=tuple(self._faults.values()),
            cleared=tuple(self._cleared.values()),
        )

    @property
    def sides(self) -> frozenset[str]:
        """Sides of the system at which this drill has begun to break or to mend something."""
        return frozenset(self._sides)

    @property
    def broken(self) -> frozenset[str]:
        """Regions in which a fault was injected at any time."""
        return frozenset(self._broken)

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.closed is not None and self.closed.status != "incomplete"

    @property
    def left(self) -> tuple[PlannedStep, ...]:
        """Steps of the method that were not taken."""
        return tuple(step for step in self.plan.steps if step.id not in self.done)

    def take(self, line: JournalLine) -> None:
        """Go on by one entry."""
        entry = line.entry
        match entry:
            case RunOpened():
                self.opened, self.started_at, self.started_s = entry, line.at, line.at_s
                self.boots.append(entry.boot)
            case StepStarted():
                self._begun(entry, line.at_s)
            case StepDone():
                self._done(entry, line.at_s)
            case RunResumed():
                self._resumed(entry, line.at_s)
            case _:
                self._event(entry)

    def _event(self, entry: JournalEvent) -> None:
        match entry:
            case BaselineRecorded(state=state):
                self.found = self.found.joined(state)
            case PhaseStarted(phase=phase):
                self.phase = phase
                self.incomplete = "" if phase == "rollback" else self.incomplete
            case RollbackGaveUp(why=why):
                self.incomplete = why
            case SteadyStateDeviated():
                self.deviated = True
            case DrillStopped():
                self.stopped = self.stopped or entry
            case RunClosed():
                self.closed = entry
            case _:
                pass

    def _resumed(self, entry: RunResumed, at_s: float) -> None:
        if entry.boot != self.boots[-1]:  # the clock began anew: empty since now, for all we know
            self.emptied_s = dict.fromkeys(self.emptied_s, at_s)
        self.boots.append(entry.boot)
        self.closed = None

    def _begun(self, entry: StepStarted, at_s: float) -> None:
        self.begun[entry.step] = entry.do
        match entry.do:
            case SetDial(region=region, lowers=lowers):
                self._dials[region] = None
                self._emptied(region, at_s, taken=lowers)
            case SetSwitch(region=region, status=status):
                self._switches[region] = None
                self._emptied(region, at_s, taken=status == "fail")
            case ClearFault(fault=fault):
                self._cleared[repr(fault)] = fault
                self._sides.add(scope_of_fault(fault))
            case InjectFault(fault=fault):
                self._faults[repr(fault)] = fault
                self._sides.add(scope_of_fault(fault))
                if fault.region is not None and fault.kind in DEGRADING_FAULTS:
                    self._broken.add(fault.region)
                    self._emptied(fault.region, at_s, taken=True)
        self.effects += isinstance(entry.do, SetDial | SetSwitch | InjectFault | ClearFault)
        mark = self._mark(entry.step)
        if mark in ("away", "back"):
            self.marks.setdefault(mark, at_s)
        if entry.step.startswith("r") and "away" in self.marks:
            self.marks.setdefault("back", at_s)  # a rollback ends the cause too

    def _done(self, entry: StepDone, at_s: float) -> None:
        self.done.add(entry.step)
        do = self.begun.get(entry.step)
        if isinstance(do, ClearFault):
            gone = [key for key, fault in self._faults.items() if is_same_fault(fault, do.fault)]
            for key in gone:
                del self._faults[key]
        if isinstance(do, SetDial | SetSwitch) and do.region in self.emptied_s:
            self.emptied_s[do.region] = at_s
        mark = self._mark(entry.step)
        if mark == "alone":
            self.marks.setdefault("alone", at_s)
        if mark == "away" and self.caused_s is None:
            self.caused_s = at_s

    def _emptied(self, region: str, at_s: float, *, taken: bool) -> None:
        if taken:
            self.emptied_s[region] = at_s

    def _mark(self, step: str) -> Mark | None:
        return next((one.marks for one in self.plan.steps if one.id == step), None)


def fold_journal(lines: Iterable[JournalLine]) -> RunState:
    """What the lines mean together. Raises ValueError when the first one does not open a run."""
    state = RunState()
    for line in lines:
        if state.opened is None and not isinstance(line.entry, RunOpened):
            raise ValueError("the journal does not begin with an opening")
        state.take(line)
    if state.opened is None:
        raise ValueError("the journal is empty")
    return state


def is_same_fault(one: Fault, other: Fault) -> bool:
    """Whether clearing one clears the other: parameters don't matter."""
    return (one.kind, one.region) == (other.kind, other.region)


def planned_changes(plan: DrillPlan) -> DrillChanges:
    """Everything that a plan may ever change."""
    effects = [step.do for step in plan.steps]
    faults = [do.fault for do in effects if isinstance(do, InjectFault)]
    cleared = [do.fault for do in effects if isinstance(do, ClearFault)]
    return DrillChanges(
        dials=tuple(dict.fromkeys(do.region for do in effects if isinstance(do, SetDial))),
        switches=tuple(dict.fromkeys(do.region for do in effects if isinstance(do, SetSwitch))),
        faults=tuple({repr(one): one for one in faults}.values()),
        cleared=tuple({repr(one): one for one in cleared}.values()),
    )

"""How far a run is: what it does now, what is left of that, and what is left of the run. Pure.

A RunTracker reads the lines of the journal in their order, in the process that runs the drill or in
one that follows its files. All times are monotonic seconds, as in the journal. What is left of the
run is an estimate for a person: nothing is decided by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from muster.drill.guards.evaluation import worst_ruling
from muster.drill.journal.events import (
    BaselineRecorded,
    DrillStopped,
    GuardsEvaluated,
    JournalEvent,
    JournalLine,
    PhaseName,
    PhaseStarted,
    RollbackHeld,
    RunClosed,
    RunResumed,
    StepDone,
    StepFailed,
    StepStarted,
)
from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.instructions import (
    AwaitApproval,
    Instruction,
    Pause,
    describe_instruction,
)
from muster.drill.plan.model import DrillPlan, step_budget_s
from muster.drill.plan.plan_summary import estimate_s
from muster.drill.watch.estimate import estimate_rollback_s

BETWEEN_STEPS: dict[PhaseName, str] = {
    "preflight": "looks at what is found",
    "steady-state": "watches",
    "method": "on to the next step",
    "targets": "watches",
    "rollback": "looks at what is to be put back",
    "closing": "makes the numbers",
}
"""What a phase does while no step runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What the run waits for."""

    what: str
    """In words: a step by its name, or what the phase does between its steps."""
    since_s: float
    at_most_s: float | None = None
    """None: no limit is known."""
    exact: bool = False
    """It lasts `at_most_s`, and does not end before."""
    expected_s: float | None = None
    """Roughly; None: nothing is expected."""
    held: bool = False
    """By guards, or by what a rollback can't do yet."""

    def left_s(self, now_s: float) -> float | None:
        """Until it ends, or ends at the latest."""
        if self.at_most_s is None:
            return None
        return max(0.0, self.since_s + self.at_most_s - now_s)

    def is_overdue(self, now_s: float) -> bool:
        """It lasts longer than expected."""
        return self.expected_s is not None and now_s - self.since_s > self.expected_s


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """A run at one moment."""

    phase: PhaseName
    wait: Wait
    number: int | None
    """Of the method's step that runs or is held, from 1; None between steps and in other phases."""
    left_s: float | None
    """Estimate until the run's end; None once it has ended."""
    left_is_least: bool = False
    """What the run waits for lasts longer than expected, or may: the estimate leaves that out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """A step of the method."""

    name: str
    began_s: float | None = None
    took_s: float | None = None
    """None: it has not been done."""
    failed: bool = False
    stopped: bool = False
    """The run stopped before the step was done."""
    expected_s: float = 0.0


class RunTracker:
    """Knows where a run is, by the lines of its journal."""

    def __init__(self, plan: DrillPlan, began_s: float) -> None:
        self._plan = plan
        self._phase: PhaseName = "preflight"
        self._phase_s = began_s
        self._step = ""
        """The step that runs, or that its guards hold."""
        self._running: Instruction | None = None
        self._began_s: dict[str, float] = {}
        self._took_s: dict[str, float] = {}
        self._started: dict[str, Instruction] = {}
        self._failed: set[str] = set()
        self._held: Wait | None = None
        self._idle_s = began_s
        self._baseline = DrillBaseline()
        self._stopped = self._closed = False

    def apply(self, line: JournalLine) -> None:
        """Take the next line of the journal."""
        event, at_s = line.event, line.at_s
        match event:
            case StepStarted(step=step, do=do):
                self._held, self._step, self._running = None, step, do
                self._started[step], self._began_s[step] = do, at_s
            case StepDone(step=step, took_s=took_s):
                self._took_s[step] = took_s
                self._running, self._held, self._idle_s = None, None, at_s
            case StepFailed(step=step):
                self._failed.add(step)
                self._running, self._held, self._idle_s = None, None, at_s
            case GuardsEvaluated():
                self._hold_by_guards(event, at_s)
            case RollbackHeld() if self._held is None:
                at_most_s = self._plan.rollback.hold_s
                what = "waits until it can go on"
                self._held = Wait(what=what, since_s=at_s, at_most_s=at_most_s, held=True)
            case _:
                self._apply_run_event(event, at_s)

    def _apply_run_event(self, event: JournalEvent, at_s: float) -> None:
        match event:
            case PhaseStarted(phase=phase):
                self._phase, self._phase_s, self._idle_s = phase, at_s, at_s
                self._running = self._held = None
            case BaselineRecorded(state=baseline):
                self._baseline = self._baseline.merge(baseline)
            case DrillStopped():
                self._stopped = True
            case RunResumed():
                self._closed = False
            case RunClosed():
                self._closed = True
            case _:
                pass

    def _hold_by_guards(self, event: GuardsEvaluated, at_s: float) -> None:
        """In the preflight all steps are judged, and none waits; a step that runs has a wait."""
        if self._phase != "method" or self._running is not None:
            return
        if worst_ruling(event.verdicts) != "hold":
            self._held = None
        elif self._held is None:
            names = {one.id: describe_instruction(one.do) for one in self._plan.steps}
            self._step = event.step
            self._held = Wait(
                what=f"{names.get(event.step, event.step)}: waits until its guards pass",
                since_s=at_s,
                at_most_s=self._plan.limits.guard_hold_s,
                held=True,
            )

    def progress(self, now_s: float) -> RunProgress:
        """The run at this moment."""
        numbers = {one.id: number for number, one in enumerate(self._plan.steps, start=1)}
        busy = self._running is not None or self._held is not None
        wait = self._held or self._wait()
        return RunProgress(
            phase=self._phase,
            wait=wait,
            number=numbers.get(self._step) if busy else None,
            left_s=None if self._closed else self._left_s(now_s),
            left_is_least=wait.held or wait.is_overdue(now_s) or self._watches_longer(now_s),
        )

    def _watches_longer(self, now_s: float) -> bool:
        """The hypothesis keeps the run in its steady state for longer than it has to watch."""
        in_phase_s = now_s - self._phase_s
        return self._phase == "steady-state" and in_phase_s > self._plan.limits.steady_s

    def steps(self) -> tuple[StepProgress, ...]:
        """Every step of the method."""
        return tuple(
            StepProgress(
                name=describe_instruction(step.do),
                began_s=self._began_s.get(step.id),
                took_s=self._took_s.get(step.id),
                failed=step.id in self._failed,
                stopped=self._stopped and step.id not in self._took_s,
                expected_s=step.expected_s,
            )
            for step in self._plan.steps
        )

    def _wait(self) -> Wait:
        if self._running is None:
            steady_s = self._plan.limits.steady_s
            watches = self._phase in ("steady-state", "targets")
            return Wait(
                what="has ended" if self._closed else BETWEEN_STEPS[self._phase],
                since_s=self._phase_s if watches else self._idle_s,
                at_most_s=steady_s if watches else None,
                exact=watches,
            )
        do, since_s = self._running, self._began_s[self._step]
        what = describe_instruction(do)
        if isinstance(do, AwaitApproval):
            what += " (`muster drill approve` in another terminal gives it)"
        if isinstance(do, Pause):
            return Wait(what=what, since_s=since_s, at_most_s=do.seconds, exact=True)
        planned = {one.id: one for one in (*self._plan.hypothesis, *self._plan.steps)}
        step = planned.get(self._step)
        return Wait(
            what=what,
            since_s=since_s,
            at_most_s=step.within_s if step else step_budget_s(do),
            expected_s=(step.expected_s if step else estimate_s(do, {})) or None,
        )

    def _left_s(self, now_s: float) -> float:
        """What the phases that follow are expected to take, and what is left of this one."""
        steady_s = self._plan.limits.steady_s
        in_phase_s = now_s - self._phase_s
        method_s = sum(
            max(0.0, one.expected_s - self._running_for_s(one.id, now_s))
            for one in self._plan.steps
            if one.id not in self._took_s
        )
        rollback_s = self._rollback_s()
        match self._phase:
            case "preflight":
                return 2 * steady_s + method_s + rollback_s
            case "steady-state":
                return max(0.0, steady_s - in_phase_s) + method_s + steady_s + rollback_s
            case "method":
                return method_s + steady_s + rollback_s
            case "targets":
                return max(0.0, steady_s - in_phase_s) + rollback_s
            case "rollback":
                return rollback_s - self._put_back_s(now_s)
            case "closing":
                return 0.0

    def _running_for_s(self, step: str, now_s: float) -> float:
        return now_s - self._began_s.get(step, now_s)

    def _put_back_s(self, now_s: float) -> float:
        """The part of the rollback's present step that is over."""
        if self._running is None or isinstance(self._running, Pause):
            return 0.0
        return min(self._running_for_s(self._step, now_s), estimate_s(self._running, {}))

    def _rollback_s(self) -> float:
        """To put back what differs at the end of the method; once stopped, what differs now."""
        planned = [step.do for step in self._plan.steps]
        goes_back = self._stopped or self._phase == "rollback"
        done = list(self._changing()) if goes_back else planned
        policy = self._plan.rollback
        only_faults = policy.strategy == "deviated" and not self._stopped
        return estimate_rollback_s(policy, done, self._baseline, only_faults=only_faults)

    def _changing(self) -> Iterator[Instruction]:
        """What was begun in the method, and what the rollback has put back of it."""
        for step, do in self._started.items():
            if not step.startswith("r") or step in self._took_s:
                yield do

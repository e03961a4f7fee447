"""The rollback: take step after step until the baseline is restored.

Before each step `rollback_planner` decides anew, from the system as it is. The executor decides how
long to wait for what is held, and when to give up.
"""

from collections.abc import Callable
from typing import get_args

from muster.drill.journal.events import RollbackHeld, StepFailed
from muster.drill.plan.changes import DrillChanges
from muster.drill.plan.instructions import (
    DrillAction,
    InjectFault,
    SetDial,
    SetSwitch,
    describe_instruction,
)
from muster.drill.plan.model import step_budget_s
from muster.drill.rollback.rollback_planner import (
    RollbackSituation,
    RollbackSteps,
    next_rollback_steps,
)
from muster.drill.run.session import DrillSession
from muster.drill.run.step_executor import StepError, current_abort_reason, run_action
from muster.drill.run.unexpected_errors import describe_unexpected_error, result_or_error
from muster.formatting import format_duration
from muster.levers import scope_of_fault

LOOK_EVERY_S = 1.0
LATE_ARRIVAL_S = 3.0
"""A call that was aborted may still take effect within this time."""
INSISTED_STEP_S = 10.0
"""Time budget of a step once a second signal insists on the end: enough for its call."""


class RollbackExecutor:
    """One rollback of a run."""

    def __init__(self, session: DrillSession) -> None:
        self._session = session
        self._held: tuple[str, ...] = ()
        self._failed: dict[str, StepError] = {}
        """Steps in words that failed since the last one that was done."""
        self._set_switches: set[str] = set()
        self._reinjected_scopes: set[str] = set()
        self._number = sum(step.startswith("r") for step in session.state.started)
        self._progress_s = session.now_s()

    async def run(self) -> bool:
        """True when the baseline is restored."""
        if not await self._run_until_complete():
            return False
        if self._has_aborted_call():
            self._session.ports.listener.on_note(
                f"a call was cut off, and may still arrive: one more look in {LATE_ARRIVAL_S:g} s"
            )
            await self._session.ports.clock.sleep(LATE_ARRIVAL_S)
            return await self._run_until_complete()
        return True

    async def _run_until_complete(self) -> bool:
        while True:
            planned = await self._plan()
            if planned.complete:
                return True
            if await self._take_one(planned.steps):
                continue
            self._record_held(planned)
            if self._is_waiting_over(planned):
                # A condition without a step of its own, such as DEPLOYED, may be met by now.
                return (await self._plan()).complete
            await self._session.ports.clock.sleep(LOOK_EVERY_S)
            self._failed.clear()

    async def _plan(self) -> RollbackSteps:
        session = self._session
        view = await session.read_view()
        return next_rollback_steps(
            RollbackSituation(
                baseline=session.state.baseline,
                changes=self._changes_to_undo(),
                view=view,
                now=session.ports.clock.now(),
                answering=session.observation.answering,
                set_switches=self._set_switches,
                reinjected_scopes=self._reinjected_scopes,
                dial_step=session.plan.rollback.step,
            )
        )

    def _changes_to_undo(self) -> DrillChanges:
        """All; by strategy `deviated`, after a drill that went well, only its faults."""
        state = self._session.state
        went_well = state.stopped is None and not state.deviated
        if state.plan.rollback.strategy == "deviated" and went_well:
            return DrillChanges(faults=state.changes.faults)
        return state.changes

    async def _take_one(self, steps: tuple[DrillAction, ...]) -> bool:
        """Take the first step that can be done; False if none can."""
        for do in steps:
            if describe_instruction(do) not in self._failed and await self._take(do):
                return True
        return False

    async def _take(self, do: DrillAction) -> bool:
        session = self._session
        self._number += 1
        if isinstance(do, SetSwitch):
            self._set_switches.add(do.region)
        step = f"r{self._number}"
        error = await result_or_error(
            run_action(session, step, do, step_budget_s(do), self._why_abort(do))
        )
        if isinstance(error, StepError):
            self._failed[describe_instruction(do)] = error
            return False
        if error is not None:
            why = describe_unexpected_error(error)
            self._failed[describe_instruction(do)] = StepError(step, why)
            session.record(StepFailed(step=step, why=why))
            return False
        if isinstance(do, InjectFault):
            self._reinjected_scopes.add(scope_of_fault(do.fault))
        self._failed.clear()
        self._progress_s = session.now_s()
        if isinstance(do, SetDial) and session.plan.rollback.step < 100:
            await session.ports.clock.sleep(session.plan.rollback.pause_s)
        return True

    def _why_abort(self, do: DrillAction) -> Callable[[], str | None]:
        """Abort when a second signal insists on the end, or a dial's Region becomes unhealthy."""
        session, began_s = self._session, self._session.now_s()
        raises_dial = isinstance(do, SetDial) and not do.lowers

        def why_abort() -> str | None:
            if session.stop.insisted and session.now_s() - began_s >= INSISTED_STEP_S:
                return "a signal (such as Ctrl-C) ended it"
            return current_abort_reason(session, do) if raises_dial else None

        return why_abort

    def _record_held(self, planned: RollbackSteps) -> None:
        """Journal what waits, when it changes."""
        failed = (f"{what}: {error.why}" for what, error in self._failed.items())
        held = (*planned.held, *failed)
        if held == self._held:
            return
        was_waiting, self._held = bool(self._held), held
        self._session.record(RollbackHeld(why="; ".join(held)))
        if not was_waiting and not self._is_hopeless(planned):
            at_most = format_duration(self._session.plan.rollback.hold_s)
            reason = self._session.stop.reason
            stopped_by_tool = reason is not None and reason.cause != "signal"
            ctrl_c = "Ctrl-C" if stopped_by_tool else "a second Ctrl-C"
            self._session.ports.listener.on_note(
                f"the rollback waits, for {at_most} at most; {ctrl_c} ends the waiting"
            )

    def _is_waiting_over(self, planned: RollbackSteps) -> bool:
        session = self._session
        waited_s = session.now_s() - self._progress_s
        too_long = waited_s >= session.plan.rollback.hold_s
        return session.stop.insisted or too_long or self._is_hopeless(planned)

    def _is_hopeless(self, planned: RollbackSteps) -> bool:
        """Whether all that is left fails in the same way whenever it is tried."""
        failed = self._failed.values()
        return bool(failed) and not planned.held and all(error.permanent for error in failed)

    def _has_aborted_call(self) -> bool:
        """True if an action of the method was started and not done."""
        state = self._session.state
        return any(
            isinstance(do, get_args(DrillAction)) and step not in state.done
            for step, do in state.started.items()
            if not step.startswith("r")
        )

    @property
    def why(self) -> str:
        """What could not be put back."""
        return "; ".join(self._held)

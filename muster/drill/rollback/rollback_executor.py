"""The rollback: puts back what was found, one thing after the other, until all of it is.

Decides how long it waits for what can't be put back now, and when it gives up. What comes next is
`rollback`'s decision, made anew from the system as it is before every step.
"""

from collections.abc import Callable

from muster.drill.journal.events import DrillChanges, RollbackHeld, StepFailed
from muster.drill.plan.instructions import (
    ClearFault,
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
from muster.drill.run.session import DrillSession, describe_unexpected_error
from muster.drill.run.step_executor import StepError, current_abort_reason, run_action
from muster.formatting import format_duration
from muster.levers import scope_of_fault

LOOK_AGAIN_S = 1.0
SETTLE_S = 3.0
"""A call that was cut off may still arrive: so long after it the rollback looks once more."""

INSISTED_S = 10.0
"""So long a step may take that nobody wants to wait for: enough for its call."""


class RollbackExecutor:
    """One rollback of a run."""

    def __init__(self, session: DrillSession) -> None:
        """Nothing is put back yet."""
        self._session = session
        self._held: tuple[str, ...] = ()
        self._failed: dict[str, str] = {}
        """Steps in words that failed since something last worked, and why."""
        self._tried: set[str] = set()
        self._again: set[str] = set()
        self._number = sum(step.startswith("r") for step in session.state.begun)
        self._progress_s = session.now_s()

    async def run(self) -> bool:
        """Put back what can be; True when everything is as it was found."""
        if not await self._until_complete():
            return False
        if self._cut_off():
            self._session.ports.listener.note(
                f"a call was cut off, and may still arrive: one more look in {SETTLE_S:g} s"
            )
            await self._session.ports.clock.sleep(SETTLE_S)
            return await self._until_complete()
        return True

    async def _until_complete(self) -> bool:
        while True:
            upcoming = await self._next()
            if upcoming.complete:
                return True
            worked = await self._one_of(upcoming.steps)
            if worked:
                continue
            self._tell(upcoming)
            if self._out_of_patience():
                # What was only waited for, such as DEPLOYED, may have come about.
                return (await self._next()).complete
            await self._session.ports.clock.sleep(LOOK_AGAIN_S)
            self._failed.clear()

    async def _next(self) -> RollbackSteps:
        session = self._session
        view = await session.look()
        return next_rollback_steps(
            RollbackSituation(
                found=session.state.found,
                touched=self._touched(),
                view=view,
                now=session.ports.clock.now(),
                answering=session.observation.answering,
                tried=self._tried,
                again=self._again,
                step=session.plan.rollback.step,
            )
        )

    def _touched(self) -> DrillChanges:
        """What is to be put back: after a drill that went well, maybe only its faults."""
        state = self._session.state
        went_well = state.stopped is None and not state.deviated
        if state.plan.rollback.strategy == "deviated" and went_well:
            return DrillChanges(faults=state.touched.faults)
        return state.touched

    async def _one_of(self, steps: tuple[DrillAction, ...]) -> bool:
        """Take the first step that works; False if none does."""
        for do in steps:
            if describe_instruction(do) not in self._failed and await self._take(do):
                return True
        return False

    async def _take(self, do: DrillAction) -> bool:
        session = self._session
        self._number += 1
        if isinstance(do, SetSwitch):
            self._tried.add(do.region)
        try:
            await run_action(session, f"r{self._number}", do, step_budget_s(do), self._spoils(do))
        except StepError as exc:
            self._failed[describe_instruction(do)] = exc.why
            return False
        except Exception as exc:  # noqa: BLE001 - whatever went wrong, the rest is put back
            self._failed[describe_instruction(do)] = describe_unexpected_error(exc)
            session.record(StepFailed(step=f"r{self._number}", why=describe_unexpected_error(exc)))
            return False
        if isinstance(do, InjectFault):
            self._again.add(scope_of_fault(do.fault))
        self._failed.clear()
        self._progress_s = session.now_s()
        if isinstance(do, SetDial) and session.plan.rollback.step < 100:
            await session.ports.clock.sleep(session.plan.rollback.pause_s)
        return True

    def _spoils(self, do: DrillAction) -> Callable[[], str | None]:
        """What cuts a step off: nobody wants to wait, or the Region of a dial has fallen ill."""
        session, began_s = self._session, self._session.now_s()
        goes_up = isinstance(do, SetDial) and not do.lowers

        def why() -> str | None:
            if session.stop.insisted and session.now_s() - began_s >= INSISTED_S:
                return "nobody wants to wait for it any longer"
            return current_abort_reason(session, do) if goes_up else None

        return why

    def _tell(self, upcoming: RollbackSteps) -> None:
        """Journal what waits, when it changes."""
        failed = (f"{what}: {why}" for what, why in self._failed.items())
        held = (*upcoming.held, *failed)
        if held == self._held:
            return
        waited, self._held = bool(self._held), held
        self._session.record(RollbackHeld(why="; ".join(held)))
        if not waited:
            most = format_duration(self._session.plan.rollback.hold_s)
            reason = self._session.stop.reason
            by_itself = reason is not None and reason.cause != "signal"
            ctrl_c = "Ctrl-C" if by_itself else "a second Ctrl-C"
            self._session.ports.listener.note(
                f"the rollback waits, for {most} at most; {ctrl_c} ends the waiting"
            )

    def _out_of_patience(self) -> bool:
        session = self._session
        waited_s = session.now_s() - self._progress_s
        return session.stop.insisted or waited_s >= session.plan.rollback.hold_s

    def _cut_off(self) -> bool:
        """Whether a call of the method was cut off."""
        state = self._session.state
        return any(
            isinstance(do, SetDial | SetSwitch | InjectFault | ClearFault)
            and step not in state.done
            for step, do in state.begun.items()
            if not step.startswith("r")
        )

    @property
    def why(self) -> str:
        """What could not be put back."""
        return "; ".join(self._held)

"""The runner: takes a run through its phases, one after the other.

The table in `phases` says which phase follows. A request to stop ends an interruptible phase at
once and leads to the rollback. The rollback is not interrupted; a second request makes it stop
waiting. Probes, the watch over stop conditions and the lease's renewal run beside the phases.
"""

import asyncio
from collections.abc import Awaitable

from muster.drill.journal.events import (
    DrillStopped,
    PhaseName,
    PhaseStarted,
    RunClosed,
    RunResumed,
    StopCause,
)
from muster.drill.journal.journal_file import JournalWriter
from muster.drill.journal.run_state import RunState
from muster.drill.run.background import run_in_background
from muster.drill.run.phases import INTERRUPTIBLE_PHASES, NEXT_PHASE, PHASES, PhaseOutcome
from muster.drill.run.ports import DrillPorts
from muster.drill.run.session import DrillSession
from muster.drill.run.stop import StopRequest
from muster.drill.run.unexpected_errors import describe_error, result_or_error
from muster.errors import LeaseHeld, ProbeFailed, UnknownRun


class DrillRunner:
    """Runs a drill from where its journal ends."""

    def __init__(
        self,
        ports: DrillPorts,
        journal: JournalWriter,
        state: RunState,
        stop: StopRequest,
        forced: tuple[str, ...] = (),
    ) -> None:
        """`state` is the journal's so far.

        `forced`: guards that are overridden, beside those of the plan.
        """
        self._session = DrillSession(ports, journal, state, stop, forced)
        self._forced = forced
        self._state = state
        self._stop = stop

    async def run(self) -> RunClosed:
        """Run a new drill."""
        self._session.ports.listener.on_event(self._state.opening)
        return await self._run_phases("preflight")

    async def resume(self) -> RunClosed:
        """Continue where the journal ends. Raises UnknownRun, LeaseHeld."""
        await self._take_over(rollback=False)
        seen = self._state.interferences
        if seen and self._state.stopped is None:  # its process died between the two events
            self._session.record(DrillStopped(cause="interference", why=seen[0].describe()))
        return await self._run_phases("rollback" if self._state.stopped else "preflight")

    async def roll_back(self) -> RunClosed:
        """Put the baseline back. Raises UnknownRun, LeaseHeld."""
        await self._take_over(rollback=True)
        stopped = self._state.stopped
        if stopped is None:
            stopped = DrillStopped(cause="operator", why="rolled back by hand")
            self._session.record(stopped)
        self._stop.request("operator", stopped.why)  # so the first signal ends the waiting
        return await self._run_phases("rollback")

    async def _take_over(self, *, rollback: bool) -> None:
        """Acquire the lease of an unfinished run for this process."""
        if self._state.closed is not None and self._state.finished:
            raise UnknownRun(f"run {self._state.run} is over: {self._state.closed.why}")
        status = await self._session.acquire_lease()
        if status.state in ("held", "unfinished") and "lease" not in self._session.forced:
            raise LeaseHeld(f"another drill has the lease: {status.words}; {status.way_out}")
        process = self._session.ports.process
        self._session.record(
            RunResumed(
                by=process.by,
                host=process.host,
                pid=process.pid,
                boot=process.boot,
                rollback=rollback,
                forced=self._forced,
            )
        )

    async def _run_phases(self, first: PhaseName) -> RunClosed:
        async with asyncio.TaskGroup() as group:
            background = group.create_task(run_in_background(self._session))
            try:
                phase: PhaseName | None = first
                while phase is not None:
                    self._session.record(PhaseStarted(phase=phase))
                    phase = NEXT_PHASE[phase, await self._run_phase(phase)]
            finally:
                background.cancel()
        assert self._state.closed is not None  # noqa: S101 - the last phase has closed it
        return self._state.closed

    async def _run_phase(self, phase: PhaseName) -> PhaseOutcome:
        work = PHASES[phase](self._session)
        if phase not in INTERRUPTIBLE_PHASES:
            return await work
        outcome = await self._run_until_stopped(work)
        if isinstance(outcome, PhaseOutcome):
            return outcome
        self._session.record(outcome)
        unchanged = not self._state.actions_started and (phase, PhaseOutcome.REFUSED) in NEXT_PHASE
        return PhaseOutcome.REFUSED if unchanged else PhaseOutcome.STOPPED

    async def _run_until_stopped(
        self, work: Awaitable[PhaseOutcome]
    ) -> PhaseOutcome | DrillStopped:
        """The phase's outcome, or why it was stopped."""
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(result_or_error(work))
            stopper = group.create_task(self._stop.wait())
            await asyncio.wait({worker, stopper}, return_when=asyncio.FIRST_COMPLETED)
            stopper.cancel()
            worker.cancel()
        if not worker.cancelled():
            result = worker.result()
            return _stopped_by(result) if isinstance(result, Exception) else result
        reason = self._stop.reason
        assert reason is not None  # noqa: S101 - without a request the worker would have ended
        return DrillStopped(cause=reason.cause, why=reason.why)


def _stopped_by(error: Exception) -> DrillStopped:
    cause: StopCause = "probes" if isinstance(error, ProbeFailed) else "step"
    return DrillStopped(cause=cause, why=describe_error(error))

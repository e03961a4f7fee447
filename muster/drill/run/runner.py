"""The runner: a loop over a table of phases.

Decides what follows what, what may be interrupted, and what goes on beside: probes, the watch over
the stop conditions, the lease. A wish to stop ends the phase that is under way at once and leads to
the rollback. A rollback is not interrupted; a second wish makes it stop waiting.
"""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

from muster.drill.journal.events import DrillStopped, PhaseName, PhaseStarted, RunClosed, RunResumed
from muster.drill.journal.journal_file import JournalWriter
from muster.drill.journal.run_state import RunState
from muster.drill.run.phases import PHASES, PhaseOutcome
from muster.drill.run.ports import DrillPorts
from muster.drill.run.session import DrillSession, describe_unexpected_error
from muster.drill.run.stop import StopRequest
from muster.errors import LeaseHeld, MusterError, ProbeFailed, UnknownRun

NEXT_PHASE: dict[tuple[PhaseName, PhaseOutcome], PhaseName | None] = {
    ("preflight", PhaseOutcome.DONE): "steady-state",
    ("preflight", PhaseOutcome.REFUSED): "closing",
    ("preflight", PhaseOutcome.STOPPED): "rollback",
    ("steady-state", PhaseOutcome.DONE): "method",
    ("steady-state", PhaseOutcome.REFUSED): "closing",
    ("steady-state", PhaseOutcome.STOPPED): "rollback",
    ("method", PhaseOutcome.DONE): "targets",
    ("method", PhaseOutcome.REFUSED): "closing",
    ("method", PhaseOutcome.STOPPED): "rollback",
    ("targets", PhaseOutcome.DONE): "rollback",
    ("targets", PhaseOutcome.STOPPED): "rollback",
    ("rollback", PhaseOutcome.DONE): "closing",
    ("rollback", PhaseOutcome.INCOMPLETE): "closing",
    ("closing", PhaseOutcome.DONE): None,
}
"""What follows when a phase has ended so."""

INTERRUPTIBLE_PHASES: frozenset[PhaseName] = frozenset(
    {"preflight", "steady-state", "method", "targets"}
)


class DrillRunner:
    """Takes a run from where its journal is to its end."""

    def __init__(
        self,
        ports: DrillPorts,
        journal: JournalWriter,
        state: RunState,
        stop: StopRequest,
        forced: tuple[str, ...] = (),
    ) -> None:
        """`state` is what the journal means so far; it begins with an opening.

        `forced`: guards that are overridden beside those that the plan names.
        """
        self._session = DrillSession(ports, journal, state, stop, forced)
        self._forced = forced
        self._state = state
        self._stop = stop

    async def run(self) -> RunClosed:
        """A new run, from its beginning."""
        self._session.ports.listener.entry(self._state.opening)
        return await self._go("preflight")

    async def resume(self) -> RunClosed:
        """Go on where the journal ends. Raises RunUnknown, LeaseHeld."""
        await self._take_up(rollback=False)
        return await self._go("rollback" if self._state.stopped else "preflight")

    async def roll_back(self) -> RunClosed:
        """Put back what was found. Raises RunUnknown, LeaseHeld."""
        await self._take_up(rollback=True)
        if self._state.stopped is None:
            self._session.record(DrillStopped(cause="operator", why="rolled back by hand"))
        return await self._go("rollback")

    async def _take_up(self, *, rollback: bool) -> None:
        """Make sure that there is something to do, and that nobody else is at it."""
        if self._state.finished:
            assert self._state.closed is not None  # noqa: S101 - finished means closed
            raise UnknownRun(f"run {self._session.run} is over: {self._state.closed.why}")
        standing = await self._session.take_lease()
        if standing.state in ("held", "unfinished") and "lease" not in self._session.forced:
            raise LeaseHeld(
                f"another drill has the lease: {standing.words}; {standing.way_out}; or override"
                " it (--force lease)"
            )
        who = self._session.ports.who
        self._session.record(
            RunResumed(
                by=who.by,
                host=who.host,
                pid=who.pid,
                boot=who.boot,
                rollback=rollback,
                forced=self._forced,
            )
        )

    async def _go(self, phase: PhaseName) -> RunClosed:
        await self._beside(self._loop(phase))
        assert self._state.closed is not None  # noqa: S101 - the last phase has closed it
        return self._state.closed

    async def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work while probes, watch and lease go on beside it."""
        async with asyncio.TaskGroup() as group:
            beside = group.create_task(self._session.in_background())
            try:
                await work
            finally:
                beside.cancel()

    async def _loop(self, first: PhaseName) -> None:
        phase: PhaseName | None = first
        while phase is not None:
            self._session.record(PhaseStarted(phase=phase))
            event = await self._phase(phase)
            phase = NEXT_PHASE[phase, event]

    async def _phase(self, phase: PhaseName) -> PhaseOutcome:
        work = PHASES[phase](self._session)
        if phase not in INTERRUPTIBLE_PHASES:
            return await work
        came_to = await self._until_stopped(work)
        if isinstance(came_to, PhaseOutcome):
            return came_to
        self._session.record(came_to)
        nothing_done = not self._state.effects and (phase, PhaseOutcome.REFUSED) in NEXT_PHASE
        return PhaseOutcome.REFUSED if nothing_done else PhaseOutcome.STOPPED

    async def _until_stopped(self, work: Awaitable[PhaseOutcome]) -> PhaseOutcome | DrillStopped:
        """What the work came to, or why it was stopped."""
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(_outcome(work))
            stopper = group.create_task(self._stop.wait())
            await asyncio.wait({worker, stopper}, return_when=asyncio.FIRST_COMPLETED)
            stopper.cancel()
            worker.cancel()
        if not worker.cancelled():
            return worker.result()
        reason = self._stop.reason
        assert reason is not None  # noqa: S101 - the worker ends by itself, or is stopped
        return DrillStopped(cause=reason.cause, why=reason.why)


async def _outcome(work: Awaitable[PhaseOutcome]) -> PhaseOutcome | DrillStopped:
    """The event; an error that nobody has foreseen stops the drill too."""
    try:
        return await work
    except ProbeFailed as exc:
        return DrillStopped(cause="probes", why=str(exc))
    except MusterError as exc:
        return DrillStopped(cause="step", why=str(exc))
    except Exception as exc:  # noqa: BLE001 - whatever went wrong, what was changed is put back
        return DrillStopped(cause="step", why=describe_unexpected_error(exc))

"""The runner: a loop over a table of phases.

Decides what follows what, what may be interrupted, and what goes on beside: probes, the watch over
the stop conditions, the lease. A wish to stop ends the phase that is under way at once and leads to
the rollback. A rollback is not interrupted; a second wish makes it stop waiting.
"""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

from muster.drill.entries import Closed, Entered, PhaseName, Resumed, Stopped
from muster.drill.journal import Recorder
from muster.drill.phases import PHASES, Event
from muster.drill.ports import Ports
from muster.drill.session import Session, own_error
from muster.drill.state import RunState
from muster.drill.stop import Stop
from muster.errors import LeaseHeld, MusterError, ProbeFailed, RunUnknown

NEXT: dict[tuple[PhaseName, Event], PhaseName | None] = {
    ("preflight", Event.DONE): "steady-state",
    ("preflight", Event.REFUSED): "closing",
    ("preflight", Event.STOPPED): "rollback",
    ("steady-state", Event.DONE): "method",
    ("steady-state", Event.REFUSED): "closing",
    ("steady-state", Event.STOPPED): "rollback",
    ("method", Event.DONE): "targets",
    ("method", Event.REFUSED): "closing",
    ("method", Event.STOPPED): "rollback",
    ("targets", Event.DONE): "rollback",
    ("targets", Event.STOPPED): "rollback",
    ("rollback", Event.DONE): "closing",
    ("rollback", Event.INCOMPLETE): "closing",
    ("closing", Event.DONE): None,
}
"""What follows when a phase has ended so."""

INTERRUPTIBLE: frozenset[PhaseName] = frozenset({"preflight", "steady-state", "method", "targets"})


class Runner:
    """Takes a run from where its journal is to its end."""

    def __init__(
        self,
        ports: Ports,
        journal: Recorder,
        state: RunState,
        stop: Stop,
        forced: tuple[str, ...] = (),
    ) -> None:
        """`state` is what the journal means so far; it begins with an opening.

        `forced`: guards that are overridden beside those that the plan names.
        """
        self._session = Session(ports, journal, state, stop, forced)
        self._forced = forced
        self._state = state
        self._stop = stop

    async def run(self) -> Closed:
        """A new run, from its beginning."""
        self._session.ports.listener.entry(self._state.opening)
        return await self._go("preflight")

    async def resume(self) -> Closed:
        """Go on where the journal ends. Raises RunUnknown, LeaseHeld."""
        await self._take_up(rollback=False)
        return await self._go("rollback" if self._state.stopped else "preflight")

    async def roll_back(self) -> Closed:
        """Put back what was found. Raises RunUnknown, LeaseHeld."""
        await self._take_up(rollback=True)
        if self._state.stopped is None:
            self._session.record(Stopped(cause="operator", why="rolled back by hand"))
        return await self._go("rollback")

    async def _take_up(self, *, rollback: bool) -> None:
        """Make sure that there is something to do, and that nobody else is at it."""
        if self._state.finished:
            assert self._state.closed is not None  # noqa: S101 - finished means closed
            raise RunUnknown(f"run {self._session.run} is over: {self._state.closed.why}")
        standing = await self._session.take_lease()
        if standing.state in ("held", "unfinished") and "lease" not in self._session.forced:
            raise LeaseHeld(
                f"another drill has the lease: {standing.words}; {standing.way_out}; or override"
                " it (--force lease)"
            )
        who = self._session.ports.who
        self._session.record(
            Resumed(
                by=who.by,
                host=who.host,
                pid=who.pid,
                boot=who.boot,
                rollback=rollback,
                forced=self._forced,
            )
        )

    async def _go(self, phase: PhaseName) -> Closed:
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
            self._session.record(Entered(phase=phase))
            event = await self._phase(phase)
            phase = NEXT[phase, event]

    async def _phase(self, phase: PhaseName) -> Event:
        work = PHASES[phase](self._session)
        if phase not in INTERRUPTIBLE:
            return await work
        came_to = await self._until_stopped(work)
        if isinstance(came_to, Event):
            return came_to
        self._session.record(came_to)
        nothing_done = not self._state.effects and (phase, Event.REFUSED) in NEXT
        return Event.REFUSED if nothing_done else Event.STOPPED

    async def _until_stopped(self, work: Awaitable[Event]) -> Event | Stopped:
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
        return Stopped(cause=reason.cause, why=reason.why)


async def _outcome(work: Awaitable[Event]) -> Event | Stopped:
    """The event; an error that nobody has foreseen stops the drill too."""
    try:
        return await work
    except ProbeFailed as exc:
        return Stopped(cause="probes", why=str(exc))
    except MusterError as exc:
        return Stopped(cause="step", why=str(exc))
    except Exception as exc:  # noqa: BLE001 - whatever went wrong, what was changed is put back
        return Stopped(cause="step", why=own_error(exc))

"""Taking one step: guards, journal before, the lever, retries within the budget, journal after.

Decides what is worth another try and how long to wait for it. What a step does is the lever's.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import assert_never

from muster import durations
from muster.calls import passing
from muster.drill.context import Verdict
from muster.drill.entries import Begun, Done, Failed, Judged, Retried
from muster.drill.guards import judge, ruling, spoilt
from muster.drill.instructions import (
    Clear,
    Drain,
    Effect,
    Expect,
    Hold,
    Inject,
    SetDial,
    SetSwitch,
    range_words,
    value_words,
)
from muster.drill.lease import Standing
from muster.drill.observe import WINDOW_S, in_range
from muster.drill.plan import WITHIN_S, PlannedStep
from muster.drill.session import TICK_S, Session
from muster.errors import AcceleratorBusy, CallFailed, CommandFailed, MusterError
from muster.levers import Fault, side_of
from muster.model import Switch

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
LOOK_AGAIN_S = 1.0
LEAST_REST_S = 1.0
"""A fault that is put back lasts so long at least."""


@dataclass(eq=False)
class StepFailed(Exception):
    """A step could not be taken."""

    step: str
    why: str


@dataclass(eq=False)
class GuardRefused(Exception):
    """A guard did not let a step happen."""

    step: str
    verdicts: tuple[Verdict, ...]

    @property
    def why(self) -> str:
        """The findings that count: what only holds does not, where something refuses."""
        worst = ruling(self.verdicts)
        said = "refuses" if worst == "refuse" else "holds"
        bad = (one for one in self.verdicts if one.ruling == worst)
        return "; ".join(f"{one.guard} {said}: {one.reason}" for one in bad)


async def take(session: Session, step: PlannedStep) -> None:
    """Take one step of the method. Raises StepFailed, GuardRefused."""
    do = step.do
    if isinstance(do, SetDial | SetSwitch | Inject | Clear):
        await _pass_guards(session, step, session.plan.limits.guard_hold_s)
        await effect(session, step.id, do, step.within_s, lambda: spoilt_now(session, do))
        return
    started_s = session.now_s()
    session.record(Begun(step=step.id, do=do))
    match do:
        case Hold(seconds=seconds):
            await session.ports.clock.sleep(seconds)
        case Drain():
            try:
                await _pass_guards(session, step, step.within_s)
            except GuardRefused as exc:
                raise _failed(session, step.id, f"not drained: {exc.why}") from exc
        case Expect():
            await expect(session, step.id, do, step.within_s)
        case _:
            assert_never(do)
    session.record(Done(step=step.id, took_s=session.now_s() - started_s))


def spoilt_now(session: Session, do: Effect) -> str | None:
    """Why a step that is under way must not go on, by the view of last; None: it may."""
    if session.view is None or "last-healthy-region" in session.forced:
        return None
    return spoilt(session.seen(do, session.view, Standing(state="ours")))


async def effect(
    session: Session,
    step: str,
    do: Effect,
    within_s: float,
    spoils: Callable[[], str | None] = lambda: None,
) -> None:
    """Pull a lever, with the journal around it; cut it off when something spoils it.

    Raises StepFailed.
    """
    started_s = session.now_s()
    try:
        session.record(Begun(step=step, do=do), must=not step.startswith("r"))
    except MusterError as exc:
        raise StepFailed(step, str(exc)) from exc
    try:
        async with asyncio.timeout(within_s):
            pulls = _persist(session, step, do, started_s + within_s)
            cut_off = await _unless(session, spoils, pulls)
    except TimeoutError:
        raise _failed(session, step, f"no end within {durations.words(within_s)}") from None
    except MusterError as exc:
        raise _failed(session, step, str(exc)) from exc
    if cut_off is not None:
        raise _failed(session, step, cut_off)
    session.record(Done(step=step, took_s=session.now_s() - started_s))


async def _unless(
    session: Session, spoils: Callable[[], str | None], work: Awaitable[None]
) -> str | None:
    """Do the work; None, or why it was cut off. Raises what the work does."""
    async with asyncio.TaskGroup() as group:
        worker = group.create_task(_error_of(work))
        watcher = group.create_task(_watch(session, spoils))
        await asyncio.wait({worker, watcher}, return_when=asyncio.FIRST_COMPLETED)
        worker.cancel()
        watcher.cancel()
    if worker.cancelled():
        return watcher.result()
    error = worker.result()
    if error is not None:
        raise error
    return None


async def _error_of(work: Awaitable[None]) -> Exception | None:
    try:
        await work
    except Exception as exc:  # noqa: BLE001 - raised again outside of the group
        return exc
    return None


async def _watch(session: Session, spoils: Callable[[], str | None]) -> str:
    """Until something spoils the step; what it is."""
    while (why := spoils()) is None:
        await session.ports.clock.sleep(TICK_S)
    return why


async def expect(session: Session, step: str, do: Expect, within_s: float) -> None:
    """Wait until a measure is in its range. Raises StepFailed with the value seen last."""
    began_s, told = session.now_s(), False
    while True:
        await session.look()
        value = session.value(do)
        if in_range(value, do.low, do.high):
            return
        waited_s = session.now_s() - began_s
        if waited_s >= within_s:
            words = f"{range_words(do)}: not within {durations.words(within_s)}; {_seen(do, value)}"
            raise _failed(session, step, words)
        if not told and step.startswith("h") and (value is not None or waited_s >= WINDOW_S):
            told = True
            waits = f"{step} waits for {range_words(do)} ({_seen(do, value)})"
            session.tell_wait(waits, within_s - waited_s)
        await session.ports.clock.sleep(TICK_S)


def _seen(do: Expect, value: float | None) -> str:
    return "it can't be told" if value is None else f"it is {value_words(do.measure, value)}"


async def _pass_guards(session: Session, step: PlannedStep, hold_s: float) -> None:
    """Until every guard says ok. Raises GuardRefused: at once, or when they hold too long."""
    deadline_s = session.now_s() + hold_s
    told: tuple[tuple[str, str], ...] = ()
    waits = False
    while True:
        view = await session.look()
        if session.found(view):
            await session.take_lease()  # another machine could not put back what it does not say
        verdicts = judge(await session.context(step.do, view), session.forced)
        verdicts += _unfound(session, step)
        rulings = tuple((one.guard, one.ruling) for one in verdicts)
        if rulings != told:  # reasons carry figures that change with every look
            session.record(Judged(step=step.id, verdicts=verdicts))
            told = rulings
        worst = ruling(verdicts)
        if worst == "ok":
            return
        if worst == "refuse" or session.now_s() >= deadline_s:
            raise GuardRefused(step.id, verdicts)
        if not (waits or isinstance(step.do, Drain)):
            waits = True
            session.tell_wait(f"{step.id} waits until its guards pass", hold_s)
        await session.ports.clock.sleep(LOOK_AGAIN_S)


def _unfound(session: Session, step: PlannedStep) -> tuple[Verdict, ...]:
    """Nothing is changed of which it isn't known how it was; no force overrides that."""
    do, found, state = step.do, session.state.found, session.state
    unknown = (
        (isinstance(do, SetDial) and do.region not in found.dials)
        or (isinstance(do, SetSwitch) and do.region not in found.switches)
        or (
            isinstance(do, Inject | Clear)
            and side_of(do.fault) not in {*found.faults, *state.sides}
        )
    )
    reason = "how it is now can't be read, so it could not be put back"
    return (Verdict(guard="telemetry", ruling="hold", reason=reason),) if unknown else ()


async def _persist(session: Session, step: str, do: Effect, deadline_s: float) -> None:
    """Pull a lever again and again, until it works.

    A turned dial may have long until it is deployed; an API that does not answer has not.
    """
    attempt, calls_end_s = 1, min(deadline_s, session.now_s() + WITHIN_S)
    while True:
        try:
            return await _pull(session, do, deadline_s - session.now_s())
        except MusterError as exc:
            longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * math.pow(2, attempt))
            # Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
            pause_s = session.ports.rng.uniform(FIRST_PAUSE_S / 2, longest_s)
            end_s = calls_end_s if isinstance(exc, CallFailed) else deadline_s
            if not transient(exc) or session.now_s() + pause_s >= end_s:
                raise
            session.record(Retried(step=step, attempt=attempt, why=str(exc), wait_s=pause_s))
        await session.ports.clock.sleep(pause_s)
        attempt += 1


def transient(error: MusterError) -> bool:
    """Whether trying again may help."""
    if isinstance(error, CallFailed):
        return passing(error)
    return isinstance(error, AcceleratorBusy | CommandFailed)


async def _pull(session: Session, do: Effect, within_s: float) -> None:
    levers = session.ports.levers
    match do:
        case SetDial(region=region, percent=percent):
            await levers.set_dial(region, percent, within_s=within_s)
        case SetSwitch(region=region):
            await levers.set_switch(region, _switch(session, do), within_s=within_s)
        case Inject():
            await levers.inject(_fault(session, do))
        case Clear(fault=fault):
            await levers.clear(fault)
        case _:
            assert_never(do)


def _fault(session: Session, do: Inject) -> Fault:
    """The fault, with the rest of its time and its owner when it is put back."""
    more: dict[str, float | str] = {"by": do.by} if do.by else {}
    if do.until_epoch_s:
        more["for_s"] = max(LEAST_REST_S, do.until_epoch_s - session.ports.clock.now())
    return replace(do.fault, parameters=do.fault.parameters | more)


def _switch(session: Session, do: SetSwitch) -> Switch:
    ends = do.until_epoch_s
    if do.for_s and not ends:
        ends = session.ports.clock.now() + do.for_s
    return Switch(
        status=do.status,
        by=do.by or session.ports.who.by,
        why=do.why,
        until_epoch_s=ends,
    )


def _failed(session: Session, step: str, why: str) -> StepFailed:
    session.record(Failed(step=step, why=why))
    return StepFailed(step, why)

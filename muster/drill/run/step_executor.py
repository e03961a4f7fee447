"""Taking one step: guards, journal before, the lever, retries within the budget, journal after.

Decides what is worth another try and how long to wait for it. What a step does is the lever's.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import assert_never

from muster.drill.guards.context import GuardVerdict
from muster.drill.guards.evaluation import abort_reason, evaluate_guards, worst_ruling
from muster.drill.journal.events import (
    GuardsEvaluated,
    StepDone,
    StepFailed,
    StepRetried,
    StepStarted,
)
from muster.drill.observation.probe_window import WINDOW_S, is_in_range
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    DrillAction,
    ExpectMeasure,
    InjectFault,
    Pause,
    SetDial,
    SetSwitch,
    format_measure,
    format_range,
)
from muster.drill.plan.model import STEP_BUDGET_S, PlannedStep
from muster.drill.run.lease import LeaseStatus
from muster.drill.run.session import TICK_S, DrillSession
from muster.errors import AcceleratorBusy, CommandFailed, MusterError
from muster.formatting import format_duration
from muster.levers import Fault, scope_of_fault
from muster.model import SwitchSetting
from muster.retry import RetryPolicy, is_transient_call

LOOK_AGAIN_S = 1.0
LEAST_REST_S = 1.0
"""A fault that is put back lasts so long at least."""


@dataclass(eq=False)
class StepError(Exception):
    """A step could not be taken."""

    step: str
    why: str


@dataclass(eq=False)
class GuardRefused(Exception):
    """A guard did not let a step happen."""

    step: str
    verdicts: tuple[GuardVerdict, ...]

    @property
    def why(self) -> str:
        """The findings that count: what only holds does not, where something refuses."""
        worst = worst_ruling(self.verdicts)
        said = "refuses" if worst == "refuse" else "holds"
        bad = (one for one in self.verdicts if one.ruling == worst)
        return "; ".join(f"{one.guard} {said}: {one.reason}" for one in bad)


async def run_step(session: DrillSession, step: PlannedStep) -> None:
    """Take one step of the method. Raises StepFailed, GuardRefused."""
    do = step.do
    if isinstance(do, SetDial | SetSwitch | InjectFault | ClearFault):
        await _pass_guards(session, step, session.plan.limits.guard_hold_s)
        await run_action(
            session, step.id, do, step.within_s, lambda: current_abort_reason(session, do)
        )
        return
    started_s = session.now_s()
    session.record(StepStarted(step=step.id, do=do))
    match do:
        case Pause(seconds=seconds):
            await session.ports.clock.sleep(seconds)
        case DrainWrites():
            try:
                await _pass_guards(session, step, step.within_s)
            except GuardRefused as exc:
                raise _failed(session, step.id, f"not drained: {exc.why}") from exc
        case ExpectMeasure():
            await await_measure(session, step.id, do, step.within_s)
        case _:
            assert_never(do)
    session.record(StepDone(step=step.id, took_s=session.now_s() - started_s))


def current_abort_reason(session: DrillSession, do: DrillAction) -> str | None:
    """Why a step that is under way must not go on, by the view of last; None: it may."""
    if session.view is None or "last-healthy-region" in session.forced:
        return None
    return abort_reason(session.seen(do, session.view, LeaseStatus(state="ours")))


async def run_action(
    session: DrillSession,
    step: str,
    do: DrillAction,
    within_s: float,
    spoils: Callable[[], str | None] = lambda: None,
) -> None:
    """Pull a lever, with the journal around it; cut it off when something spoils it.

    Raises StepFailed.
    """
    started_s = session.now_s()
    try:
        session.record(StepStarted(step=step, do=do), must=not step.startswith("r"))
    except MusterError as exc:
        raise StepError(step, str(exc)) from exc
    try:
        async with asyncio.timeout(within_s):
            work = _retry(session, step, do, within_s)
            cut_off = await _unless(session, spoils, work)
    except TimeoutError:
        raise _failed(session, step, f"no end within {format_duration(within_s)}") from None
    except MusterError as exc:
        raise _failed(session, step, str(exc)) from exc
    if cut_off is not None:
        raise _failed(session, step, cut_off)
    session.record(StepDone(step=step, took_s=session.now_s() - started_s))


async def _unless(
    session: DrillSession, spoils: Callable[[], str | None], work: Awaitable[None]
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


async def _watch(session: DrillSession, spoils: Callable[[], str | None]) -> str:
    """Until something spoils the step; what it is."""
    while (why := spoils()) is None:
        await session.ports.clock.sleep(TICK_S)
    return why


async def await_measure(
    session: DrillSession, step: str, do: ExpectMeasure, within_s: float
) -> None:
    """Wait until a measure is in its range. Raises StepFailed with the value seen last."""
    began_s, told = session.now_s(), False
    while True:
        await session.look()
        value = session.value(do)
        if is_in_range(value, do.low, do.high):
            return
        waited_s = session.now_s() - began_s
        if waited_s >= within_s:
            words = (
                f"{format_range(do)}: not within {format_duration(within_s)}; {_seen(do, value)}"
            )
            raise _failed(session, step, words)
        if not told and step.startswith("h") and (value is not None or waited_s >= WINDOW_S):
            told = True
            waits = f"{step} waits for {format_range(do)} ({_seen(do, value)})"
            session.tell_wait(waits, within_s - waited_s)
        await session.ports.clock.sleep(TICK_S)


def _seen(do: ExpectMeasure, value: float | None) -> str:
    return "it can't be told" if value is None else f"it is {format_measure(do.measure, value)}"


async def _pass_guards(session: DrillSession, step: PlannedStep, hold_s: float) -> None:
    """Until every guard says ok. Raises GuardRefused: at once, or when they hold too long."""
    deadline_s = session.now_s() + hold_s
    told: tuple[tuple[str, str], ...] = ()
    waits = False
    while True:
        view = await session.look()
        if session.found(view):
            await session.take_lease()  # another machine could not put back what it does not say
        verdicts = evaluate_guards(await session.context(step.do, view), session.forced)
        verdicts += _unfound(session, step)
        rulings = tuple((one.guard, one.ruling) for one in verdicts)
        if rulings != told:  # reasons carry figures that change with every look
            session.record(GuardsEvaluated(step=step.id, verdicts=verdicts))
            told = rulings
        worst = worst_ruling(verdicts)
        if worst == "ok":
            return
        if worst == "refuse" or session.now_s() >= deadline_s:
            raise GuardRefused(step.id, verdicts)
        if not (waits or isinstance(step.do, DrainWrites)):
            waits = True
            session.tell_wait(f"{step.id} waits until its guards pass", hold_s)
        await session.ports.clock.sleep(LOOK_AGAIN_S)


def _unfound(session: DrillSession, step: PlannedStep) -> tuple[GuardVerdict, ...]:
    """Nothing is changed of which it isn't known how it was; no force overrides that."""
    do, found, state = step.do, session.state.found, session.state
    unknown = (
        (isinstance(do, SetDial) and do.region not in found.dials)
        or (isinstance(do, SetSwitch) and do.region not in found.switches)
        or (
            isinstance(do, InjectFault | ClearFault)
            and scope_of_fault(do.fault) not in {*found.faults, *state.sides}
        )
    )
    reason = "how it is now can't be read, so it could not be put back"
    return (GuardVerdict(guard="telemetry", ruling="hold", reason=reason),) if unknown else ()


async def _retry(session: DrillSession, step: str, do: DrillAction, within_s: float) -> None:
    """Make the action's change until an attempt succeeds, and journal each retry.

    The accelerator may take long to deploy a dial, so its step has long; AWS has STEP_BUDGET_S to
    answer.
    """
    inject = isinstance(do, InjectFault)
    token = uuid.UUID(int=session.ports.rng.getrandbits(128)).hex if inject else ""

    def journal_retry(number: int, error: MusterError, pause_s: float) -> None:
        session.record(StepRetried(step=step, attempt=number, why=str(error), wait_s=pause_s))

    ports = session.ports
    await RetryPolicy(ports.clock, ports.rng, ports.listener.note).retry(
        lambda left_s: _attempt(session, do, left_s, token),
        within_s=within_s,
        unanswered_s=STEP_BUDGET_S,
        is_worth_retry=is_worth_retry,
        on_retry=journal_retry,
    )


def is_worth_retry(error: MusterError) -> bool:
    """True for transient calls, a busy accelerator and a failed `twin` command."""
    return is_transient_call(error) or isinstance(error, AcceleratorBusy | CommandFailed)


async def _attempt(session: DrillSession, do: DrillAction, within_s: float, token: str) -> None:
    levers = session.ports.levers
    match do:
        case SetDial(region=region, percent=percent):
            await levers.set_dial(region, percent, within_s=within_s)
        case SetSwitch(region=region):
            await levers.set_switch(region, _switch(session, do), within_s=within_s)
        case InjectFault():
            await levers.inject(_fault(session, do), token=token)
        case ClearFault(fault=fault):
            await levers.clear(fault)
        case _:
            assert_never(do)


def _fault(session: DrillSession, do: InjectFault) -> Fault:
    """The fault, with the rest of its time and its owner when it is put back."""
    more: dict[str, float | str] = {"by": do.by} if do.by else {}
    if do.until_epoch_s:
        more["for_s"] = max(LEAST_REST_S, do.until_epoch_s - session.ports.clock.now())
    return replace(do.fault, parameters=do.fault.parameters | more)


def _switch(session: DrillSession, do: SetSwitch) -> SwitchSetting:
    ends = do.until_epoch_s
    if do.for_s and not ends:
        ends = session.ports.clock.now() + do.for_s
    return SwitchSetting(
        status=do.status,
        by=do.by or session.ports.who.by,
        why=do.why,
        until_epoch_s=ends,
    )


def _failed(session: DrillSession, step: str, why: str) -> StepError:
    session.record(StepFailed(step=step, why=why))
    return StepError(step, why)

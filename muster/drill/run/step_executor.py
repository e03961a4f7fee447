"""Execute one step: guards, journal, the change with its retries, journal.

An event before the change says that it may have happened from now on, an event after it that it
has. See muster.retry for the retries.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from muster.drill.guards.context import OWN_LEASE, GuardVerdict
from muster.drill.guards.evaluation import abort_reason, evaluate_guards, worst_ruling
from muster.drill.journal.events import (
    GuardsEvaluated,
    StepDone,
    StepFailed,
    StepRetried,
    StepStarted,
)
from muster.drill.journal.run_state import degraded_region
from muster.drill.observation.probe_window import WINDOW_S, is_in_range
from muster.drill.plan.instructions import (
    AwaitApproval,
    ClearFault,
    DrainWrites,
    DrillAction,
    ExpectMeasure,
    InjectFault,
    Pause,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
    describe_instruction,
    format_measure,
    format_range,
)
from muster.drill.plan.model import STEP_BUDGET_S, PlannedStep
from muster.drill.run.people import await_approval
from muster.drill.run.session import DrillSession
from muster.drill.run.unexpected_errors import result_or_error
from muster.errors import AcceleratorBusy, CommandFailed, MusterError
from muster.formatting import format_duration
from muster.levers import Fault, scope_of_fault
from muster.model import SwitchSetting
from muster.retry import RetryPolicy, is_transient_call

CHECK_EVERY_S = 0.5
"""How often a running step looks for its measure, or for a reason to abort."""
GUARDS_EVERY_S = 1.0
"""How often guards that hold are evaluated again."""
MIN_FAULT_S = 1.0
"""Shortest duration of a fault that a rollback puts back."""


@dataclass(eq=False)
class StepError(Exception):
    """A step failed."""

    step: str
    why: str
    permanent: bool = False
    """It fails in the same way whenever it is tried."""


@dataclass(eq=False)
class GuardRefused(Exception):
    """Guards refused a step, or held it for too long."""

    step: str
    verdicts: tuple[GuardVerdict, ...]

    @property
    def why(self) -> str:
        """The reasons of the worst ruling."""
        worst = worst_ruling(self.verdicts)
        verb = "refuses" if worst == "refuse" else "holds"
        bad = (verdict for verdict in self.verdicts if verdict.ruling == worst)
        return "; ".join(f"{verdict.guard} {verb}: {verdict.reason}" for verdict in bad)


async def run_step(session: DrillSession, step: PlannedStep) -> None:
    """Run one step of the method. Raises StepError, GuardRefused, NotApproved."""
    do = step.do
    if isinstance(do, DrillAction):
        await _await_guards(session, step, session.plan.limits.guard_hold_s)
        await run_action(
            session, step.id, do, step.within_s, lambda: current_abort_reason(session, do)
        )
        return
    started_s = session.now_s()
    session.record(StepStarted(step=step.id, do=do))
    match do:
        case Pause(seconds=seconds):
            await session.ports.clock.sleep(seconds)
        case AwaitApproval():
            await await_approval(session, step, do)
        case DrainWrites():
            try:
                await _await_guards(session, step, step.within_s)
            except GuardRefused as exc:
                raise _fail(session, step.id, f"not drained: {exc.why}") from exc
        case ExpectMeasure():
            await await_measure(session, step.id, do, step.within_s)
        case _:
            assert_never(do)
    session.record(StepDone(step=step.id, took_s=session.now_s() - started_s))


def current_abort_reason(session: DrillSession, do: DrillAction) -> str | None:
    """Reason to abort a running action by the last view, or None."""
    if session.view is None:
        return None
    return abort_reason(session.guard_context(do, session.view, OWN_LEASE), session.forced)


async def run_action(
    session: DrillSession,
    step: str,
    do: DrillAction,
    within_s: float,
    why_abort: Callable[[], str | None] = lambda: None,
) -> None:
    """Journal and make a change; abort it when `why_abort` returns a reason. Raises StepError."""
    started_s = session.now_s()
    lags_s = dict(session.recent_lags_s.get(degraded_region(do) or "", {}))
    try:
        session.record(StepStarted(step=step, do=do, lags_s=lags_s), must=not step.startswith("r"))
    except MusterError as exc:
        raise StepError(step, str(exc)) from exc
    errors: list[str] = []
    try:
        async with asyncio.timeout(within_s):
            work = _retry(session, step, do, within_s, errors.append)
            aborted = await _run_or_abort(session, why_abort, work)
    except TimeoutError:
        why = _with_last(f"no end within {format_duration(within_s)}", errors)
        raise _fail(session, step, why) from None
    except MusterError as exc:
        permanent = isinstance(exc, CommandFailed) and exc.permanent
        raise _fail(session, step, str(exc), permanent=permanent) from exc
    if aborted is not None:
        raise _fail(session, step, _with_last(aborted, errors))
    session.record(StepDone(step=step, took_s=session.now_s() - started_s))


def _with_last(why: str, errors: Sequence[str]) -> str:
    """Why the action has no end, and what its last attempt failed with."""
    return f"{why}; its last attempt: {errors[-1]}" if errors else why


async def _run_or_abort(
    session: DrillSession, why_abort: Callable[[], str | None], work: Awaitable[None]
) -> str | None:
    """Do the work; None, or why it was aborted. Raises the work's error."""
    async with asyncio.TaskGroup() as group:
        worker = group.create_task(result_or_error(work))
        watcher = group.create_task(_wait_for_abort(session, why_abort))
        await asyncio.wait({worker, watcher}, return_when=asyncio.FIRST_COMPLETED)
        worker.cancel()
        watcher.cancel()
    if worker.cancelled():
        return watcher.result()
    error = worker.result()
    if error is not None:
        raise error
    return None


async def _wait_for_abort(session: DrillSession, why_abort: Callable[[], str | None]) -> str:
    while (why := why_abort()) is None:
        await session.ports.clock.sleep(CHECK_EVERY_S)
    return why


async def await_measure(
    session: DrillSession, step: str, do: ExpectMeasure, within_s: float
) -> None:
    """Wait until a measure is in its range. Raises StepError with the last value."""
    began_s, shown = session.now_s(), False
    while True:
        await session.read_view()
        value = session.measure(do)
        # A measure may be met because somebody has interfered: the next view confirms it, or not.
        if is_in_range(value, do.low, do.high) and not session.interference_is_suspected:
            return
        waited_s = session.now_s() - began_s
        value_words = "unknown" if value is None else format_measure(do.measure, value)
        if waited_s >= within_s:
            limit = format_duration(within_s)
            why = f"{format_range(do)}: not within {limit}; it is {value_words}"
            raise _fail(session, step, why)
        if not shown and step.startswith("h") and (value is not None or waited_s >= WINDOW_S):
            shown = True
            waits = f"waits for {format_range(do)} (it is {value_words})"
            session.show_wait(waits, within_s - waited_s)
        await session.ports.clock.sleep(CHECK_EVERY_S)


async def _await_guards(session: DrillSession, step: PlannedStep, hold_s: float) -> None:
    """Wait until every guard says ok. Raises GuardRefused on a refusal, or after `hold_s`."""
    deadline_s = session.now_s() + hold_s
    recorded: tuple[tuple[str, str], ...] = ()
    shown = False
    while True:
        view = await session.read_view()
        if session.record_baseline(view):
            await session.acquire_lease()  # its note must have the new part of the baseline
        context = session.guard_context(step.do, view, await session.read_lease_status())
        verdicts = evaluate_guards(context, session.forced)
        verdicts += _unknown_baseline(session, step)
        rulings = tuple((verdict.guard, verdict.ruling) for verdict in verdicts)
        if rulings != recorded:  # reasons have figures that change each time
            session.record(GuardsEvaluated(step=step.id, verdicts=verdicts))
            recorded = rulings
        worst = worst_ruling(verdicts)
        if worst == "ok" and not session.interference_is_suspected:
            return
        if worst == "refuse" or (worst == "hold" and session.now_s() >= deadline_s):
            raise GuardRefused(step.id, verdicts)
        if worst == "hold" and not (shown or isinstance(step.do, DrainWrites)):
            shown = True
            session.show_wait(
                f"{describe_instruction(step.do)} waits until its guards pass", hold_s
            )
        await session.ports.clock.sleep(GUARDS_EVERY_S)


def _unknown_baseline(session: DrillSession, step: PlannedStep) -> tuple[GuardVerdict, ...]:
    """A hold, which nothing overrides, while the baseline of what the step changes is unknown."""
    do, baseline = step.do, session.state.baseline
    known_scopes = {*baseline.faults, *session.state.changes.scopes}
    unknown = (
        (isinstance(do, SetDial) and do.region not in baseline.dials)
        or (isinstance(do, SetSwitch) and do.region not in baseline.switches)
        or (isinstance(do, SetWeight) and do.region not in baseline.weights)
        or (isinstance(do, SetInverted) and do.region not in baseline.inversions)
        or (
            isinstance(do, InjectFault | ClearFault)
            and scope_of_fault(do.fault) not in known_scopes
        )
    )
    reason = "how it is now can't be read, so it could not be put back"
    return (GuardVerdict(guard="telemetry", ruling="hold", reason=reason),) if unknown else ()


async def _retry(
    session: DrillSession,
    step: str,
    do: DrillAction,
    within_s: float,
    on_error: Callable[[str], None],
) -> None:
    """Make the action's change until an attempt succeeds, and journal each retry.

    The accelerator may take long to deploy a dial, so its step has long; AWS has STEP_BUDGET_S to
    answer.
    """
    ports = session.ports
    injects = isinstance(do, InjectFault)
    token = uuid.UUID(int=ports.rng.getrandbits(128)).hex if injects else ""

    def journal_retry(number: int, error: MusterError, pause_s: float) -> None:
        on_error(str(error))
        session.record(StepRetried(step=step, attempt=number, why=str(error), wait_s=pause_s))

    await RetryPolicy(ports.clock, ports.rng, ports.listener.on_note).retry(
        lambda left_s: _attempt(session, do, left_s, token),
        within_s=within_s,
        unanswered_s=lambda _error: STEP_BUDGET_S,
        is_worth_retry=is_worth_retry,
        on_retry=journal_retry,
    )


def is_worth_retry(error: MusterError) -> bool:
    """True for transient calls, a busy accelerator and a failed `twin` command."""
    if isinstance(error, CommandFailed):
        return not error.permanent
    return is_transient_call(error) or isinstance(error, AcceleratorBusy)


async def _attempt(session: DrillSession, do: DrillAction, within_s: float, token: str) -> None:
    levers = session.ports.levers
    match do:
        case SetDial(region=region, percent=percent):
            await levers.set_dial(region, percent, within_s=within_s)
        case SetSwitch(region=region):
            await levers.set_switch(region, _switch_setting(session, do), within_s=within_s)
        case SetWeight(region=region, weight=weight):
            await levers.set_weight(region, weight, within_s=within_s)
        case SetInverted(region=region, inverted=inverted):
            await levers.set_inverted(region, inverted, within_s=within_s)
        case InjectFault():
            await levers.inject(_fault_to_inject(session, do), token=token)
        case ClearFault(fault=fault):
            await levers.clear(fault)
        case _:
            assert_never(do)


def _fault_to_inject(session: DrillSession, do: InjectFault) -> Fault:
    """The fault; one of the baseline gets the rest of its time and its owner."""
    parameters: dict[str, float | str] = {"by": do.by} if do.by else {}
    if do.until_epoch_s:
        parameters["for_s"] = max(MIN_FAULT_S, do.until_epoch_s - session.ports.clock.now())
    return replace(do.fault, parameters=do.fault.parameters | parameters)


def _switch_setting(session: DrillSession, do: SetSwitch) -> SwitchSetting:
    until = do.until_epoch_s
    if do.for_s and not until:
        until = session.ports.clock.now() + do.for_s
    return SwitchSetting(
        status=do.status,
        by=do.by or session.ports.process.by,
        why=do.why,
        until_epoch_s=until,
    )


def _fail(session: DrillSession, step: str, why: str, *, permanent: bool = False) -> StepError:
    session.record(StepFailed(step=step, why=why))
    return StepError(step, why, permanent)

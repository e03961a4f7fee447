"""The phases of a run: their order, what each one does, and how it may end.

NEXT_PHASE is the order: the phase that follows a phase with an outcome. A drill that has changed
something always reaches the rollback; one that has changed nothing goes straight to the closing.
Another process may begin any phase anew: it leaves out the steps that the journal has as done.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from enum import StrEnum

from muster.drill.guards.context import GuardContext, GuardVerdict
from muster.drill.guards.evaluation import worst_ruling
from muster.drill.guards.preflight import evaluate_steps
from muster.drill.journal.events import (
    DrillStopped,
    GuardsEvaluated,
    PhaseName,
    RollbackGaveUp,
    SteadyStateDeviated,
)
from muster.drill.observation.interference import CONFIRM_AFTER_S
from muster.drill.plan.instructions import ExpectMeasure, Pause
from muster.drill.plan.model import PlannedStep
from muster.drill.rollback.rollback_executor import RollbackExecutor
from muster.drill.run.lease import RENEW_EVERY_S, Lease
from muster.drill.run.people import CHECK_EVERY_S, NotApproved
from muster.drill.run.session import DrillSession
from muster.drill.run.step_executor import GuardRefused, StepError, await_measure, run_step
from muster.errors import MusterError
from muster.levers import describe_active_fault


class PhaseOutcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    """Nothing was changed, and nothing will be."""
    STOPPED = "stopped"
    """What was changed must be put back."""
    INCOMPLETE = "incomplete"
    """Not everything could be put back."""


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

INTERRUPTIBLE_PHASES: frozenset[PhaseName] = frozenset(
    {"preflight", "steady-state", "method", "targets"}
)
"""A request to stop ends these at once."""

ROLLBACK_HERE_S = 300.0
"""How long a drill waits for the end of another one of this machine, whose lease it took over."""
ROLLBACK_ELSEWHERE_S = 2 * RENEW_EVERY_S
"""The same of another machine, whose end is not seen: it notices when it renews its lease."""

PhaseFunction = Callable[[DrillSession], Awaitable[PhaseOutcome]]


async def run_preflight(session: DrillSession) -> PhaseOutcome:
    """Take the lease, record the baseline, evaluate the guards of all steps."""
    # The lease comes first: until then another drill may be rolling back. One that is to be taken
    # from another drill comes last: a drill that is refused must not have stopped that one.
    takes_over = "lease" in session.forced
    lease = await (session.peek_lease() if takes_over else session.acquire_lease())
    displaced = lease.lease if takes_over and lease.state == "held" else None
    view = await session.read_view()
    # What another drill has changed is no baseline: that one puts it back.
    if displaced is None and session.record_baseline(view) and lease.state == "ours":
        lease = await session.acquire_lease()
    now = session.guard_context(Pause(seconds=0.0), view, lease)
    for fault in now.foreign_faults:
        session.note(f"{describe_active_fault(fault, now.now)}, and is not this drill's")
    if refused := _judge_steps(session, now):
        return _stop_refused(session, refused)
    if takes_over:
        lease = await session.acquire_lease()
    if displaced is not None and lease.state == "ours":
        await _follow_displaced(session, displaced)
    if lease.state == "unknown" and not takes_over:
        session.note(f"the lease could not be taken {lease.words}; it is tried before each step")
    return PhaseOutcome.DONE


def _judge_steps(session: DrillSession, now: GuardContext) -> GuardRefused | None:
    """Journal what the guards say of all steps that are left, up to the first refusal."""
    judged: list[tuple[PlannedStep, tuple[GuardVerdict, ...]]] = []
    refused = None
    for step, verdicts in evaluate_steps(session.state.remaining_steps, now, session.forced):
        judged.append((step, verdicts))
        if worst_ruling(verdicts) == "refuse":
            refused = GuardRefused(step.id, verdicts)
            break
    recorded: set[GuardVerdict] = set()
    for step, verdicts in judged:
        # The same finding about ten steps is journaled once. What is overridden is journaled with
        # the refusal, if there is one: nothing is overridden then.
        told = (
            recorded if refused is None or step.id == refused.step else recorded | _forced(verdicts)
        )
        if news := tuple(verdict for verdict in verdicts if verdict not in told):
            session.record(GuardsEvaluated(step=step.id, verdicts=news))
        recorded.update(news)
    return refused


def _forced(verdicts: Iterable[GuardVerdict]) -> set[GuardVerdict]:
    return {verdict for verdict in verdicts if verdict.forced}


async def _follow_displaced(session: DrillSession, other: Lease) -> None:
    """Let the drill whose lease was taken over roll back, and record the baseline after that."""
    session.expect_rollback_of(other)
    run = f"run {other.run}"
    session.note(
        f"this drill has taken over the lease of {run} by {other.by} on {other.host}, which stops"
        " for that and rolls back"
    )
    is_here = session.ports.lease.local_state(other) == "at-work"
    within_s = ROLLBACK_HERE_S if is_here else ROLLBACK_ELSEWHERE_S
    session.show_wait(f"waits for the rollback of {run}", within_s)
    deadline_s = session.now_s() + within_s
    while session.now_s() < deadline_s:
        if is_here and session.ports.lease.local_state(other) != "at-work":
            break
        await session.ports.clock.sleep(CHECK_EVERY_S)
    else:
        if is_here:
            session.note(f"{run} is still at work: what it puts back makes this drill void")
    session.record_baseline(await session.read_view())
    await session.acquire_lease()


async def run_steady_state(session: DrillSession) -> PhaseOutcome:
    """Start the probes, and see the steady state before anything is changed.

    Each measure comes into its range first; after the watch all of them must be there together.
    """
    began_s = session.now_s()
    await session.start_probing()
    if session.state.actions_started:
        # A run that is resumed amid its method has no steady state, and no time to lose.
        return PhaseOutcome.DONE
    for step in session.plan.hypothesis:
        try:
            await run_step(session, step)
        except StepError as exc:
            return _stop_unsteady(session, step, exc)
    seen_s = session.now_s() - began_s
    await session.ports.clock.sleep(max(0.0, session.plan.limits.steady_s - seen_s))
    async for step, deviation in _find_deviations(session):
        return _stop_unsteady(session, step, deviation)
    return PhaseOutcome.DONE


async def run_method(session: DrillSession) -> PhaseOutcome:
    """Take every step that is not done."""
    for step in session.state.remaining_steps:
        try:
            await run_step(session, step)
        except StepError as exc:
            return _stop(session, DrillStopped(cause="step", why=_with_step(step, exc.why)))
        except GuardRefused as exc:
            return _stop_refused(session, exc)
        except NotApproved as exc:
            why = _with_step(step, exc.why)
            return _stop(session, DrillStopped(cause="not-approved", why=why))
    return PhaseOutcome.DONE


async def run_targets(session: DrillSession) -> PhaseOutcome:
    """See the steady state again. A hypothesis that does not hold any more has deviated."""
    await session.ports.clock.sleep(session.plan.limits.steady_s)
    async for step, deviation in _find_deviations(session):
        session.record(SteadyStateDeviated(step=step.id, why=_with_step(step, deviation.why)))
    return PhaseOutcome.DONE


async def run_rollback(session: DrillSession) -> PhaseOutcome:
    """Put the baseline back."""
    executor = RollbackExecutor(session)
    if await executor.run():
        return PhaseOutcome.DONE
    session.record(RollbackGaveUp(why=executor.why))
    return PhaseOutcome.INCOMPLETE


async def run_closing(session: DrillSession) -> PhaseOutcome:
    """Read the written items once more, make the result, release the lease."""
    session.stop.too_late = True
    try:
        await session.ports.probes.finish()
    except MusterError as exc:
        session.note(f"not every written item was read once more: {exc}")
    if session.state.stopped and session.state.actions_started:
        await _see_deployment(session)
    session.show()  # the system as the drill leaves it is shown last
    for remark in session.ports.probes.remarks:
        session.note(remark)
    closed = session.ports.make_result(session.state)
    lease = session.ports.lease
    removed = closed.status == "incomplete" or await lease.release(session.state.run)
    # Without a lease of ours, the one that is there is another drill's.
    if not removed and (lease.may_be_held or session.state.actions_started):
        session.note(
            "the lease could not be removed in every Region; should it still be there later,"
            " muster drill rollback --from-lease removes it"
        )
    session.record(closed)
    return PhaseOutcome.DONE


PHASES: dict[PhaseName, PhaseFunction] = {
    "preflight": run_preflight,
    "steady-state": run_steady_state,
    "method": run_method,
    "targets": run_targets,
    "rollback": run_rollback,
    "closing": run_closing,
}


async def _see_deployment(session: DrillSession) -> None:
    """Journal a deployment that no two views have shown yet: it may be why the drill stopped."""
    await session.read_view()
    if session.deployment_is_suspected:
        await session.ports.clock.sleep(CONFIRM_AFTER_S)
        await session.read_view()


async def _find_deviations(session: DrillSession) -> AsyncIterator[tuple[PlannedStep, StepError]]:
    """The measures of the hypothesis that do not come into their range in their time."""
    for step in session.plan.hypothesis:
        try:
            if isinstance(step.do, ExpectMeasure):
                await await_measure(session, step.id, step.do, step.within_s)
        except StepError as exc:
            yield step, exc


def _stop_unsteady(session: DrillSession, step: PlannedStep, exc: StepError) -> PhaseOutcome:
    why = f"no steady state to begin with ({step.activity}): {exc.why}"
    return _stop(session, DrillStopped(cause="hypothesis", why=why))


def _stop_refused(session: DrillSession, refused: GuardRefused) -> PhaseOutcome:
    step = next((one for one in session.plan.steps if one.id == refused.step), None)
    why = _with_step(step, refused.why) if step else refused.why
    return _stop(session, DrillStopped(cause="guard", why=why))


def _stop(session: DrillSession, stopped: DrillStopped) -> PhaseOutcome:
    session.record(stopped)
    return PhaseOutcome.STOPPED if session.state.actions_started else PhaseOutcome.REFUSED


def _with_step(step: PlannedStep, why: str) -> str:
    return f"step {step.id} ({step.activity}): {why}"

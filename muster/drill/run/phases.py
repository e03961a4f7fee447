"""The phases of a run: what each one does, and how it may end.

Decides nothing about their order; that is the table in `execute`. Every phase may be begun anew by
another process: it leaves out what the journal says is done.
"""

from collections.abc import Awaitable, Callable
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
from muster.drill.plan.instructions import ExpectMeasure, Pause
from muster.drill.plan.model import PlannedStep
from muster.drill.rollback.rollback_executor import RollbackExecutor
from muster.drill.run.session import DrillSession
from muster.drill.run.step_executor import GuardRefused, StepError, await_measure, run_step
from muster.errors import MusterError
from muster.levers import describe_active_fault


class PhaseOutcome(StrEnum):
    """How a phase ended."""

    DONE = "done"
    REFUSED = "refused"
    """Nothing was changed, and nothing is to be."""
    STOPPED = "stopped"
    """What was changed is to be put back."""
    INCOMPLETE = "incomplete"
    """Not everything could be put back."""


PhaseFunction = Callable[[DrillSession], Awaitable[PhaseOutcome]]


async def preflight(session: DrillSession) -> PhaseOutcome:
    """Take the lease, note what is found, judge every step as the plan foresees the system."""
    # First the lease: until then another drill may be putting things back.
    standing = await session.take_lease()
    view = await session.look()
    if session.found(view) and standing.state == "ours":
        standing = await session.take_lease()
    now = GuardContext(
        do=Pause(seconds=0.0),
        view=view,
        limits=session.plan.limits,
        lease=standing.state,
        lease_words=standing.words,
        lease_way_out=standing.way_out,
        broken=session.state.broken,
        faults=session.state.touched.faults,
        found=session.state.found.standing,
        at=session.ports.clock.now(),
        recent_lags_s=session.recent_lags_s,
    )
    for other in now.others:
        session.note(f"{describe_active_fault(other, now.at)}, and is not this drill's")
    told: set[GuardVerdict] = set()
    for step, verdicts in evaluate_steps(session.state.left, now, session.forced):
        # The same finding about ten steps is told once.
        if news := tuple(one for one in verdicts if one not in told):
            session.record(GuardsEvaluated(step=step.id, verdicts=news))
        told.update(verdicts)
        if worst_ruling(verdicts) == "refuse":
            return _stopped(session, GuardRefused(step.id, verdicts))
    if standing.state == "unknown" and "lease" not in session.forced:
        session.note(f"the lease could not be taken {standing.words}; it is tried before each step")
    return PhaseOutcome.DONE


async def steady_state(session: DrillSession) -> PhaseOutcome:
    """Begin to probe, and see the steady state before anything is changed."""
    began_s = session.now_s()
    await session.start_probing()
    if session.state.effects:
        # Taken up again in its midst, a run has no steady state to begin with, nor time to lose.
        return PhaseOutcome.DONE
    for step in session.plan.hypothesis:
        try:
            await run_step(session, step)
        except StepError as exc:
            why = f"no steady state to begin with ({step.activity}): {exc.why}"
            return _end(session, DrillStopped(cause="hypothesis", why=why))
    seen_s = session.now_s() - began_s
    await session.ports.clock.sleep(max(0.0, session.plan.limits.steady_s - seen_s))
    return PhaseOutcome.DONE


async def method(session: DrillSession) -> PhaseOutcome:
    """Take every step that was not taken yet."""
    for step in session.state.left:
        try:
            await run_step(session, step)
        except StepError as exc:
            return _end(session, DrillStopped(cause="step", why=_named(step, exc.why)))
        except GuardRefused as exc:
            return _stopped(session, exc)
    return PhaseOutcome.DONE


async def targets(session: DrillSession) -> PhaseOutcome:
    """See the steady state again: a hypothesis that does not hold any more has deviated."""
    await session.ports.clock.sleep(session.plan.limits.steady_s)
    for step in session.plan.hypothesis:
        try:
            if isinstance(step.do, ExpectMeasure):
                await await_measure(session, step.id, step.do, step.within_s)
        except StepError as exc:
            session.record(SteadyStateDeviated(step=step.id, why=_named(step, exc.why)))
    return PhaseOutcome.DONE


async def rollback(session: DrillSession) -> PhaseOutcome:
    """Put back what was found."""
    undo = RollbackExecutor(session)
    if await undo.run():
        return PhaseOutcome.DONE
    session.record(RollbackGaveUp(why=undo.why))
    return PhaseOutcome.INCOMPLETE


async def closing(session: DrillSession) -> PhaseOutcome:
    """Read what was written, make the numbers, give the lease back."""
    session.stop.too_late = True
    try:
        await session.ports.probing.finish()
    except MusterError as exc:
        session.note(f"not every written item was read once more: {exc}")
    session.show()  # the last that is seen is how it was left, not how it was a while before
    for remark in session.ports.probing.remarks:
        session.note(remark)
    closed = session.ports.judge(session.state)
    if closed.status != "incomplete" and not await session.ports.leasing.give_back(session.run):
        session.note(
            "the lease could not be removed in every Region; should it still be there later,"
            " muster drill rollback --from-lease removes it"
        )
    session.record(closed)
    return PhaseOutcome.DONE


PHASES: dict[PhaseName, PhaseFunction] = {
    "preflight": preflight,
    "steady-state": steady_state,
    "method": method,
    "targets": targets,
    "rollback": rollback,
    "closing": closing,
}


def _stopped(session: DrillSession, refused: GuardRefused) -> PhaseOutcome:
    step = next((one for one in session.plan.steps if one.id == refused.step), None)
    why = _named(step, refused.why) if step else refused.why
    return _end(session, DrillStopped(cause="guard", why=why))


def _end(session: DrillSession, stopped: DrillStopped) -> PhaseOutcome:
    session.record(stopped)
    return PhaseOutcome.STOPPED if session.state.effects else PhaseOutcome.REFUSED


def _named(step: PlannedStep, why: str) -> str:
    return f"step {step.id} ({step.activity}): {why}"

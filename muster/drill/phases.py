"""The phases of a run: what each one does, and how it may end.

Decides nothing about their order; that is the table in `execute`. Every phase may be begun anew by
another process: it leaves out what the journal says is done.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum

from muster.drill import foresee
from muster.drill.context import Context, Verdict
from muster.drill.entries import Deviated, GaveUp, Judged, PhaseName, Stopped
from muster.drill.guards import ruling
from muster.drill.instructions import Expect, Hold
from muster.drill.plan import PlannedStep
from muster.drill.session import Session
from muster.drill.taking import GuardRefused, StepFailed, expect, take
from muster.drill.undo import Undo
from muster.errors import MusterError
from muster.levers import stands


class Event(StrEnum):
    """How a phase ended."""

    DONE = "done"
    REFUSED = "refused"
    """Nothing was changed, and nothing is to be."""
    STOPPED = "stopped"
    """What was changed is to be put back."""
    INCOMPLETE = "incomplete"
    """Not everything could be put back."""


Phase = Callable[[Session], Awaitable[Event]]


async def preflight(session: Session) -> Event:
    """Take the lease, note what is found, judge every step as the plan foresees the system."""
    # First the lease: until then another drill may be putting things back.
    standing = await session.take_lease()
    view = await session.look()
    if session.found(view) and standing.state == "ours":
        standing = await session.take_lease()
    now = Context(
        do=Hold(seconds=0.0),
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
        session.note(f"{stands(other, now.at)}, and is not this drill's")
    told: set[Verdict] = set()
    for step, verdicts in foresee.verdicts(session.state.left, now, session.forced):
        # The same finding about ten steps is told once.
        if news := tuple(one for one in verdicts if one not in told):
            session.record(Judged(step=step.id, verdicts=news))
        told.update(verdicts)
        if ruling(verdicts) == "refuse":
            return _stopped(session, GuardRefused(step.id, verdicts))
    if standing.state == "unknown" and "lease" not in session.forced:
        session.note(f"the lease could not be taken {standing.words}; it is tried before each step")
    return Event.DONE


async def steady_state(session: Session) -> Event:
    """Begin to probe, and see the steady state before anything is changed."""
    began_s = session.now_s()
    await session.start_probing()
    if session.state.effects:
        # Taken up again in its midst, a run has no steady state to begin with, nor time to lose.
        return Event.DONE
    for step in session.plan.hypothesis:
        try:
            await take(session, step)
        except StepFailed as exc:
            why = f"no steady state to begin with ({step.activity}): {exc.why}"
            return _end(session, Stopped(cause="hypothesis", why=why))
    seen_s = session.now_s() - began_s
    await session.ports.clock.sleep(max(0.0, session.plan.limits.steady_s - seen_s))
    return Event.DONE


async def method(session: Session) -> Event:
    """Take every step that was not taken yet."""
    for step in session.state.left:
        try:
            await take(session, step)
        except StepFailed as exc:
            return _end(session, Stopped(cause="step", why=_named(step, exc.why)))
        except GuardRefused as exc:
            return _stopped(session, exc)
    return Event.DONE


async def targets(session: Session) -> Event:
    """See the steady state again: a hypothesis that does not hold any more has deviated."""
    await session.ports.clock.sleep(session.plan.limits.steady_s)
    for step in session.plan.hypothesis:
        try:
            if isinstance(step.do, Expect):
                await expect(session, step.id, step.do, step.within_s)
        except StepFailed as exc:
            session.record(Deviated(step=step.id, why=_named(step, exc.why)))
    return Event.DONE


async def rollback(session: Session) -> Event:
    """Put back what was found."""
    undo = Undo(session)
    if await undo.run():
        return Event.DONE
    session.record(GaveUp(why=undo.why))
    return Event.INCOMPLETE


async def closing(session: Session) -> Event:
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
    return Event.DONE


PHASES: dict[PhaseName, Phase] = {
    "preflight": preflight,
    "steady-state": steady_state,
    "method": method,
    "targets": targets,
    "rollback": rollback,
    "closing": closing,
}


def _stopped(session: Session, refused: GuardRefused) -> Event:
    step = next((one for one in session.plan.steps if one.id == refused.step), None)
    why = _named(step, refused.why) if step else refused.why
    return _end(session, Stopped(cause="guard", why=why))


def _end(session: Session, stopped: Stopped) -> Event:
    session.record(stopped)
    return Event.STOPPED if session.state.effects else Event.REFUSED


def _named(step: PlannedStep, why: str) -> str:
    return f"step {step.id} ({step.activity}): {why}"

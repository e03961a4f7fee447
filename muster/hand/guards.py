"""What the guards say about a change by hand: the drills' own rules, with few exceptions.

Unknown never counts as good: what only holds a drill's step refuses a change by hand, since nobody
looks again. Pure.
"""

from collections.abc import Iterable

from muster.drill.guards.context import GuardContext, GuardVerdict
from muster.drill.guards.evaluation import FINAL_GUARDS, evaluate_guards
from muster.drill.guards.region_health import region_degraded_by
from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import ClearFault, InjectFault, Instruction, SetDial
from muster.drill.run.lease import LeaseStatus
from muster.hand.names import HAND_GUARDS
from muster.levers import Fault
from muster.limits import Limits
from muster.model import SystemView


def hand_context(
    do: Instruction,
    view: SystemView,
    limits: Limits,
    lease: LeaseStatus,
    *,
    answering: frozenset[str] = frozenset(),
    now: float,
) -> GuardContext:
    """What the guards judge a change by hand by.

    `answering`: Regions whose function answers a health check well. A fault that is injected once
    more is no fault of another origin.
    """
    repeated = _repeated_fault(do, view)
    return GuardContext(
        do=do,
        view=view,
        limits=limits,
        lease=lease,
        answering=answering,
        answering_dns=answering,
        faults=repeated,
        broken={fault.region for fault in repeated if fault.region},
        now=now,
    )


def judge_change(context: GuardContext, forced: Iterable[str] = ()) -> tuple[GuardVerdict, ...]:
    """The verdicts of the guards that apply to a change by hand."""
    return tuple(
        verdict
        for verdict in evaluate_guards(context, forced)
        if verdict.guard in HAND_GUARDS and _applies(verdict.guard, context)
    )


def objections(verdicts: Iterable[GuardVerdict]) -> tuple[GuardVerdict, ...]:
    """The verdicts that refuse the change."""
    return tuple(verdict for verdict in verdicts if verdict.ruling != "ok")


def format_objections(verdicts: Iterable[GuardVerdict]) -> list[str]:
    """A line for each objection, with the option that overrides it."""
    return [
        f"guard {verdict.guard} refuses: {verdict.reason}{_describe_option(verdict)}"
        for verdict in objections(verdicts)
    ]


def _describe_option(verdict: GuardVerdict) -> str:
    if verdict.guard in FINAL_GUARDS and verdict.ruling == "refuse":
        return "; nothing overrides that"
    return f" (--force {verdict.guard})"


def _applies(guard: str, context: GuardContext) -> bool:
    do, view = context.do, context.view
    match guard:
        case "lease":
            return True
        case "standing-fault":
            # By hand, faults of every origin are cleared.
            return not isinstance(do, ClearFault)
        case "telemetry":
            # To take traffic from a Region that can't be seen is what an emergency asks for.
            return isinstance(do, InjectFault) or region_degraded_by(do, view) is None
        case _:
            return not _is_there(do, view)


def _is_there(do: Instruction, view: SystemView) -> bool:
    """True if a dial is to be turned to where it is."""
    if not isinstance(do, SetDial):
        return False
    seen = view.regions.get(do.region)
    if seen is None or seen.dial is None:
        return False
    return abs(seen.dial - do.percent) <= DIAL_EPSILON


def _repeated_fault(do: Instruction, view: SystemView) -> tuple[Fault, ...]:
    """The fault that is to be injected, if the same one is active."""
    if not isinstance(do, InjectFault):
        return ()
    same = (do.fault.kind, do.fault.region)
    active = {(fault.kind, fault.region) for fault in view.faults or ()}
    return (do.fault,) if same in active else ()

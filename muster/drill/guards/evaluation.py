"""All guards in one table, and their evaluation before and during a step.

A guard says ok, hold or refuse, with a reason. A step is taken when every guard that applies to it
says ok. What can't be read never counts as good, so missing telemetry holds. Pure.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from muster.drill.guards.context import GuardContext, GuardFinding, GuardRuling, GuardVerdict
from muster.drill.guards.dial_rules import (
    check_accelerator_deployed,
    check_all_dials_zero,
    check_dial_floor,
    check_dial_step,
)
from muster.drill.guards.dns_rules import (
    check_broken_inversion,
    check_last_healthy_record,
    check_route53_reachable,
)
from muster.drill.guards.precondition_rules import (
    check_active_faults,
    check_alarms,
    check_lease,
    check_outputs,
    check_telemetry,
)
from muster.drill.guards.refuge_rules import (
    check_capacity,
    check_last_healthy_region,
    check_unhealthy_region,
)
from muster.drill.guards.region_health import DEGRADING_FAULTS, region_health
from muster.drill.guards.replication_rules import check_drained, check_replication_lag
from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    DrillAction,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)


def is_action(do: Instruction) -> bool:
    return isinstance(do, DrillAction)


def turns_dial(do: Instruction) -> bool:
    return isinstance(do, SetDial)


def may_degrade(do: Instruction) -> bool:
    """True if it takes traffic or capacity from a Region in some state of the system."""
    match do:
        case SetDial() | SetWeight() | SetSwitch(status="fail") | SetInverted(inverted=True):
            return True
        case InjectFault(fault=fault):
            return fault.kind in DEGRADING_FAULTS
        case _:
            return False


def may_evacuate(do: Instruction) -> bool:
    """True if it may empty a Region that works."""
    return may_degrade(do) and not isinstance(do, InjectFault)


def adds_risk(do: Instruction) -> bool:
    """True for all actions but those that put something right."""
    match do:
        case ClearFault() | SetSwitch(status="auto") | SetInverted(inverted=False):
            return False
        case _:
            return is_action(do)


def changes_dns(do: Instruction) -> bool:
    return isinstance(do, SetWeight | SetInverted)


def is_fault_action(do: Instruction) -> bool:
    return isinstance(do, InjectFault | ClearFault)


def may_send_traffic(do: Instruction) -> bool:
    """True if it may send traffic to a Region that did not have it."""
    return turns_dial(do) or (isinstance(do, SetSwitch) and do.status == "pass")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A named rule."""

    name: str
    why: str
    """What it makes sure of."""
    applies: Callable[[Instruction], bool]
    check: Callable[[GuardContext], GuardFinding]
    is_final: bool = False
    """Nothing overrides its refusal, since the lever refuses too."""


GUARDS: tuple[Guard, ...] = (
    Guard(
        name="lease",
        why="no other drill is under way",
        applies=is_action,
        check=check_lease,
    ),
    Guard(
        name="telemetry",
        why="the Region that is acted on can be seen",
        applies=adds_risk,
        check=check_telemetry,
    ),
    Guard(
        name="outputs",
        why="the outputs are those of the newest deployment",
        applies=adds_risk,
        check=check_outputs,
    ),
    Guard(
        name="standing-fault",
        why="no fault of another origin is measured, ended, or met by traffic that moves",
        applies=lambda do: is_fault_action(do) or may_degrade(do),
        check=check_active_faults,
    ),
    Guard(
        name="last-healthy-region",
        why="another Region is healthy by switch, health and dial",
        applies=may_degrade,
        check=check_last_healthy_region,
    ),
    Guard(
        name="all-dials-zero",
        why="one dial at least stays above 0",
        applies=turns_dial,
        check=check_all_dials_zero,
        is_final=True,
    ),
    Guard(
        name="dial-floor",
        why="no dial is turned below the floor",
        applies=turns_dial,
        check=check_dial_floor,
    ),
    Guard(
        name="dial-step",
        why="no dial is turned further than the largest step",
        applies=turns_dial,
        check=check_dial_step,
    ),
    Guard(
        name="accelerator-deployed",
        why="the accelerator has no change under way",
        applies=turns_dial,
        check=check_accelerator_deployed,
    ),
    Guard(
        name="route53-reachable",
        why="the API that changes records and health checks answers",
        applies=changes_dns,
        check=check_route53_reachable,
    ),
    Guard(
        name="last-healthy-record",
        why="another Region's record in DNS is healthy, with a weight above 0",
        applies=may_degrade,
        check=check_last_healthy_record,
    ),
    Guard(
        name="broken-inversion",
        why="no health check is inverted that fails already",
        applies=changes_dns,
        check=check_broken_inversion,
    ),
    Guard(
        name="unhealthy-region",
        why="no traffic is sent to a Region that is unhealthy now",
        applies=may_send_traffic,
        check=check_unhealthy_region,
    ),
    Guard(
        name="replication-lag",
        why="writes leave the Region in time before it is evacuated",
        applies=may_evacuate,
        check=check_replication_lag,
    ),
    Guard(
        name="drained",
        why="an emptied Region had time to hand over its last writes",
        applies=lambda do: isinstance(do, DrainWrites),
        check=check_drained,
    ),
    Guard(
        name="capacity",
        why="what remains can carry the load seen now",
        applies=may_degrade,
        check=check_capacity,
    ),
    Guard(
        name="alarms",
        why="none of the watched alarms is in ALARM",
        applies=adds_risk,
        check=check_alarms,
    ),
)


FINAL_GUARDS = frozenset(guard.name for guard in GUARDS if guard.is_final)


def guards_for(do: Instruction) -> tuple[str, ...]:
    """Names of the guards that apply to a step."""
    return tuple(guard.name for guard in GUARDS if guard.applies(do))


def evaluate_guards(context: GuardContext, forced: Iterable[str] = ()) -> tuple[GuardVerdict, ...]:
    """The verdicts on a step. A forced guard's reason is kept, and its ruling is ok.

    The refusal of a guard that is final stays.
    """
    overridden = frozenset(forced)
    return tuple(
        _evaluate(guard, context, forced=guard.name in overridden)
        for guard in GUARDS
        if guard.applies(context.do)
    )


def _evaluate(guard: Guard, context: GuardContext, *, forced: bool) -> GuardVerdict:
    finding = guard.check(context)
    is_final = guard.is_final and finding.ruling == "refuse"
    overrides = forced and finding.ruling != "ok" and not is_final
    return GuardVerdict(
        guard=guard.name,
        ruling="ok" if overrides else finding.ruling,
        reason=finding.reason,
        forced=overrides,
    )


def worst_ruling(verdicts: Iterable[GuardVerdict]) -> GuardRuling:
    rulings = {verdict.ruling for verdict in verdicts}
    return "refuse" if "refuse" in rulings else "hold" if "hold" in rulings else "ok"


def abort_reason(context: GuardContext, forced: Iterable[str] = ()) -> str | None:
    """Reason to abort a running step, or None. Called while it runs, after its guards passed.

    A call may be retried for minutes, and by then another Region may have become unhealthy. Only
    what is known to be bad aborts a step, and only while the step has something left to do. What a
    forced guard finds aborts nothing.
    """
    for name, check in (
        ("last-healthy-region", check_last_healthy_region),
        ("last-healthy-record", check_last_healthy_record),
    ):
        finding = check(context)
        if finding.ruling == "refuse" and name not in forced:
            return f"{name} refuses by now: {finding.reason}"
    do = context.do
    seen = context.view.regions.get(do.region) if isinstance(do, SetDial) else None
    if not isinstance(do, SetDial) or seen is None or seen.dial is None:
        return None
    raises = do.percent > seen.dial + DIAL_EPSILON
    is_unhealthy = region_health(context.view, do.region, context.answering) == "unhealthy"
    if raises and is_unhealthy and "unhealthy-region" not in forced:
        return f"{do.region} is unhealthy by now: no traffic is sent there"
    return None

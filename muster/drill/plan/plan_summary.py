"""Sum a plan up for its reader: rough durations, the rollback in words, and notes.

Builds text only; executes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping

from common.aws import GLOBAL_ACCELERATOR_REGION
from muster.drill.guards.region_health import active_faults_at, region_degraded_by
from muster.drill.plan.changes import collect_changes
from muster.drill.plan.instructions import (
    DrainWrites,
    ExpectMeasure,
    InjectFault,
    Instruction,
    Pause,
    SetDial,
    SetSwitch,
)
from muster.drill.plan.model import PlannedStep
from muster.formatting import format_dial
from muster.levers import describe_fault, scope_of_fault
from muster.model import SystemView

# Rough figures for a person who plans; nothing is decided by them. AWS documents none.
DIAL_S, SWITCH_S, FAULT_S, EXPECT_S, LAG_S = 5.0, 30.0, 5.0, 10.0, 1.0


def estimate_s(instruction: Instruction, lags_s: Mapping[str, float]) -> float:
    """Rough duration of an instruction; `lags_s`: known replication lags by Region."""
    match instruction:
        case Pause(seconds=seconds):
            return seconds
        case SetDial():
            return DIAL_S
        case SetSwitch():
            return SWITCH_S
        case ExpectMeasure():
            return EXPECT_S
        case DrainWrites(region=region, factor=factor):
            return factor * lags_s.get(region, LAG_S)
        case _:
            return FAULT_S


def known_lags(view: SystemView) -> dict[str, float]:
    """Known replication lags in seconds by Region."""
    lags = {name: region.replication_lag_s for name, region in view.regions.items()}
    return {name: lag_s for name, lag_s in lags.items() if lag_s is not None}


def describe_rollback(steps: Iterable[PlannedStep], view: SystemView) -> Iterator[str]:
    """What a rollback would put back, in its order."""
    changes = collect_changes(step.do for step in steps)
    for fault in changes.faults:
        active = active_faults_at(view, scope_of_fault(fault))
        if active:
            yield f"the fault {describe_fault(active[0])}, as it is found"
        else:
            yield f"end the fault {describe_fault(fault)}"
    injected = {scope_of_fault(fault) for fault in changes.faults}
    for scope in dict.fromkeys(scope_of_fault(fault) for fault in changes.cleared):
        if scope not in injected:
            for found in active_faults_at(view, scope) or ():
                yield f"the fault {describe_fault(found)}, as it is found"
    for region in changes.switches:
        seen = view.regions.get(region)
        status = str(seen.switch.status) if seen and seen.switch else "what is found"
        yield f"health switch of {region} to {status}"
    for region in changes.dials:
        seen = view.regions.get(region)
        dial = format_dial(seen.dial) if seen and seen.dial is not None else "what is found"
        yield f"dial of {region} to {dial}, once it is healthy"


def plan_notes(
    steps: Iterable[PlannedStep], view: SystemView, forced: Iterable[str]
) -> Iterator[str]:
    """What the operator should know before the drill."""
    turned = {step.do.region for step in steps if isinstance(step.do, SetDial)}
    if GLOBAL_ACCELERATOR_REGION in turned:
        yield (
            f"dials are turned through an API that lives in {GLOBAL_ACCELERATOR_REGION}: in a real"
            " outage of that Region it may not answer; then use evacuate-by-health"
        )
    if turned and view.accelerator_status is None:
        yield "the accelerator's API does not answer now, so no dial can be turned; use the switch"
    if turned:
        yield "while dials are turned, use pulumi up --refresh, or the update may put them back"
    injections = (step.do for step in steps if isinstance(step.do, InjectFault))
    degraded = {region for do in injections if (region := region_degraded_by(do, view)) is not None}
    if degraded:
        yield f"users of {', '.join(sorted(degraded))} will see errors"
    for fault in view.faults or ():
        yield (
            f"{describe_fault(fault)} is active, and is not this drill's: it affects what is"
            " measured"
        )
    if view.faults is None or view.faults_unread:
        scopes = ", ".join(view.faults_unread) or "the whole system"
        yield f"active faults can't be read: {scopes}"
    for name in forced:
        yield f"guard {name} is overridden (--force): its findings are kept in the journal"

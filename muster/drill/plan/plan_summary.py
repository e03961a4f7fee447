"""What a plan leads to, in words and rough figures, for the person who decides about it.

Decides what a rollback of it would put back and what its reader should know. Nothing is executed by
these words. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping

from common.aws import GLOBAL_ACCELERATOR_REGION
from muster.drill.guards.context import active_faults_at, region_degraded_by
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    ExpectMeasure,
    InjectFault,
    Instruction,
    Pause,
    SetDial,
    SetSwitch,
)
from muster.drill.plan.model import PlannedStep
from muster.levers import describe_fault, scope_of_fault
from muster.model import SystemView
from muster.parsers import format_dial

# Rough figures for a person who plans; nothing is decided by them. AWS documents none.
DIAL_S, SWITCH_S, FAULT_S, EXPECT_S, LAG_S = 5.0, 30.0, 5.0, 10.0, 1.0


def estimate_s(instruction: Instruction, lags_s: Mapping[str, float]) -> float:
    """How long an instruction takes, very roughly."""
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
    """The replication lags that are known, in seconds by Region."""
    found = {name: one.replication_lag_s for name, one in view.regions.items()}
    return {name: lag for name, lag in found.items() if lag is not None}


def describe_rollback(steps: Iterable[PlannedStep], view: SystemView) -> Iterator[str]:
    """What a rollback would put back, each thing once, in the order of a rollback."""
    effects = [step.do for step in steps]
    faults = {repr(do.fault): do.fault for do in effects if isinstance(do, InjectFault)}
    for fault in faults.values():
        there = active_faults_at(view, scope_of_fault(fault))
        if there:
            yield f"the fault {describe_fault(there[0])}, as it is found"
        else:
            yield f"end the fault {describe_fault(fault)}"
    cleared = {scope_of_fault(do.fault): do.fault for do in effects if isinstance(do, ClearFault)}
    for place in cleared.keys() - {scope_of_fault(fault) for fault in faults.values()}:
        for standing in active_faults_at(view, place) or ():
            yield f"the fault {describe_fault(standing)}, as it is found"
    for region in dict.fromkeys(do.region for do in effects if isinstance(do, SetSwitch)):
        seen = view.regions.get(region)
        found = str(seen.switch.status) if seen and seen.switch else "what is found"
        yield f"health switch of {region} to {found}"
    for region in dict.fromkeys(do.region for do in effects if isinstance(do, SetDial)):
        seen = view.regions.get(region)
        was = format_dial(seen.dial) if seen and seen.dial is not None else "what is found"
        yield f"dial of {region} to {was}, once it is healthy"


def plan_notes(
    steps: Iterable[PlannedStep], view: SystemView, forced: Iterable[str]
) -> Iterator[str]:
    """What whoever runs it should know."""
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
    broken = {
        region_degraded_by(step.do, view) for step in steps if isinstance(step.do, InjectFault)
    } - {None}
    if broken:
        yield f"users of {', '.join(sorted(str(region) for region in broken))} will see errors"
    for one in view.faults or ():
        yield (
            f"{describe_fault(one)} stands, and is not this drill's: what is measured is of it"
            f" as well"
        )
    if view.faults is None or view.faults_unread:
        sides = ", ".join(view.faults_unread) or "all of the system"
        yield f"it can't be read whether a fault stands: {sides}"
    for name in forced:
        yield f"guard {name} is overridden (--force): its findings are kept in the journal"

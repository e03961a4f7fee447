"""Rough duration of putting a system back as a drill found it, for a person who waits. Pure."""

import math
from collections.abc import Iterable

from muster.drill.plan.changes import DrillBaseline, is_same_fault
from muster.drill.plan.instructions import (
    ClearFault,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.drill.plan.model import RollbackPolicy
from muster.drill.plan.plan_summary import ABOUT_S


def estimate_rollback_s(
    policy: RollbackPolicy,
    done: Iterable[Instruction],
    baseline: DrillBaseline,
    *,
    only_faults: bool = False,
) -> float:
    """Rough duration of restoring the baseline after these instructions."""
    last: dict[tuple[type, str], Instruction] = {}
    faults: list[InjectFault] = []
    for do in done:
        match do:
            case InjectFault():
                faults.append(do)
            case ClearFault(fault=fault):
                faults = [one for one in faults if not is_same_fault(one.fault, fault)]
            case SetDial() | SetSwitch() | SetWeight() | SetInverted():
                last[type(do), do.region] = do
            case _:
                pass
    settings = () if only_faults else tuple(last.values())
    return sum(_restore_s(policy, do, baseline) for do in (*settings, *faults))


def _restore_s(policy: RollbackPolicy, do: Instruction, baseline: DrillBaseline) -> float:
    about_s = ABOUT_S[type(do)]
    match do:
        case SetDial(region=region, percent=percent):
            distance = abs(baseline.dials.get(region, 100.0) - percent)
            turns = math.ceil(distance / policy.step)
            return turns * about_s + max(0, turns - 1) * policy.pause_s
        case SetSwitch(region=region, status=status):
            found = baseline.switches.get(region)
            return 0.0 if status == (found.status if found else "auto") else about_s
        case SetWeight(region=region, weight=weight):
            return 0.0 if weight == baseline.weights.get(region) else about_s
        case SetInverted(region=region, inverted=inverted):
            return 0.0 if inverted == baseline.inversions.get(region, False) else about_s
        case _:
            return about_s

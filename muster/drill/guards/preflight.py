"""Judging all steps before the first one, by the system as it would be by then.

Decides what a step changes as far as the guards of later steps need it: dials, switches and faults.
A guard that holds now may let the step pass later; one that refuses now ends the matter. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from muster.drill.guards.context import GuardContext, GuardVerdict
from muster.drill.guards.evaluation import evaluate_guards
from muster.drill.journal.run_state import is_same_fault
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    InjectFault,
    Instruction,
    SetDial,
    SetSwitch,
)
from muster.drill.plan.model import PlannedStep
from muster.levers import Fault
from muster.model import SwitchSetting, SystemView


def evaluate_steps(
    steps: Iterable[PlannedStep], now: GuardContext, forced: Iterable[str] = ()
) -> Iterator[tuple[PlannedStep, tuple[GuardVerdict, ...]]]:
    """Each guarded step with what the guards say. `now` holds everything but the steps."""
    overridden = tuple(forced)
    view, faults = now.view, now.faults
    for step in steps:
        if step.guards and not isinstance(step.do, DrainWrites):  # which waits for what is to come
            yield (
                step,
                evaluate_guards(replace(now, do=step.do, view=view, faults=faults), overridden),
            )
        view, faults = view_after(view, step.do), faults_after(faults, step.do)


def faults_after(faults: tuple[Fault, ...], do: Instruction) -> tuple[Fault, ...]:
    """The faults that stand when the step is taken."""
    match do:
        case InjectFault(fault=fault):
            return (*faults, fault)
        case ClearFault(fault=fault):
            return tuple(one for one in faults if not is_same_fault(one, fault))
        case _:
            return faults


def view_after(view: SystemView, do: Instruction) -> SystemView:
    """The view with the step taken."""
    match do:
        case SetDial(region=region, percent=percent) if region in view.regions:
            changed = replace(view.regions[region], dial=percent)
        case SetSwitch(region=region, status=status) if region in view.regions:
            changed = replace(view.regions[region], switch=SwitchSetting(status=status))
        case _:
            return view
    return replace(view, regions={**view.regions, changed.region: changed})

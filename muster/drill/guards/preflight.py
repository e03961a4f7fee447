"""Preflight: evaluate every step's guards against the predicted state, before the first step.

A guard that holds now may let the step pass later; one that refuses now ends the drill. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from muster.drill.guards.context import GuardContext, GuardVerdict
from muster.drill.guards.evaluation import evaluate_guards
from muster.drill.plan.changes import DrillChanges
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.drill.plan.model import PlannedStep
from muster.levers import Fault
from muster.model import SwitchSetting, SystemView


def evaluate_steps(
    steps: Iterable[PlannedStep], now: GuardContext, forced: Iterable[str] = ()
) -> Iterator[tuple[PlannedStep, tuple[GuardVerdict, ...]]]:
    """Each guarded step with its verdicts. `now`: the present, with any instruction."""
    forced = tuple(forced)
    context = now
    for step in steps:
        context = replace(context, do=step.do)
        if step.guards and not isinstance(step.do, DrainWrites):  # its lags are not known yet
            yield step, evaluate_guards(context, forced)
        context = replace(
            context,
            view=view_after(context.view, step.do),
            faults=faults_after(context.faults, step.do),
        )


def faults_after(faults: tuple[Fault, ...], do: Instruction) -> tuple[Fault, ...]:
    """The drill's uncleared faults once the step is done."""
    match do:
        case InjectFault():
            return DrillChanges(faults=faults).with_instruction(do).faults
        case ClearFault(fault=fault):
            return DrillChanges(faults=faults).without_fault(fault).faults
        case _:
            return faults


def view_after(view: SystemView, do: Instruction) -> SystemView:
    """The view once the step is done."""
    match do:
        case SetDial(region=region, percent=percent) if region in view.regions:
            changed = replace(view.regions[region], dial=percent)
        case SetSwitch(region=region, status=status) if region in view.regions:
            changed = replace(view.regions[region], switch=SwitchSetting(status=status))
        case SetWeight(region=region, weight=weight):
            return _with_record(view, region, weight=weight)
        case SetInverted(region=region, inverted=inverted):
            return _with_record(view, region, inverted=inverted)
        case _:
            return view
    return replace(view, regions={**view.regions, changed.region: changed})


def _with_record(
    view: SystemView, region: str, *, weight: int | None = None, inverted: bool | None = None
) -> SystemView:
    """The view with a changed record; unchanged where records can't be read."""
    record = (view.dns or {}).get(region)
    if view.dns is None or record is None:
        return view
    changed = replace(
        record,
        weight=record.weight if weight is None else weight,
        inverted=record.inverted if inverted is None else inverted,
    )
    return replace(view, dns={**view.dns, region: changed})

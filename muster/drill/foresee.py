"""Judging all steps before the first one, by the system as it would be by then.

Decides what a step changes as far as the guards of later steps need it: dials, switches and faults.
A guard that holds now may let the step pass later; one that refuses now ends the matter. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from muster.drill.context import Context, Verdict
from muster.drill.guards import judge
from muster.drill.instructions import Clear, Drain, Inject, Instruction, SetDial, SetSwitch
from muster.drill.plan import PlannedStep
from muster.drill.state import same
from muster.levers import Fault
from muster.model import Switch, SystemView


def verdicts(
    steps: Iterable[PlannedStep], now: Context, forced: Iterable[str] = ()
) -> Iterator[tuple[PlannedStep, tuple[Verdict, ...]]]:
    """Each guarded step with what the guards say. `now` holds everything but the steps."""
    overridden = tuple(forced)
    view, faults = now.view, now.faults
    for step in steps:
        if step.guards and not isinstance(step.do, Drain):  # which waits for what is to come
            yield step, judge(replace(now, do=step.do, view=view, faults=faults), overridden)
        view, faults = after(view, step.do), standing(faults, step.do)


def standing(faults: tuple[Fault, ...], do: Instruction) -> tuple[Fault, ...]:
    """The faults that stand when the step is taken."""
    match do:
        case Inject(fault=fault):
            return (*faults, fault)
        case Clear(fault=fault):
            return tuple(one for one in faults if not same(one, fault))
        case _:
            return faults


def after(view: SystemView, do: Instruction) -> SystemView:
    """The view with the step taken."""
    match do:
        case SetDial(region=region, percent=percent) if region in view.regions:
            changed = replace(view.regions[region], dial=percent)
        case SetSwitch(region=region, status=status) if region in view.regions:
            changed = replace(view.regions[region], switch=Switch(status=status))
        case _:
            return view
    return replace(view, regions={**view.regions, changed.region: changed})

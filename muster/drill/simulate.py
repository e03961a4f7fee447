"""How the system would look after a step, as far as a plan can foresee it.

Decides only what the guards of later steps need in preflight: dials and switches. Pure.
"""

from dataclasses import replace

from muster.drill.instructions import Instruction, SetDial, SetSwitch
from muster.model import Switch, SystemView


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

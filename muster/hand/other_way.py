"""What still takes a Region's traffic away when a lever's control plane is silent, if it is safe.

The health switch needs no control plane. It is offered only where the guards would let it
pass. Pure.
"""

from collections.abc import Iterable

from muster.drill.guards.context import GuardVerdict
from muster.drill.plan.instructions import (
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.hand.guards import objections


def switch_instead(do: Instruction) -> SetSwitch | None:
    """The health switch that empties the Region of a change; None if that is not what it is for."""
    match do:
        case SetDial(region=region, percent=percent) if percent < 100:
            return SetSwitch(region=region, status="fail")
        case SetWeight(region=region, weight=0) | SetInverted(region=region, inverted=True):
            return SetSwitch(region=region, status="fail")
        case _:
            return None


def describe_other_way(switch: SetSwitch, verdicts: Iterable[GuardVerdict]) -> str:
    """Offers the switch, or says why it is as wrong; `verdicts` are those about it."""
    reasons = [verdict.reason for verdict in objections(verdicts)]
    if reasons:
        return f"the health switch of {switch.region} is no way out: {'; '.join(reasons)}"
    return f"`muster health {switch.region} fail` empties the Region without it"

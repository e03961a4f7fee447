"""What is offered where a control plane is silent."""

import pytest

from muster.drill.guards.context import GuardVerdict
from muster.drill.plan.instructions import (
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.hand.other_way import describe_other_way, switch_instead

OFF = SetSwitch(region="us-west-2", status="fail")


@pytest.mark.parametrize(
    ("do", "switch"),
    [
        (SetDial(region="us-west-2", percent=50), OFF),
        (SetDial(region="us-west-2", percent=100), None),
        (SetWeight(region="us-west-2", weight=0), OFF),
        (SetWeight(region="us-west-2", weight=10), None),
        (SetInverted(region="us-west-2", inverted=True), OFF),
        (SetInverted(region="us-west-2", inverted=False), None),
        (OFF, None),
    ],
)
def test_the_switch_stands_in_for_what_takes_traffic_away(
    do: Instruction, switch: SetSwitch | None
) -> None:
    assert switch_instead(do) == switch


def test_a_switch_is_offered_only_where_no_guard_objects() -> None:
    fine = GuardVerdict(guard="lease", ruling="ok", reason="")
    unknown = GuardVerdict(guard="last-healthy-region", ruling="hold", reason="nobody knows")

    assert describe_other_way(OFF, [fine]).startswith("`muster health us-west-2 fail` empties")
    assert describe_other_way(OFF, [fine, unknown]) == (
        "the health switch of us-west-2 is no way out: nobody knows"
    )

"""What a drill changes, and the baseline."""

from muster.drill.plan.changes import DrillBaseline, DrillChanges, collect_changes
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    InjectFault,
    Instruction,
    Pause,
    SetDial,
    SetSwitch,
)
from muster.levers import Fault
from muster.model import ActiveFault, SwitchSetting
from tests.unit.muster.drill.builders import AWAY, HOME


def test_the_first_reading_of_the_baseline_counts() -> None:
    first = DrillBaseline(dials={AWAY: 60.0})

    later = first.merge(DrillBaseline(dials={AWAY: 10.0}, switches={AWAY: SwitchSetting()}))

    assert later == DrillBaseline(dials={AWAY: 60.0}, switches={AWAY: SwitchSetting()})


def test_changes_are_collected_once_each() -> None:
    throttle = Fault(kind="throttle", region=AWAY)
    instructions: tuple[Instruction, ...] = (
        SetDial(region=AWAY, percent=50.0),
        SetDial(region=AWAY, percent=0.0),
        SetSwitch(region=HOME, status="fail"),
        InjectFault(fault=throttle),
        ClearFault(fault=throttle),
        Pause(seconds=1.0),
        DrainWrites(region=HOME),
    )

    changes = collect_changes(instructions)

    assert changes == DrillChanges(
        dials=(AWAY,), switches=(HOME,), faults=(throttle,), cleared=(throttle,)
    )
    assert changes.scopes == (f"function of {AWAY}",)


def test_a_cleared_fault_is_left_out_whatever_its_parameters_are() -> None:
    slow = Fault(kind="network-slow", region=AWAY, parameters={"delay_ms": 9.0})
    other = Fault(kind="network-slow", region=HOME)
    changes = DrillChanges(faults=(slow, other))

    cleared = changes.without_fault(Fault(kind="network-slow", region=AWAY))

    assert cleared == DrillChanges(faults=(other,))


def test_a_baseline_has_the_active_faults_of_all_scopes() -> None:
    slow = ActiveFault(kind="network-slow", region=AWAY)
    throttle = ActiveFault(kind="throttle", region=HOME)
    faults = {"network of us-west-2": (slow,), "edge": (), "function of eu-central-1": (throttle,)}

    assert DrillBaseline(faults=faults).active_faults == (slow, throttle)

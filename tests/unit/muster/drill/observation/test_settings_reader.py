"""What people and drills change, read from a view."""

from typing import get_args

from muster.drill.observation.settings_reader import read_settings
from muster.drill.plan.changes import DrillBaseline
from muster.levers import Fault, fault_scope
from muster.levers.interface import FaultKind
from muster.model import ActiveFault, SwitchSetting
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_record_view,
    build_region_view,
    build_two_door_view,
    build_view,
)


def test_everything_that_could_be_read_is_in_it() -> None:
    pause = ActiveFault(kind="replication-pause", region=AWAY)
    view = build_two_door_view(build_record_view(AWAY, weight=7, inverted=True), faults=(pause,))

    found = read_settings(view)

    assert found.dials == {HOME: 100.0, AWAY: 100.0}
    assert found.switches == {HOME: SwitchSetting(), AWAY: SwitchSetting()}
    assert found.weights == {HOME: 100, AWAY: 7}
    assert found.inversions == {HOME: False, AWAY: True}
    assert found.faults[f"replication of {AWAY}"] == (pause,)


def test_every_scope_that_a_drill_can_break_is_in_it() -> None:
    faults = (Fault(kind=kind, region=HOME) for kind in get_args(FaultKind))
    scopes = {
        fault_scope(fault.kind, None if fault.kind == "control-stop" else HOME) for fault in faults
    }

    assert scopes <= read_settings(build_view()).faults.keys()


def test_what_could_not_be_read_is_left_out() -> None:
    blind = build_view(
        build_region_view(AWAY, dial=None, switch=None), faults=None, accelerator_status=None
    )

    assert read_settings(blind) == DrillBaseline()

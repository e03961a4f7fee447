"""The work of one process on a run: measures, baseline, lease and journal."""

from muster.drill.plan.instructions import ExpectMeasure
from muster.drill.plan.model import StopCondition
from muster.drill.run.session import DrillSession
from muster.drill.run.stop import StopRequest
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan, build_region_view, build_view
from tests.unit.muster.drill.fake_system import FakeSystem, MemoryJournal, build_ports, open_state
from tests.unit.muster.drill.virtual_time import VirtualClock

FAR = "ap-southeast-1"


def test_an_expected_lag_must_be_known_in_every_direction() -> None:
    """A stop condition goes by what is known: the rest can only be worse."""
    clock = VirtualClock()
    state = open_state(build_plan("replication-pause"))
    session = DrillSession(
        build_ports(FakeSystem(), clock), MemoryJournal([], clock), state, StopRequest()
    )
    session.view = build_view(
        build_region_view(HOME), build_region_view(AWAY, lags_s={FAR: None}), build_region_view(FAR)
    )

    assert session.measure(ExpectMeasure(measure="replication-lag", high=5.0)) is None
    assert session.measure(ExpectMeasure(measure="replication-lag", region=HOME, high=5.0)) == 0.5
    assert session.measure(StopCondition(measure="replication-lag", above=5.0)) == 0.5

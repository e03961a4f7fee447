"""What runs beside the phases: the watch over stop conditions, and the lease's renewal."""

from dataclasses import replace
from itertools import groupby

import pytest

from muster.drill.journal.events import DrillStopped
from muster.drill.observation.probe_window import Observation
from muster.model import SystemView
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.drill.fake_system import FakeProbes, FakeSystem, NullListener
from tests.unit.muster.drill.run.builders import Drill, make_short_plan
from tests.virtual_time import VirtualClock


def test_a_stop_condition_stops_the_drill() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))

    def fail_requests(changed: FakeSystem) -> None:
        changed.error_share = 0.5 if changed.dials[AWAY] == 50 else 0.0

    system.on_change = fail_requests
    closed = drill.run()

    assert closed.status == "stopped"
    assert "error-rate above 5 %" in closed.why
    assert system.dials[AWAY] == 100


def test_before_the_method_the_hypothesis_decides_and_no_stop_condition() -> None:
    drill = Drill(FakeSystem(error_share=0.5), make_short_plan("evacuate"))

    drill.run()

    (stopped,) = (e.event for e in drill.journal_lines() if isinstance(e.event, DrillStopped))
    assert stopped.cause == "hypothesis"


def test_the_system_is_shown_and_kept_while_a_drill_runs() -> None:
    drill = Drill(FakeSystem(), make_short_plan("evacuate"))
    kept: list[float | None] = []
    shown: list[float | None] = []

    class Listener(NullListener):
        def on_observation(self, observation: Observation, view: SystemView | None) -> None:
            shown.extend([view.regions[AWAY].dial] if view else [])

    drill.ports["keep_snapshot"] = lambda _observation, view: kept.append(view.regions[AWAY].dial)
    drill.ports["listener"] = Listener()
    drill.run()

    for dials in (kept, shown):
        assert [dial for dial, _ in groupby(dials)][:3] == [100.0, 50.0, 0.0]


def test_an_unexpected_error_beside_the_phases_stops_the_drill_and_rolls_back() -> None:
    system = FakeSystem()
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))

    def keep_snapshot(_observation: object, view: SystemView) -> None:
        if view.regions[AWAY].dial == 50:
            raise ZeroDivisionError("no snapshot")

    drill.ports["keep_snapshot"] = keep_snapshot
    closed = drill.run()

    assert closed.status == "stopped"
    assert "no snapshot" in closed.why
    assert system.state() == before


def test_a_drill_that_has_lost_its_lease_stops() -> None:
    system = FakeSystem()
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))

    def take_lease(changed: FakeSystem) -> None:
        if changed.lease is not None and changed.dials[AWAY] == 50:
            changed.lease = replace(changed.lease, holder="another machine", host="laptop")

    system.on_change = take_lease
    closed = drill.run()

    assert closed.status == "stopped"
    assert "laptop" in closed.why
    assert f"dial {AWAY} 0" not in system.changes
    assert system.state() == before


@pytest.mark.parametrize(
    ("left", "why"),
    [("another machine", "another process took the lease"), (None, "the lease was removed")],
)
def test_a_drill_that_loses_its_lease_in_a_long_pause_does_not_wait_for_its_end(
    left: str | None, why: str
) -> None:
    system = FakeSystem()
    drill = Drill(system, build_plan("region-loss", {"fault": "network-cut", "hold": "10m"}))

    def take_lease(changed: FakeSystem) -> None:
        if changed.lease is not None and changed.faults:
            changed.lease = None if left is None else replace(changed.lease, holder=left)

    system.on_change = take_lease
    drill.run()

    (stopped,) = (e.event for e in drill.journal_lines() if isinstance(e.event, DrillStopped))
    assert stopped.cause == "lease"
    assert stopped.why.startswith(why)
    assert system.faults == {}


def test_a_drill_that_overrides_the_guard_of_the_lease_goes_on_without_it() -> None:
    system = FakeSystem()
    drill = Drill(system, build_plan("evacuate", {"step": "50%"}, forced=("lease",)))

    def take_lease(changed: FakeSystem) -> None:
        if changed.lease is not None and changed.dials[AWAY] == 50:
            changed.lease = replace(changed.lease, holder="another machine", host="laptop")

    system.on_change = take_lease
    closed = drill.run()

    assert closed.status == "missed", closed.why
    assert f"dial {AWAY} 0" in system.changes


def test_the_lease_names_each_step_while_it_runs() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    named: list[str] = []

    def note_step(changed: FakeSystem) -> None:
        if changed.lease is not None:
            named.append(changed.lease.progress.describe())

    system.on_change = note_step
    drill.run()

    begun = [line.event.step for line in drill.journal_lines() if line.event.kind == "begun"]
    steps = list(dict.fromkeys(name.split(":")[0].removeprefix("step ") for name in named))
    assert len(steps) > 2
    assert set(steps) <= set(begun)


def test_a_prober_that_fails_stops_the_drill() -> None:
    system = FakeSystem()
    before = system.state()
    probes = FakeProbes(system, VirtualClock())
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports = {"probes": probes}

    def fail_prober(_: FakeSystem) -> None:
        probes.failure = "the prober ended with -9"

    system.on_change = fail_prober
    closed = drill.run()

    (stopped,) = (e.event for e in drill.journal_lines() if isinstance(e.event, DrillStopped))
    assert stopped == DrillStopped(cause="probes", why="the prober ended with -9")
    assert closed.status == "stopped"
    assert system.state() == before

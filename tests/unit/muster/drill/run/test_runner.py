"""Runs from their first phase to their last: shipped scenarios, kills, signals, resumptions."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from muster.drill.journal.events import (
    DrillStopped,
    JournalLine,
    PhaseStarted,
    RunOpened,
    RunResumed,
    StepStarted,
)
from muster.drill.plan.instructions import DrainWrites
from muster.drill.plan.model import DrillPlan
from muster.drill.run.stop import StopRequest
from muster.errors import LeaseHeld, ProbeFailed, UnknownRun
from muster.model import SystemView
from tests.unit.muster.drill.builders import AWAY, DNS_NAMES, HOME, SHIPPED_NAMES
from tests.unit.muster.drill.fake_system import FakeProbes, FakeSystem, FakeTelemetry, NullListener
from tests.unit.muster.drill.run.builders import (
    Drill,
    assert_some_region_serves,
    make_short_plan,
    request_stop_at_50,
    run_until_killed,
    step_id,
    was_killed,
)
from tests.virtual_time import EPOCH, VirtualClock


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_every_shipped_scenario_runs_to_its_end(name: str) -> None:
    system = FakeSystem(has_dns=name in DNS_NAMES)
    before = system.state()
    drill = Drill(system, make_short_plan(name))

    closed = drill.run()

    assert closed.status == ("met" if name not in NOT_MET else "missed"), closed.why
    if name == "shift":
        assert system.dials == {HOME: 100.0, AWAY: 30.0}
    else:
        assert system.state() == before
    assert system.lease is None


KILLED_AT_EVERY_EVENT = ("evacuate-by-health", "region-loss", "shift")
NOT_MET = ("region-loss", "evacuate", "evacuate-by-health", *DNS_NAMES)
"""They have a target for the recovery point, and the fake probes don't write."""


@pytest.mark.parametrize("name", SHIPPED_NAMES)
@pytest.mark.parametrize("action", ["resume", "roll_back"])
def test_a_drill_killed_at_any_event_is_finished_from_its_journal(name: str, action: str) -> None:
    events = 1
    while True:
        system = FakeSystem(has_dns=name in DNS_NAMES)
        before = system.state()
        drill = Drill(system, make_short_plan(name))
        if not run_until_killed(drill, events):
            break
        closed = drill.resume() if action == "resume" else drill.roll_back()

        if action == "roll_back":
            assert closed.status in ("stopped", "refused"), (events, closed.why)
        else:
            assert closed.status in ("met", "missed"), (events, closed.why)
        if name != "shift" or action == "roll_back":
            assert system.state() == before, events
        assert system.lease is None
        events += 1 if name in KILLED_AT_EVERY_EVENT else 5
    assert events > 10


def test_a_listener_gets_every_event_the_opening_first() -> None:
    """The opening names the run and the target for a reader of `--json`."""

    class LineRecorder(NullListener):
        def __init__(self) -> None:
            self.lines: list[JournalLine] = []

        def on_event(self, line: JournalLine) -> None:
            self.lines.append(line)

    drill = Drill(FakeSystem(), make_short_plan("shift"))
    listener = LineRecorder()
    drill.ports["listener"] = listener

    drill.run()

    assert listener.lines == drill.journal_lines()
    assert isinstance(listener.lines[0].event, RunOpened)


def number_of_start(plan: DrillPlan, step: str) -> int:
    """Number of the entry with which a step begins in an undisturbed run."""
    undisturbed = Drill(FakeSystem(), plan)
    undisturbed.run()
    return next(
        line.n
        for line in undisturbed.journal_lines()
        if isinstance(line.event, StepStarted) and line.event.step == step
    )


@pytest.mark.parametrize(("action", "is_rollback"), [("resume", False), ("roll_back", True)])
def test_the_journal_tells_a_resumption_from_a_rollback_by_hand(
    action: str, is_rollback: bool
) -> None:
    drill = Drill(FakeSystem(), make_short_plan("evacuate"))
    assert run_until_killed(drill, 20)

    _ = drill.resume() if action == "resume" else drill.roll_back()

    (resumed,) = (
        line.event for line in drill.journal_lines() if isinstance(line.event, RunResumed)
    )
    stops = [line.event for line in drill.journal_lines() if isinstance(line.event, DrillStopped)]
    assert resumed.rollback is is_rollback
    assert [stop.cause for stop in stops] == (["operator"] if is_rollback else [])


def test_a_stopped_drill_is_resumed_with_its_rollback_and_stops_no_second_time() -> None:
    drill = Drill(FakeSystem(), make_short_plan("evacuate"))
    assert run_until_killed(drill, 20)
    assert was_killed(partial(drill.roll_back, kill_at=3))  # after it has stopped
    begun = len(drill.lines)

    closed = drill.resume()

    phases = [
        line.event.phase
        for line in drill.journal_lines()[begun:]
        if isinstance(line.event, PhaseStarted)
    ]
    assert phases == ["rollback", "closing"]
    assert drill.kinds().count("stopped") == 1
    assert closed.why == "rolled back by hand"


def test_a_drill_is_resumed_after_a_restart_of_the_machine() -> None:
    plan = make_short_plan("evacuate")
    system, before = FakeSystem(), FakeSystem().state()
    drill = Drill(system, plan)
    assert run_until_killed(drill, number_of_start(plan, step_id(plan, DrainWrites)))

    drill.restart()
    closed = drill.resume()

    assert closed.status == "missed", closed.why
    assert system.state() == before


def test_a_run_is_resumed_although_no_metric_shows_the_lag_of_the_emptied_region() -> None:
    """CloudWatch has no lag of a Region that writes nothing:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    """
    system, plan = FakeSystem(), make_short_plan("evacuate")
    drill = Drill(system, plan)
    assert run_until_killed(drill, number_of_start(plan, step_id(plan, DrainWrites)))

    class NoLagsFromAway(FakeTelemetry):
        async def view(self) -> SystemView:
            seen = await super().view()
            silent = replace(seen.regions[AWAY], lags_s={HOME: None})
            return replace(seen, regions={**seen.regions, AWAY: silent})

    drill.ports["telemetry"] = NoLagsFromAway(system)
    closed = drill.resume()

    assert closed.status == "missed", closed.why


def test_a_finished_run_is_not_resumed() -> None:
    drill = Drill(FakeSystem(), make_short_plan("evacuate"))
    drill.run()

    with pytest.raises(UnknownRun, match="is over"):
        drill.resume()


def test_a_signal_stops_the_drill_at_once_and_restores_the_baseline() -> None:
    system = FakeSystem()
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))

    closed = drill.run(stop=partial(request_stop_at_50, system))

    assert (closed.status, closed.exit_code) == ("stopped", 4)
    assert system.state() == before
    assert system.changes == [f"dial {AWAY} 50", f"dial {AWAY} 100"]


@pytest.mark.parametrize("name", ["evacuate", "gray-failure"])
def test_a_signal_at_any_moment_restores_the_baseline(name: str) -> None:
    for second in range(0, 400, 7):
        system = FakeSystem(on_change=assert_some_region_serves)
        before = system.state()

        def later(stop: StopRequest, second: int = second) -> None:
            loop = asyncio.get_running_loop()
            loop.call_later(second + 0.7, stop.request, "signal", "SIGINT")

        closed = Drill(system, make_short_plan(name)).run(stop=later)

        assert system.state() == before, second
        assert system.lease is None
        if closed.status != "stopped":  # the drill ended before the signal
            break
    assert second > 20


def test_a_signal_before_any_change_needs_no_rollback() -> None:
    drill = Drill(FakeSystem(), make_short_plan("evacuate"))

    closed = drill.run(stop=lambda stop: stop.request("signal", "SIGTERM"))

    assert (closed.status, closed.why, closed.unchanged) == ("stopped", "SIGTERM", True)
    assert drill.system.changes == []


def test_a_drill_that_changes_nothing_may_be_stopped_in_any_phase() -> None:
    plan = make_short_plan("evacuate")
    drill = Drill(FakeSystem(), replace(plan, steps=()))

    class StopsInTargets(NullListener):
        def on_event(self, line: JournalLine) -> None:
            if line.event == PhaseStarted(phase="targets"):
                requests[0].request("signal", "SIGINT")

    requests = list[StopRequest]()
    drill.ports["listener"] = StopsInTargets()
    closed = drill.run(stop=requests.append)

    assert (closed.status, closed.why) == ("stopped", "SIGINT")
    assert drill.system.changes == []


@pytest.mark.parametrize(
    ("error", "cause", "words"),
    [
        (ProbeFailed("no vantage point answers"), "probes", "no vantage point answers"),
        (KeyError("Regions"), "step", "Regions"),
    ],
)
def test_an_error_of_a_phase_stops_the_drill_and_is_told(
    error: Exception, cause: str, words: str
) -> None:
    class BrokenProbes(FakeProbes):
        async def start(self) -> None:
            raise error

    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports["probes"] = BrokenProbes(system, VirtualClock())

    closed = drill.run()

    (stopped,) = (
        line.event for line in drill.journal_lines() if isinstance(line.event, DrillStopped)
    )
    assert stopped.cause == cause
    assert words in closed.why
    assert system.lease is None


def test_a_rollback_by_hand_is_refused_while_another_drill_has_the_lease() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    assert run_until_killed(drill, 20)
    assert system.lease is not None
    system.lease = replace(system.lease, run="other", until=EPOCH + 1e6)

    with pytest.raises(LeaseHeld, match="other"):
        drill.roll_back()


def test_a_rollback_by_hand_may_override_another_drill_and_journals_it() -> None:
    system = FakeSystem()
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))
    assert run_until_killed(drill, 20)
    assert system.lease is not None
    system.lease = replace(system.lease, run="other", until=EPOCH + 1e6)

    closed = drill.roll_back(forced=("lease",))

    assert closed.status == "stopped"
    assert system.state() == before
    assert [
        line.event.forced for line in drill.journal_lines() if isinstance(line.event, RunResumed)
    ] == [("lease",)]

"""The rollback of a run: what it waits for, survives, and gives up."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any, get_args

import pytest

from muster.drill.journal.events import DrillStopped, JournalLine, StepFailed, StepStarted
from muster.drill.plan.instructions import DrillAction, InjectFault, SetDial
from muster.drill.plan.model import DrillPlan, PlannedStep
from muster.drill.rollback.rollback_executor import LATE_ARRIVAL_S
from muster.drill.run.stop import StopRequest
from muster.errors import CommandFailed
from muster.levers import Fault, scope_of_fault
from muster.model import ActiveFault, SwitchSetting, SystemView
from tests.unit.muster.drill.builders import AWAY, HOME
from tests.unit.muster.drill.fake_system import FakeLevers, FakeSystem, FakeTelemetry
from tests.unit.muster.drill.run.builders import (
    SLOW,
    Drill,
    NoteRecorder,
    SlowLevers,
    assert_some_region_serves,
    event_time_s,
    make_short_plan,
    permanent_error,
    plan_region_loss,
    record_notes,
    request_stop_at_50,
    run_until_killed,
    system_with_faults,
    was_killed,
)
from tests.virtual_time import EPOCH


class FailingLevers(FakeLevers):
    """Levers whose changes of these numbers fail, before they take effect or after."""

    def __init__(self, system: FakeSystem, numbers: tuple[int, ...], *, late: bool) -> None:
        super().__init__(system)
        self._numbers, self._late, self._count = numbers, late, 0

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> None:
        await self._fail_some(super().set_dial(region, percent, within_s=within_s))

    async def set_switch(self, region: str, switch: SwitchSetting, *, within_s: float) -> None:
        await self._fail_some(super().set_switch(region, switch, within_s=within_s))

    async def inject(self, fault: Fault, *, token: str) -> None:
        await self._fail_some(super().inject(fault, token=token))

    async def clear(self, fault: Fault) -> None:
        await self._fail_some(super().clear(fault))

    async def _fail_some(self, change: Coroutine[Any, Any, None]) -> None:
        self._count += 1
        fails = self._count in self._numbers
        if fails and not self._late:
            change.close()
            raise permanent_error()
        await change
        if fails:
            raise permanent_error()


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("name", ["evacuate", "gray-failure"])
def test_the_baseline_is_restored_whichever_two_changes_fail(name: str, late: bool) -> None:
    for numbers in combinations(range(1, 7), 2):
        system = FakeSystem(on_change=assert_some_region_serves)
        before = system.state()
        drill = Drill(system, make_short_plan(name))
        drill.ports = {"levers": FailingLevers(system, numbers, late=late)}

        closed = drill.run()

        assert closed.status in ("stopped", "met", "missed"), (numbers, closed.why)
        assert system.state() == before, numbers
        assert system.lease is None


class FailingTelemetry(FakeTelemetry):
    """Every third view raises an unexpected error."""

    views = 0

    async def view(self) -> SystemView:
        self.views += 1
        if self.views % 3 == 0:
            raise KeyError("TargetHealthDescriptions")
        return await super().view()


class LeversWithBug(FakeLevers):
    """The first dial that is turned up raises an unexpected error."""

    def __init__(self, system: FakeSystem) -> None:
        super().__init__(system)
        self.failed = False

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> None:
        if percent == 100 and not self.failed:
            self.failed = True
            raise ValueError("no JSON")
        await super().set_dial(region, percent, within_s=within_s)


def test_a_rollback_goes_on_after_unexpected_errors() -> None:
    system = FakeSystem()
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports = {"telemetry": FailingTelemetry(system), "levers": LeversWithBug(system)}
    system.on_change = lambda changed: (
        changed.failures.append(permanent_error()) if changed.dials[AWAY] == 50 else None
    )

    closed = drill.run()

    assert closed.status == "stopped", closed.why
    assert system.state() == before
    assert any(
        "no JSON" in line.event.why
        for line in drill.journal_lines()
        if isinstance(line.event, StepFailed)
    )


def test_a_rollback_killed_at_any_event_is_finished_by_another_one() -> None:
    events = 0
    while True:
        system = FakeSystem()
        before = system.state()
        drill = Drill(system, make_short_plan("evacuate"))
        assert run_until_killed(drill, 24)
        assert system.state() != before
        if not was_killed(partial(drill.roll_back, kill_at=events)):
            break
        drill.roll_back()
        assert system.state() == before
        events += 1
    assert events > 5


def test_steps_of_a_rollback_that_goes_on_have_numbers_of_their_own() -> None:
    plan = make_short_plan("evacuate")
    halves = replace(plan, rollback=replace(plan.rollback, step=50.0))
    drill = Drill(FakeSystem(), halves)
    assert run_until_killed(drill, 24)
    assert drill.system.dials[AWAY] == 0.0
    assert was_killed(partial(drill.roll_back, kill_at=5))  # its first step has begun

    drill.roll_back()

    started = [
        line.event.step for line in drill.journal_lines() if isinstance(line.event, StepStarted)
    ]
    back = [step for step in started if step.startswith("r")]
    assert back == [f"r{number}" for number in range(1, len(back) + 1)]
    assert len(back) > 1


class LateLevers(FakeLevers):
    """A dial that takes effect after the call that turned it was cut off."""

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> None:
        if percent == 50:
            arrives = partial(self._system.dials.update, {region: percent})
            asyncio.get_running_loop().call_later(LATE_ARRIVAL_S - 0.5, arrives)
            await asyncio.sleep(within_s)
        await super().set_dial(region, percent, within_s=within_s)


def test_a_change_that_arrives_after_its_call_was_cut_off_is_put_back() -> None:
    system = FakeSystem()
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports["levers"] = LateLevers(system)

    class StopsAtFirstStep(NoteRecorder):
        def on_event(self, line: JournalLine) -> None:
            if isinstance(line.event, StepStarted) and isinstance(line.event.do, SetDial):
                asyncio.get_running_loop().call_soon(requests[0].request, "signal", "SIGINT")

    requests = list[StopRequest]()
    listener = StopsAtFirstStep()
    drill.ports["listener"] = listener
    drill.run(stop=requests.append)

    assert system.changes == [f"dial {AWAY} 100"]
    assert system.state() == before
    assert "a call was cut off, and may still arrive: one more look in 3 s" in listener.notes


def test_without_a_call_that_was_cut_off_there_is_no_second_look() -> None:
    drill = Drill(FakeSystem(), make_short_plan("evacuate"))
    notes = record_notes(drill)

    drill.run()

    assert notes == []
    assert "gave-up" not in drill.kinds()


def test_a_rollback_sends_no_traffic_to_an_unhealthy_region() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))

    def become_unhealthy(changed: FakeSystem) -> None:
        if changed.dials[AWAY] == 0:
            changed.unhealthy.add(AWAY)

    system.on_change = become_unhealthy
    notes = record_notes(drill)
    closed = drill.run()

    assert (closed.status, closed.exit_code) == ("incomplete", 5)
    assert notes[-1] == "the rollback waits, for 5:00 min at most; a second Ctrl-C ends the waiting"
    assert f"{AWAY} is unhealthy now" in closed.why
    assert system.dials[AWAY] == 0
    assert system.lease is not None


def test_a_rollback_aborts_a_dial_whose_region_becomes_unhealthy_while_it_turns() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports = {"levers": SlowLevers(system, 100.0, AWAY)}
    system.on_change = lambda changed: (
        changed.failures.append(permanent_error()) if changed.dials[AWAY] == 50 else None
    )

    closed = drill.run()

    assert (closed.status, system.dials[AWAY]) == ("incomplete", 50.0)
    assert system.changes == [f"dial {AWAY} 50"]


class LeversWithoutTwin(FakeLevers):
    """Its twin was removed amid the drill: no fault can be cleared any more."""

    async def clear(self, fault: Fault) -> None:
        raise CommandFailed("twin region start", "has never run in this twin", permanent=True)


def test_a_rollback_does_not_wait_for_what_fails_in_the_same_way_each_time() -> None:
    system = FakeSystem()
    drill = Drill(system, plan_region_loss())
    drill.ports = {"levers": LeversWithoutTwin(system)}

    closed = drill.run()

    assert (closed.status, closed.exit_code) == ("incomplete", 5)
    assert "has never run in this twin" in closed.why
    waited_s = drill.journal_lines()[-1].at_s - event_time_s(drill, "phase", "rollback")
    assert waited_s < drill.plan.rollback.hold_s / 10


def test_an_incomplete_rollback_is_finished_later() -> None:
    system = FakeSystem()
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))
    system.on_change = lambda changed: (
        changed.unhealthy.add(AWAY) if changed.dials[AWAY] == 0 else None
    )
    drill.run()
    system.on_change = None
    system.unhealthy.clear()

    closed = drill.roll_back()

    assert closed.status == "stopped"
    assert system.state() == before
    assert system.lease is None


def test_one_ctrl_c_ends_the_waiting_of_an_automatic_rollback() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))

    def stop_at_0(stop: StopRequest) -> None:
        def on_change(changed: FakeSystem) -> None:
            if changed.dials[AWAY] == 0:
                changed.unhealthy.add(AWAY)
                stop.request("stop-condition", "errors")
                asyncio.get_running_loop().call_later(20, stop.request, "signal", "SIGINT")

        system.on_change = on_change

    notes = record_notes(drill)
    closed = drill.run(stop=stop_at_0)

    assert (closed.status, closed.exit_code) == ("incomplete", 5)
    assert notes[-1] == "the rollback waits, for 5:00 min at most; Ctrl-C ends the waiting"
    waited_s = drill.journal_lines()[-1].at_s - next(
        line.at_s for line in drill.journal_lines() if isinstance(line.event, DrillStopped)
    )
    assert waited_s < 60


def test_one_ctrl_c_ends_the_waiting_of_a_rollback_by_hand() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    assert run_until_killed(drill, 24)
    system.unhealthy.add(AWAY)
    notes = record_notes(drill)
    began = len(drill.lines)

    def stop_later(stop: StopRequest) -> None:
        asyncio.get_running_loop().call_later(20, stop.request, "signal", "SIGINT")

    closed = drill.roll_back(stop=stop_later)

    assert (closed.status, closed.exit_code) == ("incomplete", 5)
    assert notes[-1] == "the rollback waits, for 5:00 min at most; Ctrl-C ends the waiting"
    lines = drill.journal_lines()[began:]
    assert lines[-1].at_s - lines[0].at_s < 60  # seconds of virtual time


class NeverDeployed(FakeLevers):
    """Dials turn, and the accelerator stays IN_PROGRESS."""

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> None:
        await super().set_dial(region, percent, within_s=within_s)
        if percent == 100:
            await asyncio.sleep(within_s)


def test_a_second_signal_ends_the_waiting_for_a_step_of_the_rollback() -> None:
    system = FakeSystem()
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports = {"levers": NeverDeployed(system)}

    def request_stop_at_each_change(stop: StopRequest) -> None:
        system.on_change = lambda changed: stop.request("signal", "SIGINT")

    closed = drill.run(stop=request_stop_at_each_change)

    (stopped_s,) = (
        line.at_s for line in drill.journal_lines() if isinstance(line.event, DrillStopped)
    )
    assert closed.status == "stopped", closed.why
    assert system.state() == before
    assert drill.journal_lines()[-1].at_s - stopped_s < 30.0  # seconds of virtual time


class LeversWithoutAnEnd(FakeLevers):
    """No attempt to clear a fault succeeds."""

    async def clear(self, fault: Fault) -> None:
        raise CommandFailed("twin region start", "the twin is busy")


def test_a_step_that_a_signal_ended_says_what_its_last_attempt_failed_with() -> None:
    system = FakeSystem()
    drill = Drill(system, plan_region_loss())
    drill.ports = {"levers": LeversWithoutAnEnd(system)}

    def stop_in_the_fault(stop: StopRequest) -> None:
        def on_change(_changed: FakeSystem) -> None:
            stop.request("stop-condition", "errors")
            asyncio.get_running_loop().call_later(20, stop.request, "signal", "SIGTERM")

        system.on_change = on_change

    closed = drill.run(stop=stop_in_the_fault)

    assert (closed.status, closed.exit_code) == ("incomplete", 5)
    assert "a signal (such as Ctrl-C) ended it; its last attempt: " in closed.why
    assert "the twin is busy" in closed.why


def test_the_switch_goes_back_to_the_baseline_and_not_to_auto() -> None:
    baseline = SwitchSetting(status="pass", by="bob", why="exam", until_epoch_s=EPOCH + 1e6)
    system = FakeSystem(switches={HOME: SwitchSetting(), AWAY: baseline})
    drill = Drill(system, make_short_plan("evacuate-by-health"))

    drill.run()

    assert system.switches[AWAY] == baseline


@pytest.mark.parametrize(
    "baseline",
    [SLOW, replace(SLOW, until_epoch_s=None), replace(SLOW, kind="network-cut", parameters={})],
)
@pytest.mark.parametrize("action", ["resume", "roll_back"])
def test_a_baseline_fault_is_active_again_wherever_a_forced_drill_was_killed(
    baseline: ActiveFault, action: str
) -> None:
    events = 1
    while True:
        system = system_with_faults(baseline)
        drill = Drill(system, plan_region_loss("standing-fault"))
        if not run_until_killed(drill, events):
            break
        closed = drill.resume() if action == "resume" else drill.roll_back()

        assert closed.status != "incomplete", (events, closed.why)
        assert system.rounded_faults() == {scope_of_fault(baseline): baseline}, events
        events += 3
    assert events > 10
    assert system.rounded_faults() == {scope_of_fault(baseline): baseline}


def test_a_baseline_fault_that_expires_during_the_drill_does_not_come_back() -> None:
    soon = replace(SLOW, until_epoch_s=EPOCH + 1012)
    system = system_with_faults(soon)

    Drill(system, plan_region_loss("standing-fault")).run()

    assert system.faults == {}


def test_a_baseline_fault_that_does_not_stay_is_injected_once_more_and_not_again() -> None:
    system = system_with_faults(SLOW)
    drill = Drill(system, plan_region_loss("standing-fault"))
    system.on_change = lambda changed: (
        changed.faults.clear() if changed.changes[-1] == f"inject network-slow {AWAY}" else None
    )

    closed = drill.run()

    assert closed.status == "incomplete"
    assert "was injected again, and is not active" in closed.why
    assert system.changes.count(f"inject network-slow {AWAY}") == 1


class ChangedUnseen(FakeTelemetry):
    """Once anything was changed, some fields of AWAY can't be read."""

    def __init__(self, system: FakeSystem, *unread: str) -> None:
        super().__init__(system)
        self._unread: dict[str, None] = dict.fromkeys(unread)

    async def view(self) -> SystemView:
        view = await super().view()
        if not self._system.changes:
            return view
        region = replace(view.regions[AWAY], **self._unread)  # type: ignore[arg-type]  # may be None
        return replace(view, regions={**view.regions, AWAY: region})


def test_a_switch_that_can_not_be_read_is_written_once_and_then_waited_for() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate-by-health"))
    drill.ports["telemetry"] = ChangedUnseen(system, "switch")

    def stop_when_off(stop: StopRequest) -> None:
        system.on_change = lambda changed: (
            stop.request("signal", "SIGINT") if changed.switches[AWAY].status == "fail" else None
        )

    closed = drill.run(stop=stop_when_off)

    assert closed.status == "incomplete"
    assert f"the health switch of {AWAY} can't be read" in closed.why
    assert system.changes == [f"switch {AWAY} fail", f"switch {AWAY} auto"]


def test_a_region_that_answers_gets_its_traffic_back_although_its_health_is_unknown() -> None:
    system = FakeSystem()
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports["telemetry"] = ChangedUnseen(system, "endpoint", "target")

    drill.run(stop=partial(request_stop_at_50, system))

    assert system.state() == before


def stops_at_50(system: FakeSystem) -> Callable[[StopRequest], object]:
    return partial(request_stop_at_50, system)


def deviates(system: FakeSystem) -> Callable[[StopRequest], object]:
    """Lets requests fail from when the last dial is turned until one is turned up."""

    def on_change(changed: FakeSystem) -> None:
        changed.error_share = 0.5 if changed.dials[AWAY] == 30.0 else 0.0

    system.on_change = on_change
    return lambda stop: None


def goes_well(system: FakeSystem) -> Callable[[StopRequest], object]:
    return lambda stop: None


@pytest.mark.parametrize(
    ("course", "dial"), [(goes_well, 30.0), (stops_at_50, 100.0), (deviates, 100.0)]
)
def test_a_change_that_is_meant_to_stay_stays_after_a_drill_that_went_well(
    course: Callable[[FakeSystem], Callable[[StopRequest], object]], dial: float
) -> None:
    system = FakeSystem()
    plan = make_short_plan("shift")
    drill = Drill(system, replace(plan, stop_conditions=(), steps=only_changes(plan)))

    drill.run(stop=course(system))

    assert plan.rollback.strategy == "deviated"
    assert system.dials == {HOME: 100.0, AWAY: dial}


def only_changes(plan: DrillPlan) -> tuple[PlannedStep, ...]:
    """The steps that change something: none waits for what they lead to."""
    return tuple(step for step in plan.steps if isinstance(step.do, get_args(DrillAction)))


def test_a_fault_never_stays() -> None:
    plan = plan_region_loss()
    inject = next(step for step in plan.steps if isinstance(step.do, InjectFault))
    stays = replace(plan.rollback, strategy="deviated")
    drill = Drill(FakeSystem(), replace(plan, hypothesis=(), steps=(inject,), rollback=stays))

    drill.run()

    assert drill.system.changes == [f"inject network-cut {AWAY}", f"clear network-cut {AWAY}"]


def test_a_foreign_throttle_gets_its_owner_back() -> None:
    baseline = ActiveFault(
        kind="throttle", region=AWAY, parameters={"concurrency": 2.0}, by="bob@laptop"
    )
    system = system_with_faults(baseline)

    Drill(system, plan_region_loss("standing-fault", fault="throttle")).run()

    assert system.rounded_faults() == {scope_of_fault(baseline): baseline}

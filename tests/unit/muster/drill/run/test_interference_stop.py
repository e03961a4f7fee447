"""Drills during which somebody else changes the system, and drills during which nobody does."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from muster.drill.journal.events import (
    DrillStopped,
    InterferenceSeen,
    JournalLine,
    StepDone,
    StepStarted,
)
from muster.drill.observation.interference import Setting
from muster.drill.plan.changes import DrillChanges
from muster.drill.plan.instructions import (
    ClearFault,
    ExpectMeasure,
    InjectFault,
    Instruction,
    Pause,
)
from muster.drill.plan.model import DrillPlan
from muster.drill.run.stop import StopRequest
from muster.levers import Fault
from muster.model import SwitchSetting
from tests.unit.muster.drill.builders import (
    AWAY,
    DNS_NAMES,
    HOME,
    SHIPPED_NAMES,
    build_plan,
)
from tests.unit.muster.drill.fake_system import FakeSystem, NullListener
from tests.unit.muster.drill.run.builders import (
    LEASE,
    Drill,
    make_short_plan,
    plan_region_loss,
    run_until_killed,
)
from tests.virtual_time import EPOCH

Change = Callable[[FakeSystem], object]
HOLD_S = 33.0
CUT = Fault(kind="network-cut", region=AWAY)


class Interferer(NullListener):
    """Changes the system when a step begins."""

    def __init__(self, system: FakeSystem, kind: type[Instruction], change: Change) -> None:
        """`kind` of the step; its first one counts."""
        self._system = system
        self._kind = kind
        self._change: Change | None = change

    def on_event(self, line: JournalLine) -> None:
        event = line.event
        if self._change and isinstance(event, StepStarted) and isinstance(event.do, self._kind):
            self._change(self._system)
            self._change = None


def interfered_drill(
    plan: DrillPlan, change: Change, *, when: type[Instruction] = Pause, has_dns: bool = False
) -> Drill:
    """A drill during which the change is made as a step of this kind begins."""
    system = FakeSystem(has_dns=has_dns)
    drill = Drill(system, plan)
    drill.ports["listener"] = Interferer(system, when, change)
    return drill


def interferences(drill: Drill) -> list[InterferenceSeen]:
    return [
        line.event for line in drill.journal_lines() if isinstance(line.event, InterferenceSeen)
    ]


def held(name: str, *forced: str) -> DrillPlan:
    """A scenario's plan with no other pause than its hold, which is long enough for some views."""
    plan = build_plan(name, {"hold": f"{HOLD_S:g}s"}, forced=forced)
    steps = (s for s in plan.steps if not isinstance(s.do, Pause) or s.do.seconds == HOLD_S)
    return replace(plan, steps=tuple(steps))


def slow_home(system: FakeSystem) -> None:
    system.inject(Fault(kind="network-slow", region=HOME), EPOCH)


CHANGES: dict[str, tuple[str, Change, str]] = {
    "fault": ("region-loss", lambda system: system.faults.clear(), "was ended"),
    "dial": ("evacuate", lambda system: system.dials.update({AWAY: 50.0}), "50 % and not 0 %"),
    "dial of another": (
        "evacuate",
        lambda system: system.dials.update({HOME: 60.0}),
        f"the dial of {HOME} is 60 % and not 100 %",
    ),
    "switch": (
        "evacuate-by-health",
        lambda system: system.switches.update({AWAY: SwitchSetting(by="bob", why="late")}),
        "is auto and not fail any more, by bob (late)",
    ),
    "weight": (
        "evacuate-by-weight",
        lambda system: system.weights.update({AWAY: 7}),
        f"the weight of {AWAY} is 7 and not 0",
    ),
    "inversion": (
        "failover-by-inverted-check",
        lambda system: system.inverted.update({AWAY: False}),
        f"the inversion of {AWAY}'s health check is off and not on",
    ),
    "added fault": ("evacuate", slow_home, f"network-slow of {HOME} (delay_ms 200) is active"),
    "outputs": (
        "evacuate",
        lambda system: setattr(system, "outdated", ("a Region is new",)),
        "the deployment has changed: a Region is new",
    ),
    "function": (
        "evacuate",
        lambda system: system.function_versions.update({HOME: "2"}),
        f"the deployment has changed: version 2 of the function in {HOME}, in place of 1",
    ),
}


@pytest.mark.parametrize(("name", "change", "words"), CHANGES.values(), ids=CHANGES)
def test_a_drill_stops_when_somebody_changes_the_system(
    name: str, change: Change, words: str
) -> None:
    drill = interfered_drill(held(name), change, has_dns=name in DNS_NAMES)

    closed = drill.run()

    assert (closed.status, closed.exit_code) == ("stopped", 4)
    assert words in closed.why
    (stopped,) = (e.event for e in drill.journal_lines() if isinstance(e.event, DrillStopped))
    assert stopped.cause == "interference"
    (seen,) = interferences(drill)
    assert seen.describe() == closed.why
    assert 0 < seen.good_before_s < 10


def test_what_the_drill_had_changed_is_put_back_after_an_interference() -> None:
    drill = interfered_drill(held("evacuate"), lambda system: system.dials.update({AWAY: 50.0}))
    before = drill.system.state()

    drill.run()

    assert drill.system.state() == before


def test_a_fault_that_ends_just_before_the_step_that_ends_it_is_noticed() -> None:
    """The step would find nothing to do, and the return would take no time."""
    plan = build_plan("region-loss", {"fault": "network-cut", "hold": "0s"})
    drill = Drill(FakeSystem(), plan)
    clear = next(step for step in plan.steps if isinstance(step.do, ClearFault))
    before = plan.steps[plan.steps.index(clear) - 1].id

    class EndsFault(NullListener):
        def on_event(self, line: JournalLine) -> None:
            if isinstance(line.event, StepDone) and line.event.step == before:
                drill.system.clear(CUT)

    drill.ports["listener"] = EndsFault()
    closed = drill.run()

    assert "was ended" in closed.why
    assert clear.id not in {
        line.event.step for line in drill.journal_lines() if isinstance(line.event, StepStarted)
    }


def test_users_who_are_served_since_the_fault_was_ended_do_not_meet_the_drills_step() -> None:
    """The first pause is that before the step that waits until users are served again."""
    drill = interfered_drill(plan_region_loss(), lambda system: system.clear(CUT))

    closed = drill.run()

    assert "was ended" in closed.why
    done = {line.event.step for line in drill.journal_lines() if isinstance(line.event, StepDone)}
    inject = next(step for step in drill.plan.steps if isinstance(step.do, InjectFault))
    assert done & {step.id for step in drill.plan.steps} <= {inject.id, "m2"}


def test_who_changed_it_by_hand_is_named() -> None:
    drill = interfered_drill(held("evacuate"), lambda system: system.dials.update({AWAY: 50.0}))
    asked: list[tuple[Setting, float]] = []

    async def name_hand(setting: Setting, since: float) -> str:
        asked.append((setting, since))
        return "bob on laptop"

    drill.ports["name_hand"] = name_hand
    closed = drill.run()

    assert closed.why.endswith("any more, by bob on laptop")
    (seen,) = interferences(drill)
    noticed = next(line for line in drill.journal_lines() if line.event == seen)
    ((setting, since),) = asked
    assert setting == Setting("dial", AWAY)
    assert since == pytest.approx(noticed.at - seen.good_before_s)


@pytest.mark.parametrize(
    ("touched", "who"),
    [
        (AWAY, "by the rollback of run theirs, probably: this drill took its lease over"),
        (HOME, "it is not known by whom"),
    ],
)
def test_a_late_rollback_of_the_drill_whose_lease_was_taken_over_is_named(
    touched: str, who: str
) -> None:
    """Only where that drill had changed the same setting."""
    changes = DrillChanges(dials=(touched,))
    drill = interfered_drill(
        held("evacuate", "lease"), lambda system: system.dials.update({AWAY: 50.0})
    )
    drill.system.lease = replace(LEASE, run="theirs", until=EPOCH + 1e6, touched=changes)

    closed = drill.run()

    assert closed.why.endswith(f"is 50 % and not 0 % any more, {who}")


def test_a_drill_stops_although_nobody_can_tell_who_it_was() -> None:
    drill = interfered_drill(held("evacuate"), lambda system: system.dials.update({AWAY: 50.0}))

    async def never(_setting: Setting, _since: float) -> str:
        await asyncio.sleep(1e6)
        return "too late"

    drill.ports["name_hand"] = never
    closed = drill.run()

    assert closed.why.endswith("it is not known by whom")


def test_faults_of_others_may_come_where_the_guard_is_overridden() -> None:
    drill = interfered_drill(held("evacuate", "standing-fault"), slow_home)

    drill.run()

    assert interferences(drill) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda system: setattr(system, "outdated", ("a Region is new",)),
        lambda system: system.function_versions.update({HOME: "2"}),
    ],
    ids=["Regions", "function"],
)
def test_a_changed_deployment_does_not_stop_a_drill_that_overrides_the_guard(
    change: Change,
) -> None:
    drill = interfered_drill(held("evacuate", "outputs"), change)

    drill.run()

    assert interferences(drill) == []


def test_a_change_during_the_rollback_stops_nothing() -> None:
    """The drill stops since requests fail, and then the dial of another Region is turned."""
    drill = Drill(FakeSystem(), held("evacuate"))

    class TurnsHome(Interferer):
        def on_event(self, line: JournalLine) -> None:
            super().on_event(line)
            if isinstance(line.event, DrillStopped):
                drill.system.dials[HOME] = 60.0

    drill.ports["listener"] = TurnsHome(
        drill.system, Pause, lambda system: setattr(system, "error_share", 0.5)
    )
    closed = drill.run()

    assert "error-rate" in closed.why
    assert interferences(drill) == []


@pytest.mark.parametrize("name", ["outputs", "function"])
def test_a_deployment_that_stops_a_drill_before_it_is_seen_makes_the_numbers_void(
    name: str,
) -> None:
    """A deployed Region fails requests at once; a deployment is seen after two views."""
    _, deploy, words = CHANGES[name]

    def deploy_badly(system: FakeSystem) -> None:
        deploy(system)
        stops[0].request("stop-condition", "error-rate above 5 % for 5 s; it is 31.25 %")

    drill = interfered_drill(held("evacuate"), deploy_badly)
    stops = list[StopRequest]()
    closed = drill.run(stop=stops.append)

    assert "error-rate" in closed.why
    (seen,) = interferences(drill)
    assert words in seen.describe()
    assert drill.system.dials[AWAY] == 100.0


def test_a_change_while_no_process_was_at_work_is_noticed_by_the_next_one() -> None:
    system = FakeSystem()
    plan = held("evacuate")
    drill = Drill(system, plan)
    undisturbed = Drill(FakeSystem(), plan)
    undisturbed.run()
    (hold,) = (
        line.n
        for line in undisturbed.journal_lines()
        if isinstance(line.event, StepStarted) and isinstance(line.event.do, Pause)
    )
    assert run_until_killed(drill, hold)

    system.dials[AWAY] = 30.0
    closed = drill.resume()

    assert "30 % and not 0 %" in closed.why
    assert system.dials[AWAY] == 100.0


def test_a_run_whose_process_died_as_it_noticed_a_change_is_stopped_when_it_is_resumed() -> None:
    """Even if the change is gone by then."""

    def start() -> Drill:
        return interfered_drill(held("evacuate"), lambda system: system.dials.update({AWAY: 50.0}))

    whole, drill = start(), start()
    whole.run()
    (noticed,) = (
        line.n for line in whole.journal_lines() if isinstance(line.event, InterferenceSeen)
    )
    assert run_until_killed(drill, noticed)
    (seen,) = interferences(drill)

    drill.system.dials[AWAY] = 0.0
    closed = drill.resume()

    assert (closed.status, closed.exit_code, closed.why) == ("stopped", 4, seen.describe())
    assert drill.system.dials[AWAY] == 100.0


def test_a_change_in_the_steady_state_is_no_measure_that_is_not_met() -> None:
    """The method, which relies on what was changed, stops for it as soon as it begins."""
    drill = interfered_drill(
        held("evacuate"), lambda system: system.dials.update({AWAY: 50.0}), when=ExpectMeasure
    )

    closed = drill.run()

    assert closed.why.startswith(f"the dial of {AWAY} is 50 % and not 100 %")


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_a_drill_that_nobody_disturbs_sees_no_interference(name: str) -> None:
    drill = Drill(FakeSystem(has_dns=name in DNS_NAMES), make_short_plan(name))

    drill.run()

    assert interferences(drill) == []

"""What each phase does, how it ends, and what follows."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    GuardsEvaluated,
    JournalLine,
    PhaseStarted,
    RunClosed,
    SteadyStateDeviated,
    StepDone,
    decode_line,
)
from muster.drill.observation.probe_window import Observation
from muster.drill.plan.model import DrillPlan
from muster.drill.run.lease import Lease, LeaseHolder, LocalRunState
from muster.drill.run.phases import INTERRUPTIBLE_PHASES, NEXT_PHASE, PHASES, PhaseOutcome
from muster.drill.run.runner import DrillRunner
from muster.drill.run.stop import StopRequest
from muster.drill.view.narrator import Narrator
from muster.errors import InvalidProbeRecord
from muster.levers import scope_of_fault
from muster.model import SystemView
from tests.unit.muster.drill.builders import AWAY, HOME, REGIONS, build_plan
from tests.unit.muster.drill.fake_system import (
    FakeLeaseTable,
    FakeProbes,
    FakeSystem,
    MemoryJournal,
    NullListener,
    build_ports,
    build_run_opened,
    decode_state,
    unreachable_error,
)
from tests.unit.muster.drill.run.builders import (
    LEASE,
    SLOW,
    Drill,
    NoteRecorder,
    event_time_s,
    journaled_notes,
    make_short_plan,
    plan_region_loss,
    record_notes,
    request_stop_at_50,
    run_until_killed,
    system_with_faults,
)
from tests.virtual_time import EPOCH, VirtualClock, run_virtual

OTHER_RUN = "2026-11-21T11-00-00-other"
FIRST_HOLDS_AFTER_S = 300.0
"""When the plan that holds for an hour has emptied the Region."""


def test_every_phase_has_a_function_and_every_outcome_a_next_phase() -> None:
    assert {phase for phase, _ in NEXT_PHASE} == set(PHASES)
    assert {after for after in NEXT_PHASE.values() if after} <= set(PHASES)
    assert all((phase, PhaseOutcome.STOPPED) in NEXT_PHASE for phase in INTERRUPTIBLE_PHASES)


def test_a_guard_refuses_in_preflight() -> None:
    system = FakeSystem(unhealthy={HOME})
    drill = Drill(system, make_short_plan("evacuate"))

    closed = drill.run()

    assert (closed.status, closed.exit_code) == ("refused", 3)
    assert "last-healthy-region" in closed.why
    assert system.changes == []
    assert system.lease is None


def test_a_guard_that_only_holds_is_not_in_the_reason_of_a_refusal() -> None:
    system = FakeSystem(unhealthy={HOME}, faults_unread=("function of eu-central-1",))
    drill = Drill(system, make_short_plan("evacuate"))

    closed = drill.run()

    rulings = {verdict.guard: verdict.ruling for verdict in journaled_verdicts(drill)}
    assert (rulings["last-healthy-region"], rulings["standing-fault"]) == ("refuse", "hold")
    assert "last-healthy-region refuses" in closed.why
    assert "standing-fault" not in closed.why


def journaled_verdicts(drill: Drill) -> list[GuardVerdict]:
    """All verdicts of guards in the journal."""
    events = (line.event for line in drill.journal_lines())
    return [
        verdict
        for event in events
        if isinstance(event, GuardsEvaluated)
        for verdict in event.verdicts
    ]


def test_a_foreign_fault_is_neither_measured_nor_ended() -> None:
    system = system_with_faults(SLOW)
    drill = Drill(system, plan_region_loss())

    closed = drill.run()

    assert (closed.status, closed.exit_code) == ("refused", 3)
    assert (
        "standing-fault refuses: network-slow of us-west-2 (delay_ms 300) is active" in closed.why
    )
    assert system.changes == []
    assert system.faults == {scope_of_fault(SLOW): SLOW}


def test_a_region_with_a_foreign_fault_may_be_evacuated_with_a_note() -> None:
    system = system_with_faults(SLOW)
    drill = Drill(system, build_plan("evacuate", {"step": "50%"}))

    closed = drill.run()

    assert closed.status in ("met", "missed")
    assert system.dials == {HOME: 100.0, AWAY: 100.0}
    assert system.faults == {scope_of_fault(SLOW): SLOW}
    (note,) = journaled_notes(drill)
    assert note.startswith("network-slow of us-west-2 (delay_ms 300) is active, ")
    assert note.endswith("and is not this drill's")


def test_no_region_is_emptied_into_one_with_a_foreign_fault() -> None:
    system = system_with_faults(replace(SLOW, region=HOME))

    closed = Drill(system, build_plan("evacuate", {"step": "50%"})).run()

    assert closed.status == "refused"
    assert "traffic would go there" in closed.why
    assert system.changes == []


def test_a_second_drill_is_refused() -> None:
    system = FakeSystem()
    first = Drill(system, make_short_plan("evacuate"))
    assert run_until_killed(first, 20)

    closed = run_virtual(run_another(system))

    assert closed.status == "refused"
    assert "a drill is under way" in closed.why


async def run_another(
    system: FakeSystem,
    plan: DrillPlan | None = None,
    journal: MemoryJournal | None = None,
    *,
    run: str = OTHER_RUN,
    local_state: Callable[[Lease], LocalRunState] = lambda _run: "unknown",
) -> RunClosed:
    clock = VirtualClock()
    journal = journal or MemoryJournal([], clock)
    journal.append(build_run_opened(plan or make_short_plan("shift"), run))
    leases = LeaseHolder(FakeLeaseTable(system), REGIONS, clock, run, local_state)
    ports = build_ports(system, clock, lease=leases)
    return await DrillRunner(ports, journal, decode_state(journal.lines), StopRequest()).run()


def test_a_forced_drill_that_another_guard_refuses_leaves_the_lease_to_its_holder() -> None:
    system = FakeSystem()
    assert run_until_killed(Drill(system, make_short_plan("evacuate")), 20)
    held = system.lease
    system.faults[scope_of_fault(SLOW)] = replace(SLOW, region=HOME)
    journal = MemoryJournal([], VirtualClock())
    plan = build_plan("evacuate", {"step": "50%"}, forced=("lease",))

    closed = run_virtual(run_another(system, plan, journal))

    assert closed.status == "refused"
    assert "a drill is under way" not in closed.why
    assert system.lease == held
    judged = [line.event for line in map(decode_line, journal.lines)]
    overridden = [
        verdict
        for event in judged
        if isinstance(event, GuardsEvaluated)
        for verdict in event.verdicts
        if verdict.guard == "lease"
    ]
    assert [verdict.forced for verdict in overridden] == [True]
    assert "a drill is under way" in overridden[0].reason


def test_a_refused_drill_says_of_no_guard_that_it_is_overridden() -> None:
    """The lease's guard is judged for each step, and the refusal is that of a later one."""
    system = FakeSystem()
    assert run_until_killed(Drill(system, make_short_plan("evacuate")), 20)
    plan, journal = build_plan("evacuate", forced=("lease",)), MemoryJournal([], VirtualClock())
    system.dials[HOME] = 0.0

    closed = run_virtual(run_another(system, plan, journal))

    events = [line.event for line in map(decode_line, journal.lines)]
    narrator = Narrator()
    lines = [line for event in events for line in narrator.lines(event)]
    assert closed.status == "refused"
    assert not [line for line in lines if "overridden" in line]
    assert [line for line in lines if "refuse" in line]


def test_a_refused_drill_that_never_had_the_lease_tells_of_none_that_it_leaves() -> None:
    class UnremovableLeaseTable(FakeLeaseTable):
        async def remove(self, region: str, run: str) -> bool:
            raise unreachable_error()

    system = FakeSystem()
    system.lease = replace(LEASE, run=OTHER_RUN, until=EPOCH + 60.0)
    drill = Drill(system, make_short_plan("shift"))
    lease = LeaseHolder(UnremovableLeaseTable(system), REGIONS, VirtualClock(), "another")
    drill.ports["lease"] = lease

    closed = drill.run()

    assert closed.status == "refused"
    assert not [note for note in journaled_notes(drill) if "--from-lease removes it" in note]


@pytest.mark.parametrize("local", ["at-work", "unknown"])
def test_a_drill_that_takes_a_lease_over_begins_after_the_other_ones_rollback(
    local: LocalRunState,
) -> None:
    system, journal = FakeSystem(), MemoryJournal([], VirtualClock())
    plan = build_plan("evacuate", {"step": "50%"}, forced=("lease",))

    async def run_both() -> tuple[RunClosed, RunClosed]:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(run_another(system, held_plan(), run="first"))
            await asyncio.sleep(FIRST_HOLDS_AFTER_S)
            assert system.dials[AWAY] == 0.0
            second = group.create_task(
                run_another(
                    system,
                    plan,
                    journal,
                    local_state=lambda _run: "over" if first.done() else local,
                )
            )
        return first.result(), second.result()

    displaced, closed = run_virtual(run_both())

    assert f"another process took the lease: {OTHER_RUN}" in displaced.why
    assert closed.status in ("met", "missed")
    assert decode_state(journal.lines).baseline.dials[AWAY] == 100.0
    assert system.dials == {HOME: 100.0, AWAY: 100.0}


def held_plan() -> DrillPlan:
    """A plan that keeps a Region empty for long."""
    return build_plan("evacuate", {"step": "50%", "hold": "1h"})


def test_a_drill_waits_no_longer_than_it_says_for_one_that_never_rolls_back() -> None:
    system = FakeSystem(lease=replace(LEASE, run="theirs", until=EPOCH + 1e6))
    drill = Drill(system, build_plan("evacuate", {"step": "50%"}, forced=("lease",)))
    drill.ports["lease"] = LeaseHolder(
        FakeLeaseTable(system), REGIONS, VirtualClock(), "mine", lambda _run: "at-work"
    )
    notes = record_notes(drill)

    drill.run()

    assert notes[0].startswith("waits for the rollback of run theirs, for 5:00 min at most; ")
    assert journaled_notes(drill)[1].startswith("run theirs is still at work: ")
    began_s = event_time_s(drill, "phase", "preflight")
    waited_s = event_time_s(drill, "phase", "steady-state") - began_s
    assert 300 <= waited_s < 310


def test_the_baseline_is_read_after_another_drill_has_ended() -> None:
    system = FakeSystem(dials={HOME: 100.0, AWAY: 50.0})

    class EndOfAnotherDrill(FakeLeaseTable):
        async def read(self, region: str) -> Lease | None:
            if system.lease is None and not system.changes:
                system.dials[AWAY] = 100.0  # the last change of its rollback
            return await super().read(region)

    async def run_drill() -> RunClosed:
        clock = VirtualClock()
        leases = LeaseHolder(EndOfAnotherDrill(system), REGIONS, clock)
        journal = MemoryJournal([], clock)
        journal.append(build_run_opened(make_short_plan("evacuate")))
        ports = build_ports(system, clock, lease=leases)
        return await DrillRunner(ports, journal, decode_state(journal.lines), StopRequest()).run()

    run_virtual(run_drill())

    assert system.dials[AWAY] == 100.0


def test_without_a_steady_state_nothing_is_started() -> None:
    system = FakeSystem(error_share=0.5)
    drill = Drill(system, make_short_plan("evacuate"))

    closed = drill.run()

    assert (closed.status, closed.exit_code) == ("refused", 3)
    assert "no steady state" in closed.why
    assert system.changes == []


class FailsFromLastProbe(NullListener):
    """Requests fail from the moment when the whole hypothesis has been seen once."""

    def __init__(self, system: FakeSystem, last: str) -> None:
        self._system = system
        self._last = last

    def on_event(self, line: JournalLine) -> None:
        if isinstance(line.event, StepDone) and line.event.step == self._last:
            self._system.error_share = 0.5


def test_a_steady_state_that_ends_while_it_is_watched_starts_nothing() -> None:
    plan = make_short_plan("evacuate")
    drill = Drill(FakeSystem(), plan)
    drill.ports["listener"] = FailsFromLastProbe(drill.system, plan.hypothesis[-1].id)

    closed = drill.run()

    assert (closed.status, closed.exit_code) == ("refused", 3)
    assert "no steady state" in closed.why
    assert drill.system.changes == []


def test_probes_observe_the_system_before_the_method_and_after_it() -> None:
    plan = make_short_plan("evacuate")
    drill = Drill(FakeSystem(), replace(plan, limits=replace(plan.limits, steady_s=40.0)))

    drill.run()

    assert (
        event_time_s(drill, "phase", "method") - event_time_s(drill, "phase", "steady-state") >= 40
    )
    assert event_time_s(drill, "phase", "rollback") - event_time_s(drill, "phase", "targets") >= 40


def test_a_drill_resumed_in_its_method_does_not_wait_for_a_steady_state() -> None:
    plan = make_short_plan("evacuate")
    drill = Drill(FakeSystem(), replace(plan, limits=replace(plan.limits, steady_s=40.0)))
    assert run_until_killed(drill, 24)

    drill.resume()

    assert event_time_s(drill, "phase", "method") - event_time_s(drill, "phase", "steady-state") < 1


class ViewRecorder(NoteRecorder):
    """Keeps the last view, too."""

    view: SystemView | None = None

    def on_observation(self, observation: Observation, view: SystemView | None) -> None:
        self.view = view


def test_the_last_view_shown_is_the_system_as_the_drill_leaves_it() -> None:
    system, recorder = FakeSystem(), ViewRecorder()

    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports["listener"] = recorder
    drill.run(stop=partial(request_stop_at_50, system))

    assert recorder.view is not None
    assert recorder.view.regions[AWAY].dial == 100.0
    assert "a call was cut off, and may still arrive: one more look in 3 s" in recorder.notes


def test_a_run_is_closed_although_its_last_readings_fail() -> None:
    class ProbesWithTornRecords(FakeProbes):
        async def finish(self) -> None:
            raise InvalidProbeRecord("samples.jsonl", 7, "not JSON")

    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports = {"probes": ProbesWithTornRecords(system, VirtualClock())}

    assert drill.run().status == "missed"
    assert system.lease is None
    (note,) = journaled_notes(drill)
    assert note.startswith("not every written item was read once more: ")


def test_a_steady_state_that_is_gone_after_the_method_is_a_missed_target() -> None:
    """HOME does not become healthy again until the rollback begins."""
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))

    class BreaksHome(NoteRecorder):
        def on_event(self, line: JournalLine) -> None:
            match line.event:
                case PhaseStarted(phase="targets"):
                    system.unhealthy.add(HOME)
                case PhaseStarted(phase="rollback"):
                    system.unhealthy.clear()

    drill.ports["listener"] = BreaksHome()
    closed = drill.run()

    (deviation,) = (
        line.event for line in drill.journal_lines() if isinstance(line.event, SteadyStateDeviated)
    )
    assert (closed.status, closed.exit_code) == ("missed", 1)
    assert deviation.step == "h2"
    assert deviation.why.startswith("step h2 (At least two Regions are healthy): ")


def test_what_a_run_leaves_behind_or_could_not_measure_is_journaled() -> None:
    class UnremovableLeaseTable(FakeLeaseTable):
        async def remove(self, region: str, run: str) -> bool:
            raise unreachable_error()

    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    probes = FakeProbes(system, VirtualClock())
    probes.remarks = ("the prober sent nothing for 3 s",)
    lease = LeaseHolder(UnremovableLeaseTable(system), REGIONS, VirtualClock())
    drill.ports = {"probes": probes, "lease": lease}

    drill.run()

    remark, left = journaled_notes(drill)[-2:]
    assert remark == "the prober sent nothing for 3 s"
    assert "the lease could not be removed in every Region" in left


def test_a_lease_that_could_not_be_taken_before_the_drill_is_told() -> None:
    class UnreadableLeaseTable(FakeLeaseTable):
        async def read(self, region: str) -> Lease | None:
            raise unreachable_error()

    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports["lease"] = LeaseHolder(UnreadableLeaseTable(system), REGIONS, VirtualClock())

    closed = drill.run()

    assert closed.status == "refused"
    assert "the lease could not be taken" in journaled_notes(drill)[0]
    assert system.changes == []

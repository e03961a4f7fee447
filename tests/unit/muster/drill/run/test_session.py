"""The work of one process on a run: measures, baseline, lease and journal."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from muster.drill.journal.events import NoteAdded, PhaseStarted, RunClosed, StepDone, StepStarted
from muster.drill.observation.probe_window import CohortObservation, Observation
from muster.drill.plan.instructions import DrainWrites, ExpectMeasure, SetDial
from muster.drill.plan.model import StopCondition
from muster.drill.run.lease import Lease, LeaseHolder
from muster.drill.run.runner import DrillRunner
from muster.drill.run.session import DrillSession
from muster.drill.run.stop import StopRequest
from muster.errors import InvalidJournal, InvalidProbeRecord
from muster.limits import Limits
from muster.measure.samples import Cohort
from muster.model import SystemView
from muster.probe.records import ProbeRecord
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    REGIONS,
    build_plan,
    build_region_view,
    build_view,
)
from tests.unit.muster.drill.fake_system import (
    FakeLeaseTable,
    FakeProbes,
    FakeSystem,
    FakeTelemetry,
    MemoryJournal,
    build_ports,
    build_run_opened,
    decode_state,
    open_state,
    unreachable_error,
)
from tests.unit.muster.drill.run.builders import (
    Drill,
    NoteRecorder,
    journaled_notes,
    kill_process,
    make_short_plan,
    plan_region_loss,
    step_id,
    was_killed,
)
from tests.virtual_time import VirtualClock, run_virtual

FAR = "ap-southeast-1"


def open_session(scenario: str) -> DrillSession:
    clock = VirtualClock()
    state = open_state(build_plan(scenario))
    ports = build_ports(FakeSystem(), clock)
    return DrillSession(ports, MemoryJournal([], clock), state, StopRequest())


def test_an_expected_error_rate_counts_requests_that_nobody_has_answered() -> None:
    """A stop condition goes by what has failed: what waits may still be answered."""
    session = open_session("region-loss")
    session.observation = Observation(requests=90, overdue=10)
    low = ExpectMeasure(measure="error-rate", high=0.01)

    assert session.measure(low) == 0.1
    assert session.measure(replace(low, door="dns")) is None
    assert session.measure(StopCondition(measure="error-rate", above=0.05)) == 0.0

    seen = {Cohort.DNS_TTL: CohortObservation(requests=15, failed=1, overdue=5)}
    session.observation = Observation(requests=90, cohorts=seen)
    assert session.measure(low) == 0.0
    assert session.measure(replace(low, door="dns")) == 0.3


def test_an_expected_lag_must_be_known_in_every_direction() -> None:
    """A stop condition goes by what is known: the rest can only be worse."""
    session = open_session("replication-pause")
    session.view = build_view(
        build_region_view(HOME), build_region_view(AWAY, lags_s={FAR: None}), build_region_view(FAR)
    )

    assert session.measure(ExpectMeasure(measure="replication-lag", high=5.0)) is None
    assert session.measure(ExpectMeasure(measure="replication-lag", region=HOME, high=5.0)) == 0.5
    assert session.measure(StopCondition(measure="replication-lag", above=5.0)) == 0.5


def test_draining_counts_from_the_regions_last_answer() -> None:
    """docs.aws.amazon.com/amazondynamodb/.../bp-global-table-design.prescriptive-guidance.evacuation.html"""
    system = FakeSystem(linger_s=40.0)  # new connections end late, and each writes
    slow = build_plan("evacuate", {"step": "50%"}, limits=Limits(drain_factor=100.0))
    drill = Drill(system, slow)

    drill.run()

    drain = step_id(slow, DrainWrites)
    drained_s = next(
        line.at_s
        for line in drill.journal_lines()
        if isinstance(line.event, StepDone) and line.event.step == drain
    )
    assert drained_s - (system.emptied_s[AWAY] + system.linger_s) >= 50.0


def test_the_lease_holds_the_baseline_before_anything_is_changed() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    dials_in_lease: list[dict[str, float]] = []

    class DialsUnreadableAtFirst(FakeTelemetry):
        async def view(self) -> SystemView:
            seen = await super().view()
            if asyncio.get_running_loop().time() > 1003:
                return seen
            regions = {name: replace(view, dial=None) for name, view in seen.regions.items()}
            return replace(seen, regions=regions)

    def record_lease(changed: FakeSystem) -> None:
        assert changed.lease is not None
        dials_in_lease.append(changed.lease.found.dials)

    system.on_change = record_lease
    drill.ports = {"telemetry": DialsUnreadableAtFirst(system)}
    drill.run()

    assert dials_in_lease[0] == {AWAY: 100.0}


def test_a_lease_that_preflight_could_not_take_is_taken_before_the_first_step() -> None:
    class UnreachableLeaseTable(FakeLeaseTable):
        reads = 0

        async def read(self, region: str) -> Lease | None:
            self.reads += 1
            if self.reads <= len(REGIONS):
                raise unreachable_error()
            return await super().read(region)

    leases: list[Lease | None] = []
    system = FakeSystem(on_change=lambda changed: leases.append(changed.lease))
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports = {"lease": LeaseHolder(UnreachableLeaseTable(system), REGIONS, VirtualClock())}

    drill.run()

    assert leases[0] is not None
    (note,) = journaled_notes(drill)
    assert note.startswith("the lease could not be taken ")
    assert note.endswith("; it is tried before each step")


def test_a_rollback_from_an_old_journal_ends_the_drills_own_faults() -> None:
    system = FakeSystem()
    drill = Drill(system, plan_region_loss())
    system.on_change = kill_process
    assert was_killed(drill.run)
    system.on_change = None
    for line in drill.lines:
        if isinstance(line, dict) and line["kind"] == "found":
            line["state"].pop("faults")

    closed = drill.resume()

    assert closed.status in ("met", "missed")
    assert system.faults == {}


def test_a_drill_whose_journal_fails_stops_and_rolls_back() -> None:
    system = FakeSystem()
    before = system.state()
    plan = make_short_plan("evacuate")

    async def run_drill() -> RunClosed:
        clock = VirtualClock()
        journal = MemoryJournal([], clock)
        journal.append(build_run_opened(plan))
        system.on_change = lambda changed: setattr(journal, "broken", True)
        ports = build_ports(system, clock, listener=listener)
        return await DrillRunner(ports, journal, decode_state(journal.lines), StopRequest()).run()

    listener = NoteRecorder()
    closed = run_virtual(run_drill())

    assert closed.status == "stopped"
    assert "no space left" in closed.why
    assert system.state() == before
    assert listener.notes[0].endswith("; the drill stops, and rolls back from memory")


def test_what_must_be_journaled_is_not_done_without_a_journal() -> None:
    async def record() -> StopRequest:
        clock, stop = VirtualClock(), StopRequest()
        journal = MemoryJournal([], clock)
        journal.broken = True
        ports, state = build_ports(FakeSystem(), clock), open_state(make_short_plan("evacuate"))
        session = DrillSession(ports, journal, state, stop)
        for why in ("no space left", "was lost"):
            with pytest.raises(InvalidJournal, match=why):
                session.record(NoteAdded(words="x"), must=True)
        session.note("kept in memory alone")
        return stop

    reason = run_virtual(record()).reason

    assert reason is not None
    assert (reason.cause, "no space left" in reason.why) == ("step", True)


def test_who_waits_is_told_what_ctrl_c_would_do() -> None:
    plan = make_short_plan("evacuate")
    listener = NoteRecorder()

    async def show() -> None:
        clock = VirtualClock()
        ports = build_ports(FakeSystem(), clock, listener=listener)
        session = DrillSession(ports, MemoryJournal([], clock), open_state(plan), StopRequest())
        session.show_wait("waits", 60.0)
        session.record(StepStarted(step=plan.steps[0].id, do=plan.steps[0].do))
        session.show_wait("waits", 60.0)

    run_virtual(show())

    before, after = listener.notes
    assert before.endswith("Ctrl-C ends the drill, and nothing has been changed")
    assert after.endswith("Ctrl-C ends the drill, and rolls back")


def test_records_of_probes_that_can_not_be_read_stop_the_drill() -> None:
    class TornRecords(FakeProbes):
        def read(self) -> Sequence[ProbeRecord]:
            raise InvalidProbeRecord("samples.jsonl", 7, "not JSON")

    async def look() -> StopRequest:
        clock, stop, system = VirtualClock(), StopRequest(), FakeSystem()
        ports = build_ports(system, clock, probes=TornRecords(system, clock))
        state = open_state(make_short_plan("evacuate"))
        session = DrillSession(ports, MemoryJournal([], clock), state, stop)
        session.read_probes()
        assert stop.reason is None  # nothing is measured yet
        await session.start_probing()
        session.read_probes()
        return stop

    reason = run_virtual(look()).reason

    assert reason is not None
    assert (reason.cause, "samples.jsonl" in reason.why) == ("probes", True)


def test_the_progress_tells_what_is_done_now_in_the_method_and_in_the_rollback() -> None:
    plan = make_short_plan("evacuate")
    first, back = plan.steps[0], SetDial(region=AWAY, percent=100.0)
    told: list[tuple[str, str, str]] = []

    async def tell() -> None:
        clock = VirtualClock()
        journal, ports = MemoryJournal([], clock), build_ports(FakeSystem(), clock)
        session = DrillSession(ports, journal, open_state(plan), StopRequest())
        for event in (
            PhaseStarted(phase="method"),
            StepStarted(step=first.id, do=first.do),
            PhaseStarted(phase="rollback"),
            StepStarted(step="r1", do=back),
        ):
            session.record(event)
            progress = session.progress()
            told.append((progress.phase, progress.step, progress.does))

    run_virtual(tell())

    assert told == [
        ("method", "", ""),
        ("method", first.id, first.activity),
        ("rollback", first.id, first.activity),
        ("rollback", "r1", f"dial of {AWAY} to 100 %"),
    ]


def test_a_view_that_can_not_be_read_shows_nothing_and_why() -> None:
    class UnreachableTelemetry(FakeTelemetry):
        async def view(self) -> SystemView:
            raise unreachable_error()

    async def look() -> SystemView:
        clock, system = VirtualClock(), FakeSystem()
        ports = build_ports(system, clock, telemetry=UnreachableTelemetry(system, clock))
        state = open_state(make_short_plan("evacuate"))
        return await DrillSession(ports, MemoryJournal([], clock), state, StopRequest()).read_view()

    view = run_virtual(look())

    assert view.regions.keys() == {HOME, AWAY}
    assert {(seen.dial, seen.endpoint, seen.switch) for seen in view.regions.values()} == {
        (None, None, None)
    }
    assert view.problems == (str(unreachable_error()),)

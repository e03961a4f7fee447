"""A lease, and runs of drills over a fake system."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from muster.drill.journal.events import JournalLine, RunClosed, decode_line
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.plan.instructions import Instruction
from muster.drill.plan.model import DrillPlan
from muster.drill.run.lease import Lease
from muster.drill.run.runner import DrillRunner
from muster.drill.run.stop import StopRequest
from muster.errors import CallFailed
from muster.levers import Fault, scope_of_fault
from muster.model import ActiveFault, SwitchSetting
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.drill.fake_system import (
    IDENTITY,
    FakeLevers,
    FakeSystem,
    MemoryJournal,
    NullListener,
    ProcessKilled,
    build_ports,
    build_run_opened,
    decode_state,
)
from tests.virtual_time import EPOCH, VirtualClock, run_virtual

LEASE = Lease(
    run="mine",
    scenario="evacuate",
    by="ann",
    host="desk",
    until=0.0,
    found=DrillBaseline(
        dials={AWAY: 60.0}, switches={AWAY: SwitchSetting(status="pass", why="exam")}
    ),
    touched=DrillChanges(dials=(AWAY,), faults=(Fault(kind="throttle", region=AWAY),)),
)


class Drill:
    """One run over a fake system, by one process after the other."""

    def __init__(self, system: FakeSystem, plan: DrillPlan) -> None:
        self.system = system
        self.plan = plan
        self.lines: list[object] = []
        self._offset_s = 0.0
        self._process_identity = IDENTITY
        self.ports: dict[str, object] = {}
        """Ports that replace the fakes."""

    def run(
        self, kill_at: int | None = None, stop: Callable[[StopRequest], object] | None = None
    ) -> RunClosed:
        return run_virtual(self._process("run", kill_at, stop))

    def resume(self, kill_at: int | None = None) -> RunClosed:
        return run_virtual(self._process("resume", kill_at, None))

    def roll_back(
        self,
        kill_at: int | None = None,
        forced: tuple[str, ...] = (),
        stop: Callable[[StopRequest], object] | None = None,
    ) -> RunClosed:
        return run_virtual(self._process("roll_back", kill_at, stop, forced))

    def restart(self) -> None:
        """Reboot the machine: its monotonic clock begins again."""
        self.system.emptied_s.clear()
        self._offset_s = -900.0
        self._process_identity = replace(IDENTITY, boot="boot-2")

    def journal_lines(self) -> list[JournalLine]:
        return [decode_line(line) for line in self.lines]

    def kinds(self) -> list[str]:
        return [str(line["kind"]) for line in self.lines if isinstance(line, dict)]

    async def _process(
        self,
        action: str,
        kill_at: int | None,
        stop: Callable[[StopRequest], object] | None,
        forced: tuple[str, ...] = (),
    ) -> RunClosed:
        clock = VirtualClock(self._offset_s)
        self._offset_s += 10_000.0
        journal = MemoryJournal(self.lines, clock, kill_at)
        if not self.lines:
            journal.append(build_run_opened(self.plan))
        request = StopRequest()
        if stop is not None:
            stop(request)
        ports = build_ports(self.system, clock, process=self._process_identity, **self.ports)
        runner = DrillRunner(ports, journal, decode_state(self.lines), request, forced)
        work = {"run": runner.run, "resume": runner.resume, "roll_back": runner.roll_back}
        return await work[action]()


def was_killed(work: Callable[[], object]) -> bool:
    """Do the work of a process; True if it was killed."""
    try:
        work()
    except BaseExceptionGroup as group:
        if group.subgroup(ProcessKilled) is None:
            raise
        return True
    except ProcessKilled:
        return True
    return False


def run_until_killed(drill: Drill, events: int) -> bool:
    """Run, with a kill before the n-th event is written; False if the run ended before that."""
    return was_killed(lambda: drill.run(kill_at=events))


def kill_process(system: FakeSystem) -> None:
    """Kill the process when a lever has taken effect, before that is journaled."""
    raise ProcessKilled


def make_short_plan(name: str) -> DrillPlan:
    """The plan of a shipped scenario, with few steps."""
    return build_plan(name, {"step": "50%"} if name in ("evacuate", "shift") else {})


def plan_region_loss(*forced: str, fault: str = "network-cut") -> DrillPlan:
    """The plan of losing AWAY, with these guards overridden."""
    return build_plan("region-loss", {"fault": fault, "hold": "5s"}, forced=forced)


def system_with_faults(*faults: ActiveFault) -> FakeSystem:
    """A system with these active faults."""
    return FakeSystem(faults={scope_of_fault(fault): fault for fault in faults})


SLOW = ActiveFault(
    kind="network-slow",
    region=AWAY,
    parameters={"delay_ms": 300.0},
    until_epoch_s=EPOCH + 1e6,
)


def step_id(plan: DrillPlan, kind: type[Instruction]) -> str:
    """The id of the plan's first step of this kind."""
    return next(step.id for step in plan.steps if isinstance(step.do, kind))


def event_time_s(drill: Drill, kind: str, what: str) -> float:
    """When the last event of this kind with this value was journaled."""
    times_s = [
        line["at_s"]
        for line in drill.lines
        if isinstance(line, dict) and line["kind"] == kind and what in line.values()
    ]
    return float(times_s[-1])


class NoteRecorder(NullListener):
    """Keeps the remarks that are not journaled."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_note(self, words: str) -> None:
        self.notes.append(words)


def record_notes(drill: Drill) -> list[str]:
    """The remarks of a drill that are not journaled, once it runs."""
    listener = NoteRecorder()
    drill.ports["listener"] = listener
    return listener.notes


def journaled_notes(drill: Drill) -> list[str]:
    return [
        str(line["words"]) for line in drill.lines if isinstance(line, dict) and "words" in line
    ]


def assert_some_region_serves(changed: FakeSystem) -> None:
    """Some Region takes traffic by its dial and its switch, and answers it."""
    assert [
        name
        for name, dial in changed.dials.items()
        if dial > 0 and changed.switches[name].status != "fail" and changed.is_serving(name)
    ]


def request_stop_at_50(system: FakeSystem, stop: StopRequest) -> None:
    """Request a stop by a signal when AWAY's dial is turned to 50."""
    system.on_change = lambda changed: (
        stop.request("signal", "SIGINT") if changed.dials[AWAY] == 50 else None
    )


def permanent_error() -> CallFailed:
    """An error that is not worth a retry."""
    return CallFailed("ga", "Update", "us-west-2", "AccessDenied", "no")


class SlowLevers(FakeLevers):
    """A dial is turned after a minute of retries; meanwhile a Region becomes unhealthy."""

    def __init__(self, system: FakeSystem, percent: float, unhealthy: str) -> None:
        super().__init__(system)
        self._slow, self._unhealthy = percent, unhealthy

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> None:
        if percent == self._slow:
            await asyncio.sleep(10.0)
            self._system.unhealthy.add(self._unhealthy)
            await asyncio.sleep(50.0)
        await super().set_dial(region, percent, within_s=within_s)

"""A system without AWS: levers, telemetry, probes and lease over one small state.

`World` outlives the processes of a test: a killed drill leaves it as it stood.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from muster.drill.journal.events import (
    JournalEvent,
    JournalLine,
    RunClosed,
    RunOpened,
    decode_line,
    encode_line,
)
from muster.drill.journal.run_state import RunState, fold_journal
from muster.drill.observation.probe_window import Observation
from muster.drill.plan.model import DrillPlan
from muster.drill.result import RunSamples, build_result, make_run_closed
from muster.drill.run.lease import Lease, LeaseHolder
from muster.drill.run.ports import DrillPorts, ProcessIdentity
from muster.drill.run.stop import StopRequest
from muster.errors import CallFailed, InvalidJournal, MusterError, Unreachable
from muster.levers import Fault, fault_scope, scope_of_fault
from muster.measure.samples import Cohort, RequestOutcome, Sample
from muster.model import ActiveFault, SwitchSetting, SystemView
from muster.probe.records import ProbeRecord
from tests.unit.muster.drill.builders import REGIONS, build_region_view, build_view
from tests.unit.muster.drill.virtual_time import VirtualClock

IDENTITY = ProcessIdentity(by="ann", host="desk", pid=1, boot="boot-1")


class ProcessKilled(BaseException):
    """The process dies here."""


@dataclass
class FakeSystem:
    """What a drill changes, and what it looks like."""

    dials: dict[str, float] = field(default_factory=lambda: dict.fromkeys(REGIONS, 100.0))
    switches: dict[str, SwitchSetting] = field(
        default_factory=lambda: {name: SwitchSetting() for name in REGIONS}
    )
    faults: dict[str, ActiveFault] = field(default_factory=dict)
    """By the side that is broken."""
    faults_unread: tuple[str, ...] | None = ()
    """Sides of which nobody tells whether they are broken; None: of all."""
    sick: set[str] = field(default_factory=set)
    """Regions that are unhealthy of themselves."""
    lease: Lease | None = None
    processes: int = 0
    """How many have been at work on it."""
    failures: list[MusterError] = field(default_factory=list)
    """The next pulls of a lever fail so, one after the other."""
    pulls: list[str] = field(default_factory=list)
    error_share: float = 0.0
    onset_s: float = 0.0
    """So long tables are still replicated after a pause has begun."""
    broke_s: dict[str, float] = field(default_factory=dict)
    """When each side was broken last, in seconds since 1970."""
    deploys_s: float = 0.5
    """So long a turned dial takes until it is deployed."""
    linger_s: float = 0.0
    """So long a Region still gets new connections after its dial went to 0."""
    emptied_s: dict[str, float] = field(default_factory=dict)
    worst: Callable[["FakeSystem"], None] | None = None
    """Is asked after every pull; raises when something must never be."""

    def state(self) -> object:
        """Everything that a rollback puts back."""
        switches = {name: (one.status, one.until_epoch_s) for name, one in self.switches.items()}
        return dict(self.dials), switches, self.broken()

    def broken(self) -> dict[str, ActiveFault]:
        """The faults, with ends to the second."""
        return {
            where: replace(one, until_epoch_s=one.until_epoch_s and round(one.until_epoch_s))
            for where, one in self.faults.items()
        }

    def break_(self, fault: Fault, now: float) -> None:
        """As the twin does: in the place of what stands on the same side."""
        own = {"network-slow": "delay_ms", "throttle": "concurrency"}.get(fault.kind)
        defaults = {"delay_ms": 200.0, "concurrency": 0.0}
        left_s = fault.parameters.get("for_s")
        self.broke_s[scope_of_fault(fault)] = now
        self.faults[scope_of_fault(fault)] = ActiveFault(
            kind=fault.kind,
            region=fault.region,
            parameters={own: fault.parameters.get(own, defaults[own])} if own else {},
            until_epoch_s=None if left_s is None else now + float(left_s),
            by=str(fault.parameters.get("by", "")) if fault.kind == "throttle" else "",
        )

    def mend(self, fault: Fault) -> None:
        """The side is whole again."""
        self.faults.pop(scope_of_fault(fault), None)

    def pass_time(self, now: float) -> None:
        """Let end what is over."""
        for one in list(self.faults.values()):
            if one.until_epoch_s is not None and one.until_epoch_s <= now:
                del self.faults[scope_of_fault(one)]

    def dead(self, region: str) -> bool:
        kinds = ("region-kill", "region-freeze", "region-stop", "network-cut", "throttle")
        return any(one.kind in kinds and one.region == region for one in self.faults.values())

    def healthy(self, region: str) -> bool:
        if region in self.sick:
            return False
        status = self.switches[region].status
        return status == "pass" or (status == "auto" and not self.dead(region))

    def lag_s(self, now: float) -> float:
        """Replication lag of every Region."""
        paused = any(
            one.kind == "replication-pause" and now >= self.broke_s.get(where, 0.0) + self.onset_s
            for where, one in self.faults.items()
        )
        return 30.0 if paused else 0.5

    def serving(self, region: str) -> bool:
        return region not in self.sick and not self.dead(region)

    def receiving(self, at_s: float) -> list[str]:
        """Regions that take new connections."""
        healthy = [name for name in self.dials if self.healthy(name)]
        dialled = [
            name
            for name in healthy
            if self.dials[name] > 0 or at_s < self.emptied_s.get(name, at_s) + self.linger_s
        ]
        return dialled or healthy or list(self.dials)

    def pulled(self, what: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.pulls.append(what)

    def check(self) -> None:
        if self.worst is not None:
            self.worst(self)


class FakeLevers:
    """Pulls at the world; each pull takes some time."""

    def __init__(self, world: FakeSystem, clock: VirtualClock | None = None) -> None:
        self._world = world
        self._clock = clock or VirtualClock()

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> None:
        await asyncio.sleep(0.5)
        self._world.pulled(f"dial {region} {percent:g}")
        self._world.dials[region] = percent
        if percent == 0:
            self._world.emptied_s[region] = asyncio.get_running_loop().time()
        self._world.check()
        await asyncio.sleep(self._world.deploys_s)

    async def set_switch(self, region: str, switch: SwitchSetting, *, within_s: float) -> None:
        await asyncio.sleep(0.5)
        self._world.pulled(f"switch {region} {switch.status}")
        self._world.switches[region] = switch
        self._world.check()
        await asyncio.sleep(0.5)

    async def inject(self, fault: Fault, *, token: str) -> None:
        await asyncio.sleep(0.5)
        self._world.pulled(f"inject {fault.kind} {fault.region}")
        self._world.break_(fault, self._clock.now())
        self._world.check()

    async def clear(self, fault: Fault) -> None:
        await asyncio.sleep(0.5)
        self._world.pulled(f"clear {fault.kind} {fault.region}")
        self._world.mend(fault)


class FakeTelemetry:
    """Shows the world."""

    def __init__(self, world: FakeSystem, clock: VirtualClock | None = None) -> None:
        self._world = world
        self._clock = clock or VirtualClock()

    async def view(self) -> SystemView:
        await asyncio.sleep(0.05)
        world = self._world
        world.pass_time(self._clock.now())
        faults: dict[str, object] = {
            "faults": None if world.faults_unread is None else tuple(world.faults.values()),
            "faults_unread": world.faults_unread or (),
        }
        if fault_scope("control-stop", None) in world.faults:
            return build_view(
                *(build_region_view(name, dial=None, endpoint=None) for name in world.dials),
                accelerator_status=None,
                **faults,
            )
        return build_view(
            *(
                build_region_view(
                    name,
                    dial=dial,
                    endpoint="HEALTHY" if world.healthy(name) else "UNHEALTHY",
                    target="healthy" if world.healthy(name) else "unhealthy",
                    switch=world.switches[name],
                    replication_lag_s=world.lag_s(self._clock.now()),
                )
                for name, dial in world.dials.items()
            ),
            **faults,
        )


class FakeProbes:
    """Sends 20 requests a second to whatever takes new connections."""

    RATE = 20

    def __init__(self, world: FakeSystem, clock: VirtualClock) -> None:
        self._world = world
        self._clock = clock
        self._from_s: float | None = None
        self._seq = 0
        self.samples: list[ProbeRecord] = []
        self.failure: str | None = None
        self.remarks: tuple[str, ...] = ()

    async def start(self) -> None:
        self._from_s = self._clock.monotonic()

    async def run(self) -> None:
        await asyncio.Event().wait()

    def read(self) -> Sequence[ProbeRecord]:
        assert self._from_s is not None
        now_s = self._clock.monotonic()
        fresh: list[ProbeRecord] = []
        while self._from_s + self._seq / self.RATE <= now_s:
            fresh.append(self._sample(self._from_s + self._seq / self.RATE))
            self._seq += 1
        self.samples += fresh
        return fresh

    async def finish(self) -> None:
        return None

    def _sample(self, at_s: float) -> Sample:
        receiving = self._world.receiving(at_s)
        region = receiving[self._seq % len(receiving)]
        failed = not self._world.serving(region) or (
            self._seq % 100 < 100 * self._world.error_share
        )
        return Sample(
            seq=self._seq,
            cohort=Cohort.NEW,
            vantage="here",
            target="192.0.2.1",
            scheduled_s=at_s,
            sent_s=at_s,
            connected_s=at_s,
            finished_s=at_s,
            outcome=RequestOutcome.RESET if failed else RequestOutcome.OK,
            status=None if failed else 200,
            region=None if failed else region,
        )


class FakeLeaseTable:
    """The lease's item."""

    def __init__(self, world: FakeSystem) -> None:
        self._world = world

    async def read(self, region: str) -> Lease | None:
        return self._world.lease

    async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
        if self._world.lease != over:
            return False
        self._world.lease = lease
        return True

    async def remove(self, region: str, run: str) -> bool:
        if self._world.lease is None or self._world.lease.run != run:
            return False
        self._world.lease = None
        return True


class MemoryJournal:
    """Keeps entries as their JSON form; may kill the process at the n-th entry of this process."""

    def __init__(
        self, lines: list[object], clock: VirtualClock, kill_at: int | None = None
    ) -> None:
        self.lines = lines
        self._clock = clock
        self._left = kill_at
        self.broken = False

    def append(self, entry: JournalEvent) -> JournalLine:
        if self.broken:
            raise InvalidJournal("journal", 0, "no space left")
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise ProcessKilled
        line = JournalLine(
            n=len(self.lines) + 1,
            at_s=self._clock.monotonic(),
            at=self._clock.now(),
            event=entry,
        )
        raw = encode_line(line)
        self.lines.append(raw)
        return decode_line(raw)


class NullListener:
    """Listens to nothing; keeps views for nobody."""

    def on_event(self, line: JournalLine) -> None: ...

    def on_observation(self, observation: Observation, view: SystemView | None) -> None: ...

    def on_note(self, words: str) -> None: ...

    def put(self, observation: Observation, view: SystemView) -> None: ...


def build_ports(world: FakeSystem, clock: VirtualClock, **more: object) -> DrillPorts:
    """Everything outside, over one world."""
    probes = FakeProbes(world, clock)
    world.processes += 1
    holder = f"process {world.processes}"

    def make_result(state: RunState) -> RunClosed:
        samples = tuple(one for one in probes.samples if isinstance(one, Sample))
        return make_run_closed(build_result(state, RunSamples(samples=samples), clock.now()))

    plain = DrillPorts(
        levers=FakeLevers(world, clock),
        telemetry=FakeTelemetry(world, clock),
        probes=probes,
        lease=LeaseHolder(FakeLeaseTable(world), REGIONS, clock, holder),
        listener=NullListener(),
        make_result=make_result,
        keep_snapshot=lambda _observation, _view: None,
        clock=clock,
        rng=random.Random(1),
        process=IDENTITY,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # free-form fields of a test


def build_run_opened(plan: DrillPlan, run: str = "2026-11-21T10-00-00-test") -> RunOpened:
    """The first entry of a run."""
    return RunOpened(
        run=run,
        plan=plan,
        target="a test",
        account="123456789012",
        by=IDENTITY.by,
        host=IDENTITY.host,
        pid=IDENTITY.pid,
        boot=IDENTITY.boot,
        version="test",
    )


def open_state(plan: DrillPlan) -> RunState:
    """The state of a run that has begun."""
    return fold_journal([JournalLine(n=1, at_s=0.0, at=0.0, event=build_run_opened(plan))])


def decode_state(lines: Sequence[object]) -> RunState:
    """What a journal in memory means."""
    return fold_journal(decode_line(line) for line in lines)


def unreachable_error() -> CallFailed:
    """An error that may pass."""
    return Unreachable("globalaccelerator", "UpdateEndpointGroup", "us-west-2", "TimeOut", "no")


__all__ = ["StopRequest"]

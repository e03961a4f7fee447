"""A system without AWS: levers, telemetry, probes and lease over one small state.

`FakeSystem` outlives the processes of a test: a killed drill leaves it unchanged.
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
from muster.errors import CallFailed, InvalidJournal, MusterError, Unreachable
from muster.levers import Fault, fault_scope, scope_of_fault
from muster.measure.samples import Cohort, RequestOutcome, Sample
from muster.model import ActiveFault, SwitchSetting, SystemView
from muster.probe.records import ProbeRecord
from tests.unit.muster.drill.builders import (
    REGIONS,
    build_record_view,
    build_region_view,
    build_view,
)
from tests.virtual_time import VirtualClock

IDENTITY = ProcessIdentity(by="ann", host="desk", pid=1, boot="boot-1")


class ProcessKilled(BaseException):
    """The process is killed here."""


@dataclass
class FakeSystem:
    """What a drill changes, and what it looks like."""

    dials: dict[str, float] = field(default_factory=lambda: dict.fromkeys(REGIONS, 100.0))
    has_dns: bool = False
    """Whether the stack has the DNS door too."""
    weights: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REGIONS, 100))
    inverted: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(REGIONS, False))
    switches: dict[str, SwitchSetting] = field(
        default_factory=lambda: {name: SwitchSetting() for name in REGIONS}
    )
    faults: dict[str, ActiveFault] = field(default_factory=dict)
    """By scope."""
    faults_unread: tuple[str, ...] | None = ()
    """Scopes whose faults can't be read; None: no scope can be read."""
    function_versions: dict[str, str] = field(default_factory=lambda: dict.fromkeys(REGIONS, "1"))
    outdated: tuple[str, ...] = ()
    """In what the stack's outputs differ from the system."""
    unhealthy: set[str] = field(default_factory=set)
    """Regions that fail their health checks although no fault is injected."""
    lease: Lease | None = None
    processes: int = 0
    """Number of processes that have used it."""
    failures: list[MusterError] = field(default_factory=list)
    """Errors of the levers' next attempts, in order."""
    changes: list[str] = field(default_factory=list)
    """The changes that levers have made, in words."""
    error_share: float = 0.0
    pause_delay_s: float = 0.0
    """Seconds for which tables are still replicated after a pause is injected."""
    injected_at: dict[str, float] = field(default_factory=dict)
    """Scope -> when a fault was last injected, in seconds since 1970."""
    deploy_s: float = 0.5
    """Seconds until a turned dial is deployed."""
    linger_s: float = 0.0
    """Seconds for which a Region still gets new connections after its dial went to 0."""
    emptied_s: dict[str, float] = field(default_factory=dict)
    on_change: Callable[["FakeSystem"], None] | None = None
    """Called after every change; a test changes the system in it, or asserts."""

    def state(self) -> object:
        """Everything that a rollback puts back."""
        switches = {
            name: (switch.status, switch.until_epoch_s) for name, switch in self.switches.items()
        }
        records = dict(self.weights), dict(self.inverted)
        return dict(self.dials), switches, records, self.rounded_faults()

    def rounded_faults(self) -> dict[str, ActiveFault]:
        """The active faults, their ends rounded to the second."""
        return {
            scope: replace(fault, until_epoch_s=fault.until_epoch_s and round(fault.until_epoch_s))
            for scope, fault in self.faults.items()
        }

    def inject(self, fault: Fault, now: float) -> None:
        """Replace the active fault of the same scope, as the twin does."""
        own = {"network-slow": "delay_ms", "throttle": "concurrency"}.get(fault.kind)
        defaults = {"delay_ms": 200.0, "concurrency": 0.0}
        left_s = fault.parameters.get("for_s")
        self.injected_at[scope_of_fault(fault)] = now
        self.faults[scope_of_fault(fault)] = ActiveFault(
            kind=fault.kind,
            region=fault.region,
            parameters={own: fault.parameters.get(own, defaults[own])} if own else {},
            until_epoch_s=None if left_s is None else now + float(left_s),
            by=str(fault.parameters.get("by", "")) if fault.kind == "throttle" else "",
        )

    def clear(self, fault: Fault) -> None:
        """End the active fault of the scope."""
        self.faults.pop(scope_of_fault(fault), None)

    def expire_faults(self, now: float) -> None:
        """End faults whose time is over."""
        for fault in list(self.faults.values()):
            if fault.until_epoch_s is not None and fault.until_epoch_s <= now:
                del self.faults[scope_of_fault(fault)]

    def is_down(self, region: str) -> bool:
        kinds = ("region-kill", "region-freeze", "region-stop", "network-cut", "throttle")
        return any(fault.kind in kinds and fault.region == region for fault in self.faults.values())

    def is_healthy(self, region: str) -> bool:
        if region in self.unhealthy:
            return False
        status = self.switches[region].status
        return status == "pass" or (status == "auto" and not self.is_down(region))

    def lag_s(self, now: float) -> float:
        """Replication lag of every Region, in seconds."""
        paused = any(
            fault.kind == "replication-pause"
            and now >= self.injected_at.get(scope, 0.0) + self.pause_delay_s
            for scope, fault in self.faults.items()
        )
        return 30.0 if paused else 0.5

    def is_serving(self, region: str) -> bool:
        return region not in self.unhealthy and not self.is_down(region)

    def receiving_regions(self, at_s: float) -> list[str]:
        """Regions that take new connections."""
        healthy = [name for name in self.dials if self.is_healthy(name)]
        dialled = [
            name
            for name in healthy
            if self.dials[name] > 0 or at_s < self.emptied_s.get(name, at_s) + self.linger_s
        ]
        return dialled or healthy or list(self.dials)

    def is_record_healthy(self, region: str) -> bool:
        return self.is_healthy(region) != self.inverted[region]

    def answered_regions(self) -> list[str]:
        """Regions that DNS answers with, as soon as anything changes."""
        healthy = [name for name in self.weights if self.is_record_healthy(name)]
        weighted = [name for name in healthy if self.weights[name] > 0]
        return weighted or healthy or list(self.weights)

    def record_change(self, what: str) -> None:
        """Raises the next of `failures`, if there is one."""
        if self.failures:
            raise self.failures.pop(0)
        self.changes.append(what)

    def notify(self) -> None:
        if self.on_change is not None:
            self.on_change(self)


class FakeLevers:
    """Levers that change the fake system; each change takes some virtual time."""

    def __init__(self, system: FakeSystem, clock: VirtualClock | None = None) -> None:
        self._system = system
        self._clock = clock or VirtualClock()

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> None:
        await asyncio.sleep(0.5)
        self._system.record_change(f"dial {region} {percent:g}")
        self._system.dials[region] = percent
        if percent == 0:
            self._system.emptied_s[region] = asyncio.get_running_loop().time()
        self._system.notify()
        await asyncio.sleep(self._system.deploy_s)

    async def set_switch(self, region: str, switch: SwitchSetting, *, within_s: float) -> None:
        await asyncio.sleep(0.5)
        self._system.record_change(f"switch {region} {switch.status}")
        self._system.switches[region] = switch
        self._system.notify()
        await asyncio.sleep(0.5)

    async def set_weight(self, region: str, weight: int, *, within_s: float) -> None:
        await asyncio.sleep(0.5)
        self._system.record_change(f"weight {region} {weight}")
        self._system.weights[region] = weight
        self._system.notify()

    async def set_inverted(self, region: str, inverted: bool, *, within_s: float) -> None:
        await asyncio.sleep(0.5)
        self._system.record_change(f"inverted {region} {inverted}")
        self._system.inverted[region] = inverted
        self._system.notify()

    async def inject(self, fault: Fault, *, token: str) -> None:
        await asyncio.sleep(0.5)
        self._system.record_change(f"inject {fault.kind} {fault.region}")
        self._system.inject(fault, self._clock.now())
        self._system.notify()

    async def clear(self, fault: Fault) -> None:
        await asyncio.sleep(0.5)
        self._system.record_change(f"clear {fault.kind} {fault.region}")
        self._system.clear(fault)


class FakeTelemetry:
    """Views of the fake system."""

    def __init__(self, system: FakeSystem, clock: VirtualClock | None = None) -> None:
        self._system = system
        self._clock = clock or VirtualClock()

    async def view(self) -> SystemView:
        await asyncio.sleep(0.05)
        system = self._system
        system.expire_faults(self._clock.now())
        faults: dict[str, object] = {
            "faults": None if system.faults_unread is None else tuple(system.faults.values()),
            "faults_unread": system.faults_unread or (),
            "outdated": system.outdated,
        }
        if system.has_dns:
            faults["doors"] = ("accelerator", "dns")
        if fault_scope("control-stop", None) in system.faults:
            return build_view(
                *(build_region_view(name, dial=None, endpoint=None) for name in system.dials),
                accelerator_status=None,
                **faults,
            )
        if system.has_dns:
            faults["dns"] = {
                name: build_record_view(
                    name,
                    weight=weight,
                    inverted=system.inverted[name],
                    healthy_checkers=16 if system.is_healthy(name) else 0,
                )
                for name, weight in system.weights.items()
            }
        return build_view(
            *(
                build_region_view(
                    name,
                    dial=dial,
                    endpoint="HEALTHY" if system.is_healthy(name) else "UNHEALTHY",
                    target="healthy" if system.is_healthy(name) else "unhealthy",
                    switch=system.switches[name],
                    replication_lag_s=system.lag_s(self._clock.now()),
                    function_version=system.function_versions[name],
                )
                for name, dial in system.dials.items()
            ),
            **faults,
        )


class FakeProbes:
    """Sends 20 requests a second to the Regions that take new connections."""

    RATE = 20

    def __init__(self, system: FakeSystem, clock: VirtualClock) -> None:
        self._system = system
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
            at_s = self._from_s + self._seq / self.RATE
            fresh.append(self._sample(at_s))
            if self._system.has_dns:
                self._seq += 1
                fresh.append(self._dns_sample(at_s))
            self._seq += 1
        self.samples += fresh
        return fresh

    async def finish(self) -> None:
        return None

    def _dns_sample(self, at_s: float) -> Sample:
        answered = self._system.answered_regions()
        region = answered[self._seq // 2 % len(answered)]
        plain = self._sample(at_s)
        failed = not self._system.is_serving(region)
        return replace(
            plain,
            cohort=Cohort.DNS_TTL,
            outcome=RequestOutcome.RESET if failed else RequestOutcome.OK,
            status=None if failed else 200,
            region=None if failed else region,
        )

    def _sample(self, at_s: float) -> Sample:
        receiving = self._system.receiving_regions(at_s)
        region = receiving[self._seq % len(receiving)]
        failed = not self._system.is_serving(region) or (
            self._seq % 100 < 100 * self._system.error_share
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
    """The lease's item, the same in each Region."""

    def __init__(self, system: FakeSystem) -> None:
        self._system = system

    async def read(self, region: str) -> Lease | None:
        return self._system.lease

    async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
        if self._system.lease != over:
            return False
        self._system.lease = lease
        return True

    async def remove(self, region: str, run: str) -> bool:
        if self._system.lease is None or self._system.lease.run != run:
            return False
        self._system.lease = None
        return True


class MemoryJournal:
    """Keeps events in their JSON form; may kill the process at its n-th event."""

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
    """Ignores all run events."""

    def on_event(self, line: JournalLine) -> None: ...

    def on_observation(self, observation: Observation, view: SystemView | None) -> None: ...

    def on_note(self, words: str) -> None: ...


def build_ports(system: FakeSystem, clock: VirtualClock, **more: object) -> DrillPorts:
    """The ports of a run over a fake system; `more` replaces some of them."""
    probes = FakeProbes(system, clock)
    system.processes += 1
    holder = f"process {system.processes}"

    def make_result(state: RunState) -> RunClosed:
        samples = tuple(one for one in probes.samples if isinstance(one, Sample))
        return make_run_closed(build_result(state, RunSamples(samples=samples), clock.now()))

    plain = DrillPorts(
        levers=FakeLevers(system, clock),
        telemetry=FakeTelemetry(system, clock),
        probes=probes,
        lease=LeaseHolder(FakeLeaseTable(system), REGIONS, clock, holder),
        listener=NullListener(),
        make_result=make_result,
        keep_snapshot=lambda _observation, _view: None,
        clock=clock,
        rng=random.Random(1),
        process=IDENTITY,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # free-form fields of a test


def build_run_opened(plan: DrillPlan, run: str = "2026-11-21T10-00-00-test") -> RunOpened:
    """The first event of a run."""
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
    """The state of a run whose journal has the opening alone."""
    return fold_journal([JournalLine(n=1, at_s=0.0, at=0.0, event=build_run_opened(plan))])


def decode_state(lines: Sequence[object]) -> RunState:
    """The state after a journal in memory."""
    return fold_journal(decode_line(line) for line in lines)


def unreachable_error() -> CallFailed:
    """A transient error."""
    return Unreachable("globalaccelerator", "UpdateEndpointGroup", "us-west-2", "TimeOut", "no")

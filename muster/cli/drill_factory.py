"""Composition of a drill: a deployment, a run's folder and a listener become a Runner.

Decides which file each record goes to, and how the process hears signals.
"""

import asyncio
import math
import os
import random
import signal
import socket
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from muster import __version__, codec
from muster.aws.clients import CallPolicy
from muster.deployment import Deployment
from muster.drill.journal.events import JournalEvent, RunClosed, RunOpened
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.run_folders import (
    PLAN_FILE,
    RESULT_FILE,
    SIGHTINGS_FILE,
    VIEWS_FILE,
    RunFolder,
    RunFolders,
)
from muster.drill.journal.run_state import RunState
from muster.drill.observation.probe_session import NoProbes, ProbeSession
from muster.drill.observation.snapshot_log import SnapshotLog
from muster.drill.plan.model import DrillPlan
from muster.drill.result import RunSamples, build_result, join_samples, make_run_closed
from muster.drill.run.lease import DynamoDBLeaseTable, LeaseHolder
from muster.drill.run.ports import DrillPorts, ProcessIdentity, RunListener
from muster.drill.run.runner import DrillRunner
from muster.drill.run.stop import StopRequest
from muster.errors import InvalidJournal, InvalidProbeRecord, InvalidSetting
from muster.measure.samples import Cohort
from muster.probe import CohortShare, ProbePlan, ProbeRun, check_probe_plan, read_probe_run
from muster.probe.table_reader import TableReader
from muster.probe.targets import probed_service
from muster.report.environment import ENVIRONMENT_FILE, describe_environment
from muster.report.run_reader import write_text

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ITEM_READ = CallPolicy(connect_s=1.0, read_s=1.0, attempts=1, whole_s=1.0)
"""One try within a second: a pause and the next reading follow anyway."""
NEW_SHARE, KEPT_SHARE, WRITE_SHARE = 8.0, 2.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTraffic:
    """How much is probed."""

    rate: float = 50.0
    """Requests per second in all."""
    writes: bool = True
    """Whether numbered items are written, without which there is no recovery point."""
    path: str = "/get/foobar"


def describe_process(deployment: Deployment) -> ProcessIdentity:
    """This process."""
    boot = BOOT_ID.read_text().strip() if BOOT_ID.exists() else "unknown"
    return ProcessIdentity(
        by=deployment.settings.by, host=socket.gethostname(), pid=os.getpid(), boot=boot
    )


def make_leases(deployment: Deployment) -> LeaseHolder:
    """The stack's lease, home Region first; each of them as a holder of its own."""
    stack = deployment.stack
    others = sorted(region for region in stack.regions if region != stack.home_region)
    table = DynamoDBLeaseTable(deployment.clients, stack.control_table)
    order = (stack.home_region, *others)
    here = RunFolders(deployment.settings.runs).here
    return LeaseHolder(table, order, deployment.clock, holder=uuid.uuid4().hex, here=here)


async def make_probe_plan(
    deployment: Deployment, run: RunFolder, traffic: ProbeTraffic
) -> ProbePlan:
    """What the prober of this process sends. Raises PlanError, CommandFailed, SettingWrong."""
    service = probed_service(deployment.stack)
    shares = [
        CohortShare(cohort=Cohort.NEW, weight=NEW_SHARE),
        CohortShare(cohort=Cohort.KEEPALIVE, weight=KEPT_SHARE),
    ]
    if traffic.writes:
        shares.append(CohortShare(cohort=Cohort.WRITE_READ, weight=WRITE_SHARE))
    vantages = await deployment.vantages()
    kept_rate = traffic.rate * KEPT_SHARE / sum(share.weight for share in shares)
    part = len(run.samples())  # items of a run that is taken up again have other names
    return check_probe_plan(
        ProbePlan(
            run=f"{run.probe_id}{f'-{part}' if part else ''}",
            targets=service.targets,
            vantages=vantages,
            shares=tuple(shares),
            rate=traffic.rate,
            path=traffic.path,
            host=service.host,
            tls=service.tls,
            # Each is asked about once a second, so that a slow answer is not taken for a failure.
            kept_connections=min(
                100, max(2, math.ceil(kept_rate / (len(vantages) * len(service.targets))))
            ),
        )
    )


def opened_event(deployment: Deployment, run: str, plan: DrillPlan) -> RunOpened:
    """A journal's first entry."""
    mine = describe_process(deployment)
    return RunOpened(
        run=run,
        plan=plan,
        target=deployment.place.words,
        account=deployment.stack.account,
        by=mine.by,
        host=mine.host,
        pid=mine.pid,
        boot=mine.boot,
        version=__version__,
    )


def begin_run(
    deployment: Deployment, folder: RunFolder, first: RunOpened, more: Iterable[JournalEvent] = ()
) -> DrillJournal:
    """Make the run's folder and open its journal. Raises SettingWrong.

    The journal comes last: with it there is a run, and without it nothing that could be resumed.
    """
    place = deployment.place
    environment = describe_environment(
        deployment.stack, target=place.words, kind=place.kind, endpoint_url=place.endpoint_url
    )
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        write_text(folder.path / PLAN_FILE, codec.dumps(first.plan) + "\n")
        write_text(folder.path / ENVIRONMENT_FILE, codec.dumps(environment) + "\n")
        return DrillJournal.create(folder.journal, deployment.clock, (first, *more))
    except (OSError, InvalidJournal) as exc:
        rule = f"a folder that can be written ({exc})"
        origin = deployment.settings.origin("runs").words
        raise InvalidSetting("runs", origin, str(folder.path.parent), rule) from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerParts:
    """What a runner is made of."""

    deployment: Deployment
    folder: RunFolder
    journal: DrillJournal
    state: RunState
    probes: ProbePlan | None
    """None: nothing is probed, as in a rollback by hand."""
    forced: tuple[str, ...] = ()
    """Guards that are overridden beside those that the plan names."""


def make_runner(parts: RunnerParts, listener: RunListener, stop: StopRequest) -> DrillRunner:
    """Everything put together."""
    deployment, folder = parts.deployment, parts.folder
    ports = DrillPorts(
        levers=deployment.levers(notify=listener.note, queue=True),
        telemetry=deployment.telemetry(),
        probing=_probes(deployment, folder, parts.probes) if parts.probes else NoProbes(),
        leasing=make_leases(deployment),
        listener=listener,
        judge=_Judge(deployment, folder, listener),
        view_log=SnapshotLog(folder.path / VIEWS_FILE, deployment.clock),
        clock=deployment.clock,
        rng=random.Random(),
        who=describe_process(deployment),
    )
    return DrillRunner(ports, parts.journal, parts.state, stop, parts.forced)


def _probes(deployment: Deployment, folder: RunFolder, plan: ProbePlan) -> ProbeSession:
    stack = deployment.stack
    clients = {
        region: deployment.clients.client("dynamodb", region, ITEM_READ) for region in stack.regions
    }
    writes = any(share.cohort is Cohort.WRITE_READ for share in plan.shares)
    return ProbeSession(
        plan,
        folder.next_samples(),
        folder.path / SIGHTINGS_FILE,
        reader=TableReader(clients, stack.table) if writes else None,
        regions=tuple(stack.regions),
        clock=deployment.clock,
    )


class _Judge:
    """Reads the run's files, judges, and writes result.json."""

    def __init__(self, deployment: Deployment, folder: RunFolder, listener: RunListener) -> None:
        self._clock = deployment.clock
        self._folder = folder
        self._listener = listener

    def __call__(self, state: RunState) -> RunClosed:
        made = build_result(state, self._evidence(state), self._clock.now())
        try:
            write_text(self._folder.path / RESULT_FILE, made.text() + "\n")
        except OSError as exc:  # a full disk must not keep the lease from being given back
            self._listener.note(
                f"{self._folder.path / RESULT_FILE} can't be written: {exc.strerror}"
            )
        return make_run_closed(made)

    def _evidence(self, state: RunState) -> RunSamples:
        if len(set(state.boots)) > 1:
            # Another boot's monotonic clock began anew: its times can't be compared.
            return RunSamples(doubts=("the machine was restarted during the drill",))
        try:
            parts = [read_probe_run(path) for path in self._folder.samples()]
            sightings = self._sightings()
        except InvalidProbeRecord as exc:
            return RunSamples(doubts=(str(exc),))
        return join_samples(parts, sightings.sightings if sightings else ())

    def _sightings(self) -> ProbeRun | None:
        path = self._folder.path / SIGHTINGS_FILE
        return read_probe_run(path) if path.exists() else None


class SignalHandler:
    """Hears signals: the first one asks to stop, a second one ends the waiting of a rollback."""

    def __init__(self) -> None:
        """Nobody watches yet."""
        self.stop = StopRequest()
        self.listener: RunListener | None = None

    def hear(self, number: signal.Signals) -> None:
        """One has come."""
        if self.listener is not None:
            self.listener.note(f"{number.name}: {self._what_follows()}")
        self.stop.ask("signal", number.name)

    def _what_follows(self) -> str:
        if self.stop.too_late:
            return "the drill is over, only its numbers are made"
        again = self.stop.reason is not None
        return "the rollback waits no longer" if again else "stopping, and rolling back"


@contextmanager
def handle_signals() -> Iterator[SignalHandler]:
    """Heed SIGINT, SIGTERM and SIGHUP.

    From before a run is begun, so that none can leave one behind without its end.
    """
    loop = asyncio.get_running_loop()
    ear = SignalHandler()
    for number in SIGNALS:
        loop.add_signal_handler(number, ear.hear, number)
    try:
        yield ear
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)

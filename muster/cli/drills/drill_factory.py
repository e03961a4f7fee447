"""Makes a DrillRunner from a deployment, a run's folder and a display.

Decides which file each record goes to, and what SIGINT, SIGTERM and SIGHUP do.
"""

import asyncio
import math
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from common.clock import SystemClock
from common.command.build_version import build_version
from common.files.atomic_file import write_atomically
from muster import __version__, codec
from muster.aws.threads import run_in_thread
from muster.cli.drills.run_summary import muster_command
from muster.cli.lease_holder import make_lease_holder
from muster.deployment import Deployment
from muster.drill.journal.events import JournalEvent, RunClosed, RunOpened
from muster.drill.journal.journal_file import DrillJournal, read_journal
from muster.drill.journal.orders import OrderFolder
from muster.drill.journal.run_folders import (
    ENVIRONMENT_FILE,
    PLAN_FILE,
    RESULT_FILE,
    SIGHTINGS_FILE,
    VIEWS_FILE,
    RunFolder,
    describe_environment,
)
from muster.drill.journal.run_state import RunState
from muster.drill.notify.destinations import make_destinations
from muster.drill.notify.fan_out import FanOut, close_outboxes
from muster.drill.notify.outbox import Outbox
from muster.drill.observation.hand_changes import HandChanges
from muster.drill.observation.probe_session import NoProbes, ProbeSession
from muster.drill.observation.snapshot_log import SnapshotLog
from muster.drill.plan.model import DrillPlan
from muster.drill.result import RESTARTED, RunSamples, build_result, join_samples, make_run_closed
from muster.drill.run.ports import DrillPorts, ProcessIdentity, RunListener
from muster.drill.run.runner import DrillRunner
from muster.drill.run.stop import StopRequest
from muster.errors import InvalidJournal, InvalidProbeRecord, InvalidSetting
from muster.measure import Doubt
from muster.measure.samples import Cohort
from muster.probe import ProbePlan, ProbeRun, check_probe_plan, cohort_shares, read_probe_run
from muster.probe.plan import KEEPALIVE_WEIGHT
from muster.probe.table_reader import TableReader

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MAX_KEPT_CONNECTIONS = 100


def describe_process(deployment: Deployment) -> ProcessIdentity:
    boot = BOOT_ID.read_text().strip() if BOOT_ID.exists() else "unknown"
    return ProcessIdentity(
        by=deployment.settings.by, host=socket.gethostname(), pid=os.getpid(), boot=boot
    )


async def make_probe_plan(
    deployment: Deployment, run: RunFolder, *, rate: float, writes: bool, path: str
) -> ProbePlan:
    """What the prober of this process sends, at `rate` requests per second in all.

    Raises InvalidProbePlan, CommandFailed, InvalidSetting.
    """
    service = await deployment.probed_service()
    shares = cohort_shares(writes=writes, doors=deployment.stack.doors)
    vantages = await deployment.vantages()
    keepalive_rate = rate * KEEPALIVE_WEIGHT / sum(share.weight for share in shares)
    # One request a second on each: a slow answer must not be counted as a failure of the next.
    connections = math.ceil(keepalive_rate / (len(vantages) * max(1, len(service.targets))))
    earlier_probers = len(run.samples())
    suffix = f"-{earlier_probers}" if earlier_probers else ""  # item ids differ after a resume
    return check_probe_plan(
        ProbePlan(
            run=f"{run.probe_id}{suffix}",
            targets=service.targets,
            vantages=vantages,
            shares=shares,
            rate=rate,
            path=path,
            host=service.host,
            tls=service.tls,
            dns=service.dns,
            kept_connections=min(MAX_KEPT_CONNECTIONS, max(2, connections)),
        )
    )


def opened_event(deployment: Deployment, run: str, plan: DrillPlan) -> RunOpened:
    """The first event of a run's journal."""
    process = describe_process(deployment)
    return RunOpened(
        run=run,
        plan=plan,
        target=deployment.location.description,
        account=deployment.stack.account,
        by=process.by,
        host=process.host,
        pid=process.pid,
        boot=process.boot,
        version=build_version("muster", __version__),
    )


def begin_run(
    deployment: Deployment, folder: RunFolder, first: RunOpened, more: Iterable[JournalEvent] = ()
) -> DrillJournal:
    """Make the run's folder and create its journal. Raises InvalidSetting.

    The journal is created last: only a folder with a journal is a run that can be resumed.
    """
    place = deployment.location
    environment = describe_environment(
        deployment.stack,
        target=place.description,
        kind=place.kind,
        endpoint_url=place.endpoint_url,
        muster=first.version,
    )
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        write_atomically(folder.path / PLAN_FILE, codec.dumps(first.plan) + "\n", sync=os.fsync)
        text = codec.dumps(environment) + "\n"
        write_atomically(folder.path / ENVIRONMENT_FILE, text, sync=os.fsync)
        return DrillJournal.create(folder.journal, deployment.clock, (first, *more))
    except (OSError, InvalidJournal) as exc:
        rule = f"a writable folder ({exc})"
        origin = deployment.settings.origin("runs").name
        raise InvalidSetting("runs", origin, str(folder.path.parent), rule) from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerParts:
    """What a DrillRunner is made from."""

    deployment: Deployment
    folder: RunFolder
    journal: DrillJournal
    state: RunState
    probes: ProbePlan | None
    """None: no probes are sent, as in a rollback by hand."""
    forced: tuple[str, ...] = ()
    """Guards that are overridden in addition to those in the plan."""
    require_trusted: bool = False
    """Whether the run has failed if its numbers can't be believed."""


@asynccontextmanager
async def tell_others(parts: RunnerParts, display: RunListener) -> AsyncIterator[RunListener]:
    """A listener that also tells the destinations of the settings. No drill waits for them.

    At the end, notices under way have 2 s; what did not arrive is a note of the display.
    """
    clock = SystemClock()  # of threads: not the drill's
    journal = partial(read_journal, parts.folder.journal)
    destinations = make_destinations(parts.deployment, journal)
    outboxes = [Outbox(one, clock.wait) for one in destinations]
    try:
        yield FanOut(display, outboxes, parts.state.opened, parts.folder.read_result)
    finally:
        for line in await run_in_thread(lambda: close_outboxes(outboxes, clock.monotonic)):
            display.on_note(line)


def make_runner(parts: RunnerParts, listener: RunListener, stop: StopRequest) -> DrillRunner:
    deployment, folder = parts.deployment, parts.folder
    ports = DrillPorts(
        levers=deployment.single_attempt_levers(notify=listener.on_note),
        telemetry=deployment.telemetry(reads_versions=True),
        probes=_make_session(deployment, folder, parts.probes) if parts.probes else NoProbes(),
        lease=make_lease_holder(deployment),
        listener=listener,
        make_result=_ResultWriter(
            deployment, folder, listener, require_trusted=parts.require_trusted
        ),
        keep_snapshot=SnapshotLog(folder.path / VIEWS_FILE, deployment.clock).append,
        clock=deployment.clock,
        rng=random.Random(),
        process=describe_process(deployment),
        folder=str(folder.path.absolute()),
        stack_alarms=deployment.stack.alarms,
        orders=OrderFolder(folder.path),
        muster=muster_command(deployment.settings),
        name_hand=HandChanges(
            deployment.clients, deployment.stack, deployment.twin_faults()
        ).name_hand,
    )
    return DrillRunner(ports, parts.journal, parts.state, stop, parts.forced)


def _make_session(deployment: Deployment, folder: RunFolder, plan: ProbePlan) -> ProbeSession:
    stack = deployment.stack
    writes = any(share.cohort is Cohort.WRITE_READ for share in plan.shares)
    reader = TableReader(deployment.clients, stack.regions, stack.table) if writes else None
    return ProbeSession(
        plan,
        folder.next_samples(),
        folder.path / SIGHTINGS_FILE,
        reader=reader,
        regions=tuple(stack.regions),
        clock=deployment.clock,
    )


class _ResultWriter:
    """Makes the result of a run from its files, and writes result.json."""

    def __init__(
        self,
        deployment: Deployment,
        folder: RunFolder,
        listener: RunListener,
        *,
        require_trusted: bool,
    ) -> None:
        self._clock = deployment.clock
        self._require_trusted = require_trusted
        self._folder = folder
        self._listener = listener

    def __call__(self, state: RunState) -> RunClosed:
        result = build_result(
            state,
            self._read_samples(state),
            self._clock.now(),
            require_trusted=self._require_trusted,
        )
        path = self._folder.path / RESULT_FILE
        try:
            write_atomically(path, result.to_json() + "\n", sync=os.fsync)
        except OSError as exc:  # a full disk must not keep the lease from being removed
            self._listener.on_note(f"{path} can't be written: {exc.strerror}")
        return make_run_closed(result)

    def _read_samples(self, state: RunState) -> RunSamples:
        if len(set(state.boots)) > 1:
            # The monotonic clock starts anew at each boot: times of two boots can't be compared.
            return RunSamples(doubts=(RESTARTED,))
        try:
            parts = [read_probe_run(path) for path in self._folder.samples()]
            sightings = self._read_sightings()
        except InvalidProbeRecord as exc:
            return RunSamples(doubts=(Doubt(cause="unread", words=str(exc)),))
        return join_samples(parts, sightings.sightings if sightings else ())

    def _read_sightings(self) -> ProbeRun | None:
        path = self._folder.path / SIGHTINGS_FILE
        return read_probe_run(path) if path.exists() else None


class SignalHandler:
    """The first signal stops the drill and rolls back; the second ends the rollback's waiting."""

    def __init__(self) -> None:
        self.stop = StopRequest()
        self.listener: RunListener | None = None

    def on_signal(self, number: signal.Signals) -> None:
        if self.listener is not None:
            self.listener.on_note(f"{number.name}: {self._describe_effect()}")
        self.stop.request("signal", number.name)

    def _describe_effect(self) -> str:
        if self.stop.too_late:
            return "the drill is over; only its result is still to be written"
        if self.stop.reason is not None:
            return "the rollback stops waiting"
        return "stopping, and putting back what the drill has changed"


@contextmanager
def handle_signals() -> Iterator[SignalHandler]:
    """Handle SIGINT, SIGTERM and SIGHUP inside the block.

    Enter it before the run is begun, so that no signal can end the process without a rollback.
    """
    loop = asyncio.get_running_loop()
    handler = SignalHandler()
    for number in SIGNALS:
        loop.add_signal_handler(number, handler.on_signal, number)
    try:
        yield handler
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)

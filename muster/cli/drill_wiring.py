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

from muster import __version__, codec, probing
from muster.calls import Pace
from muster.deployment import Deployment
from muster.drill import result
from muster.drill.entries import Closed, Entry, Opened
from muster.drill.execute import Runner
from muster.drill.journal import Journal
from muster.drill.lease import ControlTable, Leases
from muster.drill.plan import Plan
from muster.drill.ports import Listener, Ports, Who
from muster.drill.probing import DrillProbes, NoProbes
from muster.drill.runs import PLAN, RESULT, SIGHTINGS, VIEWS, RunFolder, Runs
from muster.drill.state import RunState
from muster.drill.stop import Stop
from muster.drill.viewlog import ViewFile
from muster.errors import JournalWrong, RecordError, SettingWrong
from muster.measure.samples import Cohort
from muster.probe import Plan as ProbePlan
from muster.probe import Run, Share, check, read_run
from muster.probe.tables import TableReader
from muster.report import folder as files
from muster.report.environment import ENVIRONMENT, describe

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ITEM_READ = Pace(connect_s=1.0, read_s=1.0, attempts=1, whole_s=1.0)
"""One try within a second: a pause and the next reading follow anyway."""
NEW_SHARE, KEPT_SHARE, WRITE_SHARE = 8.0, 2.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How much is probed."""

    rate: float = 50.0
    """Requests per second in all."""
    writes: bool = True
    """Whether numbered items are written, without which there is no recovery point."""
    path: str = "/get/foobar"


def who(deployment: Deployment) -> Who:
    """This process."""
    boot = BOOT_ID.read_text().strip() if BOOT_ID.exists() else "unknown"
    return Who(by=deployment.settings.by, host=socket.gethostname(), pid=os.getpid(), boot=boot)


def leases(deployment: Deployment) -> Leases:
    """The stack's lease, home Region first; each of them as a holder of its own."""
    stack = deployment.stack
    others = sorted(region for region in stack.regions if region != stack.home_region)
    table = ControlTable(deployment.clients, stack.control_table)
    order = (stack.home_region, *others)
    here = Runs(deployment.settings.runs).here
    return Leases(table, order, deployment.clock, holder=uuid.uuid4().hex, here=here)


async def probe_plan(deployment: Deployment, run: RunFolder, traffic: Traffic) -> ProbePlan:
    """What the prober of this process sends. Raises PlanError, CommandFailed, SettingWrong."""
    service = probing.service(deployment.stack)
    shares = [
        Share(cohort=Cohort.NEW, weight=NEW_SHARE),
        Share(cohort=Cohort.KEEPALIVE, weight=KEPT_SHARE),
    ]
    if traffic.writes:
        shares.append(Share(cohort=Cohort.WRITE_READ, weight=WRITE_SHARE))
    vantages = await deployment.vantages()
    kept_rate = traffic.rate * KEPT_SHARE / sum(share.weight for share in shares)
    part = len(run.samples())  # items of a run that is taken up again have other names
    return check(
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


def opened(deployment: Deployment, run: str, plan: Plan) -> Opened:
    """A journal's first entry."""
    mine = who(deployment)
    return Opened(
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


def begin(
    deployment: Deployment, folder: RunFolder, first: Opened, more: Iterable[Entry] = ()
) -> Journal:
    """Make the run's folder and open its journal. Raises SettingWrong.

    The journal comes last: with it there is a run, and without it nothing that could be resumed.
    """
    place = deployment.place
    environment = describe(
        deployment.stack, target=place.words, kind=place.kind, endpoint_url=place.endpoint_url
    )
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        files.write(folder.path / PLAN, codec.dumps(first.plan) + "\n")
        files.write(folder.path / ENVIRONMENT, codec.dumps(environment) + "\n")
        return Journal.create(folder.journal, deployment.clock, (first, *more))
    except (OSError, JournalWrong) as exc:
        rule = f"a folder that can be written ({exc})"
        origin = deployment.settings.origin("runs").words
        raise SettingWrong("runs", origin, str(folder.path.parent), rule) from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a runner is made of."""

    deployment: Deployment
    folder: RunFolder
    journal: Journal
    state: RunState
    probes: ProbePlan | None
    """None: nothing is probed, as in a rollback by hand."""
    forced: tuple[str, ...] = ()
    """Guards that are overridden beside those that the plan names."""


def runner(parts: Parts, listener: Listener, stop: Stop) -> Runner:
    """Everything put together."""
    deployment, folder = parts.deployment, parts.folder
    ports = Ports(
        levers=deployment.levers(notify=listener.note, queue=True),
        telemetry=deployment.telemetry(),
        probing=_probes(deployment, folder, parts.probes) if parts.probes else NoProbes(),
        leasing=leases(deployment),
        listener=listener,
        judge=_Judge(deployment, folder, listener),
        view_log=ViewFile(folder.path / VIEWS, deployment.clock),
        clock=deployment.clock,
        rng=random.Random(),
        who=who(deployment),
    )
    return Runner(ports, parts.journal, parts.state, stop, parts.forced)


def _probes(deployment: Deployment, folder: RunFolder, plan: ProbePlan) -> DrillProbes:
    stack = deployment.stack
    clients = {
        region: deployment.clients.client("dynamodb", region, ITEM_READ) for region in stack.regions
    }
    writes = any(share.cohort is Cohort.WRITE_READ for share in plan.shares)
    return DrillProbes(
        plan,
        folder.next_samples(),
        folder.path / SIGHTINGS,
        reader=TableReader(clients, stack.table) if writes else None,
        regions=tuple(stack.regions),
        clock=deployment.clock,
    )


class _Judge:
    """Reads the run's files, judges, and writes result.json."""

    def __init__(self, deployment: Deployment, folder: RunFolder, listener: Listener) -> None:
        self._clock = deployment.clock
        self._folder = folder
        self._listener = listener

    def __call__(self, state: RunState) -> Closed:
        made = result.make(state, self._evidence(state), self._clock.now())
        try:
            files.write(self._folder.path / RESULT, made.text() + "\n")
        except OSError as exc:  # a full disk must not keep the lease from being given back
            self._listener.note(f"{self._folder.path / RESULT} can't be written: {exc.strerror}")
        return result.closed(made)

    def _evidence(self, state: RunState) -> result.Evidence:
        if len(set(state.boots)) > 1:
            # Another boot's monotonic clock began anew: its times can't be compared.
            return result.Evidence(doubts=("the machine was restarted during the drill",))
        try:
            parts = [read_run(path) for path in self._folder.samples()]
            sightings = self._sightings()
        except RecordError as exc:
            return result.Evidence(doubts=(str(exc),))
        return result.joined(parts, sightings.sightings if sightings else ())

    def _sightings(self) -> Run | None:
        path = self._folder.path / SIGHTINGS
        return read_run(path) if path.exists() else None


class Ear:
    """Hears signals: the first one asks to stop, a second one ends the waiting of a rollback."""

    def __init__(self) -> None:
        """Nobody watches yet."""
        self.stop = Stop()
        self.listener: Listener | None = None

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
def signals() -> Iterator[Ear]:
    """Heed SIGINT, SIGTERM and SIGHUP.

    From before a run is begun, so that none can leave one behind without its end.
    """
    loop = asyncio.get_running_loop()
    ear = Ear()
    for number in SIGNALS:
        loop.add_signal_handler(number, ear.hear, number)
    try:
        yield ear
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)

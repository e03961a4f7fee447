"""What the executor needs of the outside, as protocols: AWS, a twin, or stand-ins of a test.

Decides only the shapes. `Levers` and `Telemetry` are muster.levers' and muster.system.telemetry's.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from common.clock import Clock
from muster.drill.journal.events import JournalLine, RunClosed
from muster.drill.journal.run_state import RunState
from muster.drill.observation.probe_window import Observation
from muster.drill.run.lease import Lease, LeaseStatus
from muster.levers import Levers
from muster.model import SystemView
from muster.probe.records import ProbeRecord
from muster.system.telemetry import Telemetry


class DrillProbes(Protocol):
    """Probes that run during the whole drill."""

    @property
    def failure(self) -> str | None:
        """Why they ended by themselves; None while all is well."""
        ...

    @property
    def remarks(self) -> Sequence[str]:
        """What they could not do, in words; complete after `finish`."""
        ...

    async def start(self) -> None:
        """Begin to send; back when they do. Raises MusterError."""
        ...

    async def run(self) -> None:
        """Look after them until cancelled."""
        ...

    def read(self) -> Sequence[ProbeRecord]:
        """Records since the last time."""
        ...

    async def finish(self) -> None:
        """Stop sending, and read all written items once more. Nothing if they never began."""
        ...


class LeasePort(Protocol):
    """The lease; see muster.drill.run.lease.Leases."""

    async def standing(self, run: str) -> LeaseStatus:
        """How it stands for a run."""
        ...

    async def take(self, lease: Lease, *, force: bool) -> LeaseStatus:
        """Take it, or say why not."""
        ...

    async def renew(self, lease: Lease) -> LeaseStatus:
        """Go on holding it."""
        ...

    async def give_back(self, run: str) -> bool:
        """Remove it; False if some Region could not be asked."""
        ...


class RunListener(Protocol):
    """Whoever watches a run."""

    def entry(self, line: JournalLine) -> None:
        """Something was journaled."""
        ...

    def observed(self, observation: Observation, view: SystemView | None) -> None:
        """How it looks now; about twice a second."""
        ...

    def note(self, words: str) -> None:
        """A lever says something."""
        ...


class ResultMaker(Protocol):
    """Makes the result of a run, when everything is over."""

    def __call__(self, state: RunState) -> RunClosed:
        """The last entry: whether the targets were met. Also writes result.json."""
        ...


class ViewSink(Protocol):
    """Keeps the views of a run for its report."""

    def put(self, observation: Observation, view: SystemView) -> None:
        """Keep one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """Who runs the drill, from where."""

    by: str
    host: str
    pid: int
    boot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillPorts:
    """Everything outside."""

    levers: Levers
    telemetry: Telemetry
    probing: DrillProbes
    leasing: LeasePort
    listener: RunListener
    judge: ResultMaker
    view_log: ViewSink
    clock: Clock
    rng: random.Random
    who: ProcessIdentity

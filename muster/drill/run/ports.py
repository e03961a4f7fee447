"""Interfaces to a run's surroundings: AWS or a twin, the probes, a clock, a listener.

Tests pass fakes, so that a whole drill takes milliseconds.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from common.clock import Clock
from muster.drill.journal.events import JournalLine, RunClosed
from muster.drill.journal.orders import NoOrders, OrderInbox
from muster.drill.journal.run_state import RunState
from muster.drill.observation.interference import Setting
from muster.drill.observation.probe_window import Observation
from muster.drill.run.lease import LeaseHolder
from muster.levers import Levers
from muster.model import StackAlarm, SystemView
from muster.probe.records import ProbeRecord
from muster.system.telemetry import Telemetry

MakeResult = Callable[[RunState], RunClosed]
"""Judges the targets of a run that is over, and writes result.json."""
KeepSnapshot = Callable[[Observation, SystemView], None]
"""Keeps a snapshot for the report."""
NameHand = Callable[[Setting, float], Awaitable[str]]
"""Who has changed a setting by hand after a moment (seconds since 1970); empty: not known."""


async def name_nobody(_setting: Setting, _since: float) -> str:
    """Changes by hand are not known."""
    return ""


class DrillProbes(Protocol):
    """Probes that are sent during the whole drill."""

    @property
    def failure(self) -> str | None:
        """Why they ended or stalled; None while they work."""
        ...

    @property
    def remarks(self) -> Sequence[str]:
        """What they could not do; complete after `finish`."""
        ...

    async def start(self) -> None:
        """Returns when probes are being sent. Raises MusterError."""
        ...

    async def run(self) -> None:
        """Supervise them until cancelled."""
        ...

    def read(self) -> Sequence[ProbeRecord]:
        """Records since the last call."""
        ...

    async def finish(self) -> None:
        """Stop sending, then read all written items once more. Does nothing before `start`."""
        ...


class RunListener(Protocol):
    """Receives run events (terminal, log, JSON)."""

    def on_event(self, line: JournalLine) -> None:
        """A line was journaled."""
        ...

    def on_observation(self, observation: Observation, view: SystemView | None) -> None:
        """Comes about twice a second."""
        ...

    def on_note(self, words: str) -> None:
        """A remark that is not journaled."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """The process that runs a drill, and its operator."""

    by: str
    host: str
    pid: int
    boot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillPorts:
    levers: Levers
    telemetry: Telemetry
    probes: DrillProbes
    lease: LeaseHolder
    listener: RunListener
    make_result: MakeResult
    keep_snapshot: KeepSnapshot
    clock: Clock
    rng: random.Random
    process: ProcessIdentity
    folder: str = ""
    """The run's folder, as the lease names it."""
    stack_alarms: Mapping[str, StackAlarm] = field(default_factory=dict)
    """The stack's own alarms, by `REGION:NAME`."""
    orders: OrderInbox = field(default_factory=NoOrders)
    """What people tell the run."""
    muster: str = "muster"
    """The start of a command line that finds this run."""
    name_hand: NameHand = name_nobody

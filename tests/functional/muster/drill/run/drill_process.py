"""A process that runs a drill over a fake system in a file: FOLDER run|resume|roll_back SCENARIO.

The journal, its fsyncs and the process are real; levers, telemetry and probes are fakes. Time
runs 50 times as fast.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.clock import SystemClock
from common.files.atomic_file import write_atomically
from muster import codec
from muster.drill.journal.events import JournalLine, RunClosed
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.orders import OrderFolder
from muster.drill.journal.run_folders import RunFolder
from muster.drill.journal.run_state import fold_journal
from muster.drill.run.lease import Lease
from muster.drill.run.runner import DrillRunner
from muster.drill.run.stop import StopRequest
from muster.drill.scenario.model import RawValue
from muster.levers import scope_of_fault
from muster.model import ActiveFault, SwitchSetting
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.drill.fake_system import FakeSystem, build_ports, build_run_opened
from tests.virtual_time import VirtualClock

SPEED = 50.0
PARAMETERS: Mapping[str, Mapping[str, RawValue]] = {
    "evacuate": {"step": "50%"},
    "gray-failure": {"unnoticed": 0, "decide": "10h"},
}
"""Of scenarios that are not run by their defaults."""


class FastClock(VirtualClock):
    """The machine's clock, SPEED times as fast."""

    def __init__(self) -> None:
        super().__init__()
        self._real = SystemClock()

    def monotonic(self) -> float:
        return self._real.monotonic() * SPEED

    def now(self) -> float:
        return self._real.now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSystem:
    """A fake system as JSON."""

    dials: dict[str, float]
    switches: dict[str, SwitchSetting]
    faults: tuple[ActiveFault, ...]
    changes: tuple[str, ...]
    lease: Lease | None = None


@dataclass
class SavedFakeSystem(FakeSystem):
    """A fake system that is saved after every change."""

    path: Path = field(default=Path())

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "lease" and getattr(self, "path", Path()) != Path():
            self.save()

    def save(self) -> None:
        saved = SavedSystem(
            dials=self.dials,
            switches=self.switches,
            faults=tuple(self.faults.values()),
            changes=tuple(self.changes),
            lease=self.lease,
        )
        write_atomically(self.path, codec.dumps(saved))

    def notify(self) -> None:
        self.save()


def load_system(path: Path) -> SavedFakeSystem:
    """The system of an earlier process, else a healthy one."""
    if not path.exists():
        return SavedFakeSystem(path=path)
    saved = codec.loads(SavedSystem, path.read_text())
    return SavedFakeSystem(
        dials=dict(saved.dials),
        switches=dict(saved.switches),
        faults={scope_of_fault(fault): fault for fault in saved.faults},
        changes=list(saved.changes),
        lease=saved.lease,
        path=path,
    )


async def run_drill(folder: Path, action: str, scenario: str) -> RunClosed:
    """Run this process's part of the drill."""
    system, clock, stop = load_system(folder / "system.json"), FastClock(), StopRequest()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.request, "signal", "SIGTERM")
    path = RunFolder(folder / "run").journal
    if action == "run":
        journal = DrillJournal.create(path, clock)
        first = build_run_opened(build_plan(scenario, PARAMETERS.get(scenario)))
        lines: tuple[JournalLine, ...] = (journal.append(first),)
    else:
        journal, lines = DrillJournal.reopen(path, clock)
    with journal:
        ports = build_ports(system, clock, orders=OrderFolder(path.parent))
        runner = DrillRunner(ports, journal, fold_journal(lines), stop)
        work = {"run": runner.run, "resume": runner.resume, "roll_back": runner.roll_back}
        closed = await work[action]()
    system.save()
    return closed


if __name__ == "__main__":
    done = asyncio.run(run_drill(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
    os._exit(done.exit_code)

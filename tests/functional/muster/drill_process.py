"""A process that runs a drill over a world kept in a file: `... FOLDER run|resume|roll_back`.

The journal, its fsyncs and the process are real; levers, telemetry and probes are stand-ins. Time
runs 50 times as fast.
"""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from muster import codec
from muster.clock import SystemClock
from muster.drill.entries import Closed, Line
from muster.drill.execute import Runner
from muster.drill.journal import Journal
from muster.drill.lease import Lease
from muster.drill.runs import RunFolder
from muster.drill.state import fold
from muster.drill.stop import Stop
from muster.levers import side_of
from muster.model import StandingFault, Switch
from tests.unit.muster.drill import making
from tests.unit.muster.drill.virtual import LoopClock
from tests.unit.muster.drill.world import World, opened, ports

SPEED = 50.0


class FastClock(LoopClock):
    """The machine's clock, faster."""

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
class Kept:
    """The world as it is kept."""

    dials: dict[str, float]
    switches: dict[str, Switch]
    faults: tuple[StandingFault, ...]
    pulls: tuple[str, ...]
    lease: Lease | None = None


@dataclass
class FileWorld(World):
    """Is written down after every change."""

    path: Path = field(default=Path())

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "lease" and getattr(self, "path", Path()) != Path():
            self.keep()

    def keep(self) -> None:
        kept = Kept(
            dials=self.dials,
            switches=self.switches,
            faults=tuple(self.faults.values()),
            pulls=tuple(self.pulls),
            lease=self.lease,
        )
        fresh = self.path.with_suffix(".new")
        fresh.write_text(codec.dumps(kept))
        fresh.replace(self.path)

    def check(self) -> None:
        self.keep()


def load(path: Path) -> FileWorld:
    """The world of an earlier process, or a calm one."""
    if not path.exists():
        return FileWorld(path=path)
    kept = codec.loads(Kept, path.read_text())
    return FileWorld(
        dials=dict(kept.dials),
        switches=dict(kept.switches),
        faults={side_of(fault): fault for fault in kept.faults},
        pulls=list(kept.pulls),
        lease=kept.lease,
        path=path,
    )


async def drill(folder: Path, how: str, scenario: str) -> Closed:
    """One process's part of the run."""
    world, clock, stop = load(folder / "world.json"), FastClock(), Stop()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.ask, "signal", "SIGTERM")
    path = RunFolder(folder / "run").journal
    if how == "run":
        journal = Journal.create(path, clock)
        quick = {"step": "50%"} if scenario == "evacuate" else {}
        lines: tuple[Line, ...] = (journal.append(opened(making.plan(scenario, quick))),)
    else:
        journal, lines = Journal.reopen(path, clock)
    with journal:
        runner = Runner(ports(world, clock), journal, fold(lines), stop)
        work = {"run": runner.run, "resume": runner.resume, "roll_back": runner.roll_back}
        closed = await work[how]()
    world.keep()
    return closed


if __name__ == "__main__":
    done = asyncio.run(drill(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
    os._exit(done.exit_code)

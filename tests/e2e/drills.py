"""Drills of the real tool on a deployed copy, with a witness beside them."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.checkout import ROOT, Checkout, clean_environment
from tests.e2e.client_observer import ObservedRequest, ObserverPlan
from tests.e2e.clients import FRANKFURT, PORTLAND
from tests.e2e.system import System
from tests.waiting import eventually

CITIES = {"Frankfurt": FRANKFURT, "Portland": PORTLAND}
RATE = 24.0
"""The tool's probes a second."""
OBSERVER_RATE = 20.0
OBSERVER_WRITES = 8.0
"""The witness's readings and writes a second, unless a test has it otherwise."""
WITHIN_S = 150.0
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JournalStep:
    """A step of the journal."""

    id: str
    do: Json
    begun_s: float
    done_s: float | None

    def is_(self, kind: str, **fields: object) -> bool:
        """Whether it does this."""
        return self.do["kind"] == kind and all(self.do.get(k) == v for k, v in fields.items())


@dataclass(slots=True)
class JsonLinesTail:
    """JSON lines of a file that another process writes; each is read once."""

    path: Path
    lines: list[Json] = field(default_factory=list, repr=False)
    _read: int = 0

    def all(self) -> list[Json]:
        """Every whole line so far."""
        if not self.path.exists():
            return self.lines
        with self.path.open("rb") as file:
            file.seek(self._read)
            whole, _, _ = file.read().rpartition(b"\n")
        if whole:
            self._read += len(whole) + 1
            self.lines += [json.loads(line) for line in whole.split(b"\n")]
        return self.lines


@dataclass(slots=True)
class DrillProcess:
    """One process of `muster drill run --json`."""

    checkout: Checkout
    process: subprocess.Popen[bytes]
    said: JsonLinesTail
    errors: Path

    def events(self, event: str) -> list[Json]:
        """What it has printed: entries, or what it observed."""
        return [line for line in self.said.all() if line["event"] == event]

    def entries(self, kind: str) -> list[Json]:
        """Entries of the journal of one kind."""
        return [entry for entry in self.events("entry") if entry["kind"] == kind]

    def steps(self) -> list[JournalStep]:
        """Every step that was begun."""
        done = {entry["step"]: entry["at_s"] for entry in self.entries("done")}
        return [
            JournalStep(entry["step"], entry["do"], entry["at_s"], done.get(entry["step"]))
            for entry in self.entries("begun")
        ]

    def step(self, kind: str, **fields: object) -> JournalStep | None:
        """The first step that does this, once it is begun."""
        return next((one for one in self.steps() if one.is_(kind, **fields)), None)

    def begun_s(self, kind: str, **fields: object) -> float:
        """When the first step that does this began."""
        return self.begun(kind, **fields).begun_s

    def begun(self, kind: str, **fields: object) -> JournalStep:
        """The first step that does this, as soon as it has begun."""
        eventually(lambda: self.step(kind, **fields) or self._over(), WITHIN_S)
        found = self.step(kind, **fields)
        assert found is not None, self.told()
        return found

    def done(self, kind: str, **fields: object) -> JournalStep:
        """The same, as soon as it has ended."""
        begun = self.begun(kind, **fields)
        eventually(lambda: self._ended(begun) or self._over(), WITHIN_S)
        found = self._ended(begun)
        assert found is not None, self.told()
        return found

    def phase_s(self, phase: str) -> float:
        """When it entered a phase."""
        return float(next(e["at_s"] for e in self.entries("phase") if e["phase"] == phase))

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Its exit code."""
        return self.process.wait(WITHIN_S)

    def _ended(self, step: JournalStep) -> JournalStep | None:
        ended = (one for one in self.steps() if one.id == step.id and one.done_s is not None)
        return next(ended, None)

    def _over(self) -> bool:
        """Nobody waits any longer for a drill that has ended."""
        return self.process.poll() is not None

    def told(self) -> str:
        """What it said for a person to read when a test has failed."""
        entries = [entry for entry in self.events("entry") if entry["kind"] != "guards"]
        return "\n".join([self.errors.read_text(), *map(json.dumps, entries)])


@dataclass(frozen=True, slots=True)
class DrillOutcome:
    """What a drill came to: by its own account, and by the witness's."""

    drill: DrillProcess
    code: int
    folder: Path
    result: Json
    report: Json
    page: str
    seen: list[ObservedRequest] = field(repr=False)

    @property
    def cause_s(self) -> float:
        """When the cause came, on the witness's clock."""
        return float(self.result["move"]["at_s"])

    @property
    def return_s(self) -> float:
        """When the cause ended."""
        return float(self.result["move"]["return_at_s"])

    @property
    def end_s(self) -> float:
        """When the drill had put everything back, and stopped to measure."""
        return self.drill.phase_s("closing")

    @property
    def readings(self) -> list[ObservedRequest]:
        """The witness's readings that say something of the service."""
        return [one for one in self.seen if one.counts and not one.item]

    @property
    def written(self) -> list[ObservedRequest]:
        """The witness's acknowledged writes."""
        return [one for one in self.seen if one.item and one.good]

    @property
    def samples(self) -> list[Json]:
        """What the tool's probes recorded of each request: the raw material of its numbers."""
        lines = (self.folder / "samples.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        return [record for record in records if record["kind"] == "sample"]


@dataclass(slots=True)
class ObserverProcess:
    """The client beside a drill, at work."""

    process: subprocess.Popen[bytes]
    told: JsonLinesTail

    def count(self) -> int:
        """Requests that have ended so far."""
        return len(self.told.all())

    def end(self) -> list[ObservedRequest]:
        """Stop it, wait for its last answers; all that it saw, in the order of the schedule."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        return sorted(
            (ObservedRequest(**line) for line in self.told.all()), key=lambda seen: seen.due_s
        )


@contextmanager
def observing_client(
    system: System, folder: Path, *, rate: float = OBSERVER_RATE, writes: float = 0.0
) -> Iterator[ObserverProcess]:
    """A witness who is already at work, and stops with the block at the latest."""
    orders = ObserverPlan(
        cities=CITIES,
        addresses=list(system.ips),
        port=system.port,
        rate=rate,
        writes=writes,
        items=f"witness-{folder.name}-",
    )
    path = folder / "witness.jsonl"
    path.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.client_observer", str(path)],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
    )
    with process:
        try:
            assert process.stdin is not None
            process.stdin.write(f"{json.dumps(asdict(orders))}\n".encode())
            process.stdin.flush()
            one = ObserverProcess(process, JsonLinesTail(path))
            eventually(one.count, 10)
            yield one
        finally:
            process.kill()


@contextmanager
def running_drill(checkout: Checkout, folder: Path, line: str) -> Iterator[DrillProcess]:
    """`muster drill run LINE`, begun; nothing of it is left after the block."""
    said, errors = folder / "drill.jsonl", folder / "drill.errors"
    with said.open("wb") as out, errors.open("wb") as err:
        process = checkout.start(
            f"exec muster --runs {folder}/runs drill run {line} --json", out, err
        )
    with process:
        try:
            yield DrillProcess(checkout, process, JsonLinesTail(said), errors)
        finally:
            _end(process)


def wait_for_outcome(drill: DrillProcess, watch: ObserverProcess) -> DrillOutcome:
    """Wait for the drill's end and for the witness's; make the report's page."""
    code = drill.wait()
    seen = watch.end()
    (folder,) = (drill.said.path.parent / "runs").iterdir()
    result: Json = json.loads((folder / "result.json").read_text())
    page = drill.checkout.sourced(f"muster report {folder} 2>/dev/null").ok().output.strip()
    report: Json = json.loads((folder / "report.json").read_text())
    return DrillOutcome(drill, code, folder, result, report, page, seen)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()

"""Runs drills of the real tool on a deployed copy, with a client observer beside them."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.e2e.checkout import ROOT, Checkout, clean_environment
from tests.e2e.clients import FRANKFURT, PORTLAND
from tests.e2e.drills.client_observer import ObservedRequest, ObserverPlan
from tests.e2e.system import System
from tests.waiting import eventually

CITIES = {"Frankfurt": FRANKFURT, "Portland": PORTLAND}
RATE = 24.0
"""The tool's probes per second."""
OBSERVER_RATE = 20.0
OBSERVER_WRITES = 8.0
"""The observer's reads and writes per second, unless a test sets others."""
WITHIN_S = 150.0
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JournalStep:
    """A step in the journal; times on the machine's monotonic clock."""

    id: str
    do: Json
    started_s: float
    ended_s: float | None

    def matches(self, kind: str, **fields: object) -> bool:
        return self.do["kind"] == kind and all(self.do.get(k) == v for k, v in fields.items())


@dataclass(slots=True)
class JsonLinesTail:
    """Reads the JSON lines of a file while another process writes it."""

    path: Path
    lines: list[Json] = field(default_factory=list, repr=False)
    _read: int = 0

    def all(self) -> list[Json]:
        """Every complete line so far."""
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
    """A process of `muster drill run --json`."""

    checkout: Checkout
    process: subprocess.Popen[bytes]
    output: JsonLinesTail
    errors: Path
    """File with its standard error."""

    def events(self, event: str) -> list[Json]:
        """Printed lines of a kind: `entry` or `observed`."""
        return [line for line in self.output.all() if line["event"] == event]

    def entries(self, kind: str) -> list[Json]:
        """Journal entries of one kind."""
        return [entry for entry in self.events("entry") if entry["kind"] == kind]

    def steps(self) -> list[JournalStep]:
        """Every step that was started."""
        done = {entry["step"]: entry["at_s"] for entry in self.entries("done")}
        return [
            JournalStep(entry["step"], entry["do"], entry["at_s"], done.get(entry["step"]))
            for entry in self.entries("begun")
        ]

    def step(self, kind: str, **fields: object) -> JournalStep | None:
        """The first step with this action, or None before it starts."""
        return next((one for one in self.steps() if one.matches(kind, **fields)), None)

    def started_s(self, kind: str, **fields: object) -> float:
        return self.wait_for_start(kind, **fields).started_s

    def wait_for_start(self, kind: str, **fields: object) -> JournalStep:
        """Wait until a step with this action has started."""
        eventually(lambda: self.step(kind, **fields) or self._is_over(), WITHIN_S)
        found = self.step(kind, **fields)
        assert found is not None, self.describe()
        return found

    def wait_for_end(self, kind: str, **fields: object) -> JournalStep:
        """Wait until a step with this action has ended."""
        started = self.wait_for_start(kind, **fields)
        eventually(lambda: self._ended(started) or self._is_over(), WITHIN_S)
        found = self._ended(started)
        assert found is not None, self.describe()
        return found

    def phase_s(self, phase: str) -> float:
        """When a phase started."""
        return float(next(e["at_s"] for e in self.entries("phase") if e["phase"] == phase))

    def interrupt(self) -> None:
        """Send what Ctrl-C sends."""
        self.process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Wait for its end; the exit code."""
        return self.process.wait(WITHIN_S)

    def _ended(self, step: JournalStep) -> JournalStep | None:
        ended = (one for one in self.steps() if one.id == step.id and one.ended_s is not None)
        return next(ended, None)

    def _is_over(self) -> bool:
        return self.process.poll() is not None

    def describe(self) -> str:
        """Its output for the message of a failed test."""
        entries = [entry for entry in self.events("entry") if entry["kind"] != "guards"]
        return "\n".join([self.errors.read_text(), *map(json.dumps, entries)])


@dataclass(frozen=True, slots=True)
class DrillOutcome:
    """The end of a drill: its own results, and the observer's requests."""

    drill: DrillProcess
    exit_code: int
    folder: Path
    result: Json
    report: Json
    page: str
    """Path of the HTML report."""
    requests: list[ObservedRequest] = field(repr=False)

    @property
    def cause_s(self) -> float:
        """When the cause started; on the monotonic clock, as the observer's times."""
        return float(self.result["move"]["at_s"])

    @property
    def return_s(self) -> float:
        return float(self.result["move"]["return_at_s"])

    @property
    def end_s(self) -> float:
        """When the drill had rolled back and stopped its measurement."""
        return self.drill.phase_s("closing")

    @property
    def reads(self) -> list[ObservedRequest]:
        """The observer's conclusive reads."""
        return [one for one in self.requests if one.is_conclusive and not one.item]

    @property
    def writes(self) -> list[ObservedRequest]:
        """The observer's acknowledged writes."""
        return [one for one in self.requests if one.item and one.succeeded]

    @property
    def samples(self) -> list[Json]:
        """The tool's samples: one record of each request of its probes."""
        lines = (self.folder / "samples.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        return [record for record in records if record["kind"] == "sample"]


@dataclass(slots=True)
class ObserverProcess:
    """The process of the client observer."""

    process: subprocess.Popen[bytes]
    output: JsonLinesTail

    def count(self) -> int:
        """Number of requests that have ended so far."""
        return len(self.output.all())

    def stop(self) -> list[ObservedRequest]:
        """Stop it and wait for its last answers; all its requests in the order of the schedule."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        return sorted(
            (ObservedRequest(**line) for line in self.output.all()),
            key=lambda request: request.due_s,
        )


@contextmanager
def observing_client(
    system: System, folder: Path, *, rate: float = OBSERVER_RATE, writes: float = 0.0
) -> Iterator[ObserverProcess]:
    """Start an observer and wait for its first request; it ends with the block at the latest."""
    plan = ObserverPlan(
        cities=CITIES,
        addresses=list(system.ips),
        port=system.port,
        rate=rate,
        writes=writes,
        # An item is never written twice, also not when a test is tried again.
        item_prefix=f"observer-{uuid4().hex[:8]}-",
    )
    path = folder / "observer.jsonl"
    path.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.drills.client_observer", str(path)],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
    )
    with process:
        try:
            assert process.stdin is not None
            process.stdin.write(f"{json.dumps(asdict(plan))}\n".encode())
            process.stdin.flush()
            observer = ObserverProcess(process, JsonLinesTail(path))
            eventually(observer.count, 10)
            yield observer
        finally:
            process.kill()


@contextmanager
def running_drill(checkout: Checkout, folder: Path, line: str) -> Iterator[DrillProcess]:
    """Start `muster drill run LINE`; the process has ended after the block."""
    output, errors = folder / "drill.jsonl", folder / "drill.errors"
    with output.open("wb") as out, errors.open("wb") as err:
        process = checkout.start_in_shell(
            f"exec muster --runs {folder}/runs drill run {line} --json", out, err
        )
    with process:
        try:
            yield DrillProcess(checkout, process, JsonLinesTail(output), errors)
        finally:
            _interrupt(process)


def wait_for_outcome(drill: DrillProcess, observer: ObserverProcess) -> DrillOutcome:
    """Wait for the drill's end, stop the observer, and make the report."""
    exit_code = drill.wait()
    requests = observer.stop()
    (folder,) = (drill.output.path.parent / "runs").iterdir()
    result: Json = json.loads((folder / "result.json").read_text())
    page = drill.checkout.run_in_shell(f"muster report {folder} 2>/dev/null").ok().output.strip()
    report: Json = json.loads((folder / "report.json").read_text())
    return DrillOutcome(drill, exit_code, folder, result, report, page, requests)


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()

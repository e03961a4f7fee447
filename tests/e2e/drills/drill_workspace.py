"""Runs `muster` in a folder, follows its journals, and kills it at entries of them."""

import json
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.files.jsonl import split_whole_lines
from tests.e2e.checkout import CommandResult
from tests.e2e.system import System
from tests.waiting import eventually

POLL_S = 0.002
"""Time between two reads of a journal: a step on the twin may take only 20 ms."""
TIMEOUT_S = 400.0
"""Generous, since a busy machine is slow; only a failing test takes this long."""
WORKSPACE_VARIABLE = "MUSTER_TEST_WORKSPACE"
"""Environment variable that marks the processes of a workspace, children included."""

JournalEntry = Mapping[str, Any]
EntryMatcher = Callable[[JournalEntry], bool]
"""Whether this is the entry to wait for."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run's folder."""

    path: Path

    def entries(self) -> list[JournalEntry]:
        """Complete lines of the journal."""
        data = (self.path / "journal.jsonl").read_bytes()
        return [json.loads(line) for line in split_whole_lines(data)]

    def size(self) -> int:
        """Size of the journal in bytes."""
        return (self.path / "journal.jsonl").stat().st_size

    def last(self) -> JournalEntry:
        return self.entries()[-1]

    def entry_kinds(self) -> list[str]:
        return [str(entry["kind"]) for entry in self.entries()]

    def assert_closed(self, *status: str) -> None:
        """Assert that the journal is complete and ends with one of these statuses."""
        entries = self.entries()
        assert [entry["n"] for entry in entries] == list(range(1, len(entries) + 1))
        assert entries[0]["kind"] == "opened"
        assert entries[-1]["kind"] == "closed", entries[-1]
        assert entries[-1]["status"] in status, entries[-1]


@dataclass
class JournalFollower:
    """Reads new entries of a growing journal, at little cost to the process that writes it."""

    run: RunRecord
    offset: int
    """Bytes that were read already."""

    def new_entries(self) -> list[JournalEntry]:
        """Complete lines since the last call."""
        if self.run.size() == self.offset:
            return []
        with (self.run.path / "journal.jsonl").open("rb") as file:
            file.seek(self.offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self.offset += len(whole)
        return [json.loads(line) for line in whole.splitlines()]


@dataclass
class DrillWorkspace:
    """A folder in which `muster` is run, with its runs."""

    system: System
    folder: Path
    environ: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, line: str) -> subprocess.Popen[bytes]:
        """Start `muster LINE`; its output goes to a file."""
        number = len(self.started)
        with (self.folder / f"output-{number}.txt").open("wb") as output:
            process = subprocess.Popen(
                [str(self.system.checkout.home / "bin/muster"), *line.split()],
                cwd=self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    def output_of(self, process: subprocess.Popen[bytes]) -> str:
        return (self.folder / f"output-{self.started.index(process)}.txt").read_text()

    def wait(self, process: subprocess.Popen[bytes], within_s: float = TIMEOUT_S) -> CommandResult:
        return CommandResult(process.wait(timeout=within_s), self.output_of(process))

    def run(self, line: str, within_s: float = TIMEOUT_S) -> CommandResult:
        """Run `muster LINE` to its end."""
        return self.wait(self.start(line), within_s)

    def run_records(self) -> list[RunRecord]:
        """All runs, newest first."""
        found = sorted((self.folder / ".muster").glob("*/journal.jsonl"), reverse=True)
        return [RunRecord(path.parent) for path in found]

    def run_until(self, line: str, matches: EntryMatcher) -> "WatchedDrill":
        """Start `muster LINE`, and return when the run's journal has a matching entry."""
        sizes = {run.path: run.size() for run in self.run_records()}
        process = self.start(line)
        run = eventually(
            lambda: self._started_run(process, sizes), within_s=TIMEOUT_S, pause_s=POLL_S
        )
        follower, later = JournalFollower(run, sizes.get(run.path, 0)), list[JournalEntry]()

        def is_reached() -> bool:
            entries = iter(follower.new_entries())
            if any(matches(entry) for entry in entries):
                later.extend(entries)
                return True
            if process.poll() is not None:
                raise RuntimeError(f"the process ended before: {self.output_of(process)}")
            return False

        eventually(is_reached, within_s=TIMEOUT_S, pause_s=POLL_S)
        return WatchedDrill(self, process, run, follower, later)

    def kill_at_each(
        self, line: str, points: Iterable[EntryMatcher], after: str
    ) -> list[RunRecord]:
        """Run `line`, then `after` repeatedly; kill each process at the next point; the runs.

        A process goes on for a moment after it was killed. Points that it passes meanwhile are
        skipped.
        """
        left, runs = deque(points), list[RunRecord]()
        while left:
            drill = self.run_until(after if runs else line, left.popleft())
            runs.append(drill.kill())
            for entry in drill.later_entries():
                if left and left[0](entry):
                    left.popleft()
        return runs

    def _started_run(
        self, process: subprocess.Popen[bytes], sizes: Mapping[Path, int]
    ) -> RunRecord:
        """The run of the process; AssertionError until it has written to its journal."""
        if process.poll() is not None:
            raise RuntimeError(f"the process ended before: {self.output_of(process)}")
        grown = [run for run in self.run_records()[:1] if run.size() > sizes.get(run.path, 0)]
        assert grown
        return grown[0]

    def kill_at(self, line: str, matches: EntryMatcher) -> RunRecord:
        """Run `muster LINE`, and kill it with SIGKILL at a matching entry."""
        return self.run_until(line, matches).kill()

    def wait_for_processes(self) -> None:
        """Wait until every process of this workspace has ended, children included."""
        eventually(lambda: list(self._running_commands()) == [], within_s=20)

    def _running_commands(self) -> Iterator[str]:
        """Command lines of this workspace's processes, without the twin's daemons."""
        marker = f"{WORKSPACE_VARIABLE}={self.folder}".encode()
        for entry in Path("/proc").iterdir():
            try:
                if marker in (entry / "environ").read_bytes().split(b"\0"):
                    yield (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue  # no process, another user's, or ended meanwhile

    def kill_started(self) -> None:
        """Kill the processes that a failed test has left."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait(timeout=10)


@dataclass(frozen=True, slots=True)
class WatchedDrill:
    """A process whose journal has the entry that was waited for."""

    workspace: DrillWorkspace
    process: subprocess.Popen[bytes]
    run: RunRecord
    follower: JournalFollower
    later: list[JournalEntry]
    """Entries after it that were read at the same time."""

    def later_entries(self) -> list[JournalEntry]:
        """All entries after the one that was waited for."""
        return [*self.later, *self.follower.new_entries()]

    def kill(self) -> RunRecord:
        """Kill it with SIGKILL, and wait for its end."""
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(timeout=10) == -signal.SIGKILL, self.workspace.output_of(
            self.process
        )
        return self.run

    def send_signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self, within_s: float = TIMEOUT_S) -> CommandResult:
        return self.workspace.wait(self.process, within_s)


def open_workspace(system: System, folder: Path, **variables: str) -> DrillWorkspace:
    """Make the folder; `variables` are added to the environment of its processes."""
    folder.mkdir(exist_ok=True)
    own = {
        WORKSPACE_VARIABLE: str(folder),
        "TWIN_LEASH": str(os.getpid()),
        "MUSTER_RUNS": str(folder / ".muster"),
    }
    return DrillWorkspace(
        system, folder, {**system.checkout.environment("operator"), **own, **variables}
    )


def at_entry(kind: str, name: str = "") -> EntryMatcher:
    """Matches an entry such as `begun m3` or `phase closing`; `r` is any step of a rollback."""

    def matches(entry: JournalEntry) -> bool:
        entry_name = str(entry.get("step") or entry.get("phase") or "")
        is_named = entry_name.startswith("r") if name == "r" else entry_name == name
        return entry["kind"] == kind and (is_named or not name)

    return matches


def at_rollback_entry(kind: str) -> EntryMatcher:
    """Matches such an entry of any rollback step, or the end of the rollback.

    The end, since a step that took effect just before the process died is not repeated.
    """
    is_step, is_end = at_entry(kind, "r"), at_entry("phase", "closing")
    return lambda entry: is_step(entry) or is_end(entry)

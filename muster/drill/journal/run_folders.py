"""The folder of runs, and one run's folder.

RUNS/2026-11-21T10-02-07-evacuate/
    journal.jsonl            all events; enough to continue the run
    plan.json                the plan, for people and programs; the journal has it too
    samples.jsonl            the probes' requests (samples-2.jsonl ... after a resume)
    sightings.jsonl          readings of the written items in each Region's table
    views.jsonl              the system every two seconds: dials, health, lag
    result.json              the result

environment.json has the versions, the target and the stack's outputs. It is written when the run
begins, since stack and machine may have changed when the report is made.
"""

import importlib.metadata
import json
import platform
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from common.command.wording import suggest_name
from common.files.file_lock import is_locked
from muster.drill.journal.journal_file import read_journal
from muster.drill.journal.run_state import RunState, fold_journal
from muster.drill.run.lease import Lease, LocalRunState
from muster.errors import InvalidJournal, InvalidRunsFolder, UnknownRun
from muster.model import Stack

ENVIRONMENT_FILE = "environment.json"
PACKAGES = ("boto3", "botocore", "click", "rich")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnvironment:
    target: str
    """In words: AWS or which twin, and the account."""
    kind: str
    """`aws` or `twin`."""
    account: str
    endpoint_url: str | None = None
    muster: str = ""
    """Version, with a digest of the code; empty: not recorded."""
    python: str
    system: str
    packages: dict[str, str] = field(default_factory=dict)
    """Versions by package."""
    stack: Stack


def describe_environment(
    stack: Stack,
    *,
    target: str,
    kind: str,
    endpoint_url: str | None,
    muster: str,
    version: Callable[[str], str] = importlib.metadata.version,
) -> RunEnvironment:
    """The environment of this process."""
    return RunEnvironment(
        target=target,
        kind=kind,
        account=stack.account,
        endpoint_url=endpoint_url,
        muster=muster,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        packages={name: _version(name, version) for name in PACKAGES},
        stack=stack,
    )


def _version(name: str, version: Callable[[str], str]) -> str:
    try:
        return version(name)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


JOURNAL_FILE, PLAN_FILE, RESULT_FILE = "journal.jsonl", "plan.json", "result.json"
VIEWS_FILE, SIGHTINGS_FILE = "views.jsonl", "sightings.jsonl"
MAX_SHOWN_RUNS = 3
"""Runs in an error about an ambiguous name."""
_RUN_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-.+")
_SAMPLES_FILE = re.compile(r"samples(?:-(\d+))?\.jsonl")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def journal(self) -> Path:
        return self.path / JOURNAL_FILE

    @property
    def at_work(self) -> bool:
        """True if a process of this machine works on the run."""
        return is_locked(self.journal)

    @property
    def probe_id(self) -> str:
        """Short id in the items that the run's probes write; unique among runs."""
        digits = "".join(re.findall(r"\d", self.name[:19]))
        return _base36(int(digits))

    def samples(self) -> list[Path]:
        """The files of samples, oldest first."""
        found = [
            (int(match[1] or 1), path)
            for path in self.path.glob("samples*.jsonl")
            if (match := _SAMPLES_FILE.fullmatch(path.name))
        ]
        return [path for _, path in sorted(found)]

    def next_samples(self) -> Path:
        """A new file of samples."""
        count = len(self.samples())
        return self.path / (f"samples-{count + 1}.jsonl" if count else "samples.jsonl")

    def read_state(self) -> RunState:
        """The journal's state. Raises InvalidJournal."""
        try:
            return fold_journal(read_journal(self.journal))
        except ValueError as exc:
            raise InvalidJournal(self.journal, 1, str(exc)) from exc

    def read_result(self) -> dict[str, object] | None:
        """result.json; None if it can't be read."""
        try:
            result: dict[str, object] = json.loads((self.path / RESULT_FILE).read_text())
        except (OSError, ValueError):
            return None
        return result


class RunFolders:
    """All runs in one folder, which need not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new(self, scenario: str, now: float) -> RunFolder:
        """A folder with an unused name; not created yet. `now` in seconds since 1970.

        Raises InvalidRunsFolder.
        """
        while True:
            at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H-%M-%S")
            path = self.folder / f"{at}-{scenario}"
            try:
                unused = not path.exists()
            except OSError as exc:
                raise InvalidRunsFolder(self.folder, exc.strerror) from exc
            if unused:
                return RunFolder(path)
            now += 1

    def all(self) -> list[RunFolder]:
        """Every run, newest first. Raises InvalidRunsFolder."""
        try:
            paths = list(self.folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise InvalidRunsFolder(self.folder, exc.strerror) from exc
        names = (path for path in paths if _RUN_NAME.fullmatch(path.name))
        return [RunFolder(path) for path in sorted(names, reverse=True) if _has_journal(path)]

    def find(self, name: str | None) -> RunFolder:
        """The run by its name, the beginning of its name, or its folder; None: the newest.

        Raises UnknownRun, InvalidRunsFolder.
        """
        if name is None:
            newest = next(iter(self.all()), None)
            if newest is None:
                raise UnknownRun(f"there is no run in {self.folder} (setting runs)")
            return newest
        if _has_journal(Path(name)):
            return RunFolder(Path(name).absolute())
        matches = [run for run in self.all() if run.name.startswith(name)]
        if len(matches) != 1:
            shown = ", ".join(run.name for run in matches[:MAX_SHOWN_RUNS])
            if len(matches) > MAX_SHOWN_RUNS:
                shown += f" and {len(matches) - MAX_SHOWN_RUNS} more"
            why = f"several runs begin so: {shown}" if matches else "there is no such run"
            hint = "" if matches else suggest_name(name, (run.name for run in self.all()))
            raise UnknownRun(f"{name}: {why} in {self.folder}; see muster drill history{hint}")
        return matches[0]

    def local_state(self, lease: Lease, host: str) -> LocalRunState:
        """What this machine, `host`, knows of the lease's run."""
        run = RunFolder(self.folder / lease.run)
        if not _has_journal(run.path):
            kept_at = lease.progress.folder if lease.host == host else ""
            return "lost" if kept_at and not _has_journal(Path(kept_at)) else "unknown"
        if run.at_work:
            return "at-work"
        try:
            return "over" if run.read_state().finished else "left"
        except InvalidJournal:  # `muster drill resume` says what is wrong with it
            return "left"

    def unfinished(self) -> Iterator[RunFolder]:
        """Unfinished runs, newest first; without unreadable ones."""
        for run in self.all():
            try:
                if not run.read_state().finished:
                    yield run
            except InvalidJournal:
                continue


def _has_journal(folder: Path) -> bool:
    """Also where this user may not look: reading the journal then says why."""
    try:
        return (folder / JOURNAL_FILE).exists()
    except OSError:
        return True


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"

"""The folder of runs, and one run's folder.

    RUNS/2026-11-21T10-02-07-evacuate/
        journal.jsonl            everything that was decided and done; enough to go on from
        plan.json                the plan, for people and programs; the journal has it too
        samples.jsonl            what the probes saw (samples-2.jsonl ... after a resume)
        sightings.jsonl          readings of the written items in each Region's table
        views.jsonl              the system every two seconds: dials, health, lag
        result.json              what it came to

Decides these names, and which run is meant by a name, by its beginning, or by none.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from muster.drill.guards.context import LocalRunState
from muster.drill.journal.journal_file import has_writer, read_journal
from muster.drill.journal.run_state import RunState, fold_journal
from muster.errors import InvalidJournal, UnknownRun

JOURNAL_FILE, PLAN_FILE, RESULT_FILE = "journal.jsonl", "plan.json", "result.json"
VIEWS_FILE, SIGHTINGS_FILE = "views.jsonl", "sightings.jsonl"
SEVERAL = 3
"""So many names are told where more than one is meant."""
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-.+")
_SAMPLES = re.compile(r"samples(?:-(\d+))?\.jsonl")


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
        """The journal's file."""
        return self.path / JOURNAL_FILE

    @property
    def at_work(self) -> bool:
        """Whether a process of this machine is at work on it."""
        return has_writer(self.journal)

    @property
    def probe_id(self) -> str:
        """The id in the items that its probes write; short, and different for each run."""
        digits = "".join(re.findall(r"\d", self.name[:19]))
        return _base36(int(digits))

    def samples(self) -> list[Path]:
        """The files of samples, oldest first."""
        found = [
            (int(match[1] or 1), path)
            for path in self.path.glob("samples*.jsonl")
            if (match := _SAMPLES.fullmatch(path.name))
        ]
        return [path for _, path in sorted(found)]

    def next_samples(self) -> Path:
        """A file of samples that is not there yet."""
        count = len(self.samples())
        return self.path / (f"samples-{count + 1}.jsonl" if count else "samples.jsonl")

    def state(self) -> RunState:
        """What its journal means. Raises JournalWrong."""
        try:
            return fold_journal(read_journal(self.journal))
        except ValueError as exc:
            raise InvalidJournal(self.journal, 1, str(exc)) from exc

    def result(self) -> dict[str, object] | None:
        """result.json, or None when there is none that can be read."""
        try:
            found: dict[str, object] = json.loads((self.path / RESULT_FILE).read_text())
        except (OSError, ValueError):
            return None
        return found


class RunFolders:
    """All runs in one folder."""

    def __init__(self, folder: Path) -> None:
        """The folder need not be there yet."""
        self.folder = folder

    def fresh(self, scenario: str, now: float) -> RunFolder:
        """A name that no run has; the folder is not made yet. `now` in seconds since 1970."""
        while True:
            at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H-%M-%S")
            path = self.folder / f"{at}-{scenario}"
            if not path.exists():
                return RunFolder(path)
            now += 1

    def all(self) -> list[RunFolder]:
        """Every run, newest first."""
        if not self.folder.is_dir():
            return []
        names = (path for path in self.folder.iterdir() if _NAME.fullmatch(path.name))
        return [
            RunFolder(path)
            for path in sorted(names, reverse=True)
            if (path / JOURNAL_FILE).exists()
        ]

    def find(self, name: str | None) -> RunFolder:
        """The run of this name, or whose name begins so, or in this folder; None: the newest.

        Raises RunUnknown.
        """
        if name is None:
            newest = next(iter(self.all()), None)
            if newest is None:
                raise UnknownRun(f"there is no run in {self.folder} (setting runs)")
            return newest
        if (Path(name) / JOURNAL_FILE).exists():
            return RunFolder(Path(name).absolute())
        found = [run for run in self.all() if run.name.startswith(name)]
        if len(found) != 1:
            several = ", ".join(run.name for run in found[:SEVERAL])
            if len(found) > SEVERAL:
                several += f" and {len(found) - SEVERAL} more"
            why = f"several runs begin so: {several}" if found else "there is no such run"
            raise UnknownRun(f"{name}: {why} in {self.folder}; see muster drill history")
        return found[0]

    def here(self, name: str) -> LocalRunState:
        """What is known here of a run of exactly this name."""
        run = RunFolder(self.folder / name)
        if not run.journal.exists():
            return "unknown"
        if run.at_work:
            return "at-work"
        try:
            return "over" if run.state().finished else "left"
        except InvalidJournal:  # whoever takes it up is told what is wrong with it
            return "left"

    def unfinished(self) -> Iterator[RunFolder]:
        """Runs that were not brought to an end, newest first. Unreadable ones are left out."""
        for run in self.all():
            try:
                if not run.state().finished:
                    yield run
            except InvalidJournal:
                continue


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"

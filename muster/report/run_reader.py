"""Reading a run's folder for its report.

Decides what a report can do without: everything but the journal. What is missing or damaged becomes
a remark in words, and the report says so instead of showing a number. Changes nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from common.jsonl import split_whole_lines
from muster import codec
from muster.drill.journal.events import JournalLine, RunOpened
from muster.drill.journal.journal_file import read_journal
from muster.drill.journal.run_folders import SIGHTINGS_FILE, VIEWS_FILE, RunFolder
from muster.drill.observation.snapshot_log import ViewSnapshot
from muster.errors import InvalidDocument, InvalidJournal, InvalidProbeRecord
from muster.measure.samples import Sighting
from muster.probe.records import ProbeRun, read_probe_run
from muster.report.environment import ENVIRONMENT_FILE, RunEnvironment

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecords:
    """All that a run has left."""

    name: str
    lines: tuple[JournalLine, ...]
    """The journal; its first entry opens the run."""
    parts: tuple[ProbeRun, ...] = ()
    """What each process' prober saw, oldest first."""
    sightings: tuple[Sighting, ...] = ()
    views: tuple[ViewSnapshot, ...] = ()
    environment: RunEnvironment | None = None
    at_work: bool = False
    """Whether a process is at work on it now."""
    remarks: tuple[str, ...] = ()
    """What could not be read, in words."""


def read_run_folder(folder: RunFolder) -> RunRecords:
    """Everything in the folder. Raises JournalWrong."""
    lines = read_journal(folder.journal)
    if not lines or not isinstance(lines[0].entry, RunOpened):
        raise InvalidJournal(
            folder.journal, 1 if lines else 0, "does not begin with the opening of a run"
        )
    remarks: list[str] = []
    parts = [run for path in folder.samples() if (run := _run(path, remarks)) is not None]
    seen = _run(folder.path / SIGHTINGS_FILE, remarks)
    return RunRecords(
        name=folder.name,
        lines=lines,
        parts=tuple(parts),
        sightings=seen.sightings if seen else (),
        views=_views(folder.path / VIEWS_FILE, remarks),
        environment=_one(folder.path / ENVIRONMENT_FILE, RunEnvironment, remarks),
        at_work=folder.at_work,
        remarks=tuple(remarks),
    )


def _run(path: Path, remarks: list[str]) -> ProbeRun | None:
    if not path.exists():
        return None
    try:
        return read_probe_run(path)
    except InvalidProbeRecord as exc:
        remarks.append(f"left out: {_relative(exc, path)}")
        return None


def _views(path: Path, remarks: list[str]) -> tuple[ViewSnapshot, ...]:
    """The views; a torn last line is a crash's, and is left out."""
    text = _bytes(path, remarks)
    found = []
    for number, line in enumerate(split_whole_lines(text), start=1):
        try:
            found.append(codec.loads(ViewSnapshot, line))
        except InvalidDocument as exc:
            remarks.append(f"left out from line {number} on: {path.name}: {exc}")
            break
    return tuple(found)


def _one(path: Path, kind: type[T], remarks: list[str]) -> T | None:
    text = _bytes(path, remarks)
    try:
        return codec.loads(kind, text) if text else None
    except InvalidDocument as exc:
        remarks.append(f"left out: {path.name}: {exc}")
        return None


def _bytes(path: Path, remarks: list[str]) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as exc:
        remarks.append(f"left out: {path.name}: {exc.strerror}")
        return b""


def _relative(error: InvalidProbeRecord, path: Path) -> str:
    """The error without the folder: a report is read elsewhere."""
    return str(error).replace(str(path), path.name)

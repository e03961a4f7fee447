"""Reads the folder of a run for its report.

Only the journal is required. Any other file that is damaged is left out, and a remark in the report
says so. Changes nothing in the folder.
"""

from dataclasses import dataclass
from pathlib import Path

from common.files.jsonl import split_whole_lines
from muster import codec
from muster.drill.journal.events import JournalLine, RunOpened
from muster.drill.journal.journal_file import read_journal
from muster.drill.journal.run_folders import (
    ENVIRONMENT_FILE,
    SIGHTINGS_FILE,
    VIEWS_FILE,
    RunEnvironment,
    RunFolder,
)
from muster.drill.observation.snapshot_log import ViewSnapshot
from muster.errors import InvalidDocument, InvalidJournal, InvalidProbeRecord
from muster.measure.samples import Sighting
from muster.probe.records import ProbeRun, read_probe_run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecords:
    """The contents of a run's folder."""

    name: str
    lines: tuple[JournalLine, ...]
    """The journal; its first entry opens the run."""
    probe_runs: tuple[ProbeRun, ...] = ()
    """Samples of each process that executed the drill, oldest first."""
    sightings: tuple[Sighting, ...] = ()
    views: tuple[ViewSnapshot, ...] = ()
    environment: RunEnvironment | None = None
    at_work: bool = False
    """Whether a process is executing the drill now."""
    remarks: tuple[str, ...] = ()
    """What could not be read, in words."""


def read_run_folder(folder: RunFolder) -> RunRecords:
    """Raises InvalidJournal."""
    lines = read_journal(folder.journal)
    if not lines or not isinstance(lines[0].event, RunOpened):
        raise InvalidJournal(
            folder.journal, 1 if lines else 0, "does not begin with the opening of a run"
        )
    remarks: list[str] = []
    runs = [_probe_run(path, remarks) for path in folder.samples()]
    audit = _probe_run(folder.path / SIGHTINGS_FILE, remarks)
    return RunRecords(
        name=folder.name,
        lines=lines,
        probe_runs=tuple(run for run in runs if run is not None),
        sightings=audit.sightings if audit else (),
        views=_views(folder.path / VIEWS_FILE, remarks),
        environment=_environment(folder.path / ENVIRONMENT_FILE, remarks),
        at_work=folder.at_work,
        remarks=tuple(remarks),
    )


def _probe_run(path: Path, remarks: list[str]) -> ProbeRun | None:
    if not path.exists():
        return None
    try:
        return read_probe_run(path)
    except InvalidProbeRecord as exc:
        shown = str(exc).replace(str(path), path.name)  # a report is read elsewhere
        remarks.append(f"left out: {shown}")
        return None


def _views(path: Path, remarks: list[str]) -> tuple[ViewSnapshot, ...]:
    """The views up to a damaged line; a torn last line, which a crash leaves, is no damage."""
    text = _read(path, remarks)
    views = []
    for number, line in enumerate(split_whole_lines(text), start=1):
        try:
            views.append(codec.loads(ViewSnapshot, line))
        except InvalidDocument as exc:
            remarks.append(f"left out from line {number} on: {path.name}: {exc}")
            break
    return tuple(views)


def _environment(path: Path, remarks: list[str]) -> RunEnvironment | None:
    text = _read(path, remarks)
    try:
        return codec.loads(RunEnvironment, text) if text else None
    except InvalidDocument as exc:
        remarks.append(f"left out: {path.name}: {exc}")
        return None


def _read(path: Path, remarks: list[str]) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as exc:
        remarks.append(f"left out: {path.name}: {exc.strerror}")
        return b""

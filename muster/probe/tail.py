"""Reading a run's file, when it is complete or while it grows.

Decides what of a file counts: whole lines. A torn last line is the mark of a crash, and is left
out; a bad line in the middle is an error that names it.
"""

from dataclasses import dataclass
from pathlib import Path

from muster.errors import CodecError, RecordError
from muster.measure.quality import Closing
from muster.measure.samples import Sample, Sighting
from muster.probe.records import Opening, Record, from_line

READ_AT_ONCE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All records of one run."""

    opening: Opening | None
    samples: tuple[Sample, ...]
    sightings: tuple[Sighting, ...]
    closing: Closing | None
    """None while the run goes on, and for ever when the prober was killed."""
    torn: bool
    """Whether the file ends in the middle of a line."""


class Tail:
    """Follows a file that another process appends to."""

    def __init__(self, path: Path) -> None:
        """Begin at the file's start; it need not be there yet."""
        self._path = path
        self._offset = 0
        self._rest = b""
        self._line = 0

    @property
    def torn(self) -> bool:
        """Whether the last reading ended in the middle of a line."""
        return bool(self._rest)

    def read(self) -> list[Record]:
        """Records appended since the last reading (1 MB at most). Raises RecordError."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(READ_AT_ONCE)
        except FileNotFoundError:
            return []
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [self._record(line) for line in lines]

    def _record(self, line: bytes) -> Record:
        self._line += 1
        try:
            return from_line(line)
        except CodecError as exc:
            raise RecordError(self._path, self._line, str(exc)) from exc


def read_run(*paths: Path) -> Run:
    """A whole run, from one file or several (samples and sightings). Raises RecordError."""
    records: list[Record] = []
    torn = False
    for path in paths:
        if not path.exists():
            raise RecordError(path, 0, "no such file")
        tail = Tail(path)
        while more := tail.read():
            records += more
        torn = torn or tail.torn
    openings = [r for r in records if isinstance(r, Opening)]
    closings = [r for r in records if isinstance(r, Closing)]
    return Run(
        opening=openings[0] if openings else None,
        samples=tuple(r for r in records if isinstance(r, Sample)),
        sightings=tuple(r for r in records if isinstance(r, Sighting)),
        closing=closings[-1] if closings else None,
        torn=torn,
    )

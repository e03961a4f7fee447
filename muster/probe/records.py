"""A probe run as lines of JSON: an opening, samples and sightings, a closing.

Decides the file's form. Every line is one object; its `kind` says which. A line is written whole,
so a file that ends in the middle of a line was cut by a crash, and is good up to there.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from common.codec import Codec
from muster import codec
from muster.errors import CodecError, InvalidProbeRecord
from muster.measure.quality import Closing
from muster.measure.samples import Sample, Sighting
from muster.probe.plan import ProbePlan

_ENCODE = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_SAMPLE_FIELDS = tuple(field.name for field in fields(Sample))
_SAMPLE_KEYS = frozenset(_SAMPLE_FIELDS)
_SAMPLES = Codec(error=CodecError)
"""It looks for no unknown fields, so it is quick: a report reads hundreds of thousands of lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The first record: what was asked for, and how the clock relates to the time of day."""

    plan: ProbePlan
    started_s: float
    """On the samples' clock: the schedule's second 0."""
    started_at: float
    """The same moment in seconds since 1970."""
    pid: int
    version: int = 1


ProbeRecord = Opening | Sample | Sighting | Closing

_KINDS: dict[str, type[ProbeRecord]] = {
    "sample": Sample,
    "opening": Opening,
    "sighting": Sighting,
    "closing": Closing,
}


def record_to_line(record: ProbeRecord) -> bytes:
    """One record as a line, its end included. Times keep microseconds."""
    if isinstance(record, Sample):
        return _sample_line(record)
    kind = next(name for name, cls in _KINDS.items() if isinstance(record, cls))
    return (_ENCODE({"kind": kind, **codec.plain(record)}) + "\n").encode()


def record_from_line(line: bytes) -> ProbeRecord:
    """Read one line; raises CodecError."""
    try:
        raw = json.loads(line)
    except ValueError as exc:
        raise CodecError(f"not JSON: {exc}") from exc
    kind = raw.pop("kind", None) if isinstance(raw, dict) else None
    if kind == "sample" and raw.keys() <= _SAMPLE_KEYS:
        return _SAMPLES.decode(Sample, raw)
    cls = _KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise CodecError(f"kind {kind!r} is not one of {', '.join(_KINDS)}")
    record: ProbeRecord = codec.decode(cls, raw)
    return record


def _sample_line(sample: Sample) -> bytes:
    # The prober's hot path: no reflection, and None left out.
    raw: dict[str, object] = {"kind": "sample"}
    for name in _SAMPLE_FIELDS:
        value = getattr(sample, name)
        if value is not None:
            raw[name] = round(value, 6) if type(value) is float else value
    return (_ENCODE(raw) + "\n").encode()


READ_AT_ONCE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRun:
    """All records of one run."""

    opening: Opening | None
    samples: tuple[Sample, ...]
    sightings: tuple[Sighting, ...]
    closing: Closing | None
    """None while the run goes on, and for ever when the prober was killed."""
    torn: bool
    """Whether the file ends in the middle of a line."""


class RecordTail:
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

    def read(self) -> list[ProbeRecord]:
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

    def _record(self, line: bytes) -> ProbeRecord:
        self._line += 1
        try:
            return record_from_line(line)
        except CodecError as exc:
            raise InvalidProbeRecord(self._path, self._line, str(exc)) from exc


def read_probe_run(*paths: Path) -> ProbeRun:
    """A whole run, from one file or several (samples and sightings). Raises RecordError."""
    records: list[ProbeRecord] = []
    torn = False
    for path in paths:
        if not path.exists():
            raise InvalidProbeRecord(path, 0, "no such file")
        tail = RecordTail(path)
        while more := tail.read():
            records += more
        torn = torn or tail.torn
    openings = [r for r in records if isinstance(r, Opening)]
    closings = [r for r in records if isinstance(r, Closing)]
    return ProbeRun(
        opening=openings[0] if openings else None,
        samples=tuple(r for r in records if isinstance(r, Sample)),
        sightings=tuple(r for r in records if isinstance(r, Sighting)),
        closing=closings[-1] if closings else None,
        torn=torn,
    )

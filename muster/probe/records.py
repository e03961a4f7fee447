"""The file of a probe run: lines of JSON, written by the prober and read by everything else.

Each line is one object: an opening first, then samples and sightings, a closing last. Its `kind`
names its type. A line is written whole, so a crash can tear the last line only. A reader leaves a
torn last line out; a bad line in the middle is an error that names it.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from common.codec import Codec
from muster import codec
from muster.errors import InvalidDocument, InvalidProbeRecord
from muster.measure.quality import Closing
from muster.measure.samples import Sample, Sighting
from muster.probe.plan import ProbePlan

READ_SIZE = 1024 * 1024
_SAMPLE_FIELDS = tuple(field.name for field in fields(Sample))
_SAMPLE_KEYS = frozenset(_SAMPLE_FIELDS)
_SAMPLES = Codec(error=InvalidDocument)
"""Without a check for unknown fields, to be fast: a report reads hundreds of thousands of lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The first record: the plan, and how the samples' clock relates to the time of day."""

    plan: ProbePlan
    started_s: float
    """Second 0 of the schedule, on the samples' clock."""
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
    """One record as a line, with its line break. Times are rounded to microseconds."""
    if isinstance(record, Sample):
        return _encode_sample(record)
    kind = next(name for name, cls in _KINDS.items() if isinstance(record, cls))
    return (codec.dumps({"kind": kind, **codec.plain(record)}) + "\n").encode()


def record_from_line(line: bytes) -> ProbeRecord:
    """Parse one line. Raises InvalidDocument."""
    try:
        raw = json.loads(line)
    except ValueError as exc:
        raise InvalidDocument(f"not JSON: {exc}") from exc
    kind = raw.pop("kind", None) if isinstance(raw, dict) else None
    if kind == "sample" and raw.keys() <= _SAMPLE_KEYS:
        return _SAMPLES.decode(Sample, raw)
    cls = _KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise InvalidDocument(f"kind {kind!r} is not one of {', '.join(_KINDS)}")
    record: ProbeRecord = codec.decode(cls, raw)
    return record


def _encode_sample(sample: Sample) -> bytes:
    # The prober's hot path: without the general encoder. Fields that are None are left out.
    raw: dict[str, object] = {"kind": "sample"}
    for name in _SAMPLE_FIELDS:
        value = getattr(sample, name)
        if value is not None:
            raw[name] = round(value, 6) if type(value) is float else value
    return (codec.dumps(raw) + "\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRun:
    opening: Opening | None
    samples: tuple[Sample, ...]
    sightings: tuple[Sighting, ...]
    closing: Closing | None
    """None while the prober runs, and of a prober that was killed."""
    torn: bool
    """Whether a file ends with a torn line."""


class RecordTail:
    """Follows a file that another process appends to, from its start."""

    def __init__(self, path: Path) -> None:
        """The file need not exist yet."""
        self._path = path
        self._offset = 0
        self._partial = b""
        self._line_number = 0

    @property
    def torn(self) -> bool:
        """Whether the last `read` ended in the middle of a line."""
        return bool(self._partial)

    def read(self) -> list[ProbeRecord]:
        """Records appended since the last `read`, 1 MB at most. Raises InvalidProbeRecord."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(READ_SIZE)
        except FileNotFoundError:
            return []
        self._offset += len(data)
        *lines, self._partial = (self._partial + data).split(b"\n")
        return [self._parse(line) for line in lines]

    def _parse(self, line: bytes) -> ProbeRecord:
        self._line_number += 1
        try:
            return record_from_line(line)
        except InvalidDocument as exc:
            raise InvalidProbeRecord(self._path, self._line_number, str(exc)) from exc


def read_probe_run(*paths: Path) -> ProbeRun:
    """A whole run, from one or several files. Raises InvalidProbeRecord."""
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

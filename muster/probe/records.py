"""A probe run as lines of JSON: an opening, samples and sightings, a closing.

Decides the file's form. Every line is one object; its `kind` says which. A line is written whole,
so a file that ends in the middle of a line was cut by a crash, and is good up to there.
"""

import json
from dataclasses import dataclass, fields

from muster import codec
from muster.errors import CodecError
from muster.measure.quality import Closing
from muster.measure.samples import Cohort, Outcome, Sample, Sighting, Step
from muster.probe.plan import Plan

_ENCODE = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_SAMPLE_FIELDS = tuple(f.name for f in fields(Sample))
_SAMPLE_KNOWN = frozenset(_SAMPLE_FIELDS)
_SAMPLE_TIMES = tuple(name for name in _SAMPLE_FIELDS if name.endswith("_s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The first record: what was asked for, and how the clock relates to the time of day."""

    plan: Plan
    started_s: float
    """On the samples' clock: the schedule's second 0."""
    started_at: float
    """The same moment in seconds since 1970."""
    pid: int
    version: int = 1


Record = Opening | Sample | Sighting | Closing

_KINDS: dict[str, type[Opening | Sighting | Closing]] = {
    "opening": Opening,
    "sighting": Sighting,
    "closing": Closing,
}


def to_line(record: Record) -> bytes:
    """One record as a line, its end included. Times keep microseconds."""
    if isinstance(record, Sample):
        return _sample_line(record)
    kind = next(name for name, cls in _KINDS.items() if isinstance(record, cls))
    value = codec.plain(record)
    assert isinstance(value, dict)  # noqa: S101 - tells the type checker
    return (_ENCODE({"kind": kind, **value}) + "\n").encode()


def from_line(line: bytes) -> Record:
    """Read one line; raises CodecError."""
    try:
        raw = json.loads(line)
    except ValueError as exc:
        raise CodecError(f"not JSON: {exc}") from exc
    kind = raw.pop("kind", None) if isinstance(raw, dict) else None
    if kind == "sample":
        return _sample(raw)
    cls = _KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise CodecError(f"kind {kind!r} is not one of sample, {', '.join(_KINDS)}")
    record: Record = codec.decode(cls, raw)
    return record


def _sample_line(sample: Sample) -> bytes:
    # The prober's hot path: no reflection, and None left out.
    raw: dict[str, object] = {"kind": "sample"}
    for name in _SAMPLE_FIELDS:
        value = getattr(sample, name)
        if value is not None:
            raw[name] = round(value, 6) if type(value) is float else value
    return (_ENCODE(raw) + "\n").encode()


def _sample(raw: dict[str, object]) -> Sample:
    # Hundreds of thousands are read for a report, so known good lines skip the general decoder.
    times = (raw[name] for name in _SAMPLE_TIMES if name in raw)
    if not raw.keys() <= _SAMPLE_KNOWN or not all(type(time) is float for time in times):
        return codec.decode(Sample, raw)
    try:
        raw["cohort"] = Cohort(raw["cohort"])  # type: ignore[arg-type]  # checked by the call
        raw["outcome"] = Outcome(raw["outcome"])  # type: ignore[arg-type]  # the same
        raw["step"] = Step(raw.get("step", Step.GET))  # type: ignore[arg-type]  # the same
        return Sample(**raw)  # type: ignore[arg-type]  # written by _sample_line
    except (KeyError, TypeError, ValueError):
        return codec.decode(Sample, raw)

"""Records as lines: there and back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.errors import CodecError
from muster.measure.quality import Closing
from muster.measure.samples import Sample, Sighting
from muster.probe.plan import Plan, Target
from muster.probe.records import Opening, Record, from_line, to_line
from tests.unit.muster.making import AWAY, good, samples, sighting

OTHERS: list[Record] = [
    Opening(
        plan=Plan(run="r", targets=(Target(ip="192.0.2.1"),)),
        started_s=1.5,
        started_at=1.7e9,
        pid=7,
    ),
    sighting("x", 1.0, AWAY, "absent"),
    Closing(scheduled=5, abandoned=1, unwritten=0, ended_s=9.0, cpu_s=0.5, reason="done"),
]


@given(samples(max_size=3))
def test_samples_there_and_back(made: list[Sample]) -> None:
    for sample in made:
        assert from_line(to_line(sample)) == sample


@pytest.mark.parametrize("record", OTHERS)
def test_other_records_there_and_back(record: Record) -> None:
    line = to_line(record)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert from_line(line) == record


@given(st.floats(0, 1e6))
def test_times_keep_microseconds(at_s: float) -> None:
    back = from_line(to_line(replace(good(1.0), scheduled_s=at_s)))

    assert isinstance(back, Sample)
    assert back.scheduled_s == pytest.approx(at_s, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "other"}, "kind 'other' is not one of sample"),
        ({"kind": None}, "kind None"),
        ({"outcome": "great"}, "outcome: 'great' is not one of ok"),
        ({"scheduled_s": "now"}, "scheduled_s: 'now' is not a float"),
        ({"colour": "red"}, "colour: no such field"),
    ],
)
def test_a_bad_line_is_explained(change: dict[str, object], message: str) -> None:
    raw = json.loads(to_line(good(1.0))) | change

    with pytest.raises(CodecError, match=message):
        from_line(json.dumps(raw).encode())


def test_a_line_without_a_needed_field_is_explained() -> None:
    raw = json.loads(to_line(good(1.0)))
    del raw["vantage"]

    with pytest.raises(CodecError, match="vantage: missing"):
        from_line(json.dumps(raw).encode())


@pytest.mark.parametrize("line", [b"", b"[1]", b"{", b"5"])
def test_what_is_not_a_record_is_refused(line: bytes) -> None:
    with pytest.raises(CodecError):
        from_line(line)


def test_sightings_are_what_they_say() -> None:
    assert isinstance(from_line(to_line(OTHERS[1])), Sighting)

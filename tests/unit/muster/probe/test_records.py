"""Records as lines: there and back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.errors import CodecError
from muster.measure.quality import Closing
from muster.measure.samples import Sample, Sighting
from muster.probe.plan import ProbePlan, ProbeTarget
from muster.probe.records import Opening, ProbeRecord, record_from_line, record_to_line
from tests.unit.muster.sample_builders import AWAY, answered_sample, make_sighting, sample_lists

OTHERS: list[ProbeRecord] = [
    Opening(
        plan=ProbePlan(run="r", targets=(ProbeTarget(ip="192.0.2.1"),)),
        started_s=1.5,
        started_at=1.7e9,
        pid=7,
    ),
    make_sighting("x", 1.0, AWAY, "absent"),
    Closing(scheduled=5, abandoned=1, unwritten=0, ended_s=9.0, cpu_s=0.5, reason="done"),
]


@given(sample_lists(max_size=3))
def test_samples_there_and_back(made: list[Sample]) -> None:
    for sample in made:
        assert record_from_line(record_to_line(sample)) == sample


@pytest.mark.parametrize("record", OTHERS)
def test_other_records_there_and_back(record: ProbeRecord) -> None:
    line = record_to_line(record)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert record_from_line(line) == record


@given(st.floats(0, 1e6))
def test_times_keep_microseconds(at_s: float) -> None:
    back = record_from_line(record_to_line(replace(answered_sample(1.0), scheduled_s=at_s)))

    assert isinstance(back, Sample)
    assert back.scheduled_s == pytest.approx(at_s, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "other"}, "kind 'other' is not one of sample"),
        ({"kind": None}, "kind None"),
        ({"outcome": "great"}, "outcome: invalid enum value 'great'"),
        ({"scheduled_s": "now"}, "scheduled_s: expected float, got str"),
        ({"colour": "red"}, "colour: no such field"),
    ],
)
def test_a_bad_line_is_explained(change: dict[str, object], message: str) -> None:
    raw = json.loads(record_to_line(answered_sample(1.0))) | change

    with pytest.raises(CodecError, match=message):
        record_from_line(json.dumps(raw).encode())


def test_a_line_without_a_needed_field_is_explained() -> None:
    raw = json.loads(record_to_line(answered_sample(1.0)))
    del raw["vantage"]

    with pytest.raises(CodecError, match="vantage: missing"):
        record_from_line(json.dumps(raw).encode())


@pytest.mark.parametrize("line", [b"", b"[1]", b"{", b"5"])
def test_what_is_not_a_record_is_refused(line: bytes) -> None:
    with pytest.raises(CodecError):
        record_from_line(line)


def test_sightings_are_what_they_say() -> None:
    assert isinstance(record_from_line(record_to_line(OTHERS[1])), Sighting)

"""Records as lines, and files of them: complete, growing, and after a crash."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.errors import InvalidDocument, InvalidProbeRecord
from muster.measure.quality import Closing
from muster.measure.samples import Sample, Sighting
from muster.probe.plan import ProbePlan, ProbeTarget
from muster.probe.records import (
    Opening,
    ProbeRecord,
    RecordTail,
    read_probe_run,
    record_from_line,
    record_to_line,
)
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
def test_samples_survive_the_way_to_a_line_and_back(made: list[Sample]) -> None:
    for sample in made:
        assert record_from_line(record_to_line(sample)) == sample


@pytest.mark.parametrize("record", OTHERS)
def test_other_records_survive_the_way_to_a_line_and_back(record: ProbeRecord) -> None:
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

    with pytest.raises(InvalidDocument, match=message):
        record_from_line(json.dumps(raw).encode())


def test_a_line_without_a_needed_field_is_explained() -> None:
    raw = json.loads(record_to_line(answered_sample(1.0)))
    del raw["vantage"]

    with pytest.raises(InvalidDocument, match="vantage: missing"):
        record_from_line(json.dumps(raw).encode())


@pytest.mark.parametrize("line", [b"", b"[1]", b"{", b"5"])
def test_a_line_that_is_no_record_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidDocument):
        record_from_line(line)


def test_a_sighting_is_read_as_one() -> None:
    assert isinstance(record_from_line(record_to_line(OTHERS[1])), Sighting)


def test_a_tail_gives_whole_lines_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "run"
    tail, line = RecordTail(path), record_to_line(answered_sample(2.0))

    assert tail.read() == []
    path.write_bytes(record_to_line(answered_sample(1.0)) + line[:20])
    assert tail.read() == [answered_sample(1.0)]
    assert tail.torn
    with path.open("ab") as file:
        file.write(line[20:])
    assert tail.read() == [answered_sample(2.0)]
    assert not tail.torn


def test_a_long_file_is_read_piece_by_piece(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_bytes(b"".join(record_to_line(answered_sample(float(n))) for n in range(12_000)))

    run = read_probe_run(path)

    assert [s.scheduled_s for s in run.samples] == [float(n) for n in range(12_000)]


def test_a_run_is_read_from_its_files(tmp_path: Path) -> None:
    samples, sightings = tmp_path / "samples", tmp_path / "sightings"
    samples.write_bytes(record_to_line(answered_sample(1.0)) + record_to_line(OTHERS[2]))
    sightings.write_bytes(record_to_line(make_sighting("x", 1.0, AWAY, "absent")))

    run = read_probe_run(samples, sightings)

    assert run.samples == (answered_sample(1.0),)
    assert run.sightings[0].item == "x"
    assert (run.closing, run.opening, run.torn) == (OTHERS[2], None, False)


def test_a_crashed_run_is_good_up_to_the_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_bytes(
        record_to_line(answered_sample(1.0)) + record_to_line(answered_sample(2.0))[:-9]
    )

    run = read_probe_run(path)

    assert run.samples == (answered_sample(1.0),)
    assert run.torn
    assert run.closing is None


def test_a_bad_line_is_named_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_bytes(record_to_line(answered_sample(1.0)) + b"rubbish\n")

    with pytest.raises(InvalidProbeRecord, match=r"run, line 2: not JSON"):
        read_probe_run(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidProbeRecord, match="no such file"):
        read_probe_run(tmp_path / "none")


def test_an_empty_file_is_an_empty_run(tmp_path: Path) -> None:
    (tmp_path / "run").touch()

    assert read_probe_run(tmp_path / "run").samples == tuple[Sample, ...]()

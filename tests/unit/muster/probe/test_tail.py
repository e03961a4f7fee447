"""Reading a run's file while it grows, and after a crash."""

from pathlib import Path

import pytest

from muster.errors import InvalidProbeRecord
from muster.measure.quality import Closing
from muster.measure.samples import Sample
from muster.probe.records import RecordTail, read_probe_run, record_to_line
from tests.unit.muster.sample_builders import AWAY, answered_sample, make_sighting

CLOSING = Closing(scheduled=2, abandoned=0, unwritten=0, ended_s=9.0, cpu_s=0.5, reason="done")


def test_a_tail_gives_whole_lines_as_they_come(tmp_path: Path) -> None:
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
    samples.write_bytes(record_to_line(answered_sample(1.0)) + record_to_line(CLOSING))
    sightings.write_bytes(record_to_line(make_sighting("x", 1.0, AWAY, "absent")))

    run = read_probe_run(samples, sightings)

    assert run.samples == (answered_sample(1.0),)
    assert run.sightings[0].item == "x"
    assert (run.closing, run.opening, run.torn) == (CLOSING, None, False)


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


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidProbeRecord, match="no such file"):
        read_probe_run(tmp_path / "none")


def test_an_empty_file_is_an_empty_run(tmp_path: Path) -> None:
    (tmp_path / "run").touch()

    assert read_probe_run(tmp_path / "run").samples == tuple[Sample, ...]()

"""Appending to a file of JSON lines that a crash has cut."""

from pathlib import Path

import pytest

from muster import codec
from muster.drill.journal.run_folders import VIEWS_FILE, RunFolder
from muster.drill.observation.probe_window import Observation
from muster.drill.observation.snapshot_log import SnapshotLog, ViewSnapshot
from muster.jsonl import BLOCK, cut_torn_line
from muster.measure.samples import Presence, Sighting
from muster.probe import FileSink, read_probe_run
from tests.unit.muster.clocks import HandClock
from tests.unit.muster.drill.builders import build_view

SEEN = Sighting(
    item="a", region="us-west-2", asked_s=1.0, answered_s=2.0, presence=Presence.PRESENT
)


@pytest.mark.parametrize(
    ("found", "left"),
    [
        (b"", b""),
        (b"{}\n", b"{}\n"),
        (b"{}\n[1,", b"{}\n"),
        (b'{"cut', b""),
        (b"{}\n" + b"x" * (2 * BLOCK + 1), b"{}\n"),
        (b"x" * (2 * BLOCK), b""),
    ],
)
def test_a_last_line_without_its_end_is_cut_off(tmp_path: Path, found: bytes, left: bytes) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(found)

    cut_torn_line(path)

    assert path.read_bytes() == left


def test_a_file_that_is_not_there_is_left_alone(tmp_path: Path) -> None:
    cut_torn_line(tmp_path / "lines.jsonl")

    assert list(tmp_path.iterdir()) == []


async def test_sightings_of_the_next_process_are_not_lost_with_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "sightings.jsonl"
    first = FileSink.append(path)
    first.put(SEEN)
    first.put(SEEN)
    await first.close()
    path.write_bytes(path.read_bytes()[:-10])

    second = FileSink.append(path)
    second.put(SEEN)
    await second.close()

    assert read_probe_run(path).sightings == (SEEN, SEEN)


def test_neither_are_views(tmp_path: Path) -> None:
    path = RunFolder(tmp_path).path / VIEWS_FILE
    path.write_text('{"at_s":1.0,')

    views = SnapshotLog(path, HandClock())
    views.put(Observation(), build_view())
    views.put(Observation(), build_view())

    lines = [codec.loads(ViewSnapshot, line) for line in path.read_text().splitlines()]
    assert [line.view for line in lines] == [build_view()] * 2

"""The snapshots that a run keeps of the system."""

from pathlib import Path

from muster import codec
from muster.drill.journal.run_folders import VIEWS_FILE, RunFolder
from muster.drill.observation.probe_window import Observation
from muster.drill.observation.snapshot_log import SnapshotLog, ViewSnapshot
from tests.unit.muster.drill.builders import build_view
from tests.unit.muster.sample_clock import make_clock


def test_a_torn_snapshot_does_not_take_the_next_ones_with_it(tmp_path: Path) -> None:
    path = RunFolder(tmp_path).path / VIEWS_FILE
    path.write_text('{"at_s":1.0,')

    views = SnapshotLog(path, make_clock())
    views.append(Observation(), build_view())
    views.append(Observation(), build_view())

    lines = [codec.loads(ViewSnapshot, line) for line in path.read_text().splitlines()]
    assert [line.view for line in lines] == [build_view()] * 2

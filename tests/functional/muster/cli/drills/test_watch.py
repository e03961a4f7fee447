"""Watching a drill through a pipe."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from common.files.file_lock import FileLock
from muster.drill.journal.events import NoteAdded, encode_line
from tests.unit.muster.report.sample_runs import interrupted_evacuation
from tests.unit.muster.report.staged_run import write_run_folder

ROOT = Path(__file__).resolve().parents[5]


@pytest.mark.parametrize("form", ["--plain", "--json"])
def test_the_watching_ends_when_nobody_reads_it_any_more(tmp_path: Path, form: str) -> None:
    """As in a pipe to `head`; the drill goes on."""
    records = interrupted_evacuation()
    folder = write_run_folder(records, tmp_path)
    last = records.lines[-1]
    more = replace(last, n=last.n + 1, event=NoteAdded(words="nobody reads this"))
    line = [sys.executable, "-m", "muster", "--runs", str(tmp_path), "drill", "watch", folder.name]
    lock = FileLock.try_acquire(folder.journal)
    assert lock is not None

    with lock, subprocess.Popen([*line, form], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        with folder.journal.open("a") as journal:
            journal.write(json.dumps(encode_line(more)) + "\n")
        try:
            assert process.wait(60.0) == 0
        finally:
            process.kill()

"""The folder of a run, whole and damaged."""

from pathlib import Path

import pytest

from common.files.file_lock import FileLock
from muster.drill.journal.run_folders import RunFolder
from muster.errors import InvalidJournal
from muster.report import load_report
from muster.report.build import build_report
from muster.report.run_reader import read_run_folder
from tests.unit.muster.report.sample_runs import (
    interrupted_evacuation,
    refused_evacuation,
    region_loss,
)
from tests.unit.muster.report.staged_run import write_run_folder


def test_records_that_were_written_are_read_back(tmp_path: Path) -> None:
    records = read_run_folder(write_run_folder(region_loss(), tmp_path))

    assert records.remarks == ()
    assert len(records.probe_runs[0].samples) == len(region_loss().probe_runs[0].samples)
    assert len(records.sightings) == len(region_loss().sightings)
    assert len(records.views) == len(region_loss().views)
    assert records.environment == region_loss().environment
    assert build_report(records).verdict == build_report(region_loss()).verdict


def test_the_journal_alone_makes_a_report(tmp_path: Path) -> None:
    folder = write_run_folder(refused_evacuation(), tmp_path)
    for path in folder.path.iterdir():
        if path.name != "journal.jsonl":
            path.unlink()

    report = load_report(folder)

    assert report.environment is None
    assert report.summary is None


def test_damaged_samples_are_left_out_and_named(tmp_path: Path) -> None:
    folder = write_run_folder(region_loss(), tmp_path)
    samples = folder.path / "samples.jsonl"
    samples.write_bytes(b'{"kind":"no"}\n' + samples.read_bytes())

    report = load_report(folder)

    assert report.summary is None
    assert report.remarks[0].startswith("left out: samples.jsonl, line 1: ")
    assert str(tmp_path) not in report.remarks[0]


def test_a_torn_last_snapshot_makes_no_remark(tmp_path: Path) -> None:
    folder = write_run_folder(interrupted_evacuation(), tmp_path)
    with (folder.path / "views.jsonl").open("a") as file:
        file.write('{"at_s": 1')

    records = read_run_folder(folder)

    assert len(records.views) == len(interrupted_evacuation().views)
    assert records.remarks == ()


def test_snapshots_are_read_up_to_a_damaged_line(tmp_path: Path) -> None:
    folder = write_run_folder(interrupted_evacuation(), tmp_path)
    path = folder.path / "views.jsonl"
    first, second, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([first, second, "{}\n", *rest]))

    records = read_run_folder(folder)

    assert len(records.views) == 2
    assert records.remarks[0].startswith("left out from line 3 on: views.jsonl: ")


def test_a_damaged_environment_is_named(tmp_path: Path) -> None:
    folder = write_run_folder(refused_evacuation(), tmp_path)
    (folder.path / "environment.json").write_text("[]")

    assert read_run_folder(folder).remarks[0].startswith("left out: environment.json: ")


@pytest.mark.parametrize("text", ["", '{"n":1,"at_s":1,"at":1,"kind":"note","words":"x"}\n'])
def test_a_journal_that_opens_no_run_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "journal.jsonl").write_text(text)

    with pytest.raises(InvalidJournal, match="does not begin with the opening"):
        read_run_folder(RunFolder(tmp_path))


def test_a_locked_journal_is_at_work(tmp_path: Path) -> None:
    folder = write_run_folder(interrupted_evacuation(), tmp_path)
    assert not read_run_folder(folder).at_work

    with FileLock.acquire(folder.journal):
        assert read_run_folder(folder).at_work

"""Reading a run's folder, whole and damaged."""

from pathlib import Path

import pytest

from common.file_lock import FileLock
from muster.drill.journal.run_folders import RunFolder
from muster.errors import InvalidJournal
from muster.report import HTML_FILE, JSON_FILE, load_report, save_report
from muster.report.build import build_report
from muster.report.run_reader import read_run_folder
from tests.unit.muster.report.sample_runs import broken_off, loss, refused
from tests.unit.muster.report.staged_run import write_run_folder


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    found = read_run_folder(write_run_folder(loss(), tmp_path))

    assert found.remarks == ()
    assert len(found.probe_runs[0].samples) == len(loss().probe_runs[0].samples)
    assert len(found.sightings) == len(loss().sightings)
    assert len(found.views) == len(loss().views)
    assert found.environment == loss().environment
    assert build_report(found).verdict == build_report(loss()).verdict


def test_a_report_is_saved_beside_the_records(tmp_path: Path) -> None:
    folder = write_run_folder(refused(), tmp_path)

    save_report(load_report(folder), folder)

    names = {path.name for path in folder.path.iterdir()}
    assert {HTML_FILE, JSON_FILE} <= names
    assert not any(name.endswith(".new") for name in names)


def test_without_anything_but_the_journal_there_is_a_report(tmp_path: Path) -> None:
    folder = write_run_folder(refused(), tmp_path)
    for path in folder.path.iterdir():
        if path.name != "journal.jsonl":
            path.unlink()

    report = load_report(folder)

    assert report.environment is None
    assert report.summary is None


def test_damaged_samples_are_left_out_and_named(tmp_path: Path) -> None:
    folder = write_run_folder(loss(), tmp_path)
    samples = folder.path / "samples.jsonl"
    samples.write_bytes(b'{"kind":"no"}\n' + samples.read_bytes())

    report = load_report(folder)

    assert report.summary is None
    assert report.remarks[0].startswith("left out: samples.jsonl, line 1: ")
    assert str(tmp_path) not in report.remarks[0]


def test_a_torn_last_view_is_a_crash_and_no_remark(tmp_path: Path) -> None:
    folder = write_run_folder(broken_off(), tmp_path)
    with (folder.path / "views.jsonl").open("a") as file:
        file.write('{"at_s": 1')

    found = read_run_folder(folder)

    assert len(found.views) == len(broken_off().views)
    assert found.remarks == ()


def test_views_are_read_up_to_the_damage(tmp_path: Path) -> None:
    folder = write_run_folder(broken_off(), tmp_path)
    path = folder.path / "views.jsonl"
    first, second, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([first, second, "{}\n", *rest]))

    found = read_run_folder(folder)

    assert len(found.views) == 2
    assert found.remarks[0].startswith("left out from line 3 on: views.jsonl: ")


def test_a_damaged_environment_is_named(tmp_path: Path) -> None:
    folder = write_run_folder(refused(), tmp_path)
    (folder.path / "environment.json").write_text("[]")

    assert read_run_folder(folder).remarks[0].startswith("left out: environment.json: ")


@pytest.mark.parametrize("text", ["", '{"n":1,"at_s":1,"at":1,"kind":"note","words":"x"}\n'])
def test_a_journal_that_opens_no_run_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "journal.jsonl").write_text(text)

    with pytest.raises(InvalidJournal, match="does not begin with the opening"):
        read_run_folder(RunFolder(tmp_path))


def test_a_locked_journal_is_at_work(tmp_path: Path) -> None:
    folder = write_run_folder(broken_off(), tmp_path)
    assert not read_run_folder(folder).at_work

    with FileLock.acquire(folder.journal):
        assert read_run_folder(folder).at_work

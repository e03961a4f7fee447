"""`muster report`."""

import json
from pathlib import Path

import pytest

from muster.cli.context import CommandContext
from muster.cli.main import main
from tests.unit.muster.report.sample_runs import interrupted_evacuation, refused_evacuation
from tests.unit.muster.report.staged_run import write_run_folder

NAME = "2026-11-21T10-02-07-evacuate"


def run_report(folder: Path, *line: str) -> int:
    return main(["report", *line], CommandContext(environ={}, folder=folder))


def test_the_newest_runs_report_is_written_into_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_run_folder(interrupted_evacuation(), tmp_path / ".muster")

    assert run_report(tmp_path) == 0

    captured = capsys.readouterr()
    assert captured.out == f"{folder.path / 'report.html'}\n"
    assert captured.err.startswith("Interrupted: this drill has no end\n")
    assert (folder.path / "report.json").exists()
    assert not any(path.name.endswith(".new") for path in folder.path.iterdir())


def test_json_goes_to_standard_output_and_writes_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_run_folder(refused_evacuation(), tmp_path / ".muster")
    before = set(folder.path.iterdir())

    assert run_report(tmp_path, NAME[:13], "--json") == 0

    assert json.loads(capsys.readouterr().out)["run"] == NAME
    assert set(folder.path.iterdir()) == before


@pytest.mark.parametrize(("more", "begins"), [((), "<!DOCTYPE html>"), (("--json",), "{")])
def test_out_names_the_file(tmp_path: Path, more: tuple[str, ...], begins: str) -> None:
    folder = write_run_folder(refused_evacuation(), tmp_path / "elsewhere")
    out = tmp_path / "mine"

    assert run_report(tmp_path, str(folder.path), "--out", str(out), *more) == 0

    assert out.read_text().startswith(begins)
    assert not (folder.path / "report.html").exists()


def test_an_unknown_run_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_report(tmp_path, "nosuch") == 2
    assert "nosuch: there is no such run" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run_folder(refused_evacuation(), tmp_path / ".muster")
    out = tmp_path / "nowhere" / "x.html"

    assert run_report(tmp_path, "--out", str(out)) == 1
    assert f"`write {out}` failed: No such file or directory" in capsys.readouterr().err


def test_json_can_not_be_opened(tmp_path: Path) -> None:
    assert run_report(tmp_path, "--json", "--open") == 2

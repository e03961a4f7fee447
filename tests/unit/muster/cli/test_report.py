"""`muster report`."""

import json
from dataclasses import replace
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


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_the_files_for_ci_are_written_beside_the_report(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    write_run_folder(refused_evacuation(), tmp_path / ".muster")
    junit, markdown = tmp_path / "drill.xml", tmp_path / "drill.md"

    assert run_report(tmp_path, "--junit", str(junit), "--markdown", str(markdown), *more) == 0

    assert junit.read_text().startswith("<testsuites")
    assert NAME in markdown.read_text()


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


EARLIER = "2026-10-01T08-00-00-evacuate"
DAMAGED = "2026-11-01T09-00-00-evacuate"


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """A folder with two evacuations; the runs are in its .muster."""
    write_run_folder(refused_evacuation(), tmp_path / ".muster")
    write_run_folder(replace(refused_evacuation(), name=EARLIER), tmp_path / ".muster")
    return tmp_path


def test_runs_side_by_side_are_a_page_and_json_beside_the_runs(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_report(several, "--compare", NAME[:13], EARLIER) == 0

    page = several / ".muster" / "comparison.html"
    assert capsys.readouterr().out == f"{page}\n"
    assert page.read_text().startswith("<!DOCTYPE html>")
    document = json.loads(page.with_suffix(".json").read_text())
    assert [one["run"] for one in document["runs"]] == [NAME, EARLIER]


def test_a_trend_as_json_is_printed_and_writes_no_file(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set((several / ".muster").iterdir())

    assert run_report(several, "--trend", "evacuate", "--json") == 0

    document = json.loads(capsys.readouterr().out)
    assert [one["run"] for one in document["runs"]] == [EARLIER, NAME]
    assert set((several / ".muster").iterdir()) == before


def test_a_trend_is_written_where_out_says(several: Path) -> None:
    out = several / "mine.html"

    assert run_report(several, "--trend", "evacuate", "--out", str(out)) == 0

    assert "Trend of evacuate" in out.read_text()
    assert not list((several / ".muster").glob("trend*"))


def test_an_unreadable_run_is_named_and_makes_exit_code_1(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (several / ".muster" / DAMAGED).mkdir()
    (several / ".muster" / DAMAGED / "journal.jsonl").write_text("?\n")

    assert run_report(several, "--trend", "evacuate") == 1

    assert f"! {DAMAGED} is left out: " in capsys.readouterr().err
    assert DAMAGED in (several / ".muster" / "trend-evacuate.html").read_text()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{NAME} {EARLIER}", "--compare puts several ones side by side"),
        (f"--compare {NAME}", "--compare needs two RUNs or more"),
        ("--trend", "--trend needs the name of a SCENARIO"),
        (f"--trend evacuate {NAME}", "--trend takes all runs of its scenario"),
        ("--trend evacuate --compare", "--trend takes all runs of its scenario"),
        ("--trend evacuate --junit x.xml", "--junit and --markdown are of one run: leave them out"),
        ("--trend shift", "there is no run of shift"),
        (f"--compare {NAME} nosuch", "nosuch: there is no such run"),
    ],
)
def test_wrong_usage_of_several_runs_ends_with_2(
    several: Path, capsys: pytest.CaptureFixture[str], line: str, why: str
) -> None:
    assert run_report(several, *line.split()) == 2
    assert why in capsys.readouterr().err

"""The files that a command line asks for are written at every end."""

from pathlib import Path

import pytest

from muster.ci.files import CiFiles, write_file
from muster.errors import CommandFailed, UnknownRun
from muster.report.build import build_report
from tests.unit.muster.report.sample_runs import refused_evacuation


@pytest.fixture
def files(tmp_path: Path) -> CiFiles:
    return CiFiles(junit=tmp_path / "j.xml", markdown=tmp_path / "m.md")


def text_of(path: Path | None) -> str:
    assert path is not None
    return path.read_text()


def test_both_files_of_a_run_are_written(files: CiFiles) -> None:
    files.write(build_report(refused_evacuation()))

    assert text_of(files.junit).startswith("<testsuites")
    assert text_of(files.markdown).startswith("## ")


def test_only_the_wanted_file_is_written(tmp_path: Path) -> None:
    CiFiles(junit=tmp_path / "j.xml").write(build_report(refused_evacuation()))

    assert [path.name for path in tmp_path.iterdir()] == ["j.xml"]


def test_any_name_makes_files_wanted() -> None:
    assert CiFiles(junit=Path("j.xml")).wanted
    assert CiFiles(markdown=Path("m.md")).wanted
    assert not CiFiles().wanted


def test_an_error_is_written_and_goes_on(files: CiFiles) -> None:
    with pytest.raises(UnknownRun), files.telling_errors("evacuate", pytest.fail):
        raise UnknownRun("no such run")

    assert "no such run" in text_of(files.junit)
    assert "Exit code 2" in text_of(files.markdown)


def test_a_file_that_can_not_be_written_hides_no_error(tmp_path: Path) -> None:
    warnings: list[str] = []
    files = CiFiles(junit=tmp_path / "nowhere" / "j.xml")

    with pytest.raises(UnknownRun), files.telling_errors("evacuate", warnings.append):
        raise UnknownRun("no such run")

    assert "No such file" in warnings[0]


def test_without_an_error_nothing_is_written(files: CiFiles) -> None:
    with files.telling_errors("evacuate", pytest.fail):
        pass

    assert files.junit is not None
    assert not files.junit.exists()


def test_a_file_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "x"

    with pytest.raises(CommandFailed, match=f"write {path}"):
        write_file(path, "text")

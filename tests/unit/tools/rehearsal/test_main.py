"""The command line of the rehearsal."""

from pathlib import Path

import pytest

from tests.unit.tools.rehearsal.builders import EMPTY, ROOT
from tools.rehearsal.__main__ import main
from tools.rehearsal.record import write_record


@pytest.fixture(autouse=True)
def in_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.prod.yaml").write_text((ROOT / "Pulumi.prod.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_money_is_not_spent_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["run", "--stack", "prod", "--record", "r.json"])

    assert code == 1
    shown = capsys.readouterr().err
    assert "spends money" in shown
    assert "no terminal to ask at; give --yes" in shown
    assert not Path("r.json").exists()


def test_a_record_of_another_stack_is_not_gone_on_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_record(Path("r.json"), EMPTY)

    assert main(["run", "--stack", "other", "--record", "r.json", "--yes"]) == 1
    assert "is of stack prod" in capsys.readouterr().err


def test_a_stack_without_a_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--stack", "nosuch", "--record", "r.json", "--yes"]) == 1
    assert "Pulumi.nosuch.yaml" in capsys.readouterr().err


def test_what_is_left_of_a_stack_without_a_file_is_not_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["left", "--stack", "nosuch"]) == 1
    assert "Pulumi.nosuch.yaml" in capsys.readouterr().err


def test_two_records_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    write_record(Path("a.json"), EMPTY)

    assert main(["compare", "a.json", "a.json"]) == 0
    assert "step" in capsys.readouterr().out

"""A command starts by its module's name, and can be interrupted while it is imported."""

from pathlib import Path

import pytest

from common.command.entry_point import run_command


def test_an_interrupted_import_is_an_interrupted_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "interrupted_command.py").write_text("raise KeyboardInterrupt\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert run_command("interrupted_command", []) == 130


def test_a_command_gets_its_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "counting_command.py").write_text("def main(arguments): return len(arguments)\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert run_command("counting_command", ["a", "b"]) == 2

"""`make down` beside an unfinished environment, `make` with a wrong variable.

The programs only note their calls.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"
STAMP = Path(".venv/muster-stamp")


def _make_down(folder: Path) -> tuple[int, list[str]]:
    """The exit code of `make down` in this folder, and the modules that it ran."""
    shutil.copy(MAKEFILE, folder)
    installer = folder / "installer"
    _write_program(installer, f"touch {STAMP}")
    _write_program(folder / ".venv/bin/python", f'[ -f {STAMP} ] || exit 1 # "import click" fails')
    environ = {name: value for name, value in os.environ.items() if name != "TWIN_HOME"}
    done = subprocess.run(
        ["make", "down", f"PYTHON={installer}"],
        cwd=folder,
        env=environ,
        check=False,
        capture_output=True,
    )
    calls = folder / "calls"
    return done.returncode, calls.read_text().splitlines() if calls.exists() else []


def _write_program(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho "$@" >> calls\n{line}\n')
    path.chmod(0o755)


def test_down_with_a_whole_environment_installs_nothing(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / STAMP).touch()
    (tmp_path / ".twin/state").mkdir(parents=True)

    assert _make_down(tmp_path) == (0, ["-m tools.local down"])


def test_down_after_an_interrupted_first_setup_has_nothing_to_do(tmp_path: Path) -> None:
    assert _make_down(tmp_path) == (0, [])


def test_down_finishes_an_interrupted_setup_when_a_system_has_state(tmp_path: Path) -> None:
    (tmp_path / ".twin/state").mkdir(parents=True)

    assert _make_down(tmp_path) == (0, ["-m tools.setup python", "-m tools.local down"])


@pytest.mark.parametrize("target", ["up", "down"])
@pytest.mark.parametrize("wrong", ["SPEED=fast", "INSTANCE=20", "ENFORCE_IAM=yes"])
def test_a_wrong_variable_changes_nothing(wrong: str, target: str, tmp_path: Path) -> None:
    shutil.copy(MAKEFILE, tmp_path)
    shutil.copytree(MAKEFILE.parent / "tools" / "local", tmp_path / "tools" / "local")

    done = subprocess.run(
        ["make", target, wrong], cwd=tmp_path, check=False, capture_output=True, text=True
    )

    assert done.returncode == 2
    assert f"error: {wrong}: must be " in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_unknown_variable_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    shutil.copy(MAKEFILE, tmp_path)

    done = subprocess.run(
        ["make", "up", "SPED=3"], cwd=tmp_path, check=False, capture_output=True, text=True
    )

    assert done.returncode == 2
    assert "unknown variable SPED; there are PYTHON INSTANCE SPEED " in done.stderr

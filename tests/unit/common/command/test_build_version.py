"""The digest that tells builds of one version apart."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from common.command.build_version import ROOT, UNKNOWN, build_version, digest_code
from muster import __version__

PACKAGES = ("muster", "common")


def make_package(folder: Path) -> Path:
    package = folder / "package"
    (package / "inner").mkdir(parents=True)
    (package / "a.py").write_text("x = 1\n")
    (package / "inner" / "b.css").write_text("p {}\n")
    return package


def test_the_same_code_elsewhere_has_the_same_digest(tmp_path: Path) -> None:
    first, second = make_package(tmp_path / "one"), make_package(tmp_path / "two")
    os.utime(second / "a.py", (1.0, 1.0))

    assert digest_code([first]) == digest_code([second])


@pytest.mark.parametrize(
    "change",
    [
        lambda package: (package / "a.py").write_text("x = 2\n"),
        lambda package: (package / "inner" / "b.css").write_text("p { }\n"),
        lambda package: (package / "a.py").rename(package / "c.py"),
        lambda package: (package / "a.py").rename(package / "inner" / "a.py"),
        lambda package: (package / "empty.py").touch(),
    ],
)
def test_any_change_of_the_code_changes_it(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    package = make_package(tmp_path)
    before = digest_code([package])

    change(package)

    assert digest_code([package]) != before


def test_what_python_compiles_is_not_code(tmp_path: Path) -> None:
    package = make_package(tmp_path)
    before = digest_code([package])

    (package / "inner" / "__pycache__").mkdir()
    (package / "inner" / "__pycache__" / "b.pyc").write_bytes(b"\0")

    assert digest_code([package]) == before


def test_code_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    package = make_package(tmp_path)
    (package / "gone.py").symlink_to(tmp_path / "nowhere")

    assert digest_code([package]) == UNKNOWN
    assert digest_code([tmp_path / "archive.zip" / "package"]) == UNKNOWN


def test_a_copy_without_a_repository_tells_the_same_build_until_it_is_changed(
    tmp_path: Path,
) -> None:
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))

    same = tell_version(tmp_path)
    (tmp_path / "muster" / "report" / "templates" / "style.css").write_text("")
    changed = tell_version(tmp_path)

    assert same == f"muster {build_version('muster', __version__)}\n"
    assert changed.startswith(f"muster {__version__}+")
    assert changed != same


def test_a_command_that_tells_no_version_makes_no_digest() -> None:
    script = "import sys, muster.cli.main; print('hashlib' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert done.stdout == "False\n"


def tell_version(folder: Path) -> str:
    """What `muster --version` prints there."""
    environ = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "muster", "--version"]
    return subprocess.run(
        command, cwd=folder, env=environ, check=True, capture_output=True, text=True
    ).stdout

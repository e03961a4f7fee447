"""Which Pulumi on PATH is used; the programs are shell scripts."""

import os
from pathlib import Path

import pytest

from tools.setup.layout import CheckoutLayout
from tools.setup.pulumi_cli import PROGRAMS, find_pulumi_on_path


def install_fake(folder: Path, version: str, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        program = folder / name
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
    return folder


def find_pulumi(tmp_path: Path, *folders: Path) -> Path | None:
    path = os.pathsep.join(["", *map(str, folders), "/nowhere"])
    return find_pulumi_on_path(path, CheckoutLayout(tmp_path / "checkout"))


def test_a_new_enough_pulumi_with_its_language_host_is_found(tmp_path: Path) -> None:
    good = install_fake(tmp_path / "good", "v3.300.0", *PROGRAMS)

    assert find_pulumi(tmp_path, good) == good


@pytest.mark.parametrize("version", ["v3.199.9", "nonsense", "; exit 1"])
def test_an_old_or_broken_pulumi_is_skipped(tmp_path: Path, version: str) -> None:
    bad = install_fake(tmp_path / "bad", version, *PROGRAMS)
    good = install_fake(tmp_path / "good", "v3.300.0", *PROGRAMS)

    assert find_pulumi(tmp_path, bad) is None
    assert find_pulumi(tmp_path, bad, good) == good


def test_a_pulumi_without_its_language_host_is_skipped(tmp_path: Path) -> None:
    alone = install_fake(tmp_path / "alone", "v3.300.0", "pulumi")

    assert find_pulumi(tmp_path, alone) is None


def test_the_checkouts_own_wrapper_is_skipped(tmp_path: Path) -> None:
    own = install_fake(tmp_path / "checkout" / ".twin" / "bin", "v3.300.0", *PROGRAMS)

    assert find_pulumi(tmp_path, own) is None

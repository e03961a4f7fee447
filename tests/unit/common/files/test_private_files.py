"""Folders and files that other users can't read or exchange."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from common.files.private_files import UntrustedFolder, check_owner, create_private_folder

OTHER = 65534


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_files_are_private_whatever_the_umask_was(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from common.files.private_files import make_new_files_private\n"
        "make_new_files_private(); Path('folder').mkdir(); Path('file').write_text('x')"
    )
    checkout = str(Path(__file__).parents[4])
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": checkout},
        umask=0,
        check=True,
        timeout=20,
    )

    assert mode_of(tmp_path / "folder") == 0o700
    assert mode_of(tmp_path / "file") == 0o600


def test_a_new_folder_is_closed_to_others(tmp_path: Path) -> None:
    create_private_folder(tmp_path / "a" / "home")

    assert mode_of(tmp_path / "a" / "home") == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_an_open_folder_is_closed(tmp_path: Path, mode: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "own").touch()
    home.chmod(mode)

    create_private_folder(home)

    assert mode_of(home) == 0o700


def foreign_path(tmp_path: Path) -> Path:
    """A folder of another user; only root can make one."""
    if os.geteuid() != 0:
        return Path("/")
    path = tmp_path / "foreign"
    path.mkdir()
    os.chown(path, OTHER, OTHER)
    return path


def test_another_users_folder_is_not_used(tmp_path: Path) -> None:
    folder = foreign_path(tmp_path)

    with pytest.raises(UntrustedFolder, match=rf"{folder} belongs to user \d+, not to user"):
        check_owner(folder)


def test_a_link_to_another_users_folder_is_not_used(tmp_path: Path) -> None:
    link = tmp_path / "home"
    link.symlink_to(foreign_path(tmp_path))

    with pytest.raises(UntrustedFolder, match="belongs to user"):
        create_private_folder(link)


def test_a_link_to_an_own_folder_is_used(tmp_path: Path) -> None:
    """As for a home on another disk."""
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "real")

    create_private_folder(tmp_path / "home")

    assert mode_of(tmp_path / "real") == 0o700


def test_a_folder_that_everybody_could_exchange_is_not_used(tmp_path: Path) -> None:
    parent = tmp_path / "open"
    parent.mkdir()
    parent.chmod(0o777)

    with pytest.raises(UntrustedFolder, match=f"chmod o-w {parent}"):
        create_private_folder(parent / "home")

    parent.chmod(0o1777)  # as /tmp
    create_private_folder(parent / "home")


def test_what_others_may_have_put_into_an_open_folder_is_found(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "logs").symlink_to(foreign_path(tmp_path))
    if os.geteuid() == 0:
        os.chown(home / "logs", OTHER, OTHER, follow_symlinks=False)
    home.chmod(0o770)

    if os.geteuid() == 0:
        with pytest.raises(UntrustedFolder, match=f"{home}/logs belongs to user {OTHER}"):
            create_private_folder(home)
    else:
        create_private_folder(home)  # the link is this user's own, whatever it points to
    assert mode_of(home) == 0o700

"""Files and folders that other users of the machine can't read."""

import os
import stat
from pathlib import Path

PRIVATE_UMASK = 0o077
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class UntrustedFolder(Exception):
    """Another user owns the folder or a part of it, or can exchange it."""


def make_new_files_private() -> None:
    """Let this process, and those that it starts, create files of mode 0600 and folders of 0700."""
    os.umask(PRIVATE_UMASK)


def create_private_folder(folder: Path) -> None:
    """Create the folder unless it exists, and close it to other users.

    Raises UntrustedFolder if another user could have put something into it, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_owner(folder)
    _check_parent(folder)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if mode != 0o700:
            os.fchmod(descriptor, 0o700)
        if mode & _WRITABLE_BY_OTHERS:
            _check_content(folder)
    finally:
        os.close(descriptor)


def check_owner(folder: Path) -> None:
    """Raises UntrustedFolder unless this user owns the folder and, if it is one, the link to it."""
    for status in (folder.lstat(), folder.stat()):
        if status.st_uid != os.geteuid():
            raise UntrustedFolder(
                f"{folder} belongs to user {status.st_uid}, not to user {os.geteuid()}, who runs "
                "this: remove it, or act as that user"
            )


def _check_parent(folder: Path) -> None:
    parent = folder.resolve().parent
    mode = parent.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise UntrustedFolder(
            f"{parent} can be written by every user, who could exchange {folder.name} in it: "
            f"chmod o-w {parent}"
        )


def _check_content(folder: Path) -> None:
    """For a folder that was open to others until now."""
    for path in folder.rglob("*"):
        owner = path.lstat().st_uid
        if owner != os.geteuid():
            raise UntrustedFolder(
                f"{path} belongs to user {owner}: other users could write to {folder} until now; "
                "remove it"
            )

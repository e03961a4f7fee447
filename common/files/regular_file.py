"""Files that are files: opening a FIFO in place of one would wait for a writer for ever."""

import errno
import stat
from collections.abc import Callable
from pathlib import Path

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISLNK, "a link that leads nowhere"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def find_other_kind(path: Path) -> str | None:
    """What is there in place of a file, as `a FIFO`; None for a file, and for a link to one.

    Raises OSError, FileNotFoundError where nothing has the name.
    """
    try:
        mode = path.stat().st_mode
    except OSError:  # a link that leads nowhere, or to itself
        mode = path.lstat().st_mode
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), None)


def read_regular_file(path: Path) -> bytes:
    """The content of a file, without waiting. Raises OSError, also for what is no file."""
    kind = find_other_kind(path)
    if kind is not None:
        raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))
    return path.read_bytes()

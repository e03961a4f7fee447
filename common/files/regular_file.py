"""Files that are files, and no larger than a document of state can be.

Opening a FIFO in place of one would wait for a writer for ever, and a file of gigabytes, whoever
made it, would take all memory.
"""

import errno
import os
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


MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""Of a file that is read whole; several times what any of them comes to."""


class FileTooLarge(OSError):
    """The file has more bytes than its reader takes."""


def find_other_kind(path: Path) -> str | None:
    """What is there in place of a file, as `a FIFO`; None for a file, and for a link to one.

    Raises OSError, FileNotFoundError where nothing has the name.
    """
    return _kind_of(_read_status(path))


def find_excess(path: Path, max_bytes: int = MAX_DOCUMENT_BYTES) -> str | None:
    """How large a file is that is too large to be read whole; None for all others.

    Raises OSError, FileNotFoundError where nothing has the name.
    """
    return _describe_excess(_read_status(path), max_bytes)


def read_regular_file(path: Path, max_bytes: int = MAX_DOCUMENT_BYTES) -> bytes:
    """The content of a file, without waiting. Raises OSError, also for what is no file.

    Raises FileTooLarge, an OSError, for more than `max_bytes`, of which none is read.
    """
    status = _read_status(path)
    if kind := _kind_of(status):
        raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))
    if excess := _describe_excess(status, max_bytes):
        raise FileTooLarge(errno.EFBIG, f"it is {excess}", str(path))
    return path.read_bytes()


def _read_status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError:  # a link that leads nowhere, or to itself
        return path.lstat()


def _kind_of(status: os.stat_result) -> str | None:
    return next((kind for is_kind, kind in _KINDS if is_kind(status.st_mode)), None)


def _describe_excess(status: os.stat_result, max_bytes: int) -> str | None:
    if status.st_size <= max_bytes:
        return None
    return f"a file of {status.st_size} bytes, where at most {max_bytes} are read"

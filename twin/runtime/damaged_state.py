"""Damaged pieces of stored state: kept in a file beside the one that they were in.

A process that finds one goes on with what is whole, and tells where the rest lies, instead of not
starting at all. Nothing is lost silently, and nothing is deleted: whoever knows better can put the
pieces back.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from common.files.append_log import decode_line
from common.files.atomic_file import write_atomically

SUFFIX = ".damaged-"
_NAME = re.compile(re.escape(SUFFIX) + "[0-9]")
_REGIONS, _OF_FUNCTIONS = "regions", ("code", "tmp")


def keep_damaged(path: Path, content: bytes) -> Path:
    """Write what was damaged in `path` to a new file beside it; its path. Raises OSError."""
    number = 1
    while True:
        kept = path.with_name(f"{path.name}{SUFFIX}{number}")
        try:
            descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return kept


def find_damaged(folder: Path) -> tuple[Path, ...]:
    """The files with damaged pieces in a state folder and below it, but for functions' folders."""
    return tuple(sorted(path for path in list_state_files(folder) if _NAME.search(path.name)))


def list_state_files(folder: Path) -> Iterator[Path]:
    """Not what functions have written: that may be as much, and as deep, as they like."""
    for parent, folders, files in os.walk(folder):
        if Path(parent).parent.name == _REGIONS:
            folders[:] = [name for name in folders if name not in _OF_FUNCTIONS]
        yield from (Path(parent, name) for name in files)


def set_damaged_lines_aside(path: Path, *, torn_end_is_damage: bool = False) -> Path | None:
    """Move the damaged lines of an append log out of it; where they are kept, None without any.

    A damaged last line is left alone, unless `torn_end_is_damage`: the log's process was writing
    it when it died (common.files.append_log). Raises OSError.
    """
    if not _has_damage(path, torn_end_is_damage):
        return None
    with path.open("rb") as file:
        lines = list(file)
    torn = lines.pop() if not torn_end_is_damage and decode_line(lines[-1]) is None else b""
    damaged = [line for line in lines if decode_line(line) is None]
    kept = keep_damaged(path, b"".join(damaged))
    whole = (line for line in lines if decode_line(line) is not None)
    write_atomically(path, b"".join((*whole, torn)), mode=0o600, sync=os.fsync)
    return kept


def _has_damage(path: Path, torn_end_is_damage: bool) -> bool:
    last_is_whole = True
    for line_is_whole in _checked_lines(path):
        if not last_is_whole:
            return True
        last_is_whole = line_is_whole
    return torn_end_is_damage and not last_is_whole


def _checked_lines(path: Path) -> Iterator[bool]:
    with path.open("rb") as file:
        for line in file:
            yield decode_line(line) is not None

"""Damaged pieces of stored state: kept in a file beside the one that they were in.

A process that finds one goes on with what is whole, and tells where the rest lies, instead of not
starting at all. Nothing is lost silently, and nothing is deleted: whoever knows better can put the
pieces back. What is no file at all, such as a FIFO, gets another name, and so does a document that
is too large to be read.
"""

import logging
import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from common.files.append_log import decode_line
from common.files.atomic_file import write_atomically
from common.files.regular_file import find_excess, find_other_kind

log = logging.getLogger(__name__)

SUFFIX = ".damaged-"
_NAME = re.compile(re.escape(SUFFIX) + "[0-9]")
_NAME_OF_A_FILE = re.compile(
    r".+\.(json|key|lock|log|pem|zip)|journal|checkpoint|lock|(base|log)-[0-9]+"
)
"""Names that no folder of the state has."""
_READ_WHOLE = frozenset({".json", ".key", ".pem"})
"""Suffixes of files of which no process reads a part."""
_REGIONS = "regions"
_OF_FUNCTIONS = re.compile(r"code|tmp(-.+)?")
"""Folders of a Region: `twin.region.lambdas.old_temp_folders` has renamed some."""


def keep_damaged(path: Path, content: bytes) -> Path:
    """Write what was damaged in `path` to a new file beside it; its path. Raises OSError."""
    for kept in _names_beside(path):
        try:
            descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        break
    return kept


def set_file_aside(path: Path) -> Path:
    """Give a damaged file another name beside it; its new path. Raises OSError."""
    kept = next(name for name in _names_beside(path) if not os.path.lexists(name))
    path.rename(kept)
    return kept


def _names_beside(path: Path) -> Iterator[Path]:
    return (path.with_name(f"{path.name}{SUFFIX}{number}") for number in count(1))


def set_other_kinds_aside(folder: Path) -> None:
    """Rename each FIFO, socket, device, dangling link and folder that has the name of a file.

    And each document of an impossible size. Call it before a process reads files there: opening a
    FIFO would wait for ever. The process then starts as without the file, and its log says so.
    Raises OSError.
    """
    for path in list(_list_entries(folder)):
        try:
            found = None if _NAME.search(path.name) else _find_unreadable(path)
            if found is None:
                continue
            kept = set_file_aside(path)
        except FileNotFoundError:  # another process has done it, or has ended its draft
            continue
        log.error("%s was %s, and counts as lost; it is now %s", path, found, kept)


def _find_unreadable(path: Path) -> str | None:
    """What can't be read in place of a document; None for what can. Raises OSError."""
    if kind := find_other_kind(path):
        return f"{kind}, not a file"
    return find_excess(path) if path.suffix in _READ_WHOLE else None


def find_damaged(folder: Path) -> tuple[Path, ...]:
    """What was set aside in a state folder and below it, but for functions' folders."""
    return tuple(sorted(path for path in _list_entries(folder) if _NAME.search(path.name)))


def list_state_files(folder: Path) -> Iterator[Path]:
    """Not what functions have written: that may be as much, and as deep, as they like."""
    for parent, _, files in _walk_state(folder):
        yield from (Path(parent, name) for name in files)


def _list_entries(folder: Path) -> Iterator[Path]:
    """The files of the state, and the folders that are in place of one."""
    for parent, folders, files in _walk_state(folder):
        strange = [n for n in folders if _NAME_OF_A_FILE.fullmatch(n) or _NAME.search(n)]
        folders[:] = [name for name in folders if name not in strange]
        yield from (Path(parent, name) for name in (*files, *strange))


def _walk_state(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """As os.walk; whoever takes a folder's name out of the second list keeps the walk out of it."""
    for parent, folders, files in os.walk(folder):
        if Path(parent).parent.name == _REGIONS:
            folders[:] = [name for name in folders if not _OF_FUNCTIONS.fullmatch(name)]
        yield parent, folders, files


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

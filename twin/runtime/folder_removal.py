"""Removes folders that functions could write to: whatever they hold, and however deep it is.

`shutil.rmtree` ends with a RecursionError in a thousand nested folders, and leaves what is in a
folder without permissions. Here each folder within comes to the top, is emptied and removed: no
path and no recursion grows with the depth.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_folder(folder: Path) -> None:
    """Remove a folder and all that is in it; links are removed and not followed. Raises OSError."""
    with _opened(str(folder), None) as top:
        waiting = _remove_files(top)
        while waiting:
            name = waiting.pop()
            os.chmod(name, 0o700, dir_fd=top)
            with _opened(name, top) as inner:
                for child in _remove_files(inner):
                    unused = str(uuid.uuid4())
                    os.chmod(child, 0o700, dir_fd=inner)  # a move changes the folder's own ".."
                    os.rename(child, unused, src_dir_fd=inner, dst_dir_fd=top)
                    waiting.append(unused)
            os.rmdir(name, dir_fd=top)
    folder.rmdir()


def discard_folder(folder: Path) -> None:
    """Remove as much of a folder as can be removed; no error when it is not there."""
    with suppress(OSError):
        remove_folder(folder)


@contextmanager
def _opened(name: str, parent: int | None) -> Iterator[int]:
    descriptor = os.open(name, _FOLDER, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _remove_files(folder: int) -> list[str]:
    """Remove all but the folders in an open folder; the names of those."""
    with os.scandir(folder) as found:
        entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
    for name, is_folder in entries:
        if not is_folder:
            os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in entries if is_folder]

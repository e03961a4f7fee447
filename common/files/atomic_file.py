"""Replacing a file so that a reader, or a crash, finds the old content or the new, never half."""

import os
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path


def write_atomically(
    path: Path,
    content: str | bytes,
    *,
    mode: int | None = None,
    sync: Callable[[int], None] | None = None,
) -> None:
    """Write a hidden file in the same folder, then rename it. Raises OSError, which names a file.

    That survives `kill -9` of the process. With `sync=os.fsync` the content is on the disk before
    the rename, so that a power cut can't leave an empty file. `mode` is the new file's,
    whatever the umask is, and the draft has no more rights; without it the umask decides.
    """
    data = content.encode() if isinstance(content, str) else content
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")

    def create(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW, 0o666 if mode is None else mode & 0o600)

    try:
        with open(draft, "wb", opener=create) as file:
            file.write(data)
            file.flush()
            if sync is not None:
                sync(file.fileno())
        if mode is not None:
            draft.chmod(mode)
        draft.replace(path)
    except OSError as exc:
        exc.filename = exc.filename or str(path)  # that of a write on a full disk is None
        raise
    finally:
        draft.unlink(missing_ok=True)


def remove_abandoned_drafts(files: Iterable[Path]) -> None:
    """Remove the drafts among these files that killed processes have left."""
    for draft in (file for file in files if fnmatch(file.name, ".*.new")):
        pid = draft.name.split(".")[-2]
        if pid.isdigit() and not Path("/proc", pid).exists():
            draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Write a folder to the disk: until then a power cut may lose the name of a new file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

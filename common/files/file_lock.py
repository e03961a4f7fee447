"""Locks between processes of one machine: flock(2) on a file.

The kernel ends a lock when its file is closed, so also when its process dies, however it dies. The
file itself stays. Where somebody deletes it all the same, two processes could lock two files of one
name: so a lock counts only if its file still has the name once it is locked.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self


class FileLock:
    """A lock that is held until it is closed; use it as a context manager, or keep it."""

    def __init__(self, descriptor: int) -> None:
        """Use `acquire` or `try_acquire`."""
        self._descriptor = descriptor

    @classmethod
    def try_acquire(cls, path: Path) -> Self | None:
        """The lock, or None while another process holds it. Raises OSError for the file."""
        while True:
            descriptor = _open(path)
            if not try_lock(descriptor):
                os.close(descriptor)
                return None
            if _has_name(descriptor, path):
                return cls(descriptor)
            os.close(descriptor)

    @classmethod
    def acquire(cls, path: Path, on_wait: Callable[[], object] | None = None) -> Self:
        """Wait for the lock; calls `on_wait` first if another process holds it.

        Raises OSError, FileNotFoundError also when the folder was deleted meanwhile.
        """
        while True:
            descriptor = _open(path)
            try:
                if not try_lock(descriptor):
                    if on_wait is not None:
                        on_wait()
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _has_name(descriptor, path):
                    return cls(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def close(self) -> None:
        """Release the lock."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; False while another process has it locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Whether a process of this machine has the file locked; False if it can't be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _has_name(descriptor: int, path: Path) -> bool:
    try:
        named = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(descriptor))

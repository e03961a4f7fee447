"""A twin instance number for this test process alone.

Twins that people start take the lowest free number, tests the highest. A lock file that all
checkouts of a user share reserves a number while this process lives.
"""

import os
import socket
import tempfile
from functools import cache
from pathlib import Path

from common.files.file_lock import FileLock
from twin.runtime.instance import MAX_INSTANCE, Instance

_held: list[FileLock] = []
"""Kept open: the kernel ends the locks with the process."""


@cache
def claim_instance() -> int:
    """This process's number; AssertionError when all are taken."""
    for number in range(MAX_INSTANCE, -1, -1):
        if _try_lock(number) and _is_free(number):
            return number
    raise AssertionError("no free instance for the tests: all numbers are taken")


def _try_lock(number: int) -> bool:
    path = Path(tempfile.gettempdir()) / f"muster-tests-{os.getuid()}-{number}.lock"
    lock = FileLock.try_acquire(path)
    if lock is not None:
        _held.append(lock)
    return lock is not None


def _is_free(number: int) -> bool:
    """Whether no twin listens at the number's gateway port."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(Instance(Path("unused"), number).gateway_address)
        except OSError:
            return False
    return True

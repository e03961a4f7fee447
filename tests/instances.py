"""The twin's number that this test run has for itself, so that runs and twins do not meet.

Twins that people start take the lowest free number; tests take the highest. A lock that all
checkouts of a user share keeps a number for as long as this process lives.
"""

import os
import socket
import tempfile
from functools import cache
from pathlib import Path

from common.file_lock import FileLock
from twin.runtime.instance import MAX_INSTANCE, Instance

_held: list[FileLock] = []
"""Kept open: the kernel ends the locks with the process."""


@cache
def claim_instance() -> int:
    """The number of this process; AssertionError when all are taken."""
    for number in range(MAX_INSTANCE, -1, -1):
        if _lock(number) and _free(number):
            return number
    raise AssertionError("no free instance for the tests: every number of a twin is taken")


def _lock(number: int) -> bool:
    path = Path(tempfile.gettempdir()) / f"muster-tests-{os.getuid()}-{number}.lock"
    lock = FileLock.try_acquire(path)
    if lock is not None:
        _held.append(lock)
    return lock is not None


def _free(number: int) -> bool:
    """Whether no twin holds it."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(Instance(Path("unused"), number).gateway_address)
        except OSError:
            return False
    return True

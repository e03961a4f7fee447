"""A disk that takes no more."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

FULL_DEVICE = "/dev/full"
"""Each write to it fails with ENOSPC: https://man7.org/linux/man-pages/man4/full.4.html"""


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """Let writes of this process beyond `limit` bytes of a file fail, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)

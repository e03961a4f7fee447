"""A test process that has used up the descriptors that strangers' connections may have."""

import contextlib
import os
import resource
from collections.abc import Iterator

from twin.runtime.descriptors import is_reserved

_LIMIT = 800


@contextlib.contextmanager
def only_reserved_descriptors() -> Iterator[None]:
    """While the block runs, each new descriptor is a reserved one."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_LIMIT, limits[1]))
    used: list[int] = []
    try:
        while not used or not is_reserved(used[-1]):
            used.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for descriptor in used:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

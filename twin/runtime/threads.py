"""Work that blocks, in a thread beside the event loop.

A machine whose processes and threads are used up, by a function for example, starts no further one.
Python then raises RuntimeError, which would end a process; here it is an error of the system, like
a full disk, after which the work can be tried again.
"""

import asyncio
import errno
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def run_in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As asyncio.to_thread. Raises OSError where no thread can be started."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except RuntimeError as exc:
        raise OSError(errno.EAGAIN, f"no thread: {exc}") from exc

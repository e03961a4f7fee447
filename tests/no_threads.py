"""A machine on which no thread can be started."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NoReturn


class NoThreads(ThreadPoolExecutor):
    """Fails as Python does when the system refuses a thread."""

    def submit(self, *_: object, **__: object) -> NoReturn:
        raise RuntimeError("can't start new thread")


@contextmanager
def no_threads() -> Iterator[None]:
    """While the block runs, the event loop starts no thread."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(NoThreads())
    try:
        yield
    finally:
        loop.set_default_executor(ThreadPoolExecutor())

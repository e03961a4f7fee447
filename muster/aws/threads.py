"""Blocking work in daemon threads: work that hangs does not delay the end of the tool."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def start_daemon_thread(work: Callable[[], T]) -> Future[T]:
    """Start the work. Its result or error is in the future, which can't be cancelled."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result = work()
        except BaseException as exc:  # noqa: BLE001 - the thread's edge: raised where it is awaited
            future.set_exception(exc)
        else:
            future.set_result(result)

    threading.Thread(target=run, daemon=True).start()
    return future


def await_in_loop(future: Future[T]) -> asyncio.Future[T]:
    """The future for the running loop. Its error may go unread, by a caller that gave up."""
    answer = asyncio.wrap_future(future)
    answer.add_done_callback(lambda done: done.cancelled() or done.exception())
    return answer


async def run_in_thread(work: Callable[[], T]) -> T:
    """Wait for work in a daemon thread. When cancelled, the thread goes on."""
    return await asyncio.wrap_future(start_daemon_thread(work))

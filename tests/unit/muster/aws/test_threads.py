"""Blocking work in daemon threads."""

import asyncio
import gc
import threading

import pytest

from muster.aws.threads import await_in_loop, run_in_thread, start_daemon_thread


async def test_work_in_a_thread_gives_its_result_or_its_error() -> None:
    def broken() -> None:
        raise KeyError("so")

    assert await run_in_thread(lambda: 3) == 3
    with pytest.raises(KeyError):
        await run_in_thread(broken)


async def test_cancelled_work_in_a_thread_is_not_waited_for() -> None:
    go = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await run_in_thread(lambda: go.wait(10))

    go.set()


async def test_a_cancelled_caller_leaves_the_work_its_result() -> None:
    go = threading.Event()
    work = start_daemon_thread(lambda: go.wait(10))

    asyncio.wrap_future(work).cancel()
    await asyncio.sleep(0)  # the callbacks of the cancellation run
    go.set()

    assert work.result(10)


async def test_an_error_after_its_caller_gave_up_is_not_printed() -> None:
    printed: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: printed.append(context))
    go = threading.Event()

    def broken() -> None:
        go.wait(10)
        raise KeyError("so")

    answer = await_in_loop(start_daemon_thread(broken))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await asyncio.shield(answer)
    go.set()
    await asyncio.wait({answer})
    await asyncio.sleep(0)  # its callbacks run
    del answer
    gc.collect()

    assert not printed

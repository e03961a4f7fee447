"""Work in a thread, on a machine that has one and on one that has none."""

import threading

import pytest

from tests.no_threads import no_threads
from twin.runtime.threads import run_in_thread


async def test_work_runs_beside_the_event_loop() -> None:
    assert await run_in_thread(threading.get_ident) != threading.get_ident()


async def test_a_machine_without_another_thread_is_an_error_of_the_system() -> None:
    with no_threads(), pytest.raises(OSError, match="can't start new thread"):
        await run_in_thread(threading.get_ident)

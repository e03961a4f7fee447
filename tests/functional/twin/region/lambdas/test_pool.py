"""The number of environments of a pool, and slow or failed starts."""

import asyncio
import os
import random
import signal
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from common.clock import SystemClock
from tests.functional.twin.region.lambdas.invocations import (
    RETURN_PID,
    SLOW,
    await_environments,
    function_status,
)
from tests.functional.twin.region.region_process import RegionDeployment, RegionProcess
from tests.instances import claim_instance
from tests.no_threads import no_threads
from tests.waiting import async_eventually, eventually
from twin.iam.session_token import TemporaryCredentials
from twin.region.ids import IdGenerator
from twin.region.lambdas.child_processes import ChildProcesses
from twin.region.lambdas.code_store import CodeStore
from twin.region.lambdas.function_log import FunctionLog
from twin.region.lambdas.invocation import Invocation, InvocationResult, Throttled
from twin.region.lambdas.log_delivery import LogDelivery
from twin.region.lambdas.pool import EnvironmentPool, PoolResources
from twin.region.lambdas.runtime_env import RuntimeVariables
from twin.runtime.instance import Instance
from twin.settings import TwinSettings
from twin.topology.model import FunctionVersion

REGION = "ap-south-1"
CREDENTIALS = TemporaryCredentials(key_id="ASIA", secret="s", token="t")
QUICK = "import time\ndef handler(event, context):\n    time.sleep(event['s'])\n    return 'done'\n"
MakePool = Callable[..., EnvironmentPool]


@pytest.fixture
async def make_pool(tmp_path: Path) -> AsyncIterator[MakePool]:
    """Creates pools that end with the test."""
    instance = Instance(tmp_path, claim_instance())
    instance.code_path("abc").parent.mkdir(parents=True)
    pools: list[EnvironmentPool] = []
    async with asyncio.TaskGroup() as tasks:

        def make(
            source: str, *, timeout_s: float = 3.0, saturated: bool = False, **bounds: float
        ) -> EnvironmentPool:
            with zipfile.ZipFile(instance.code_path("abc"), "w") as archive:
                archive.writestr(zipfile.ZipInfo("app.py"), source)
            clock = SystemClock()
            resources = PoolResources(
                code=CodeStore(instance, REGION),
                children=ChildProcesses(),
                variables=RuntimeVariables(
                    instance=instance,
                    region=REGION,
                    machine={"PATH": os.environ["PATH"]},
                    make_credentials=lambda _function, _role: CREDENTIALS,
                ),
                clock=clock,
                spawn=tasks.create_task,
                runtime_host=instance.runtime_api_address(REGION)[0],
                temp_folder=tmp_path / "tmp",
                new_id=IdGenerator(clock, random.Random(1)).request_id,
                delivery=LogDelivery(clock.now),
                is_saturated=lambda: saturated,
                **bounds,
            )
            version = FunctionVersion(
                version="1",
                handler="app.handler",
                runtime="python3.13",
                timeout_s=timeout_s,
                memory_mb=128,
                code_sha256="abc",
            )
            pool = EnvironmentPool(
                "app",
                version,
                resources=resources,
                log_file=FunctionLog(tmp_path / "log"),
                on_done=lambda _: None,
            )
            pools.append(pool)
            return pool

        yield make
        for pool in pools:
            pool.kill()
        await async_eventually(lambda: _all_closed(pools))


async def _busy(pool: EnvironmentPool) -> bool:
    return pool.busy_count == 1


async def _all_closed(pools: list[EnvironmentPool]) -> bool:
    return all(pool.is_closed for pool in pools)


def submit(pool: EnvironmentPool, seconds: float = 0.0) -> "asyncio.Future[InvocationResult]":
    future: asyncio.Future[InvocationResult] = asyncio.get_running_loop().create_future()
    event = f'{{"s": {seconds}}}'.encode()
    pool.submit(Invocation(id="id", event=event, arn="a", trace_id="t", future=future))
    return future


async def test_idle_environments_end_unless_they_are_kept_warm(make_pool: MakePool) -> None:
    pool = make_pool(QUICK, idle_timeout_s=0.2)
    pool.keep_warm(1, limit=3)
    await asyncio.gather(*(submit(pool, 0.3) for _ in range(3)))
    grown = pool.size

    async def shrunk() -> bool:
        pool.tick()
        return pool.size == 1

    assert grown > 1
    assert await async_eventually(shrunk)


async def test_an_environment_that_ends_before_its_first_invocation_is_not_kept_warm(
    make_pool: MakePool, tmp_path: Path
) -> None:
    """Environments that are started again and again would take a processor for ever."""
    starts = tmp_path / "starts"
    exits = "import os, threading\nthreading.Timer(1.0, os._exit, (0,)).start()\n"
    pool = make_pool(f"{exits}open({str(starts)!r}, 'a').write('x')\n{QUICK}")
    pool.keep_warm(1, limit=1)

    async def has_ended() -> bool:
        return pool.size == 0

    await async_eventually(has_ended)
    after_the_end = starts.read_text()
    served = await asyncio.wait_for(submit(pool), 20)

    assert after_the_end == "x"
    assert served.payload == b'"done"'


async def test_an_environment_that_ends_without_a_thread_gives_its_place_back(
    make_pool: MakePool, caplog: pytest.LogCaptureFixture
) -> None:
    """Else a Region that once had no thread would serve no function until its restart."""
    pool = make_pool("import os\ndef handler(event, context):\n    os._exit(1)\n")
    pool.limit = 1

    async def is_empty() -> bool:
        return pool.size == 0

    await submit(pool)  # unpacks the code, in a thread
    await async_eventually(is_empty)
    with no_threads():
        result = await asyncio.wait_for(submit(pool), 20)
        await async_eventually(is_empty)

    assert result.function_error == "Unhandled"
    assert "can't start new thread" in caplog.text


async def test_calls_one_after_another_share_one_environment(make_pool: MakePool) -> None:
    pool = make_pool(QUICK)
    pool.keep_warm(1, limit=10)
    await submit(pool)

    for _ in range(100):
        await submit(pool)

    assert pool.size == 1


async def test_on_a_busy_machine_short_invocations_share_an_environment(
    make_pool: MakePool,
) -> None:
    """Another process would take processor time from the one that works."""
    pool = make_pool(QUICK, saturated=True)
    pool.keep_warm(1, limit=10)
    await submit(pool)

    for _ in range(5):
        await asyncio.gather(*(submit(pool, 0.005) for _ in range(10)))
    shared = pool.size
    await asyncio.gather(*(submit(pool, 0.4) for _ in range(2)))

    assert shared == 1
    assert pool.size > 1


async def test_invocations_are_served_in_order(make_pool: MakePool) -> None:
    pool = make_pool(QUICK, saturated=True)

    assert await order_of_two_in_a_queue(pool) == ["older", "newer"]


async def test_in_an_overload_the_newest_comes_first(make_pool: MakePool) -> None:
    """By the turn of the older ones their callers have given up."""
    pool = make_pool(QUICK, saturated=True, overloaded_after_s=0.05)

    assert await order_of_two_in_a_queue(pool) == ["newer", "older"]


async def order_of_two_in_a_queue(pool: EnvironmentPool) -> list[str]:
    """Which of two invocations, that wait for 0.2 s, ends first."""
    pool.keep_warm(1, limit=1)
    await submit(pool)
    ended: list[str] = []
    first = submit(pool, 0.2)
    submit(pool).add_done_callback(lambda _: ended.append("older"))
    submit(pool).add_done_callback(lambda _: ended.append("newer"))
    await first

    async def both() -> bool:
        return len(ended) == 2

    await async_eventually(both)
    return ended


async def test_while_another_environment_starts_old_invocations_are_rejected(
    make_pool: MakePool,
) -> None:
    slow_start = "import time\ntime.sleep(0.3)\n"
    pool = make_pool(slow_start + QUICK, timeout_s=0.4)
    pool.keep_warm(1, limit=1)
    await submit(pool)
    pool.limit = 2
    busy, waiting = submit(pool, 0.35), [submit(pool, 0.35) for _ in range(8)]

    async def rejected() -> bool:
        pool.tick()
        return any(future.done() and future.exception() for future in waiting)

    await async_eventually(rejected)
    await asyncio.gather(busy, *waiting, return_exceptions=True)


async def test_an_init_that_times_out_is_retried(make_pool: MakePool, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
    flag = tmp_path / "been here"
    slow_once = f"""
import os, time
if not os.path.exists({str(flag)!r}):
    open({str(flag)!r}, "w").close()
    time.sleep(60)
"""
    pool = make_pool(slow_once + QUICK, init_limit_s=0.6)
    pool.keep_warm(0, limit=1)

    result = await asyncio.wait_for(submit(pool), 10)

    assert result.payload == b'"done"'
    assert "Phase: init\tStatus: timeout" in (tmp_path / "log").read_text()


async def test_an_init_that_never_ends_times_out(make_pool: MakePool) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
    pool = make_pool("import time\ntime.sleep(60)\n", timeout_s=0.5, init_limit_s=0.5)
    pool.keep_warm(0, limit=1)

    result = await asyncio.wait_for(submit(pool), 10)

    assert result.function_error == "Unhandled"
    assert b"Task timed out after 0.50 seconds" in result.payload


async def test_a_retired_pool_finishes_its_invocations(make_pool: MakePool) -> None:
    pool = make_pool(QUICK)
    pool.keep_warm(1, limit=1)
    accepted = [submit(pool, 0.1) for _ in range(3)]

    pool.retire()

    assert {(await result).payload for result in accepted} == {b'"done"'}
    await async_eventually(lambda: _all_closed([pool]))


async def test_a_killed_pool_rejects_waiting_invocations(make_pool: MakePool) -> None:
    pool = make_pool(QUICK)
    pool.keep_warm(1, limit=1)
    await submit(pool)
    waiting = [submit(pool, 5) for _ in range(2)]
    await async_eventually(lambda: _busy(pool))

    pool.kill()

    running, rejected = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(running, InvocationResult)
    assert running.function_error == "Unhandled"
    assert isinstance(rejected, Throttled)


async def test_one_environment_is_started_in_advance(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    before = await await_environments(region, 1)

    assert (before.invocations, (await region.get())[0]) == (0, 200)
    assert (await function_status(region)).workers == 1


async def test_concurrent_calls_start_environments_up_to_the_limit(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""
    await region.stop()
    region.configure(TwinSettings(lambda_environments=3))
    await region.start()
    await region.deploy(RegionDeployment(code=region.zip(SLOW)))

    answers = await asyncio.gather(*(region.get("/?s=0.5") for _ in range(6)))

    assert {status for status, _ in answers} == {200}
    assert (await function_status(region)).workers == 3


async def test_the_environment_that_was_used_last_is_used_next(region: RegionProcess) -> None:
    await region.deploy(
        RegionDeployment(code=region.zip(SLOW + RETURN_PID.replace("handler", "pid")))
    )
    await asyncio.gather(*(region.get("/?s=0.4") for _ in range(3)))

    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    seen = {(await region.get())[1] for _ in range(10)}

    assert len(seen) == 1


async def test_an_environment_that_is_killed_is_replaced(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    before = int((await region.get())[1])

    os.kill(before, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{before}").exists())  # the Region has reaped it
    status, after = await region.get()

    assert status == 200
    assert int(after) != before

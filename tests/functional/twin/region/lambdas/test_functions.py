"""Functions in a Region: concurrency limits, new versions, deletion."""

import asyncio
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

from tests.functional.twin.region.lambdas.invocations import (
    RETURN_PID,
    SLOW,
    await_environments,
    function_returning,
    function_status,
    invoke,
    is_alive,
)
from tests.functional.twin.region.region_process import (
    CONSTANT,
    PORT,
    RegionDeployment,
    RegionProcess,
    older_versions,
)
from tests.waiting import async_eventually, eventually
from twin.settings import TwinSettings


async def test_a_reserved_concurrency_of_zero_stops_the_function(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    deployed = RegionDeployment(code=region.zip(CONSTANT), reserved=0)
    await region.deploy(deployed)

    through_alb = await region.get()
    response = await invoke(region, "app:live")
    await region.deploy(replace(deployed, reserved=None))

    assert through_alb[0] == 502
    assert response.status == 429
    assert response.headers["X-Amzn-ErrorType"] == "TooManyRequestsException"
    document = await response.json()
    assert document["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert (await function_status(region)).throttles == 2
    assert (await region.get())[0] == 200


async def test_reserved_concurrency_limits_concurrent_invocations(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    await region.deploy(RegionDeployment(code=region.zip(SLOW), reserved=1))
    await region.get()

    answers = await asyncio.gather(*(region.get("/?s=0.5") for _ in range(3)))

    assert Counter(status for status, _ in answers) == {200: 1, 502: 2}


async def test_a_call_that_waits_too_long_for_an_environment_is_throttled(
    region: RegionProcess,
) -> None:
    await region.stop()
    region.configure(TwinSettings(lambda_environments=1))
    await region.start()
    await region.deploy(RegionDeployment(code=region.zip(SLOW), timeout_s=1.0))
    await region.get()

    answers = await asyncio.gather(*(region.get("/?s=0.8") for _ in range(4)))

    assert Counter(status for status, _ in answers) == {200: 2, 502: 2}
    assert (await function_status(region)).throttles == 2


async def test_a_new_version_takes_over_without_failed_requests(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
    first = RegionDeployment(code=region.zip(function_returning("old")))
    second = RegionDeployment(
        code=region.zip(function_returning("new")), version="2", older=older_versions(first)
    )
    await region.deploy(first)
    answers: list[tuple[int, str]] = []
    done = asyncio.Event()

    async def client() -> None:
        while not done.is_set():
            answers.append(await region.get())

    async with asyncio.TaskGroup() as clients:
        for _ in range(4):
            clients.create_task(client())
        await async_eventually(lambda: _as_coroutine(len(answers) > 50))
        await region.deploy(second)
        switched = len(answers)
        await async_eventually(lambda: _as_coroutine(len(answers) > switched + 50))
        done.set()

    assert {status for status, _ in answers} == {200}
    assert {text for _, text in answers[switched + 4 :]} == {"new"}


async def _as_coroutine(value: bool) -> bool:
    return value


async def test_a_request_in_flight_outlives_its_version(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
    first = RegionDeployment(code=region.zip(SLOW))
    await region.deploy(first)
    await region.get()

    async with asyncio.TaskGroup() as clients:
        slow = clients.create_task(region.get("/?s=1"))
        await async_eventually(lambda: _is_busy(region))
        await region.deploy(
            RegionDeployment(code=region.zip(function_returning("new")), version="2")
        )
        quick = clients.create_task(region.get())

    assert (slow.result(), quick.result()) == ((200, "done"), (200, "new"))
    await await_environments(region, 1)


async def _is_busy(region: RegionProcess) -> bool:
    return (await function_status(region)).busy == 1


async def test_a_weighted_alias_splits_its_calls(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    first = RegionDeployment(code=region.zip(function_returning("old")))
    second = RegionDeployment(
        code=region.zip(function_returning("new")),
        version="2",
        older=older_versions(first),
        additional_weights=(("1", 0.5),),
    )
    await region.deploy(second)

    seen = Counter([(await region.get())[1] for _ in range(60)])

    assert seen["old"] + seen["new"] == 60
    assert min(seen.values()) > 10


async def test_a_deleted_function_has_no_environments(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    pid = int((await region.get())[1])
    topology = RegionDeployment(code="").topology(region.address)

    await region.publish(replace(topology, functions=(), target_groups=(), load_balancers=()))

    eventually(lambda: not is_alive(pid))
    assert (await region.status()).functions == ()


async def test_a_request_in_flight_does_not_start_a_deleted_function(
    region: RegionProcess,
) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    pid = int((await region.get())[1])
    reader, writer = await asyncio.open_connection(region.address, PORT)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n12")

    async def request_counted() -> bool:
        return (await region.status()).load_balancers[0].requests == 2

    await async_eventually(request_counted)
    topology = RegionDeployment(code="").topology(region.address)

    await region.publish(replace(topology, functions=()))
    eventually(lambda: not is_alive(pid))
    writer.write(b"34")
    status_line = await reader.readline()
    writer.close()

    assert status_line == b"HTTP/1.1 502 Bad Gateway\r\n"
    assert "START" not in region.log().partition("REPORT")[2]


async def test_the_log_of_a_deleted_function_is_closed(region: RegionProcess) -> None:
    deployed = RegionDeployment(code=region.zip(CONSTANT))
    await region.deploy(deployed)
    await region.get()
    assert region.process is not None
    descriptors = Path(f"/proc/{region.process.pid}/fd")

    def open_logs() -> int:
        return sum("lambda-eu" in os.readlink(path) for path in descriptors.iterdir())

    assert open_logs() == 1
    await region.publish(replace(deployed.topology(region.address), functions=()))

    eventually(lambda: open_logs() == 0)

"""Asynchronous invocations are retried as in AWS, and bounded in number."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, cast

import pytest

from tests.clocks import ManualClock
from twin.region.ids import IdGenerator
from twin.region.lambdas.async_events import (
    DEFAULT_SETTINGS,
    MAX_EVENTS,
    MAX_EVENTS_BYTES,
    AsyncEvents,
    invoke_with_retries,
)
from twin.region.lambdas.functions import HostedFunction
from twin.region.lambdas.invocation import (
    FunctionNotFound,
    InvocationResult,
    InvokeError,
    Throttled,
    ThrottleReason,
)
from twin.settings import TwinSettings
from twin.topology.model import AsyncInvokeSettings, LambdaFunction

GOOD = InvocationResult(payload=b"{}", version="1")
BAD = InvocationResult(payload=b"{}", version="1", function_error="Unhandled")
THROTTLED = Throttled(ThrottleReason.RESERVED)


class FakeFunction:
    """Returns or raises the given results in order; the last one is repeated."""

    def __init__(self, *results: InvocationResult | InvokeError) -> None:
        self.clock = ManualClock(1000.0)
        self.tried_at: list[float] = []
        self.turn = asyncio.Semaphore(1)
        self._results = list(results)

    async def invoke(self) -> InvocationResult:
        self.tried_at.append(self.clock.seconds - 1000.0)
        result = self._results.pop(0) if len(self._results) > 1 else self._results[0]
        if isinstance(result, InvokeError):
            raise result
        return result

    async def run(
        self, speed: float = 1.0, settings: AsyncInvokeSettings = DEFAULT_SETTINGS
    ) -> bool:
        return await invoke_with_retries(
            "app",
            self.invoke,
            self.clock,
            lambda seconds: seconds / speed,
            turn=self.turn,
            settings=settings,
        )


async def test_a_function_error_is_retried_twice() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    failing = FakeFunction(BAD)

    assert not await failing.run()
    assert failing.tried_at == [0, 60, 180]


@pytest.mark.parametrize(("retries", "tried_at"), [(0, [0]), (1, [0, 60]), (2, [0, 60, 180])])
async def test_the_retries_after_errors_are_a_setting(retries: int, tried_at: list[int]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    failing = FakeFunction(BAD)

    assert not await failing.run(settings=AsyncInvokeSettings(max_retries=retries))
    assert failing.tried_at == tried_at


async def test_the_age_of_an_event_is_a_setting() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    stopped = FakeFunction(THROTTLED)

    assert not await stopped.run(settings=AsyncInvokeSettings(max_age_s=60))
    assert stopped.tried_at == [0, 1, 3, 7, 15, 31]


async def test_a_throttled_event_is_retried_until_it_is_accepted() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    busy = FakeFunction(*[THROTTLED] * 11, GOOD)

    assert await busy.run()
    assert busy.tried_at == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111]


async def test_a_throttled_event_is_given_up_after_six_hours() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    stopped = FakeFunction(THROTTLED)

    assert not await stopped.run()
    assert 6 * 3600 - 300 <= stopped.tried_at[-1] <= 6 * 3600


async def test_errors_and_throttles_are_counted_separately() -> None:
    mixed = FakeFunction(BAD, THROTTLED, THROTTLED, BAD, BAD)

    assert not await mixed.run()
    assert mixed.tried_at == [0, 60, 61, 63, 183]


@pytest.mark.parametrize("result", [GOOD, FunctionNotFound("deleted")])
async def test_success_and_a_deleted_function_are_not_retried(
    result: InvocationResult | InvokeError,
) -> None:
    once = FakeFunction(result)

    assert await once.run() is (result is GOOD)
    assert once.tried_at == [0]


async def test_the_speed_divides_all_pauses() -> None:
    failing = FakeFunction(BAD)

    await failing.run(speed=10.0)

    assert failing.tried_at == [0, 6, 18]


async def test_an_event_whose_turn_comes_too_late_is_not_tried() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    waiting = FakeFunction(GOOD)
    await waiting.turn.acquire()
    run = asyncio.ensure_future(waiting.run(settings=AsyncInvokeSettings(max_age_s=60.0)))
    await asyncio.sleep(0)

    waiting.clock.seconds += 61
    waiting.turn.release()

    assert not await run
    assert waiting.tried_at == []


class HeldFunction:
    """Notes its invocations, which go on until they are released."""

    def __init__(self, name: str) -> None:
        self.config = LambdaFunction(arn=f"arn:{name}", name=name, versions=())
        self.running: list[asyncio.Future[InvocationResult]] = []

    def submit(
        self, _qualifier: str, _event: bytes, *, draw: float
    ) -> "asyncio.Future[InvocationResult]":
        assert draw >= 0
        self.running.append(asyncio.get_running_loop().create_future())
        return self.running[-1]


def make_events(tasks: list[asyncio.Task[None]]) -> AsyncEvents:
    clock = ManualClock(1000.0)

    def spawn(work: Coroutine[Any, Any, None]) -> None:
        tasks.append(asyncio.ensure_future(work))

    return AsyncEvents(
        ids=IdGenerator(clock, random.Random(1)),
        clock=clock,
        settings=TwinSettings(lambda_environments=2),
        spawn=spawn,
    )


async def test_no_more_events_are_tried_at_once_than_there_are_environments() -> None:
    """Others who invoke the function would wait behind all of them."""
    tasks: list[asyncio.Task[None]] = []
    events, function = make_events(tasks), HeldFunction("f")

    for _ in range(5):
        events.accept(cast(HostedFunction, function), "", b"{}")
    await asyncio.sleep(0)

    assert len(function.running) == 2
    while len(function.running) < 5:
        next(one for one in function.running if not one.done()).set_result(GOOD)
        await asyncio.sleep(0.001)
    for one in function.running:
        if not one.done():
            one.set_result(GOOD)
    await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("event", "accepted"), [(b"{}", MAX_EVENTS), (b"x" * 1_000_000, MAX_EVENTS_BYTES // 1_000_000)]
)
async def test_events_beyond_the_limit_are_throttled(event: bytes, accepted: int) -> None:
    tasks: list[asyncio.Task[None]] = []
    events, function = make_events(tasks), HeldFunction("f")

    for _ in range(accepted):
        events.accept(cast(HostedFunction, function), "", event)

    with pytest.raises(Throttled):
        events.accept(cast(HostedFunction, function), "", event)
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    events.accept(cast(HostedFunction, function), "", event)
    tasks[-1].cancel()

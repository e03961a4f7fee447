"""Asynchronous invocations are retried as in AWS."""

import pytest

from tests.clocks import ManualClock
from twin.region.lambdas.invocation import (
    FunctionNotFound,
    InvocationResult,
    InvokeError,
    Throttled,
    ThrottleReason,
)
from twin.region.lambdas.invoke_api import DEFAULT_SETTINGS, invoke_with_retries
from twin.topology.model import AsyncInvokeSettings

GOOD = InvocationResult(payload=b"{}", version="1")
BAD = InvocationResult(payload=b"{}", version="1", function_error="Unhandled")
THROTTLED = Throttled(ThrottleReason.RESERVED)


class FakeFunction:
    """Returns or raises the given results in order; the last one is repeated."""

    def __init__(self, *results: InvocationResult | InvokeError) -> None:
        self.clock = ManualClock(1000.0)
        self.tried_at: list[float] = []
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
            "app", self.invoke, self.clock, lambda seconds: seconds / speed, settings
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

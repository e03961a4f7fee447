"""Asynchronous invocations are tried again as AWS does it."""

import pytest

from tests.clocks import ManualClock
from twin.region.lambdas.async_retry import invoke_with_retries
from twin.region.lambdas.invocation import (
    FunctionNotFound,
    InvocationResult,
    InvokeError,
    Throttled,
    ThrottleReason,
)

GOOD = InvocationResult(payload=b"{}", version="1")
BAD = InvocationResult(payload=b"{}", version="1", function_error="Unhandled")
THROTTLED = Throttled(ThrottleReason.RESERVED)


class FakeFunction:
    """Ends as it is told to; the last end is that of all later tries."""

    def __init__(self, *ends: InvocationResult | InvokeError) -> None:
        self.clock = ManualClock(1000.0)
        self.tried_at: list[float] = []
        self._ends = list(ends)

    async def invoke(self) -> InvocationResult:
        self.tried_at.append(self.clock.seconds - 1000.0)
        end = self._ends.pop(0) if len(self._ends) > 1 else self._ends[0]
        if isinstance(end, InvokeError):
            raise end
        return end

    async def run(self, speed: float = 1.0) -> bool:
        return await invoke_with_retries(
            "app", self.invoke, self.clock, lambda seconds: seconds / speed
        )


async def test_an_error_of_the_function_is_tried_twice_more() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    failing = FakeFunction(BAD)

    assert not await failing.run()
    assert failing.tried_at == [0, 60, 180]


async def test_a_throttled_event_waits_until_there_is_room() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    busy = FakeFunction(*[THROTTLED] * 11, GOOD)

    assert await busy.run()
    assert busy.tried_at == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111]


async def test_a_throttled_event_is_given_up_after_six_hours() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    stopped = FakeFunction(THROTTLED)

    assert not await stopped.run()
    assert 6 * 3600 - 300 <= stopped.tried_at[-1] <= 6 * 3600


async def test_errors_and_throttles_are_counted_apart() -> None:
    mixed = FakeFunction(BAD, THROTTLED, THROTTLED, BAD, BAD)

    assert not await mixed.run()
    assert mixed.tried_at == [0, 60, 61, 63, 183]


@pytest.mark.parametrize("end", [GOOD, FunctionNotFound("gone")])
async def test_what_is_done_or_gone_is_tried_once(end: InvocationResult | InvokeError) -> None:
    once = FakeFunction(end)

    assert await once.run() is (end is GOOD)
    assert once.tried_at == [0]


async def test_speed_divides_all_of_it() -> None:
    failing = FakeFunction(BAD)

    await failing.run(speed=10.0)

    assert failing.tried_at == [0, 6, 18]

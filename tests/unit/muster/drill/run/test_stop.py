"""The request to stop, and the conditions that make it."""

import asyncio

from muster.drill.plan.model import StopCondition
from muster.drill.run.stop import StopReason, StopRequest, StopTriggers


def test_a_condition_must_hold_for_its_whole_duration() -> None:
    condition = StopCondition(measure="error-rate", above=0.05, lasting_s=5.0)
    triggers = StopTriggers([condition])
    values: list[float | None] = [0.1, 0.1, None, 0.1, 0.1, 0.1]
    reasons = [
        triggers.check(lambda _, value=value: value, 2.0 * n)  # type: ignore[misc]  # a default binds the loop's value
        for n, value in enumerate([*values, 0.1])
    ]

    assert reasons[:6] == [None] * 6
    assert reasons[6] == "error-rate above 5 % for 5 s; it is 10 %"


def test_a_value_at_its_upper_bound_is_not_above_it() -> None:
    triggers = StopTriggers([StopCondition(measure="error-rate", above=0.05)])

    assert triggers.check(lambda _: 0.05, 0.0) is None
    assert triggers.check(lambda _: 0.06, 0.0) == "error-rate above 5 %; it is 6 %"


def test_a_condition_may_be_a_lower_bound() -> None:
    triggers = StopTriggers([StopCondition(measure="healthy-regions", below=2.0)])

    assert triggers.check(lambda _: 2.0, 0.0) is None
    assert triggers.check(lambda _: 1.0, 0.0) == "healthy-regions below 2; it is 1"


def test_the_first_reason_to_stop_counts_and_only_a_signal_insists() -> None:
    stop = StopRequest()

    stop.request("stop-condition", "errors")
    stop.request("stop-condition", "latency")
    assert stop.insisted is False
    stop.request("signal", "SIGINT")

    assert stop.reason is not None
    assert stop.reason.why == "errors"
    assert stop.insisted is True


async def test_who_waits_for_a_request_gets_the_reason() -> None:
    stop = StopRequest()
    assert not stop.too_late

    stop.request("signal", "SIGINT")

    async with asyncio.timeout(60):
        assert await stop.wait() == StopReason("signal", "SIGINT")

"""Errors of a drill as values."""

import asyncio

import pytest

from muster.drill.run.unexpected_errors import (
    describe_error,
    describe_unexpected_error,
    result_or_error,
)
from muster.errors import UnknownRun


async def divide(number: float, by: float) -> float:
    return number / by


async def test_work_gives_its_result_or_its_error_with_its_place() -> None:
    assert await result_or_error(divide(6, 2)) == 3

    error = await result_or_error(divide(6, 0))

    assert isinstance(error, ZeroDivisionError)
    words = describe_unexpected_error(error)
    assert words.startswith("this should not happen: ZeroDivisionError at test_unexpected_errors")
    assert words.endswith("division by zero")


async def test_a_cancellation_is_no_error_of_the_work() -> None:
    task = asyncio.ensure_future(result_or_error(asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_tool_is_described_by_its_own_words() -> None:
    async def find_run() -> None:
        raise UnknownRun("no such run")

    error = await result_or_error(find_run())

    assert error is not None
    assert describe_error(error) == "no such run"

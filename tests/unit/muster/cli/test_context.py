"""What a command prints while it waits."""

import asyncio

import pytest

from muster.cli.context import wait_with_notice


def test_a_long_wait_prints_its_longest_duration_once() -> None:
    notices: list[str] = []

    async def wait() -> str:
        notified = asyncio.Event()

        async def work() -> str:
            await notified.wait()
            return "done"

        def notify(line: str) -> None:
            notices.append(line)
            notified.set()

        return await wait_with_notice(work(), 120.0, notice_after_s=0.0, notify=notify)

    assert asyncio.run(wait()) == "done"
    assert notices == ["still waiting; this may take up to 2:00 min"]


def test_a_short_wait_prints_nothing() -> None:
    notices: list[str] = []

    async def work() -> str:
        return "done"

    assert asyncio.run(wait_with_notice(work(), 120.0, notify=notices.append)) == "done"
    assert notices == []


def test_an_interrupted_change_is_said_to_stay() -> None:
    notices: list[str] = []

    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(wait_with_notice(work(), 120.0, notify=notices.append))

    assert notices == [
        "interrupted; a change that was sent already stays: `muster status` shows it"
    ]

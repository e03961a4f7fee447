"""What a command says while it waits."""

import asyncio

import pytest

from muster.cli.context import wait_with_notice


def test_who_waits_long_is_told_once_for_how_long_at_most() -> None:
    said: list[str] = []

    async def wait() -> str:
        told = asyncio.Event()

        async def work() -> str:
            await told.wait()
            return "done"

        def tell(line: str) -> None:
            said.append(line)
            told.set()

        return await wait_with_notice(work(), 120.0, notice_after_s=0.0, notify=tell)

    assert asyncio.run(wait()) == "done"
    assert said == ["still waiting; this may take up to 2:00 min"]


def test_who_need_not_wait_is_told_nothing() -> None:
    said: list[str] = []

    async def work() -> str:
        return "done"

    assert asyncio.run(wait_with_notice(work(), 120.0, notify=said.append)) == "done"
    assert said == []


def test_who_breaks_a_change_off_is_told_that_it_may_stay() -> None:
    said: list[str] = []

    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(wait_with_notice(work(), 120.0, notify=said.append))

    assert said == ["interrupted; a change that was sent already stays: `muster status` shows it"]

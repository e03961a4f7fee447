"""Freed memory of a process goes back to the operating system."""

import asyncio
import resource
from pathlib import Path

from tests.waiting import async_eventually
from twin.internal_api.freed_memory import give_back_later

BLOCKS, BLOCK_BYTES = 2000, 50_000


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def test_what_lies_between_used_blocks_is_given_back() -> None:
    """https://man7.org/linux/man-pages/man3/malloc_trim.3.html"""
    blocks = [b"x" * BLOCK_BYTES for _ in range(BLOCKS)]
    kept = blocks[::20]
    blocks.clear()
    before = resident_bytes()

    give_back_later()

    async def is_given_back() -> bool:
        await asyncio.sleep(0)
        return before - resident_bytes() > BLOCKS * BLOCK_BYTES // 2

    await async_eventually(is_given_back)
    assert len(kept) == BLOCKS // 20

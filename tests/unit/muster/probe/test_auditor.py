"""An auditor that can't follow says so."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from muster.measure import Presence
from muster.probe import Auditor, ItemReading, ListSink
from tests.unit.muster.drill.virtual_time import VirtualClock, run_virtual
from tests.unit.muster.sample_builders import AWAY, HOME, acknowledged_write


async def audited(reads_s: float, *, dead_until_s: float = 0.0, items: int = 60) -> Auditor:
    """Items written at once, all read; a reading takes so long."""
    clock = VirtualClock()
    began_s = clock.monotonic()

    async def read(region: str, item: str) -> ItemReading:
        await clock.sleep(reads_s)
        dead = region == AWAY and clock.monotonic() < began_s + dead_until_s
        return ItemReading(Presence.UNREADABLE if dead else Presence.PRESENT, HOME)

    auditor = Auditor(read, (HOME, AWAY), clock=clock, sink=ListSink())
    for number in range(items):
        auditor.offer(acknowledged_write(f"i{number}", began_s))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(auditor.run())
        await auditor.settle(within_s=600.0)
        running.cancel()
    return auditor


def behind_s(work: Coroutine[Any, Any, Auditor]) -> float:
    return run_virtual(work).behind_s


def test_an_auditor_that_follows_is_not_behind() -> None:
    assert behind_s(audited(0.01)) < 0.2


def test_an_auditor_that_can_not_follow_tells_how_far_behind_it_was() -> None:
    # 60 readings of 1 s by six workers: the last ones begin after 9 s.
    assert 8.9 < behind_s(audited(1.0)) < 9.5


def test_what_piled_up_while_a_table_did_not_answer_is_not_its_fault() -> None:
    assert behind_s(audited(0.01, dead_until_s=60.0)) < 0.3

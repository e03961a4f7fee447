"""The auditor's queue of reads, and how far behind it is."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from muster.measure import Presence
from muster.probe import Auditor, ItemReading, ListSink
from muster.probe.auditor import FIRST_PAUSE_S, MAX_PAUSE_S, MAX_WAITING, ReadQueue
from tests.unit.muster.sample_builders import AWAY, HOME, acknowledged_write
from tests.virtual_time import VirtualClock, run_virtual


def test_an_added_item_is_due_at_once_in_every_region() -> None:
    queue = ReadQueue(("a", "b"))
    queue.add("x", 5.0)

    assert queue.take("a", 4.9) is None
    for region in ("a", "b"):
        due = queue.take(region, 5.0)
        assert due is not None
        assert due.item == "x"
    assert queue.pending() == 2
    queue.done("a")
    assert (queue.pending(), queue.pending("a"), queue.pending("b")) == (1, 0, 1)


def test_pauses_of_a_read_double_up_to_the_longest() -> None:
    queue, now_s, pauses = ReadQueue(("a",)), 0.0, []
    queue.add("x", now_s)
    due = queue.take("a", now_s)
    for _ in range(8):
        assert due is not None
        queue.retry("a", due, now_s)
        next_s = now_s + due.pause_s
        assert queue.take("a", next_s - 0.001) is None
        pauses.append(due.pause_s)
        now_s = next_s
        due = queue.take("a", now_s)

    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert pauses[-1] == MAX_PAUSE_S


def test_reads_beyond_the_bound_are_counted() -> None:
    queue = ReadQueue(("a", "b"))
    for number in range(MAX_WAITING + 3):
        queue.add(str(number), 0.0)

    assert queue.overflow == 3 * 2
    assert queue.pending("a") == MAX_WAITING


def test_a_read_of_an_unknown_region_is_an_error() -> None:
    with pytest.raises(KeyError):
        ReadQueue(("a", "b")).take("c", 0.0)


async def run_auditor(read_s: float, *, dead_until_s: float = 0.0) -> Auditor:
    """60 items written at once; reads take `read_s`, and AWAY's table is down at first."""
    clock = VirtualClock()
    began_s = clock.monotonic()

    async def read(region: str, item: str) -> ItemReading:
        await clock.sleep(read_s)
        dead = region == AWAY and clock.monotonic() < began_s + dead_until_s
        return ItemReading(Presence.UNREADABLE if dead else Presence.PRESENT, HOME)

    auditor = Auditor(read, (HOME, AWAY), clock=clock, sink=ListSink())
    for number in range(60):
        auditor.track(acknowledged_write(f"i{number}", began_s))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(auditor.run())
        await auditor.settle(within_s=600.0)
        running.cancel()
    return auditor


def behind_s(run: Coroutine[Any, Any, Auditor]) -> float:
    return run_virtual(run).behind_s


def test_an_auditor_that_keeps_up_is_not_behind() -> None:
    assert behind_s(run_auditor(0.01)) < 0.2


def test_an_auditor_that_can_not_keep_up_reports_its_delay() -> None:
    # 60 reads of 1 s by six workers: the last ones begin after 9 s.
    assert 8.9 < behind_s(run_auditor(1.0)) < 9.5


def test_a_delay_while_a_table_was_down_does_not_count() -> None:
    assert behind_s(run_auditor(0.01, dead_until_s=60.0)) < 0.3

"""The auditor, with tables that are down or hang."""

import asyncio

import pytest

from common.clock import SystemClock
from muster.measure import (
    Fate,
    Presence,
    RegionLoss,
    Sighting,
    acknowledged_writes,
    measure_recovery_point,
)
from muster.probe import Auditor, ItemReading, ListSink
from tests.unit.muster.sample_builders import AWAY, HOME, acknowledged_write, failed_sample
from tests.waiting import async_eventually

CLOCK = SystemClock()
REGIONS = (AWAY, HOME)


class FakeTables:
    """Each Region's items and their writers; a Region may be down or hang."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, str]] = {region: {} for region in REGIONS}
        self.down: set[str] = set()
        self.hanging: set[str] = set()
        self.reads = 0

    async def read(self, region: str, item: str) -> ItemReading:
        self.reads += 1
        if region in self.hanging:
            await asyncio.Event().wait()
        if region in self.down:
            return ItemReading(Presence.UNREADABLE)
        writer = self.items[region].get(item)
        return ItemReading(Presence.PRESENT, writer) if writer else ItemReading(Presence.ABSENT)


async def test_a_lost_write_is_seen_from_its_acknowledgement_to_its_return() -> None:
    """Two writes are not replicated; one loses against a later one, as the last writer wins."""
    tables, sink, start_s = FakeTables(), ListSink(), CLOCK.monotonic()
    auditor = Auditor(tables.read, REGIONS, clock=CLOCK, sink=sink)
    writes = [acknowledged_write(name, start_s) for name in ("early", "late", "contested")]
    tables.items = {HOME: {w.item or "": HOME for w in writes}, AWAY: {"early": HOME}}

    async with asyncio.TaskGroup() as group:
        running = group.create_task(auditor.run())
        for sample in (*writes, failed_sample(start_s, item="never acknowledged")):
            auditor.track(sample)
        await async_eventually(lambda: are_absent(sink, {"late", "contested"}))
        lost_s = CLOCK.monotonic()
        tables.down.add(HOME)
        await async_eventually(lambda: are_absent(sink, {"late", "contested"}, lost_s))
        writes.append(acknowledged_write("contested", CLOCK.monotonic(), AWAY, again=True))
        tables.items[AWAY]["contested"] = AWAY
        auditor.track(writes[-1])
        returned_s = CLOCK.monotonic()
        tables.down.clear()
        tables.items[AWAY]["late"] = HOME
        tables.items[HOME]["contested"] = AWAY
        assert await auditor.settle(within_s=10.0) == 0
        assert await auditor.read_all(within_s=10.0) == 0
        running.cancel()

    loss = RegionLoss(lost=HOME, surviving=(AWAY,), at_s=lost_s, returned_s=returned_s)
    sightings = [r for r in sink.records if isinstance(r, Sighting)]
    found = measure_recovery_point(acknowledged_writes(writes), sightings, loss)
    assert found.acknowledged == 3
    assert found.missing_items == 2
    assert found.rpo_s == pytest.approx(lost_s - start_s)
    assert found.fates == {Fate.ARRIVED: 1, Fate.OVERWRITTEN: 1}
    assert "never acknowledged" not in {s.item for s in sightings}


async def test_a_region_that_hangs_does_not_delay_the_others() -> None:
    tables, sink = FakeTables(), ListSink()
    tables.hanging.add(HOME)
    tables.items[AWAY] = {str(n): HOME for n in range(50)}
    auditor = Auditor(tables.read, REGIONS, clock=CLOCK, sink=sink)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(auditor.run())
        for number in range(50):
            auditor.track(acknowledged_write(str(number), CLOCK.monotonic()))
        await async_eventually(lambda: are_present(sink, 50))
        running.cancel()

    assert auditor.pending == 50


async def test_reads_without_time_left_are_counted() -> None:
    tables = FakeTables()
    auditor = Auditor(tables.read, REGIONS, clock=CLOCK, sink=ListSink())
    for number in range(5):
        auditor.track(acknowledged_write(str(number), 1.0))

    assert await auditor.settle(within_s=0.1) == 10
    assert await auditor.read_all(within_s=0.0) == 10
    assert tables.reads == 0


async def are_absent(sink: ListSink, items: set[str], since_s: float = 0.0) -> bool:
    seen = {
        s.item
        for s in sink.records
        if isinstance(s, Sighting) and s.region == AWAY and s.presence is Presence.ABSENT
        if s.asked_s >= since_s
    }
    return items <= seen


async def are_present(sink: ListSink, count: int) -> bool:
    present = [
        s for s in sink.records if isinstance(s, Sighting) and s.presence is Presence.PRESENT
    ]
    return len(present) >= count

"""The auditor: looks for acknowledged writes in every Region's table, during a run and after it.

Each acknowledged item is read in every Region at once, and again after pauses that double, until it
is found there. The queue is bounded: reads beyond the bound are counted and not made. How a table
is read is a parameter (muster.probe.table_reader reads DynamoDB).

The auditor runs in the process that starts the prober, not in the prober's: a read through boto3
holds the interpreter lock for about a millisecond.

    auditor = Auditor(reader, ("eu-central-1", "us-west-2"), clock=clock, sink=sink)
    # `auditor.run()` is a task of its own; `auditor.track(record)` takes the prober's records
    # at the end: auditor.settle(within_s=30), auditor.read_all(within_s=60), then cancel the task
"""

import asyncio
import heapq
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count

from common.clock import Clock
from muster.measure.recovery import acknowledged_writes
from muster.measure.samples import Presence, Sample, Sighting
from muster.probe.records import ProbeRecord
from muster.probe.sinks import Sink

FIRST_PAUSE_S = 0.1
MAX_PAUSE_S = 2.0
MAX_WAITING = 50_000
"""Reads queued in one Region."""
WORKERS = 6
"""Reads under way at once in one Region: across an ocean one takes 150 ms, so 40 a second."""
READ_TIMEOUT_S = 2.0
IDLE_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True, order=True)
class PendingRead:
    """One item to read in one Region."""

    due_s: float
    number: int
    item: str
    pause_s: float


class ReadQueue:
    """The reads that wait, by Region. Pure: the time is an argument."""

    def __init__(self, regions: Sequence[str]) -> None:
        self._waiting: dict[str, list[PendingRead]] = {region: [] for region in regions}
        self._under_way = dict.fromkeys(regions, 0)
        self._numbers = count()
        self.overflow = 0
        """Reads that were not queued, because too many waited."""

    def add(self, item: str, now_s: float) -> None:
        """Queue reads of the item in every Region, due now."""
        for waiting in self._waiting.values():
            if len(waiting) >= MAX_WAITING:
                self.overflow += 1
                continue
            heapq.heappush(waiting, PendingRead(now_s, next(self._numbers), item, FIRST_PAUSE_S))

    def take(self, region: str, now_s: float) -> PendingRead | None:
        """The next read that is due, or None. The caller ends it with `done` or `retry`."""
        waiting = self._waiting[region]
        if not waiting or waiting[0].due_s > now_s:
            return None
        self._under_way[region] += 1
        return heapq.heappop(waiting)

    def done(self, region: str) -> None:
        """The item was found."""
        self._under_way[region] -= 1

    def retry(self, region: str, read: PendingRead, now_s: float) -> None:
        """Queue it again after its pause, and double the pause."""
        self._under_way[region] -= 1
        later = PendingRead(
            now_s + read.pause_s,
            next(self._numbers),
            read.item,
            min(read.pause_s * 2, MAX_PAUSE_S),
        )
        heapq.heappush(self._waiting[region], later)

    def pending(self, region: str | None = None) -> int:
        """Reads that wait or are under way, in one Region or in all."""
        regions = self._waiting if region is None else (region,)
        return sum(len(self._waiting[r]) + self._under_way[r] for r in regions)


@dataclass(frozen=True, slots=True)
class ItemReading:
    presence: Presence
    writer: str | None = None
    """The Region that wrote the item, if the item names it."""


ItemReader = Callable[[str, str], Awaitable[ItemReading]]
"""(Region, item id) -> result. A table that fails is UNREADABLE."""


class Auditor:
    """Reads the items of the write-read cohort in every Region's table."""

    def __init__(
        self, reader: ItemReader, regions: Sequence[str], *, clock: Clock, sink: Sink
    ) -> None:
        """Sightings go to the sink, which the caller closes. Reads nothing before `run`."""
        self._reader = reader
        self._regions = tuple(regions)
        self._clock = clock
        self._sink = sink
        self._queue = ReadQueue(regions)
        self._items: dict[str, None] = {}
        self._last_unreadable_s: dict[str, float] = {}
        self.behind_s = 0.0
        """Largest delay of a read behind its due time, where the table was readable."""

    @property
    def pending(self) -> int:
        """Reads still to make: items times Regions that lack them."""
        return self._queue.pending()

    @property
    def overflow(self) -> int:
        """Reads that will not be made, because too many waited."""
        return self._queue.overflow

    def track(self, record: ProbeRecord) -> None:
        """Take a record of the prober; queue reads if it is an acknowledged write."""
        if isinstance(record, Sample):
            for write in acknowledged_writes((record,)):
                self._items[write.item] = None
                self._queue.add(write.item, self._clock.monotonic())

    async def run(self) -> None:
        """Make reads as they come due, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for region in self._regions:
                for _ in range(WORKERS):
                    group.create_task(self._work(region))

    async def settle(self, *, within_s: float) -> int:
        """Wait until every item is found in every Region. Returns the reads left at the end."""
        deadline_s = self._clock.monotonic() + within_s
        while self.pending and self._clock.monotonic() < deadline_s:
            await self._clock.sleep(IDLE_PAUSE_S)
        return self.pending

    async def read_all(self, *, within_s: float) -> int:
        """Read every item once more in every Region. Returns the reads there was no time for."""
        deadline_s = self._clock.monotonic() + within_s
        left = {region: list(self._items) for region in self._regions}
        async with asyncio.TaskGroup() as group:
            for region, items in left.items():
                for _ in range(WORKERS):
                    group.create_task(self._read_until(region, items, deadline_s))
        return sum(len(items) for items in left.values())

    async def _read_until(self, region: str, items: list[str], deadline_s: float) -> None:
        while items and self._clock.monotonic() < deadline_s:
            await self._read(region, items.pop())

    async def _work(self, region: str) -> None:
        while True:
            due = self._queue.take(region, self._clock.monotonic())
            if due is None:
                await self._clock.sleep(IDLE_PAUSE_S)
                continue
            asked_s = self._clock.monotonic()
            presence = await self._read(region, due.item)
            self._note_delay(region, due, asked_s, presence)
            if presence is Presence.PRESENT:
                self._queue.done(region)
            else:
                self._queue.retry(region, due, self._clock.monotonic())

    def _note_delay(
        self, region: str, read: PendingRead, asked_s: float, presence: Presence
    ) -> None:
        """Note a read's delay, unless its table was unreadable when it came due."""
        if presence is Presence.UNREADABLE:
            self._last_unreadable_s[region] = self._clock.monotonic()
        elif read.due_s > self._last_unreadable_s.get(region, -math.inf):
            self.behind_s = max(self.behind_s, asked_s - read.due_s)

    async def _read(self, region: str, item: str) -> Presence:
        asked_s = self._clock.monotonic()
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                reading = await self._reader(region, item)
        except TimeoutError:
            reading = ItemReading(Presence.UNREADABLE)
        self._sink.put(
            Sighting(
                item=item,
                region=region,
                asked_s=asked_s,
                answered_s=self._clock.monotonic(),
                presence=reading.presence,
                writer=reading.writer,
            )
        )
        return reading.presence

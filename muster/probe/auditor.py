"""Which acknowledged item is to be read next in which Region's table.

Decides the order and the pauses: an item is read at once in every Region, then again after pauses
that double, until it is found. Pure: it is told the time. Bounded: what is offered beyond the bound
is counted and not read.
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
LONGEST_PAUSE_S = 2.0
MAX_WAITING = 50_000
"""Items waiting in one Region."""


@dataclass(frozen=True, slots=True, order=True)
class PendingRead:
    """One item to be read in one Region."""

    due_s: float
    number: int
    item: str
    pause_s: float


class ReadQueue:
    """The readings that wait, by Region."""

    def __init__(self, regions: Sequence[str]) -> None:
        """Empty."""
        self._waiting: dict[str, list[PendingRead]] = {region: [] for region in regions}
        self._under_way = dict.fromkeys(regions, 0)
        self._numbers = count()
        self.overflow = 0

    def offer(self, item: str, now_s: float) -> None:
        """Read the item in every Region, from now on until it is found there."""
        for waiting in self._waiting.values():
            if len(waiting) >= MAX_WAITING:
                self.overflow += 1
                continue
            heapq.heappush(waiting, PendingRead(now_s, next(self._numbers), item, FIRST_PAUSE_S))

    def take(self, region: str, now_s: float) -> PendingRead | None:
        """The next errand that is due; it has to be given back by `found` or `again`."""
        waiting = self._waiting[region]
        if not waiting or waiting[0].due_s > now_s:
            return None
        self._under_way[region] += 1
        return heapq.heappop(waiting)

    def found(self, region: str) -> None:
        """An errand is done."""
        self._under_way[region] -= 1

    def again(self, region: str, errand: PendingRead, now_s: float) -> None:
        """Not found, or not readable: once more after a pause twice as long."""
        self._under_way[region] -= 1
        later = PendingRead(
            now_s + errand.pause_s,
            next(self._numbers),
            errand.item,
            min(errand.pause_s * 2, LONGEST_PAUSE_S),
        )
        heapq.heappush(self._waiting[region], later)

    def pending(self, region: str | None = None) -> int:
        """Readings that wait or are under way, in one Region or in all."""
        regions = self._waiting if region is None else (region,)
        return sum(len(self._waiting[r]) + self._under_way[r] for r in regions)


WORKERS = 6
"""Readings under way at once in one Region: across an ocean one takes 150 ms, so 40 a second."""
READ_TIMEOUT_S = 2.0
IDLE_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class ItemReading:
    """What a table said of an item."""

    presence: Presence
    writer: str | None = None
    """The Region that wrote it, if the item says so."""


ItemReader = Callable[[str, str], Awaitable[ItemReading]]
"""(Region, item id) -> what that Region's table says. A table that fails is UNREADABLE."""


class Auditor:
    """Reads what the write-read cohort wrote."""

    def __init__(
        self, reader: ItemReader, regions: Sequence[str], *, clock: Clock, sink: Sink
    ) -> None:
        """Nothing is read before `run`. Sightings go to the sink, which the caller closes."""
        self._reader = reader
        self._regions = tuple(regions)
        self._clock = clock
        self._sink = sink
        self._agenda = ReadQueue(regions)
        self._items: dict[str, None] = {}
        self._unreadable_s: dict[str, float] = {}
        self.behind_s = 0.0
        """The most that a reading came later than it was due, where the table could be read."""

    @property
    def pending(self) -> int:
        """Readings that are still to do: items times Regions that lack them."""
        return self._agenda.pending()

    @property
    def overflow(self) -> int:
        """Readings that will not be done, because too many waited."""
        return self._agenda.overflow

    def offer(self, record: ProbeRecord) -> None:
        """Take a record of the prober; an acknowledged write is looked for from now on."""
        if isinstance(record, Sample):
            for write in acknowledged_writes((record,)):
                self._items[write.item] = None
                self._agenda.offer(write.item, self._clock.monotonic())

    async def run(self) -> None:
        """Read what is due, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for region in self._regions:
                for _ in range(WORKERS):
                    group.create_task(self._work(region))

    async def settle(self, *, within_s: float) -> int:
        """Wait until everything is found everywhere; how many readings are open at the end."""
        deadline_s = self._clock.monotonic() + within_s
        while self.pending and self._clock.monotonic() < deadline_s:
            await self._clock.sleep(IDLE_PAUSE_S)
        return self.pending

    async def read_all(self, *, within_s: float) -> int:
        """Read every item once more in every Region; how many readings there was no time for."""
        deadline_s = self._clock.monotonic() + within_s
        left = {region: list(self._items) for region in self._regions}
        async with asyncio.TaskGroup() as group:
            for region, items in left.items():
                for _ in range(WORKERS):
                    group.create_task(self._read_down(region, items, deadline_s))
        return sum(len(items) for items in left.values())

    async def _read_down(self, region: str, items: list[str], deadline_s: float) -> None:
        while items and self._clock.monotonic() < deadline_s:
            await self._read(region, items.pop())

    async def _work(self, region: str) -> None:
        while True:
            errand = self._agenda.take(region, self._clock.monotonic())
            if errand is None:
                await self._clock.sleep(IDLE_PAUSE_S)
                continue
            asked_s = self._clock.monotonic()
            presence = await self._read(region, errand.item)
            self._note_behind(region, errand, asked_s, presence)
            if presence is Presence.PRESENT:
                self._agenda.found(region)
            else:
                self._agenda.again(region, errand, self._clock.monotonic())

    def _note_behind(
        self, region: str, errand: PendingRead, asked_s: float, presence: Presence
    ) -> None:
        """A table that did not answer is to blame for what piled up meanwhile."""
        if presence is Presence.UNREADABLE:
            self._unreadable_s[region] = self._clock.monotonic()
        elif errand.due_s > self._unreadable_s.get(region, -math.inf):
            self.behind_s = max(self.behind_s, asked_s - errand.due_s)

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

"""Looking for acknowledged writes in every Region's table, while a run goes on and after it.

Decides how many readings go on at once, and for how long one may take. How a table is read is a
parameter (muster.probe.tables reads DynamoDB). It belongs in the process that starts the prober and
not in the prober's own: a reading through boto3 holds the interpreter for about a millisecond.

    auditor = Auditor(reader, ("eu-central-1", "us-west-2"), clock=clock, sink=sink)
    # `auditor.run()` is a task of its own; `auditor.offer(record)` takes the prober's records
    # at the end: auditor.settle(within_s=30), auditor.read_all(within_s=60), then cancel the task
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from muster.clock import Clock
from muster.measure.recovery import acknowledged
from muster.measure.samples import Presence, Sample, Sighting
from muster.probe.agenda import Agenda, Errand
from muster.probe.records import Record
from muster.probe.sinks import Sink

WORKERS = 6
"""Readings under way at once in one Region: across an ocean one takes 150 ms, so 40 a second."""
READ_TIMEOUT_S = 2.0
IDLE_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """What a table said of an item."""

    presence: Presence
    writer: str | None = None
    """The Region that wrote it, if the item says so."""


Reader = Callable[[str, str], Awaitable[Reading]]
"""(Region, item id) -> what that Region's table says. A table that fails is UNREADABLE."""


class Auditor:
    """Reads what the write-read cohort wrote."""

    def __init__(self, reader: Reader, regions: Sequence[str], *, clock: Clock, sink: Sink) -> None:
        """Nothing is read before `run`. Sightings go to the sink, which the caller closes."""
        self._reader = reader
        self._regions = tuple(regions)
        self._clock = clock
        self._sink = sink
        self._agenda = Agenda(regions)
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

    def offer(self, record: Record) -> None:
        """Take a record of the prober; an acknowledged write is looked for from now on."""
        if isinstance(record, Sample):
            for write in acknowledged((record,)):
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

    def _note_behind(self, region: str, errand: Errand, asked_s: float, presence: Presence) -> None:
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
            reading = Reading(Presence.UNREADABLE)
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

"""Brings what edge and Regions have counted to CloudWatch's store, as long as control lives.

Each process counts for itself and gives its counts away when it is asked. A process that is gone
counts nothing, so the metrics of a dead Region stop by themselves. What was counted while control
was away would fall into one moment: it is thrown away, as metrics are known while control is up
only.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from common.aws import GLOBAL_ACCELERATOR_REGION
from common.clock import Clock
from twin.core.metrics import MetricStore
from twin.internal_api.schemas import MetricsReport

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 1.0
SHORTEST_PAUSE_S = 0.1
ASKS_A_SLOT = 6
"""How often is asked while a slot of the store lasts, at least."""
HELD_S = 5.0
"""Control that did not ask for longer was itself held, and throws away what has gathered."""


class MetricsSource(Protocol):
    """Who is asked."""

    async def edge_metrics(self) -> MetricsReport | None:
        """What the edge has counted; None when it does not answer."""
        ...

    async def region_metrics(self, region: str) -> MetricsReport | None:
        """What a Region has counted; None when it does not answer."""
        ...


class MetricsCollector:
    """Asks everybody, again and again."""

    def __init__(
        self,
        counting: MetricsSource,
        *,
        regions: Callable[[], Iterable[str]],
        store: Callable[[str], MetricStore],
        clock: Clock,
    ) -> None:
        """`regions`: those that may have a process; `store`: the metrics of a Region."""
        self._counting = counting
        self._regions = regions
        self._store = store
        self._clock = clock
        self._heard: set[str] = set()
        """Who has given away what gathered before control came."""
        self._asked_at: float | None = None

    async def run(self) -> None:
        """For ever."""
        slot_s = self._store(GLOBAL_ACCELERATOR_REGION).slot_s()
        pause_s = min(LONGEST_PAUSE_S, max(SHORTEST_PAUSE_S, slot_s / ASKS_A_SLOT))
        while True:
            await self.collect()
            await self._clock.sleep(pause_s)

    async def collect(self) -> None:
        """Ask everybody once."""
        now = self._clock.monotonic()
        if self._asked_at is not None and now - self._asked_at > HELD_S:
            log.info("control was held for %.0f s: its metrics have a gap", now - self._asked_at)
            self._heard.clear()
        self._asked_at = now
        regions = tuple(self._regions())
        reports = await asyncio.gather(
            self._counting.edge_metrics(), *map(self._counting.region_metrics, regions)
        )
        places = (GLOBAL_ACCELERATOR_REGION, *regions)
        names = ("edge", *regions)
        self._take(dict(zip(names, zip(places, reports, strict=True), strict=True)))

    def _take(self, reports: Mapping[str, tuple[str, MetricsReport | None]]) -> None:
        at_s = self._clock.now()
        for name, (region, report) in reports.items():
            if report is None:
                continue
            if name in self._heard:
                store = self._store(region)
                for sample in report.samples:
                    store.add_sample(sample, at_s)
            self._heard.add(name)

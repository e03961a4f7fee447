"""Collects the counts of edge, Route 53 and Regions into CloudWatch's metric stores.

Each process counts for itself, and hands over its counts when asked. A dead process counts nothing,
so the metrics of a dead Region end. Counts from a time when control did not collect would all get
one timestamp; they are dropped, so metrics have a gap for that time. Lines of logs have their own.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from common.aws import GLOBAL_ACCELERATOR_REGION, US_EAST_1
from common.clock import Clock
from twin.core.cloudwatch.metrics import MetricStore
from twin.internal_api.schemas import LogEntry, MetricsReport

log = logging.getLogger(__name__)

MAX_PAUSE_S = 1.0
MIN_PAUSE_S = 0.1
COLLECTIONS_PER_SLOT = 6
"""At least, for each slot of the store."""
MAX_GAP_S = 5.0
"""After a longer pause control was frozen, and drops the counts of that time."""


class MetricsSource(Protocol):
    """The processes that count."""

    async def take_edge_metrics(self) -> MetricsReport | None:
        """What the edge has counted since the last call; None when it does not answer."""
        ...

    async def take_route53_metrics(self) -> MetricsReport | None:
        """What Route 53's process has counted since the last call; None without an answer."""
        ...

    async def take_region_metrics(self, region: str) -> MetricsReport | None:
        """What a Region has counted since the last call; None when it does not answer."""
        ...


class MetricsCollector:
    """Collects from all processes, several times for each slot of the store."""

    def __init__(
        self,
        source: MetricsSource,
        *,
        regions: Callable[[], Iterable[str]],
        store: Callable[[str], MetricStore],
        deliver_logs: Callable[[str, Iterable[LogEntry]], None],
        clock: Clock,
    ) -> None:
        """`regions` lists those that may have a process; it may raise OSError.

        `store` gives a Region's metric store. `deliver_logs` takes a Region and lines for
        CloudWatch Logs there.
        """
        self._source = source
        self._regions = regions
        self._store = store
        self._deliver_logs = deliver_logs
        self._clock = clock
        self._collected: set[str] = set()
        """Processes whose counts from before the first collection have been dropped."""
        self._last_collection: float | None = None

    async def run(self) -> None:
        """Collect for ever."""
        slot_s = self._store(GLOBAL_ACCELERATOR_REGION).slot_s()
        pause_s = min(MAX_PAUSE_S, max(MIN_PAUSE_S, slot_s / COLLECTIONS_PER_SLOT))
        while True:
            await self.collect()
            await self._clock.sleep(pause_s)

    async def collect(self) -> None:
        """Collect once."""
        now = self._clock.monotonic()
        last = self._last_collection
        if last is not None and now - last > MAX_GAP_S:
            log.info("control was held for %.0f s: its metrics have a gap", now - last)
            self._collected.clear()
        self._last_collection = now
        try:
            regions = tuple(self._regions())
        except OSError as exc:
            log.warning("metrics are not collected: %s: %s", exc.filename, exc.strerror)
            return
        edge_report, route53_report, *region_reports = await asyncio.gather(
            self._source.take_edge_metrics(),
            self._source.take_route53_metrics(),
            *map(self._source.take_region_metrics, regions),
        )
        self._store_report("edge", GLOBAL_ACCELERATOR_REGION, edge_report)
        self._store_report("route53", US_EAST_1, route53_report)
        for region, report in zip(regions, region_reports, strict=True):
            self._store_report(region, region, report)

    def _store_report(self, process: str, region: str, report: MetricsReport | None) -> None:
        if report is None:
            return
        if report.logs:
            self._deliver_logs(region, report.logs)
        if process in self._collected:
            store, now = self._store(region), self._clock.now()
            for sample in report.samples:
                store.add_sample(sample, now)
        self._collected.add(process)

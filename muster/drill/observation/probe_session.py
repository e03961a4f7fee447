"""Probes and auditor during a drill: the prober in a process of its own, the auditor in this one.

Their records go to the run's folder.
"""

import asyncio
import math
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from common.clock import Clock
from muster.errors import ProbeFailed
from muster.formatting import format_duration
from muster.probe import (
    Auditor,
    FileSink,
    ItemReader,
    ProbePlan,
    ProbeRecord,
    ProberProcess,
    RecordTail,
)

SETTLE_S = 10.0
"""Time that the last writes have to arrive everywhere."""
READ_ALL_S = 60.0
"""Time budget of reading every item once more."""
STALLED_AFTER_S = 10.0
"""A prober without records for this long has stalled: any request would have ended before."""
MAX_BEHIND_S = 2.0
"""Readings that are later are worth a remark; the pauses between two are as long."""


class ProbeSession:
    """Implements DrillProbes; see muster.drill.run.ports."""

    def __init__(
        self,
        plan: ProbePlan,
        samples: Path,
        sightings: Path,
        *,
        reader: ItemReader | None,
        regions: Sequence[str],
        clock: Clock,
    ) -> None:
        """`reader`: None without write probes; then no items are read."""
        self._plan = plan
        self._samples = samples
        self._reader = reader
        self._regions = tuple(regions)
        self._clock = clock
        self._sightings = _SightingSink(sightings)
        self._prober: ProberProcess | None = None
        self._tail: RecordTail | None = None
        self._auditor: Auditor | None = None
        self._started = asyncio.Event()
        self._failure: str | None = None
        self._last_record_s = 0.0
        self._remarks: tuple[str, ...] = ()

    @property
    def failure(self) -> str | None:
        return self._failure or self._sightings.failure or self._stall()

    @property
    def remarks(self) -> Sequence[str]:
        return self._remarks

    async def start(self) -> None:
        self._prober = await ProberProcess.start(self._plan, self._samples, clock=self._clock)
        self._tail = self._prober.tail()
        if self._reader is not None:
            self._sightings.open()
            self._auditor = Auditor(
                self._reader, self._regions, clock=self._clock, sink=self._sightings
            )
        self._last_record_s = self._clock.monotonic()
        self._started.set()

    async def run(self) -> None:
        await self._started.wait()
        assert self._prober is not None  # noqa: S101 - set before the event
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._wait_for_prober(self._prober))
                if self._auditor is not None:
                    group.create_task(self._auditor.run())
        finally:
            await self._prober.stop()

    def read(self) -> Sequence[ProbeRecord]:
        samples = self._tail.read() if self._tail is not None else []
        if samples:
            self._last_record_s = self._clock.monotonic()
        if self._auditor is not None:
            for record in samples:
                self._auditor.track(record)
        return [*samples, *self._sightings.take()]

    async def finish(self) -> None:
        if self._prober is None or not self._started.is_set():
            return
        await self._prober.stop()
        while self.read():
            pass
        self._last_record_s = math.inf  # a stopped prober has not stalled
        if self._auditor is not None:
            await self._auditor.settle(within_s=SETTLE_S)
            unread = await self._auditor.read_all(within_s=READ_ALL_S)
            await self._sightings.close()
            self._remarks = tuple(_audit_remarks(self._auditor, unread))
            self._auditor = None

    def _stall(self) -> str | None:
        """A failure if the prober has stalled: then no stop condition would see an outage."""
        max_s = max(STALLED_AFTER_S, 2 * (self._plan.total_timeout_s + 1 / self._plan.rate))
        silent_s = self._clock.monotonic() - self._last_record_s
        if not self._started.is_set() or silent_s <= max_s:
            return None
        return f"the prober has written nothing for {format_duration(silent_s)}"

    async def _wait_for_prober(self, prober: ProberProcess) -> None:
        """The prober ends only after `stop`; else it has failed."""
        try:
            await prober.wait()
        except ProbeFailed as exc:
            self._failure = str(exc)


def _audit_remarks(auditor: Auditor, unread: int) -> Iterator[str]:
    if auditor.behind_s > MAX_BEHIND_S:
        yield (
            f"readings of the written items were up to {format_duration(auditor.behind_s)} behind:"
            " replication lags may be too long by as much"
        )
    if auditor.overflow:
        yield f"{auditor.overflow} readings of written items were left out: too many were waiting"
    if unread:
        yield f"there was no time for {unread} of the last readings of the written items"


class NoProbes:
    """Implements DrillProbes for a rollback by hand: nothing is measured, and nothing fails."""

    failure: str | None = None
    remarks: Sequence[str] = ()

    async def start(self) -> None:
        """Nothing to start."""

    async def run(self) -> None:
        await asyncio.Event().wait()

    def read(self) -> Sequence[ProbeRecord]:
        return ()

    async def finish(self) -> None:
        """Nothing to finish."""


class _SightingSink:
    """A Sink that writes sightings to a file, and keeps new ones for `take`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileSink | None = None
        self._new: deque[ProbeRecord] = deque()
        self.failure: str | None = None

    @property
    def unwritten(self) -> int:
        return self._file.unwritten if self._file is not None else 0

    def open(self) -> None:
        """Raises ProbeFailed."""
        self._file = FileSink.append(self._path)

    def put(self, record: ProbeRecord) -> None:
        try:
            if self._file is not None:
                self._file.put(record)
        except ProbeFailed as exc:
            self.failure = str(exc)
        self._new.append(record)

    def take(self) -> list[ProbeRecord]:
        """Records since the last call."""
        new = list(self._new)
        self._new.clear()
        return new

    async def close(self) -> None:
        if self._file is not None:
            await self._file.close()
            self._file = None

"""Probes and auditor of a drill: the prober in a process of its own, the auditor in this one.

Decides where their records go (the run's folder), and how long the readings at the end may take.
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
"""How long the last writes may take to be found everywhere."""
READ_ALL_S = 60.0
"""How long reading every item once more may take."""
SILENT_S = 10.0
"""A prober that says nothing for so long stands still: each request comes to its outcome before."""
BEHIND_S = 2.0
"""Readings later than this are worth a remark; pauses between two are as long."""


class ProbeSession:
    """See ports.Probing. With `reader` None no items are read: there are no write probes."""

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
        """Nothing is sent yet."""
        self._plan = plan
        self._samples = samples
        self._reader = reader
        self._regions = tuple(regions)
        self._clock = clock
        self._sightings = _Tee(sightings)
        self._prober: ProberProcess | None = None
        self._tail: RecordTail | None = None
        self._auditor: Auditor | None = None
        self._begun = asyncio.Event()
        self._failure: str | None = None
        self._heard_s = 0.0
        self._remarks: tuple[str, ...] = ()

    @property
    def failure(self) -> str | None:
        """See ports.Probing."""
        return self._failure or self._sightings.failure or self._silence()

    @property
    def remarks(self) -> Sequence[str]:
        """See ports.Probing."""
        return self._remarks

    async def start(self) -> None:
        """See ports.Probing."""
        self._prober = await ProberProcess.start(self._plan, self._samples, clock=self._clock)
        self._tail = self._prober.tail()
        if self._reader is not None:
            self._sightings.open()
            self._auditor = Auditor(
                self._reader, self._regions, clock=self._clock, sink=self._sightings
            )
        self._heard_s = self._clock.monotonic()
        self._begun.set()

    async def run(self) -> None:
        """See ports.Probing."""
        await self._begun.wait()
        assert self._prober is not None  # noqa: S101 - begun means started
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._wait())
                if self._auditor is not None:
                    group.create_task(self._auditor.run())
        finally:
            await self._prober.stop()

    def read(self) -> Sequence[ProbeRecord]:
        """See ports.Probing."""
        samples = self._tail.read() if self._tail is not None else []
        if samples:
            self._heard_s = self._clock.monotonic()
        if self._auditor is not None:
            for record in samples:
                self._auditor.track(record)
        return [*samples, *self._sightings.take()]

    async def finish(self) -> None:
        """See ports.Probing."""
        if self._prober is None or not self._begun.is_set():
            return
        await self._prober.stop()
        while self.read():
            pass
        self._heard_s = math.inf  # from now on it is silent rightly
        if self._auditor is not None:
            await self._auditor.settle(within_s=SETTLE_S)
            left = await self._auditor.read_all(within_s=READ_ALL_S)
            await self._sightings.close()
            self._remarks = tuple(_remarks(self._auditor, left))
            self._auditor = None

    def _silence(self) -> str | None:
        """Of a prober that stands still: then no stop condition sees an outage any more."""
        most_s = max(SILENT_S, 2 * (self._plan.total_timeout_s + 1 / self._plan.rate))
        silent_s = self._clock.monotonic() - self._heard_s
        if not self._begun.is_set() or silent_s <= most_s:
            return None
        return f"the prober has said nothing for {format_duration(silent_s)}"

    async def _wait(self) -> None:
        """Until the prober ends; by itself it should not."""
        assert self._prober is not None  # noqa: S101 - begun means started
        try:
            await self._prober.wait()
        except ProbeFailed as exc:
            self._failure = str(exc)


def _remarks(auditor: Auditor, left: int) -> Iterator[str]:
    """What the readings of the written items did not do as they should."""
    if auditor.behind_s > BEHIND_S:
        yield (
            f"readings of the written items were up to {format_duration(auditor.behind_s)} behind:"
            " replication lags are told too long by as much"
        )
    if auditor.overflow:
        yield f"{auditor.overflow} readings of written items were left out: too many were waiting"
    if left:
        yield f"there was no time for {left} of the last readings of the written items"


class NoProbes:
    """See ports.Probing. For a rollback by hand: nothing is measured, and nothing can fail."""

    failure: str | None = None
    remarks: Sequence[str] = ()

    async def start(self) -> None:
        """See ports.Probing."""

    async def run(self) -> None:
        """See ports.Probing."""
        await asyncio.Event().wait()

    def read(self) -> Sequence[ProbeRecord]:
        """See ports.Probing."""
        return ()

    async def finish(self) -> None:
        """See ports.Probing."""


class _Tee:
    """Keeps sightings in a file, and hands them to whoever looks at the moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileSink | None = None
        self._fresh: deque[ProbeRecord] = deque()
        self.failure: str | None = None

    @property
    def unwritten(self) -> int:
        """See Sink."""
        return self._file.unwritten if self._file is not None else 0

    def open(self) -> None:
        """Begin to write. Raises ProbeFailed."""
        self._file = FileSink.append(self._path)

    def put(self, record: ProbeRecord) -> None:
        """See Sink."""
        try:
            if self._file is not None:
                self._file.put(record)
        except ProbeFailed as exc:
            self.failure = str(exc)
        self._fresh.append(record)

    def take(self) -> list[ProbeRecord]:
        """What came since the last time."""
        fresh = list(self._fresh)
        self._fresh.clear()
        return fresh

    async def close(self) -> None:
        """See Sink."""
        if self._file is not None:
            await self._file.close()
            self._file = None

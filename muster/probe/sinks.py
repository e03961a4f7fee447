"""Where a run's records go: a file, a pipe, or a list.

No reader can delay the prober. Each record is one write to a file, so that a killed prober loses
none. A pipe is never waited for: records that its reader has not taken are queued up to a bound,
and dropped and counted beyond it.
"""

import asyncio
import os
import stat
from collections import deque
from pathlib import Path
from typing import Protocol

from common.files.jsonl import cut_torn_line
from muster.errors import ProbeFailed
from muster.probe.records import ProbeRecord, record_to_line

MAX_QUEUED_BYTES = 32 * 1024 * 1024
"""Bytes queued for a slow reader of a pipe; some 100,000 samples."""
DRAIN_TIMEOUT_S = 2.0
"""How long a slow reader may take for the queue once the run has ended."""


class Sink(Protocol):
    @property
    def unwritten(self) -> int:
        """Records dropped so far."""
        ...

    def put(self, record: ProbeRecord) -> None:
        """Take one record, without waiting for a reader."""
        ...

    async def close(self) -> None:
        """Write what is queued."""
        ...


class ListSink:
    """Keeps the records in memory, for callers in the same process."""

    unwritten = 0

    def __init__(self) -> None:
        self.records: list[ProbeRecord] = []

    def put(self, record: ProbeRecord) -> None:
        self.records.append(record)

    async def close(self) -> None:
        """Nothing is queued."""


class FileSink:
    """Appends to the descriptor of a file or a terminal."""

    def __init__(self, fd: int) -> None:
        """Takes over the descriptor."""
        self._fd = fd
        self._failed = False
        self.unwritten = 0

    @classmethod
    def append(cls, path: Path) -> "FileSink":
        """Append to the file, made if missing. Raises ProbeFailed."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            cut_torn_line(path)
            return cls(os.open(path, flags, 0o644))
        except OSError as exc:
            raise ProbeFailed(f"can't write samples to {path}: {exc.strerror}") from exc

    def put(self, record: ProbeRecord) -> None:
        """Write one line. Raises ProbeFailed when a write fails, and drops records from then on."""
        line = record_to_line(record)
        if self._failed:
            self.unwritten += 1
            return
        try:
            while line:  # a signal may cut a write short
                line = line[os.write(self._fd, line) :]
        except OSError as exc:
            self._failed = True
            self.unwritten += 1
            raise ProbeFailed(f"can't write samples: {exc.strerror}; the run ends") from exc

    async def close(self) -> None:
        os.close(self._fd)


class PipeSink:
    """Writes to a pipe without waiting for its reader; needs a running event loop."""

    def __init__(self, fd: int, *, max_queued_bytes: int = MAX_QUEUED_BYTES) -> None:
        """Takes over the descriptor, and makes it non-blocking."""
        os.set_blocking(fd, False)
        self._fd = fd
        self._max_queued_bytes = max_queued_bytes
        self._lines: deque[bytes] = deque()
        self._queued_bytes = 0
        self._failed = False
        self._drained = asyncio.Event()
        self._drained.set()
        self._loop = asyncio.get_running_loop()
        self.unwritten = 0

    def put(self, record: ProbeRecord) -> None:
        """Queue one record; drop it if the queue is full or the reader is gone."""
        line = record_to_line(record)
        if self._failed or self._queued_bytes + len(line) > self._max_queued_bytes:
            self.unwritten += 1
            return
        self._lines.append(line)
        self._queued_bytes += len(line)
        if self._drained.is_set():
            self._flush()

    async def close(self) -> None:
        """Wait a while for the reader to empty the queue, then close."""
        try:
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                await self._drained.wait()
        except TimeoutError:
            pass
        finally:
            self._loop.remove_writer(self._fd)
            os.close(self._fd)

    def _flush(self) -> None:
        try:
            while self._lines:
                written = os.write(self._fd, self._lines[0])
                self._queued_bytes -= written
                if written < len(self._lines[0]):
                    self._lines[0] = self._lines[0][written:]
                else:
                    self._lines.popleft()
        except BlockingIOError:
            self._drained.clear()
            self._loop.add_writer(self._fd, self._flush)
            return
        except BrokenPipeError:
            self._drop_all()
        self._loop.remove_writer(self._fd)
        self._drained.set()

    def _drop_all(self) -> None:
        self._failed = True
        self.unwritten += len(self._lines)
        self._lines.clear()
        self._queued_bytes = 0


def open_sink(fd: int) -> Sink:
    """The sink for a descriptor, such as standard output; needs a running event loop."""
    mode = os.fstat(fd).st_mode
    return PipeSink(fd) if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else FileSink(fd)

"""Where a run's records go while it runs: a file, a pipe, or a list.

Decides that a reader can never hold up the prober. A file takes each record with one write, so that
a killed prober loses none of them. A pipe is written without waiting; what a slow reader leaves
behind is kept up to a bound, and dropped and counted beyond.
"""

import asyncio
import os
import stat
from collections import deque
from pathlib import Path
from typing import Protocol

from muster.errors import ProbeFailed
from muster.jsonl import cut_torn_line
from muster.probe.records import ProbeRecord, record_to_line

MAX_BACKLOG = 32 * 1024 * 1024
"""Bytes that wait for a slow reader of a pipe; some 100,000 samples."""
LAST_CHANCE_S = 2.0
"""How long a slow reader may take for the rest, once the run has ended."""


class Sink(Protocol):
    """Takes records."""

    @property
    def unwritten(self) -> int:
        """Records dropped so far."""
        ...

    def put(self, record: ProbeRecord) -> None:
        """Take one record; never waits for a reader."""
        ...

    async def close(self) -> None:
        """Hand over what is left."""
        ...


class ListSink:
    """Keeps the records in memory, for callers in the same process."""

    unwritten = 0

    def __init__(self) -> None:
        """Begin empty."""
        self.records: list[ProbeRecord] = []

    def put(self, record: ProbeRecord) -> None:
        """Take one record."""
        self.records.append(record)

    async def close(self) -> None:
        """Nothing is left."""


class FileSink:
    """Appends to a file descriptor of a file (or a terminal)."""

    def __init__(self, fd: int) -> None:
        """Own the descriptor from now on."""
        self._fd = fd
        self._broken = False
        self.unwritten = 0

    @classmethod
    def append(cls, path: Path) -> "FileSink":
        """Append to the file, made if it isn't there. Raises ProbeFailed."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            cut_torn_line(path)
            return cls(os.open(path, flags, 0o644))
        except OSError as exc:
            raise ProbeFailed(f"can't write samples to {path}: {exc.strerror}") from exc

    def put(self, record: ProbeRecord) -> None:
        """Write one line. Raises ProbeFailed once, when the file takes no more."""
        line = record_to_line(record)
        if self._broken:
            self.unwritten += 1
            return
        try:
            while line:  # a signal may cut a write short
                line = line[os.write(self._fd, line) :]
        except OSError as exc:
            self._broken = True
            self.unwritten += 1
            raise ProbeFailed(f"can't write samples: {exc.strerror}; the run ends") from exc

    async def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


class PipeSink:
    """Writes to a pipe without ever waiting for its reader; needs a running event loop."""

    def __init__(self, fd: int, *, max_backlog: int = MAX_BACKLOG) -> None:
        """Own the descriptor from now on, and make it non-blocking."""
        os.set_blocking(fd, False)
        self._fd = fd
        self._max_backlog = max_backlog
        self._lines: deque[bytes] = deque()
        self._backlog = 0
        self._broken = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._loop = asyncio.get_running_loop()
        self.unwritten = 0

    def put(self, record: ProbeRecord) -> None:
        """Take one record; drop it if the reader is too far behind, or gone."""
        line = record_to_line(record)
        if self._broken or self._backlog + len(line) > self._max_backlog:
            self.unwritten += 1
            return
        self._lines.append(line)
        self._backlog += len(line)
        if self._empty.is_set():
            self._flush()

    async def close(self) -> None:
        """Give the reader a last chance, then close."""
        try:
            async with asyncio.timeout(LAST_CHANCE_S):
                await self._empty.wait()
        except TimeoutError:
            pass
        finally:
            self._loop.remove_writer(self._fd)
            os.close(self._fd)

    def _flush(self) -> None:
        try:
            while self._lines:
                written = os.write(self._fd, self._lines[0])
                self._backlog -= written
                if written < len(self._lines[0]):
                    self._lines[0] = self._lines[0][written:]
                else:
                    self._lines.popleft()
        except BlockingIOError:
            self._empty.clear()
            self._loop.add_writer(self._fd, self._flush)
            return
        except BrokenPipeError:
            self._give_up()
        self._loop.remove_writer(self._fd)
        self._empty.set()

    def _give_up(self) -> None:
        self._broken = True
        self.unwritten += len(self._lines)
        self._lines.clear()
        self._backlog = 0


def open_sink(fd: int) -> Sink:
    """The right sink for a descriptor, such as standard output; needs a running event loop."""
    mode = os.fstat(fd).st_mode
    return PipeSink(fd) if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else FileSink(fd)

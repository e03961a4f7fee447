"""A function's log: one file of bounded size, in which each invocation's lines are contiguous.

An execution environment writes its output into a file in memory (`ProcessOutput`). At the end of an
invocation its output is moved to the log, between START and END. So the lines of concurrent
environments do not mix, and the Region's process writes once an invocation.
"""

import ctypes
import fcntl
import logging
import os
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

LOG_LIMIT_BYTES = 5_000_000
"""Maximum size of the log, and of the older one beside it."""
TAIL_BYTES = 4096
"""https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax"""
KEPT_BYTES = LOG_LIMIT_BYTES // 2
"""Most output of a process between two calls of `ProcessOutput.take`; older output is left out."""
_SHRINK_BYTES = 1_000_000
_FALLOC_FL_KEEP_SIZE, _FALLOC_FL_PUNCH_HOLE = 1, 2


class FunctionLog:
    """The log file, opened at the first append. Write errors are logged, not raised."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._size = 0

    def append(self, text: bytes) -> None:
        """Add whole lines."""
        if not text:
            return
        try:
            self._write(text)
        except OSError as exc:
            size = len(text)
            log.warning("%s can't be written; up to %d bytes are lost: %s", self._path, size, exc)
            self.close()

    def _write(self, text: bytes) -> None:
        if self._size > LOG_LIMIT_BYTES:
            self.close()
            self._path.replace(self._path.with_suffix(".log.1"))
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # A FIFO in its place would keep the Region waiting for a reader.
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
            self._descriptor = os.open(self._path, flags, 0o600)
            self._size = os.fstat(self._descriptor).st_size
        rest = memoryview(text)
        while rest:  # a disk that is almost full takes a part
            written = os.write(self._descriptor, rest)
            self._size += written
            rest = rest[written:]

    def close(self) -> None:
        """Close the file; the next append opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._size = 0


class ProcessOutput:
    """The stdout and stderr of one process, in memory until it is taken.

    The process has the same file, and may do with it what it likes: fill it faster than it is
    taken, cut it off, or make it longer.
    """

    def __init__(self, read: Callable[[int, int, int], bytes] = os.pread) -> None:
        """`read` is os.pread, or does more in a test."""
        self.descriptor = os.memfd_create("lambda-output")
        self._pread = read
        flags = fcntl.fcntl(self.descriptor, fcntl.F_GETFL)
        fcntl.fcntl(self.descriptor, fcntl.F_SETFL, flags | os.O_APPEND)
        self._taken = 0
        self._kept = b""
        """Output that is no longer in the file."""
        self._left_out = 0

    def take(self) -> bytes:
        """The output since the last call: all of it, or its last KEPT_BYTES."""
        self._read()
        text, left_out = self._kept, self._left_out
        self._kept, self._left_out = b"", 0
        # AWS's runtime separates the lines of one error by carriage returns.
        text = text.replace(b"\r", b"\n") if b"\r" in text else text
        return b"[%d bytes are left out]\n" % left_out + text if left_out else text

    def limit_memory(self) -> None:
        """Leave old output out, while nobody takes it; call it often."""
        if os.fstat(self.descriptor).st_size - self._taken > KEPT_BYTES:
            self._read()

    def _read(self) -> None:
        """Move the new output, or its end, from the file to `_kept`."""
        size = os.fstat(self.descriptor).st_size
        if size == self._taken:
            return
        if size < self._taken:  # the process has cut its file off
            self._taken = 0
        start = max(self._taken, size - KEPT_BYTES)
        new = self._pread(self.descriptor, size - start, start)
        both = self._kept + new
        self._left_out += start - self._taken + max(0, len(both) - KEPT_BYTES)
        self._kept = both[-KEPT_BYTES:]
        self._taken = start + len(new)
        if self._taken > _SHRINK_BYTES:
            self._free_taken()

    def _free_taken(self) -> None:
        """Give back the memory of what is taken, also while the process writes without a pause."""
        if os.fstat(self.descriptor).st_size == self._taken:
            os.ftruncate(self.descriptor, 0)
            self._taken = 0
        else:
            _punch_hole(self.descriptor, self._taken)

    def close(self) -> None:
        """Free the memory; output that was not taken is lost."""
        os.close(self.descriptor)


def _punch_hole(descriptor: int, size: int) -> None:
    """Free the first bytes of a file; they read as zeros, and all others stay where they are.

    https://man7.org/linux/man-pages/man2/fallocate.2.html
    """
    mode = _FALLOC_FL_KEEP_SIZE | _FALLOC_FL_PUNCH_HOLE
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.fallocate(descriptor, mode, ctypes.c_long(0), ctypes.c_long(size)) != 0:
        log.warning("the memory of output is not freed: %s", os.strerror(ctypes.get_errno()))


def format_start_line(request_id: str, version: str) -> bytes:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""
    return f"START RequestId: {request_id} Version: {version}\n".encode()


def format_end_lines(
    request_id: str, *, duration_ms: float, memory_mb: int, used_mb: int, init_ms: float | None
) -> bytes:
    """The END and REPORT lines; `init_ms` only for the first invocation of an environment."""
    init = "" if init_ms is None else f"\tInit Duration: {init_ms:.2f} ms"
    return (
        f"END RequestId: {request_id}\n"
        f"REPORT RequestId: {request_id}\tDuration: {duration_ms:.2f} ms"
        f"\tBilled Duration: {int(duration_ms) + 1} ms\tMemory Size: {memory_mb} MB"
        f"\tMax Memory Used: {used_mb} MB{init}\n"
    ).encode()

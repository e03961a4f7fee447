"""A function's log: one file a function, bounded, whole invocations in it.

An execution environment writes its output into a file in memory (`Output`); what it wrote during
an invocation is moved to the log at its end, between START and END, so that the lines of
concurrent environments do not mix, and a printing function costs the Region's process one write an
invocation.
"""

import fcntl
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

LOG_LIMIT_BYTES = 5_000_000
"""The log and one older one have at most this many bytes each."""
TAIL_BYTES = 4096
"""https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax"""
_SHRINK_BYTES = 1_000_000


class FunctionLog:
    """The file; appending never fails the caller."""

    def __init__(self, path: Path) -> None:
        """Opened at the first append."""
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
            log.warning("%s can't be written, %d bytes are lost: %s", self._path, len(text), exc)
            self.close()

    def _write(self, text: bytes) -> None:
        if self._size > LOG_LIMIT_BYTES:
            self.close()
            self._path.replace(self._path.with_suffix(".log.1"))
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o644)
            self._size = os.fstat(self._descriptor).st_size
        self._size += os.write(self._descriptor, text)

    def close(self) -> None:
        """Close the file; the next append opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._size = 0


class ProcessOutput:
    """What one process writes to stdout and stderr, in memory until it is taken."""

    def __init__(self) -> None:
        """`descriptor` is what the process is given."""
        self.descriptor = os.memfd_create("lambda-output")
        flags = fcntl.fcntl(self.descriptor, fcntl.F_GETFL)
        fcntl.fcntl(self.descriptor, fcntl.F_SETFL, flags | os.O_APPEND)
        self._taken = 0

    def take(self) -> bytes:
        """What was written since the last time."""
        size = os.fstat(self.descriptor).st_size
        if size == self._taken:
            return b""
        text = os.pread(self.descriptor, size - self._taken, self._taken)
        self._taken += len(text)
        if self._taken > _SHRINK_BYTES and os.fstat(self.descriptor).st_size == self._taken:
            os.ftruncate(self.descriptor, 0)
            self._taken = 0
        # AWS's runtime separates the lines of one error with a carriage return.
        return text.replace(b"\r", b"\n") if b"\r" in text else text

    def close(self) -> None:
        """Give the memory back; what was not taken is lost."""
        os.close(self.descriptor)


def format_start_line(request_id: str, version: str) -> bytes:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""
    return f"START RequestId: {request_id} Version: {version}\n".encode()


def format_end_lines(
    request_id: str, *, duration_ms: float, memory_mb: int, used_mb: int, init_ms: float | None
) -> bytes:
    """END and REPORT; `init_ms` for the first invocation of an environment."""
    init = "" if init_ms is None else f"\tInit Duration: {init_ms:.2f} ms"
    return (
        f"END RequestId: {request_id}\n"
        f"REPORT RequestId: {request_id}\tDuration: {duration_ms:.2f} ms"
        f"\tBilled Duration: {int(duration_ms) + 1} ms\tMemory Size: {memory_mb} MB"
        f"\tMax Memory Used: {used_mb} MB{init}\n"
    ).encode()

"""A log of checksummed lines in one file: read whole at start, then only appended to.

A line is the CRC-32 of its text in eight hex digits, a blank, the text, a line break. The text has
no line break in it; what it means is the caller's business. A line is handed to the operating
system in one write before the caller goes on, so that `kill -9` loses nothing; with `sync` the disk
has it too, so that a power cut loses nothing either.

A damaged last line was being written when its process or the machine died, so nobody relies on it
yet: it is cut off. Damage anywhere else is LineDamaged, since silently losing acknowledged lines
would be worse. After a failed write the file is cut back to its last whole line; where that fails
too, the log accepts nothing more.
"""

import logging
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One undamaged line."""

    number: int
    """In its file, from 1."""
    text: bytes


class LineDamaged(Exception):
    """A line that is not the last one does not match its checksum."""

    def __init__(self, path: Path, number: int, offset: int) -> None:
        """`number` counts lines from 1, `offset` bytes from 0."""
        super().__init__(f"{path}, line {number} (byte {offset}): its checksum is wrong")
        self.path = path
        self.number = number
        self.offset = offset


def encode_line(text: bytes) -> bytes:
    """The line for a text without line breaks."""
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decode_line(line: bytes) -> bytes | None:
    """The text of a line with its line break; None if it is damaged."""
    text = line[9:-1]
    whole = line.endswith(b"\n") and line[:9] == b"%08x " % zlib.crc32(text)
    return text if whole else None


def read_lines(path: Path, *, cut_torn_end: bool) -> Iterator[LogLine]:
    """The lines of a file, in order. Raises LineDamaged, OSError.

    With `cut_torn_end` a damaged last line is cut off the file when the reader comes to it.
    """
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = decode_line(line)
            if text is None:
                if not cut_torn_end or file.read(1):
                    raise LineDamaged(path, number, offset)
                break
            offset += len(line)
            yield LogLine(number, text)
        else:
            return
    log.warning("%s: line %d is torn; cut off at byte %d", path, number, offset)
    os.truncate(path, offset)


class AppendLog:
    """A log file open for appending. Only one process may have it open: lock it, or its folder."""

    def __init__(self, path: Path, *, sync: bool = False) -> None:
        """Open the file, or create it. Read it first: a torn last line must not stay."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self.path = path
        self._descriptor = os.open(path, flags, 0o600)
        self._sync = sync
        self._broken = False
        self.size = os.fstat(self._descriptor).st_size
        """Bytes of whole lines."""

    def append(self, text: bytes) -> None:
        """Add a line. After an OSError it is not in the file, not even in part."""
        if self._broken:
            raise OSError(f"{self.path}: the log could not be repaired after a failed write")
        line = encode_line(text)
        try:
            self._write(line)
        except OSError:
            self._broken = True
            os.ftruncate(self._descriptor, self.size)
            self._broken = False
            raise
        self.size += len(line)

    def _write(self, line: bytes) -> None:
        written = os.write(self._descriptor, line)
        while written < len(line):
            written += os.write(self._descriptor, line[written:])
        if self._sync:
            os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Close the file; what was appended stays."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

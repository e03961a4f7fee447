"""The durable log of a Region's tables: records appended, read back at start, folded into a base.

A record is one line: CRC-32 of the JSON text in eight hex digits, a blank, the text. It is handed
to the operating system in one write before the caller is answered, so that `kill -9` of the process
loses nothing; with `sync` the disk has it too, so that a power cut loses nothing either.

    log-N    records since base N was begun
    base-N   all that came before log-N, folded; it exists only complete (written aside, renamed)

At start the newest base is read, then every log from its number on. A last record that is cut off
(the machine died inside the write; its caller got no answer) is dropped. Anything else that can't
be read is StateCorrupt: silently losing acknowledged writes would be worse.

What the records mean is the ledger's business. A base is written in slices while new records go to
the next log already, so records must be such that reading one twice, or an older state under newer
records, does no harm.
"""

import fcntl
import json
import logging
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twin.errors import InstanceInUse, StateCorrupt

log = logging.getLogger(__name__)

LogRecord = dict[str, Any]
"""JSON object; its meaning is the ledger's."""


def encode(text: str) -> bytes:
    """One line of the file. The text is JSON in ASCII without line breaks."""
    raw = text.encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(raw), raw)


def decode(line: bytes) -> LogRecord | None:
    """The record of one line with its line break; None if it is damaged."""
    if len(line) < 11 or not line.endswith(b"\n"):
        return None
    raw = line[9:-1]
    if line[:9] != b"%08x " % zlib.crc32(raw):
        return None
    record: LogRecord = json.loads(raw)
    return record


class WriteAheadLog:
    """The files of one folder; one process at a time."""

    def __init__(self, folder: Path, *, sync: bool) -> None:
        """Take the folder. Raises InstanceInUse when another process has it."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._sync = sync
        self._lock = _lock(folder / "lock")
        self._number = 0
        self._file = -1
        self._broken = False
        self.size = 0
        """Bytes in the newest log."""
        self.base_size = 0
        """Bytes in the newest base."""

    def replay(self) -> Iterator[LogRecord]:
        """Every record from the newest base on; then the log is open for appending."""
        base = max(_numbers(self._folder, "base"), default=0)
        if base:
            path = self._path("base", base)
            self.base_size = path.stat().st_size
            yield from _records(path, last=False)
        logs = [number for number in sorted(_numbers(self._folder, "log")) if number >= base]
        for number in logs:
            yield from _records(self._path("log", number), last=number == logs[-1])
        self._open(logs[-1] if logs else base + 1)
        self._remove_before(base)

    def append(self, text: str) -> None:
        """Hand one record to the operating system. OSError: it is not in the log, wholly."""
        if self._broken:
            raise OSError(f"{self._folder}: the log could not be repaired after a failed write")
        line = encode(text)
        try:
            self._write(line)
        except OSError:
            self._broken = True
            os.ftruncate(self._file, self.size)
            self._broken = False
            raise
        self.size += len(line)

    def _write(self, line: bytes) -> None:
        written = os.write(self._file, line)
        while written < len(line):
            written += os.write(self._file, line[written:])
        if self._sync:
            os.fdatasync(self._file)

    def begin_base(self) -> "SnapshotWriter":
        """From now on append to a new log; the caller writes all that is known to the Base."""
        number = self._number + 1
        self._open(number)
        return SnapshotWriter(self._folder / f"base-{number:08}.part", self._path("base", number))

    def finish_base(self, base: "SnapshotWriter") -> None:
        """Put the base in place and remove what it replaces."""
        self.base_size = base.finish()
        self._remove_before(self._number)

    def close(self) -> None:
        """Let go of the folder."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        os.close(self._lock)

    def _open(self, number: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        # The old one is let go only once there is a new one: it is needed if there is none.
        file = os.open(self._path("log", number), flags, 0o600)
        if self._file >= 0:
            os.close(self._file)
        self._number, self._file = number, file
        self.size = os.fstat(file).st_size
        if self._sync:
            _sync_folder(self._folder)

    def _remove_before(self, number: int) -> None:
        for kind in ("base", "log"):
            for old in _numbers(self._folder, kind):
                if old < number:
                    self._path(kind, old).unlink()
        for part in self._folder.glob("*.part"):
            part.unlink()

    def _path(self, kind: str, number: int) -> Path:
        return self._folder / f"{kind}-{number:08}"


class SnapshotWriter:
    """A base being written."""

    def __init__(self, part: Path, final: Path) -> None:
        self._final = final
        self._part = part
        self._file = part.open("wb")

    def write(self, text: str) -> None:
        """Add one record."""
        self._file.write(encode(text))

    def abandon(self) -> None:
        """Leave things as they were; the logs before this base are still there."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def sync(self) -> None:
        """Hand all of it to the disk; may take long, and may run in another thread."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> int:
        """Make it the newest base, atomically; its size in bytes. It has been synced."""
        size = self._file.tell()
        self._file.close()
        self._part.rename(self._final)
        _sync_folder(self._final.parent)
        return size


def _records(path: Path, *, last: bool) -> Iterator[LogRecord]:
    """The records of a file; in the `last` one a damaged last record is cut off."""
    offset = 0
    with path.open("rb") as file:
        for line in file:
            record = decode(line)
            if record is None:
                if not last or file.read(1):
                    raise StateCorrupt(
                        f"{path}: the record at byte {offset} is damaged; restore the file from a "
                        "copy, or run `twin down` to start with empty tables"
                    )
                log.warning("%s: dropped a record cut off at byte %d", path, offset)
                break
            offset += len(line)
            yield record
        else:
            return
    os.truncate(path, offset)


def _numbers(folder: Path, kind: str) -> list[int]:
    names = (path.name.removeprefix(f"{kind}-") for path in folder.glob(f"{kind}-*"))
    return [int(name) for name in names if name.isdecimal()]


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(descriptor)
        raise InstanceInUse(f"{path.parent}: another process has these tables open") from exc
    return descriptor


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The write-ahead log of a Region's tables, with snapshots that replace its older part.

A record is one line of an append log (common.files.append_log). It is handed to the operating
system before the caller gets an answer, so `kill -9` of the process loses nothing; with `sync` it
is on the disk too, so a power cut loses nothing either.

    log-N    records since the begin of snapshot N
    base-N   snapshot N: the state before log-N. Written aside, then renamed, so it is complete

At start the newest snapshot is read, then every log from its number on. A torn last record was
never acknowledged and is cut off. A record that is damaged otherwise is moved to a file beside its
own (twin.runtime.damaged_state), and the rest is recovered: the Region serves what is whole, and
`twin status` names the file.

The meaning of the records is defined in twin.region.tables.store. A snapshot is written in slices
while new records go to the next log. So recovery must tolerate records that it has applied already,
and a snapshot slice that is newer than the first records of the next log.
"""

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.files.append_log import AppendLog, encode_line, read_lines
from common.files.atomic_file import sync_folder
from common.files.file_lock import FileLock
from twin.errors import InstanceInUse
from twin.runtime.damaged_state import set_damaged_lines_aside

log = logging.getLogger(__name__)

LogRecord = dict[str, Any]
"""A JSON object."""


class WriteAheadLog:
    """The log and snapshot files of one folder, which one process may have open at a time."""

    def __init__(self, folder: Path, *, sync: bool) -> None:
        """Lock the folder. Raises InstanceInUse if another process has it locked."""
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock.try_acquire(folder / "lock")
        if lock is None:
            raise InstanceInUse(f"{folder}: another process has these tables open")
        self._lock = lock
        self._folder = folder
        self._sync = sync
        self._number = 0
        self._log: AppendLog | None = None
        self.snapshot_size = 0
        """Bytes of the newest snapshot."""

    def replay(self) -> Iterator[LogRecord]:
        """All records from the newest snapshot on; afterwards the log is open for appending."""
        snapshot = max(_numbers(self._folder, "base"), default=0)
        if snapshot:
            path = self._path("base", snapshot)
            self.snapshot_size = path.stat().st_size
            yield from _read_records(path, is_last_log=False)
        logs = [number for number in sorted(_numbers(self._folder, "log")) if number >= snapshot]
        for number in logs:
            yield from _read_records(self._path("log", number), is_last_log=number == logs[-1])
        self._open_log(logs[-1] if logs else snapshot + 1)
        self._remove_before(snapshot)

    @property
    def size(self) -> int:
        """Bytes of the newest log."""
        return 0 if self._log is None else self._log.size

    def append(self, text: str) -> None:
        """Append a record, as JSON in ASCII. After an OSError it is not in the log."""
        if self._log is None:
            raise OSError(f"{self._folder}: the log is not open")
        self._log.append(text.encode("ascii"))

    def begin_snapshot(self) -> "SnapshotWriter":
        """Switch to a new log; the caller writes the whole state to the snapshot."""
        number = self._number + 1
        self._open_log(number)
        return SnapshotWriter(self._folder / f"base-{number:08}.part", self._path("base", number))

    def finish_snapshot(self, snapshot: "SnapshotWriter") -> None:
        """Publish the snapshot, and remove the files that it replaces."""
        self.snapshot_size = snapshot.finish()
        self._remove_before(self._number)

    def close(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None
        self._lock.close()

    def _open_log(self, number: int) -> None:
        # The old log is closed only after the new one is open, so that a failure keeps it usable.
        log = AppendLog(self._path("log", number), sync=self._sync)
        if self._log is not None:
            self._log.close()
        self._number, self._log = number, log
        if self._sync:
            sync_folder(self._folder)

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
    """A snapshot that is being written."""

    def __init__(self, part: Path, final: Path) -> None:
        self._final = final
        self._part = part
        self._file = part.open("wb")

    def write(self, text: str) -> None:
        """Add one record, as JSON in ASCII."""
        self._file.write(encode_line(text.encode("ascii")))

    def abandon(self) -> None:
        """Remove the unfinished snapshot; the logs before it still exist."""
        with contextlib.suppress(OSError):  # the rest of it may not fit on the disk
            self._file.close()
        self._part.unlink(missing_ok=True)

    def sync(self) -> None:
        """Write everything to the disk; slow, so it may run in another thread."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> int:
        """Give the synced snapshot its final name, atomically; its size in bytes."""
        size = self._file.tell()
        self._file.close()
        self._part.rename(self._final)
        sync_folder(self._final.parent)
        return size


def _read_records(path: Path, *, is_last_log: bool) -> Iterator[LogRecord]:
    if kept := set_damaged_lines_aside(path, torn_end_is_damage=not is_last_log):
        log.error(
            "%s has damaged records. They are kept in %s; the writes in them are missing from the "
            "tables, all others are recovered",
            path,
            kept,
        )
    for line in read_lines(path, cut_torn_end=is_last_log):
        record: LogRecord = json.loads(line.text)
        yield record


def _numbers(folder: Path, kind: str) -> list[int]:
    names = (path.name.removeprefix(f"{kind}-") for path in folder.glob(f"{kind}-*"))
    return [int(name) for name in names if name.isdecimal()]

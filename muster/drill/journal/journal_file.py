"""The journal of a run: JSON lines, appended and fsynced one by one.

Decides what survives: an entry that `append` has returned from, and a journal with its beginning. A
line that a crash has cut is left out, and taken away before the next one is written. One process at
a time writes a journal. Knows nothing of what the entries mean.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from common.atomic_file import sync_folder
from common.clock import Clock
from common.file_lock import is_locked, try_lock
from muster import codec
from muster.drill.journal.events import JournalEvent, JournalLine, decode_line, encode_line
from muster.errors import InvalidDocument, InvalidJournal


class JournalWriter(Protocol):
    """Takes entries; what it has returned from is safe."""

    def append(self, entry: JournalEvent) -> JournalLine:
        """Keep one entry. Raises JournalWrong."""
        ...


class DrillJournal:
    """A journal open for writing."""

    def __init__(
        self, path: Path, fd: int, clock: Clock, lines: int, sync: Callable[[int], None] = os.fsync
    ) -> None:
        """Made by `create` and `reopen`."""
        self.path = path
        self._fd = fd
        self._clock = clock
        self._lines = lines
        self._sync = sync

    @classmethod
    def create(
        cls,
        path: Path,
        clock: Clock,
        first: Iterable[JournalEvent] = (),
        *,
        sync: Callable[[int], None] = os.fsync,
    ) -> Self:
        """A new journal that begins with these entries; its folder is made. Raises JournalWrong.

        It is there with all of them or not at all: nobody could go on from half a beginning.
        """
        beside = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fd = _open(beside, os.O_CREAT)
        except OSError as exc:
            raise InvalidJournal(path, 0, f"can't be made: {exc.strerror}") from exc
        _lock(path, fd)
        begun = cls(path, fd, clock, 0, sync)
        try:
            begun._begin(beside, first)
        except BaseException:
            begun.close()
            raise
        return begun

    def _begin(self, beside: Path, first: Iterable[JournalEvent]) -> None:
        """Write the beginning in a file beside, which then becomes the journal in one move."""
        if self.path.exists():
            raise InvalidJournal(self.path, 0, "can't be made: it is there already")
        try:
            os.ftruncate(self._fd, 0)  # what a killed process has left
            for entry in first:
                self.append(entry)
            beside.rename(self.path)
            sync_folder(self.path.parent)
        except OSError as exc:
            raise InvalidJournal(self.path, 0, f"can't be made: {exc.strerror}") from exc

    @classmethod
    def reopen(cls, path: Path, clock: Clock) -> tuple[Self, tuple[JournalLine, ...]]:
        """The journal of an earlier process, and what it holds. Raises JournalWrong."""
        try:
            fd = _open(path, 0)
        except OSError as exc:
            raise InvalidJournal(path, 0, f"can't be opened: {exc.strerror}") from exc
        _lock(path, fd)
        try:
            lines, good_bytes = _read(path)
            os.ftruncate(fd, good_bytes)
        except BaseException:
            os.close(fd)
            raise
        return cls(path, fd, clock, len(lines)), lines

    def append(self, entry: JournalEvent) -> JournalLine:
        """Write one entry; it is on the disk when this returns. Raises JournalWrong."""
        line = JournalLine(
            n=self._lines + 1, at_s=self._clock.monotonic(), at=self._clock.now(), entry=entry
        )
        data = (codec.dumps(encode_line(line)) + "\n").encode()
        try:
            while data:
                data = data[os.write(self._fd, data) :]
            self._sync(self._fd)
        except OSError as exc:
            raise InvalidJournal(self.path, line.n, f"can't be written: {exc.strerror}") from exc
        self._lines = line.n
        return line

    def close(self) -> None:
        """Let another process write it."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        """The journal itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def read_journal(path: Path) -> tuple[JournalLine, ...]:
    """Every whole entry, also of a journal that is being written. Raises JournalWrong."""
    return _read(path)[0]


def has_writer(path: Path) -> bool:
    """Whether a process of this machine has the journal open for writing."""
    return is_locked(path)


def _read(path: Path) -> tuple[tuple[JournalLine, ...], int]:
    """The whole entries, and how many bytes they take."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise InvalidJournal(path, 0, f"can't be read: {exc.strerror}") from exc
    good = data[: data.rfind(b"\n") + 1]
    lines = [_line(path, n, text) for n, text in enumerate(good.splitlines(), start=1)]
    return tuple(lines), len(good)


def _line(path: Path, number: int, text: bytes) -> JournalLine:
    try:
        line = decode_line(json.loads(text))
    except ValueError as exc:
        raise InvalidJournal(path, number, f"not JSON: {exc}") from exc
    except InvalidDocument as exc:
        raise InvalidJournal(path, number, str(exc)) from exc
    if line.n != number:
        raise InvalidJournal(path, number, f"is numbered {line.n}; a line is missing before it")
    return line


def _open(path: Path, flags: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | flags, 0o644)


def _lock(path: Path, fd: int) -> None:
    if not try_lock(fd):
        os.close(fd)
        raise InvalidJournal(path, 0, "another process is at work on this run")

"""The journal's file: JSON lines, each fsynced before `append` returns.

A crash keeps every appended event, and a journal never exists without its first events. A reader
leaves a torn last line out; the next writer cuts it off. One process at a time writes a journal.
"""

import json
import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from common.clock import Clock
from common.files.atomic_file import sync_folder
from common.files.file_lock import try_lock
from common.files.jsonl import split_whole_lines
from muster import codec
from muster.drill.journal.events import JournalEvent, JournalLine, decode_line, encode_line
from muster.errors import InvalidDocument, InvalidJournal


class JournalWriter(Protocol):
    """Keeps events for ever."""

    def append(self, event: JournalEvent) -> JournalLine:
        """Returns when the event is safe. Raises InvalidJournal."""
        ...


class DrillJournal:
    """A journal that this process writes; made by `create` and `reopen`."""

    def __init__(
        self, path: Path, fd: int, clock: Clock, lines: int, sync: Callable[[int], None] = os.fsync
    ) -> None:
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
        """A new journal, with all of these first events or not at all; makes its folder.

        Raises InvalidJournal.
        """
        draft = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fd = _open(draft, os.O_CREAT)
        except OSError as exc:
            raise InvalidJournal(path, 0, f"can't be made: {exc.strerror}") from exc
        _lock(path, fd)
        journal = cls(path, fd, clock, 0, sync)
        with ExitStack() as on_error:
            on_error.callback(journal.close)
            journal._begin(draft, first)
            on_error.pop_all()
        return journal

    def _begin(self, draft: Path, first: Iterable[JournalEvent]) -> None:
        """Write the first events to the draft, then rename it to the journal."""
        if self.path.exists():
            raise InvalidJournal(self.path, 0, "can't be made: it is there already")
        try:
            os.ftruncate(self._fd, 0)  # the draft of a killed process
            for event in first:
                self.append(event)
            draft.rename(self.path)
            sync_folder(self.path.parent)
        except OSError as exc:
            raise InvalidJournal(self.path, 0, f"can't be made: {exc.strerror}") from exc

    @classmethod
    def reopen(cls, path: Path, clock: Clock) -> tuple[Self, tuple[JournalLine, ...]]:
        """The journal of an earlier process, and its lines. Raises InvalidJournal."""
        try:
            fd = _open(path, 0)
        except OSError as exc:
            raise InvalidJournal(path, 0, f"can't be opened: {exc.strerror}") from exc
        _lock(path, fd)
        with ExitStack() as on_error:
            on_error.callback(os.close, fd)
            lines, whole_bytes = _read(path)
            os.ftruncate(fd, whole_bytes)
            on_error.pop_all()
        return cls(path, fd, clock, len(lines)), lines

    def append(self, event: JournalEvent) -> JournalLine:
        """Write one event; it is on the disk when this returns. Raises InvalidJournal."""
        line = JournalLine(
            n=self._lines + 1, at_s=self._clock.monotonic(), at=self._clock.now(), event=event
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
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_journal(path: Path) -> tuple[JournalLine, ...]:
    """Every whole line, also while another process writes. Raises InvalidJournal."""
    return _read(path)[0]


def _read(path: Path) -> tuple[tuple[JournalLine, ...], int]:
    """The whole lines and their number of bytes."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise InvalidJournal(path, 0, f"can't be read: {exc.strerror}") from exc
    texts = split_whole_lines(data)
    lines = tuple(_line(path, n, text) for n, text in enumerate(texts, start=1))
    return lines, data.rfind(b"\n") + 1


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

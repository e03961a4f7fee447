"""The journal: every call that changed the control planes, in order, appended before its answer.

A line is a checksum, a blank, and a JSON object. The first line is the journal's birth. A last line
that is torn (the process died while writing; its caller got no answer) is cut off; damage anywhere
else is StateCorrupt. What a line means is the reader's business, and so is which lines may be left
out of it (`Journal.compact`).
"""

import base64
import dataclasses
import fcntl
import logging
import os
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from twin import codec
from twin.errors import CodecError, StartFailed, StateCorrupt

WORTH_COMPACTING = 100
"""Entries; for fewer the file is not written anew."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalHeader:
    """The first line."""

    born: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEntry:
    """One call."""

    number: int
    """1 and up, in order."""
    follows: int | None = None
    """The number of the entry before this one, where entries between them were left out."""
    at: float
    """Seconds since 1970."""
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    body_base64: bool = False
    status: int = 200
    answer: int = 0
    """CRC-32 of the answer's body, to notice a replay that went another way."""

    @property
    def raw_body(self) -> bytes:
        """The body as it came."""
        return base64.b64decode(self.body) if self.body_base64 else self.body.encode()


def make_call_entry(
    number: int,
    at: float,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
) -> CallEntry:
    """An entry without its answer; a body that is no text is kept as base64."""
    try:
        text, is_base64 = body.decode(), False
    except UnicodeDecodeError:
        text, is_base64 = base64.b64encode(body).decode(), True
    return CallEntry(
        number=number,
        at=at,
        method=method,
        url=url,
        headers=dict(headers),
        body=text,
        body_base64=is_base64,
    )


class CallJournal:
    """An open journal file: read once from the start, then appended to."""

    def __init__(self, path: Path, lock: BinaryIO, file: BinaryIO) -> None:
        """Use `open_journal`."""
        self.path = path
        self._lock = lock
        self._use(file, *_first_line(path, file))

    def _use(self, file: BinaryIO, birth: JournalHeader, start: int) -> None:
        self._file = file
        self.birth = birth
        self._start = start
        """Where the entries begin."""
        self._end = start
        """Where the next one goes, once all are read."""

    def entries(self) -> Iterator[CallEntry]:
        """All entries from the start, in order; cuts a torn end off. Raises StateCorrupt."""
        last = 0
        for line_number, content in self._lines():
            read = self._read(line_number, content)
            follows = read.number - 1 if read.follows is None else read.follows
            if follows != last or read.number <= last:
                what = f"entry {read.number} follows entry {follows}, here it comes after {last}"
                raise self._corrupt(line_number, what)
            last = read.number
            yield read

    def compact(self, void: Callable[[Iterator[CallEntry]], Collection[int]]) -> int:
        """Leave out what `void` finds among the entries, by number; how many those were.

        Nothing is left out when it would not be worth it (WORTH_COMPACTING), or when the disk is
        full. The file is the old one or the new one at any moment. Raises StateCorrupt.
        """
        left_out = void(self.entries())
        if len(left_out) < WORTH_COMPACTING:
            return 0
        draft = self.path.with_name(f"{self.path.name}.draft")
        try:
            with draft.open("wb") as fresh:
                fresh.writelines(self._without(left_out))
                fresh.flush()
                os.fsync(fresh.fileno())
            draft.replace(self.path)
        except OSError as exc:
            log.warning("%s is not compacted: %s", self.path, exc)
            return 0
        self._file.close()
        file = self.path.open("r+b")
        self._use(file, *_first_line(self.path, file))
        return len(left_out)

    def _without(self, left_out: Collection[int]) -> Iterator[bytes]:
        yield _line(codec.dumps(self.birth))
        last = 0
        for entry in self.entries():
            if entry.number not in left_out:
                follows = None if entry.number == last + 1 else last
                yield _line(codec.dumps(dataclasses.replace(entry, follows=follows)))
                last = entry.number

    def append(self, value: CallEntry) -> None:
        """Hand an entry to the operating system; survives the death of this process."""
        line = _line(codec.dumps(value))
        self._file.write(line)
        self._file.flush()
        self._end += len(line)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()
        self._lock.close()

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Number and content of each whole line after the first."""
        self._file.seek(self._start)
        self._end = self._start
        line_number = 1
        for line in self._file:
            line_number += 1
            content = _content(line)
            if content is None:
                self._cut_torn_end(line_number)
                return
            self._end += len(line)
            yield line_number, content

    def _cut_torn_end(self, line_number: int) -> None:
        if self._file.read(1):
            raise self._corrupt(line_number, "its checksum is wrong")
        log.warning("%s: line %d is torn; cut off", self.path, line_number)
        self._file.truncate(self._end)
        self._file.seek(self._end)

    def _read(self, line_number: int, content: bytes) -> CallEntry:
        try:
            return codec.loads(CallEntry, content)
        except CodecError as exc:
            raise self._corrupt(line_number, str(exc)) from exc

    def _corrupt(self, line_number: int, what: str) -> StateCorrupt:
        return corrupt_line_error(self.path, line_number, what)


def corrupt_line_error(path: Path, line_number: int, what: str) -> StateCorrupt:
    """The error for a damaged line."""
    return StateCorrupt(
        f"{path}, line {line_number}: {what}. It is the control planes' journal; "
        "`twin down` removes it with the rest of the twin's state."
    )


def open_call_journal(path: Path, now: float) -> CallJournal:
    """Open the journal, or begin one now (seconds since 1970).

    Raises StateCorrupt, and StartFailed when another process has it open.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f"{path.name}.lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        lock.close()
        message = f"{path}: another process of control has it open; `twin control kill` ends that"
        raise StartFailed(message) from exc
    path.touch()
    file = path.open("r+b")
    first = file.readline()
    if _content(first) is None and not file.read(1):
        file.seek(0)
        file.truncate()
        file.write(_line(codec.dumps(JournalHeader(born=now))))
        file.flush()
    try:
        return CallJournal(path, lock, file)
    except StateCorrupt:
        file.close()
        lock.close()
        raise


def _first_line(path: Path, file: BinaryIO) -> tuple[JournalHeader, int]:
    """The journal's birth, and where its entries begin. Raises StateCorrupt."""
    file.seek(0)
    line = file.readline()
    content = _content(line)
    if content is None:
        raise corrupt_line_error(path, 1, "its checksum is wrong")
    return _read_birth(path, content), len(line)


def _read_birth(path: Path, content: bytes) -> JournalHeader:
    try:
        return codec.loads(JournalHeader, content)
    except CodecError as exc:
        raise corrupt_line_error(path, 1, str(exc)) from exc


def _line(text: str) -> bytes:
    content = text.encode()
    return b"%08x %s\n" % (zlib.crc32(content), content)


def _content(line: bytes) -> bytes | None:
    """The JSON of a whole, undamaged line; else None."""
    checksum, _, rest = line.partition(b" ")
    content = rest.removesuffix(b"\n")
    whole = rest.endswith(b"\n") and checksum == b"%08x" % zlib.crc32(content)
    return content if whole else None

"""The journal of control: every call that changed the control planes, in order.

A call is appended before its answer is sent, so an answered call survives `kill -9`. The file is a
log of checksummed lines (common.files.append_log); the first line is the header, each further line
one call. Replaying the calls restores the state. A call keeps its number for ever: where `compact`
has left out calls, the next entry names the number that it follows, so that a missing line is
noticed.

Damaged lines are moved to a file beside the journal (twin.runtime.damaged_state), and the calls
that are whole make up the state; a log line names the missing ones. Without its first line, a
journal makes other ids: it is then taken from the checkpoint, or else the whole journal is set
aside. What a journal has lost at its end, the checkpoint may still have (journaled_services).
"""

import base64
import dataclasses
import logging
import os
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from common.files.append_log import AppendLog, LogLine, encode_line, read_lines
from common.files.atomic_file import write_atomically
from common.files.file_lock import FileLock
from twin import codec
from twin.errors import CodecError, StartFailed
from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.runtime.damaged_state import set_damaged_lines_aside, set_file_aside

T = TypeVar("T")

MIN_COMPACTED_ENTRIES = 100
"""Leaving out fewer entries is not worth a rewrite of the file."""
_KEPT_HEADERS = frozenset({"authorization", "content-type"})
"""With `x-amz-*` the headers that decide what a call is; the others concern transport."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalHeader:
    """The first line."""

    born: float
    """Creation of the journal, in seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEntry:
    """One call and a digest of its answer."""

    number: int
    """1 and up, in order."""
    follows: int | None = None
    """Number of the entry before this one, where entries between them were left out."""
    at: float
    """Seconds since 1970."""
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    body_base64: bool = False
    """True for a body that is no text."""
    status: int = 200
    answer: int = 0
    """CRC-32 of the answer's body, to notice a replay that diverges."""

    @property
    def call(self) -> AwsCall:
        body = base64.b64decode(self.body) if self.body_base64 else self.body.encode()
        return AwsCall(method=self.method, url=self.url, headers=self.headers, body=body)

    @property
    def succeeded(self) -> bool:
        return self.status < 400

    def is_answered_by(self, response: AwsResponse) -> bool:
        """Check a replayed call's response against the recorded one."""
        return (self.status, self.answer) == (response.status, zlib.crc32(response.body))


def make_call_entry(number: int, at: float, call: AwsCall, response: AwsResponse) -> CallEntry:
    try:
        body, is_base64 = call.body.decode(), False
    except UnicodeDecodeError:
        body, is_base64 = base64.b64encode(call.body).decode(), True
    return CallEntry(
        number=number,
        at=at,
        method=call.method,
        url=call.url,
        headers={
            name: value
            for name, value in call.headers.items()
            if name in _KEPT_HEADERS or name.startswith("x-amz")
        },
        body=body,
        body_base64=is_base64,
        status=response.status,
        answer=zlib.crc32(response.body),
    )


class CallJournal:
    """An open journal: first read from the start, then appended to."""

    def __init__(self, path: Path, lock: FileLock, header: JournalHeader) -> None:
        """Use `open_call_journal`."""
        self.path = path
        self.header = header
        self._lock = lock
        self._log: AppendLog | None = None
        """Open from the first `append` on: `read_entries` may cut off a torn line before."""

    def read_entries(self) -> Iterator[CallEntry]:
        """All entries in order; cuts off a torn last line."""
        last = 0
        for line in read_lines(self.path, cut_torn_end=True):
            if line.number == 1:
                continue
            entry = _decode(CallEntry, self.path, line)
            if entry is None or entry.number <= last:
                log.error("%s, line %d is left out: it is no further call", self.path, line.number)
                continue
            follows = entry.number - 1 if entry.follows is None else entry.follows
            if follows != last:
                log.error(
                    "%s: the calls after %d up to %d are missing; what they made is missing too",
                    self.path,
                    last,
                    follows,
                )
            last = entry.number
            yield entry

    def compact(self, find_superseded: Callable[[Iterator[CallEntry]], Collection[int]]) -> int:
        """Leave out the entries whose numbers `find_superseded` returns; the number of them.

        Returns 0 without a change for fewer than MIN_COMPACTED_ENTRIES, and when the disk is full.
        Call it before `append`.
        """
        superseded = find_superseded(self.read_entries())
        if len(superseded) < MIN_COMPACTED_ENTRIES:
            return 0
        try:
            write_atomically(self.path, b"".join(self._lines_without(superseded)), sync=os.fsync)
        except OSError as exc:
            log.warning("%s is not compacted: %s", self.path, exc)
            return 0
        return len(superseded)

    def _lines_without(self, left_out: Collection[int]) -> Iterator[bytes]:
        yield encode_line(codec.dumps(self.header).encode())
        last = 0
        for entry in self.read_entries():
            if entry.number not in left_out:
                follows = None if entry.number == last + 1 else last
                renewed = dataclasses.replace(entry, follows=follows)
                yield encode_line(codec.dumps(renewed).encode())
                last = entry.number

    def append(self, entry: CallEntry) -> None:
        """Hand an entry to the operating system. After an OSError it is not in the journal."""
        if self._log is None:
            self._log = AppendLog(self.path)
        self._log.append(codec.dumps(entry).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._log is not None:
            self._log.close()
        self._lock.close()


def open_call_journal(
    path: Path, now: float, find_born: Callable[[], float | None] = lambda: None
) -> CallJournal:
    """Open the journal, or create it; `now` in seconds since 1970.

    `find_born` finds its creation time if its first line is damaged, or the whole of it is lost.
    Raises StartFailed while another process has it open.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock.try_acquire(path.with_name(f"{path.name}.lock"))
    if lock is None:
        raise StartFailed(
            f"{path}: another process of control has it open; `twin control kill` ends that"
        )
    try:
        header = _repair_journal(path, find_born)
        if header is None:
            born = find_born()  # a journal that was lost goes on where its checkpoint ends
            header = JournalHeader(born=now if born is None else born)
            with AppendLog(path) as new_log:
                new_log.append(codec.dumps(header).encode())
    except BaseException:
        lock.close()
        raise
    return CallJournal(path, lock, header)


def _repair_journal(path: Path, find_born: Callable[[], float | None]) -> JournalHeader | None:
    """Set damaged lines aside; the header of what is left, None for a new or an empty journal."""
    if not path.exists():
        return None
    if kept := set_damaged_lines_aside(path):
        log.error("%s has damaged lines; they are kept in %s", path, kept)
    first = next(read_lines(path, cut_torn_end=True), None)
    if first is None:
        return None
    header = _decode(JournalHeader, path, first)
    if header is not None:
        return header
    born = find_born()
    if born is None:
        kept = set_file_aside(path)
        log.error("%s has lost its first line; it is kept in %s, and a new one begins", path, kept)
        return None
    header = JournalHeader(born=born)
    line = encode_line(codec.dumps(header).encode())
    write_atomically(path, line + path.read_bytes(), mode=0o600, sync=os.fsync)
    return header


def _decode(cls: type[T], path: Path, line: LogLine) -> T | None:
    try:
        return codec.loads(cls, line.text)
    except CodecError as exc:
        log.warning("%s, line %d: %s", path, line.number, exc)
        return None

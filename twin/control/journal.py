"""The journal: every call that changed the control planes, in order, appended before its answer.

A line is a checksum, a blank, and a JSON object. The first line is the journal's birth. A last line
that is torn (the process died while writing; its caller got no answer) is cut off; damage anywhere
else is StateCorrupt. What a line means is the reader's business.
"""

import base64
import logging
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from twin import codec
from twin.errors import CodecError, StateCorrupt

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """The first line."""

    born: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call."""

    number: int
    """1 and up, without gaps."""
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


def entry(
    number: int,
    at: float,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Entry:
    """An entry without its answer; a body that is no text is kept as base64."""
    try:
        text, is_base64 = body.decode(), False
    except UnicodeDecodeError:
        text, is_base64 = base64.b64encode(body).decode(), True
    return Entry(
        number=number,
        at=at,
        method=method,
        url=url,
        headers=dict(headers),
        body=text,
        body_base64=is_base64,
    )


class Journal:
    """An open journal file: read once from the start, then appended to."""

    def __init__(self, path: Path, file: BinaryIO, birth: Birth, offset: int) -> None:
        """Use `open_journal`."""
        self.path = path
        self.birth = birth
        self._file = file
        self._offset = offset
        """Where the entries begin, later where the next one goes."""

    def entries(self) -> Iterator[Entry]:
        """All entries from the start, in order; cuts a torn end off. Raises StateCorrupt."""
        for number, (line_number, content) in enumerate(self._lines(), start=1):
            read = self._read(line_number, content)
            if read.number != number:
                raise self._corrupt(line_number, f"entry {read.number}, expected {number}")
            yield read

    def append(self, value: Entry) -> None:
        """Hand an entry to the operating system; survives the death of this process."""
        line = _line(codec.dumps(value))
        self._file.write(line)
        self._file.flush()
        self._offset += len(line)

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

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Number and content of each whole line after the first."""
        self._file.seek(self._offset)
        line_number = 1
        for line in self._file:
            line_number += 1
            content = _content(line)
            if content is None:
                self._cut_torn_end(line_number)
                return
            self._offset += len(line)
            yield line_number, content

    def _cut_torn_end(self, line_number: int) -> None:
        if self._file.read(1):
            raise self._corrupt(line_number, "its checksum is wrong")
        log.warning("%s: line %d is torn; cut off", self.path, line_number)
        self._file.truncate(self._offset)
        self._file.seek(self._offset)

    def _read(self, line_number: int, content: bytes) -> Entry:
        try:
            return codec.loads(Entry, content)
        except CodecError as exc:
            raise self._corrupt(line_number, str(exc)) from exc

    def _corrupt(self, line_number: int, what: str) -> StateCorrupt:
        return corrupt(self.path, line_number, what)


def corrupt(path: Path, line_number: int, what: str) -> StateCorrupt:
    """The error for a damaged line."""
    return StateCorrupt(
        f"{path}, line {line_number}: {what}. It is the control planes' journal; "
        "`twin down` removes it with the rest of the twin's state."
    )


def open_journal(path: Path, now: float) -> Journal:
    """Open the journal, or begin one now (seconds since 1970). Raises StateCorrupt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    file = path.open("r+b")
    first = file.readline()
    content = _content(first)
    if content is None and file.read(1):
        file.close()
        raise corrupt(path, 1, "its checksum is wrong")
    if content is None:
        birth, first = Birth(born=now), _line(codec.dumps(Birth(born=now)))
        file.seek(0)
        file.truncate()
        file.write(first)
        file.flush()
    else:
        birth = _read_birth(path, content)
    return Journal(path, file, birth, len(first))


def _read_birth(path: Path, content: bytes) -> Birth:
    try:
        return codec.loads(Birth, content)
    except CodecError as exc:
        raise corrupt(path, 1, str(exc)) from exc


def _line(text: str) -> bytes:
    content = text.encode()
    return b"%08x %s\n" % (zlib.crc32(content), content)


def _content(line: bytes) -> bytes | None:
    """The JSON of a whole, undamaged line; else None."""
    checksum, _, rest = line.partition(b" ")
    content = rest.removesuffix(b"\n")
    whole = rest.endswith(b"\n") and checksum == b"%08x" % zlib.crc32(content)
    return content if whole else None

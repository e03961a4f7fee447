"""Reads an HTTP response as a health checker does: status, headers, the first bytes of the body.

The headers must be in the format of RFC 7230, and all together at most 16,384 bytes. A body that is
compressed with gzip or deflate is unpacked; only its first 5,120 bytes are kept.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
https://www.rfc-editor.org/rfc/rfc7230#section-3.2
"""

import re
import zlib
from dataclasses import dataclass

from twin.core.health_checks.observations import (
    BODY_NOT_UNPACKED,
    CONNECTION_LOST,
    HEADERS_TOO_LONG,
    MAX_HEADER_BYTES,
    NO_HTTP,
    SEARCHED_BYTES,
)

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LINE = re.compile(rb"\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_MAX_CHUNK_LINE = 4096
_MAX_LENGTH_DIGITS = 18
_WITHOUT_BODY = frozenset({204, 304})


class MalformedResponse(Exception):
    """The response fails the check; the text says why."""


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """Status line and headers."""

    status: int
    reason: str
    fields: dict[str, str]
    """Names in lower case; values of one name joined by commas."""


class ResponseReader:
    """One response, from the bytes that the endpoint sends until it closes the connection."""

    def __init__(self) -> None:
        self.head: ResponseHead | None = None
        self.body = b""
        """What is known of the first 5,120 bytes, unpacked."""
        self.is_body_known = False
        """Whether `body` is whole, or as long as is searched."""
        self._buffer = b""
        self._interim_bytes = 0
        self._body: _BodyReader | None = None

    def feed(self, data: bytes) -> None:
        """Read more bytes of the endpoint. Raises MalformedResponse."""
        self._buffer += data
        while self.head is None:
            if not self._read_head():
                return
        if self._body is not None and not self.is_body_known:
            self._buffer, taken = b"", self._buffer
            self.body = self._body.feed(taken)
            self.is_body_known = self._body.is_over

    def end(self) -> None:
        """The endpoint has closed the connection. Raises MalformedResponse."""
        if self.head is None:
            raise MalformedResponse(CONNECTION_LOST)
        self.is_body_known = True

    def _read_head(self) -> bool:
        """Read a head, if it is there; heads of interim responses (1xx) are left out."""
        found = _END_OF_HEAD.search(self._buffer)
        length = len(self._buffer) if found is None else found.end()
        if self._interim_bytes + length > MAX_HEADER_BYTES:
            raise MalformedResponse(HEADERS_TOO_LONG)
        if found is None:
            return False
        head = _parse_head(self._buffer[: found.start()])
        self._buffer = self._buffer[found.end() :]
        if 100 <= head.status < 200:
            self._interim_bytes += length
            return True
        self.head = head
        self._body = _BodyReader(head)
        return True


def _parse_head(text: bytes) -> ResponseHead:
    """Raises MalformedResponse."""
    first, *lines = _LINE.split(text)
    status = _STATUS_LINE.fullmatch(first)
    if status is None:
        raise MalformedResponse(NO_HTTP)
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        if line[:1] in (b" ", b"\t") and name:  # a folded value goes on
            fields[name] += " " + line.strip().decode("latin-1")
            continue
        field = _FIELD.fullmatch(line)
        if field is None:
            raise MalformedResponse(NO_HTTP)
        name = field[1].decode("ascii").lower()
        value = field[2].strip(b" \t").decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return ResponseHead(int(status[1]), (status[2] or b"").decode("latin-1").strip(), fields)


class _BodyReader:
    """The first bytes of a body: out of its chunks, then unpacked."""

    def __init__(self, head: ResponseHead) -> None:
        """Raises MalformedResponse for a length that is none."""
        self._decompress = _decompressor(head.fields.get("content-encoding", ""))
        self._raw = b""
        self._body = b""
        self._left: int | None = None
        """Bytes that are still to come: of the body, or of a chunk; None: until the end."""
        coding = head.fields.get("transfer-encoding", "").lower()
        self._chunked = coding.rpartition(",")[2].strip() == "chunked"
        if not self._chunked:
            self._left = _content_length(head)
        elif head.status not in _WITHOUT_BODY:
            self._left = 0
        self.is_over = head.status in _WITHOUT_BODY or (self._left == 0 and not self._chunked)

    def feed(self, data: bytes) -> bytes:
        """Read more; returns what is known of the unpacked body. Raises MalformedResponse."""
        self._raw += data
        if not self._chunked:
            self._take(self._raw if self._left is None else self._raw[: self._left])
            self._raw = b""
            self.is_over |= self._left == 0
        while self._chunked and not self.is_over and self._read_chunk():
            pass
        return self._body

    def _read_chunk(self) -> bool:
        """Read what is there of a chunk; False if there is nothing more to read now."""
        if not self._left:
            self._raw = self._raw.lstrip(b"\r\n")  # behind the chunk before
            size = _CHUNK_SIZE.match(self._raw)
            if size is None:
                if len(self._raw) > _MAX_CHUNK_LINE or b"\n" in self._raw:
                    raise MalformedResponse(NO_HTTP)
                return False
            self._raw, self._left = self._raw[size.end() :], int(size[1], 16)
            self.is_over = self._left == 0
            return not self.is_over
        data, self._raw = self._raw[: self._left], self._raw[self._left :]
        self._take(data)
        return bool(self._raw)

    def _take(self, data: bytes) -> None:
        if self._left is not None:
            self._left -= len(data)
        room = SEARCHED_BYTES - len(self._body)
        if self._decompress is None:
            self._body += data[:room]
        else:
            self._body += self._decompress.unpack(data, room)
        self.is_over |= len(self._body) >= SEARCHED_BYTES


def _content_length(head: ResponseHead) -> int | None:
    """Raises MalformedResponse."""
    text = head.fields.get("content-length")
    if text is None or "transfer-encoding" in head.fields:
        return None
    lengths = {part.strip() for part in text.split(",")}
    (length,) = lengths if len(lengths) == 1 else ("",)
    if not length.isascii() or not length.isdigit():
        raise MalformedResponse(NO_HTTP)
    # A longer number is longer than every body, and Python reads 4,300 digits at most.
    return int(length.lstrip("0")[:_MAX_LENGTH_DIGITS] or "0")


class _Decompressor:
    """Unpacks gzip or deflate; the latter with or without zlib's header, as servers send both."""

    def __init__(self, window_bits: int) -> None:
        self._stream = zlib.decompressobj(window_bits)
        self._window_bits = window_bits
        self._seen = b""
        """What came before the first unpacked byte: it may have to be read in the other format."""
        self._started = False

    def unpack(self, data: bytes, max_bytes: int) -> bytes:
        """At most `max_bytes`, after which the caller reads no further.

        Raises MalformedResponse.
        """
        if not data or max_bytes <= 0:
            return b""
        if not self._started:
            self._seen += data
        try:
            unpacked = self._stream.decompress(data, max_bytes)
        except zlib.error:
            if self._started or self._window_bits != zlib.MAX_WBITS:
                raise MalformedResponse(BODY_NOT_UNPACKED) from None
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            self._window_bits = -zlib.MAX_WBITS
            data, self._seen = self._seen, b""
            return self.unpack(data, max_bytes)
        if unpacked:
            self._started, self._seen = True, b""
        return unpacked


def _decompressor(coding: str) -> _Decompressor | None:
    match coding.strip().lower():
        case "gzip" | "x-gzip":
            return _Decompressor(zlib.MAX_WBITS | 16)
        case "deflate":
            return _Decompressor(zlib.MAX_WBITS)
        case _:
            return None

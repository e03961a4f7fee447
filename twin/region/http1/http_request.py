"""Parses HTTP/1 requests from bytes: the head, where the body ends, and chunked bodies.

The parser reads what servers commonly read, also where a request does not comply with RFC 9112, and
notes the worst deviation (desync.py). Only where no request or no end of its body can be made out
does it reject one: that is a 400, 414, 501 or 505 in every mitigation mode.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html

How it reads deviations (AWS does not publish its own parser's choices):
* A line may end with LF alone, and empty lines before the request line are skipped.
* A line without colon, or with an empty name, is left out, and so is a first line that begins with
  white space. Other lines that begin with white space continue the header before them.
* A header named almost like Content-Length or Transfer-Encoding says nothing about the body.
* With both Content-Length and Transfer-Encoding, the latter counts and the connection ends.
* HTTP/0.9 has no version to parse, and gets a 400.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from twin.core.http.messages import RequestRejected
from twin.region.http1.desync import DesyncReason, is_suspicious_name, worse_reason

MAX_TRAILER_BYTES = 64 * 1024
MAX_CHUNK_LINE_BYTES = 4096
"""Of a chunk's size and its extensions."""

_EMPTY_LINES = re.compile(rb"(?:\r?\n)+")
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105 - RFC 9110's token, not a secret
_PLAIN_HEAD = re.compile(
    rf"{_TOKEN} [\x21-\x7e]+ HTTP/1\.[01]\r\n(?:{_TOKEN}:[\t\x20-\x7e]*\r\n)*\r\n".encode()
)
"""A head of ASCII without any deviation; obs-text is read the slow way."""
_METHOD = re.compile(_TOKEN)
_VERSION = re.compile(r"HTTP/(\d)\.(\d)")
_BAD_CHARACTER = re.compile(r"[\x00\r]")
_CONTROL_IN_URI = re.compile(r"[\x01-\x1f\x7f]")
_NON_COMPLIANT_VALUE = re.compile(r"[\x01-\x08\x0a-\x1f\x7f]")
_LENGTH = re.compile(r"[0-9]{1,19}")
_CODINGS = frozenset({"chunked", "compress", "deflate", "gzip", "identity"})
_SUPPORTED_CODINGS = frozenset({"chunked", "identity"})
_SPACE = " \t"
_LENGTH_HEADERS = frozenset({"content-length", "transfer-encoding"})
_CONNECTION_HEADERS = _LENGTH_HEADERS | {"connection", "expect"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """How much a server takes, in bytes."""

    request_line: int
    header: int
    """One header."""
    headers: int
    """All headers."""
    body: int


class NoRequestFound(RequestRejected):
    """Bytes of which no request, or no end of its body, can be made out."""

    def __init__(self, reason: DesyncReason, detail: str, *, status: int = 400) -> None:
        """`status` is the one in a mode that does not block the reason."""
        super().__init__(status, f"{reason}: {detail}")
        self.desync = reason


Header = tuple[str, str]
"""Name in lower case, and value without white space around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    """The head of a request, and what it says about the body and the connection."""

    method: str
    target: str
    """Path and query as sent, or one of the other forms of RFC 9112, 3.2."""
    version: tuple[int, int]
    headers: tuple[Header, ...]
    """Text of UTF-8; other bytes are lone surrogates."""
    reason: DesyncReason
    content_length: int
    """0 without a body, and for a chunked one."""
    is_chunked: bool
    keeps_alive: bool
    expects_continue: bool

    @property
    def has_body(self) -> bool:
        return self.is_chunked or self.content_length > 0


def find_head(buffer: bytearray, searched: int, limits: RequestLimits) -> tuple[int, int]:
    """Where the head in the buffer ends, or (-1, ...) if it is not complete; and what was searched.

    `searched` is the second number of the last call. Raises RequestRejected (400, 414) for a head
    that is too long.
    """
    if not searched and (empty := _EMPTY_LINES.match(buffer)) is not None:
        del buffer[: empty.end()]
    if buffer == b"\r":
        return -1, 0  # perhaps the start of another empty line
    found = _END_OF_HEAD.search(buffer, max(searched - 2, 0))
    end = found.end() if found is not None else -1
    size = end if end > 0 else len(buffer)
    if size > min(limits.request_line, limits.header):
        _check_lengths(buffer, size, searched, limits)
    return end, len(buffer)


def _check_lengths(buffer: bytearray, size: int, checked: int, limits: RequestLimits) -> None:
    """Check the first `size` bytes; of the first `checked` ones all lines that are whole are right.

    So the time does not grow with what a client has sent already, however small its pieces are.
    """
    line_end = buffer.find(b"\n", 0, size)
    if (line_end if line_end >= 0 else size) > limits.request_line:
        raise RequestRejected(414, f"a request line of more than {limits.request_line} bytes")
    if line_end < 0:
        return
    if size - line_end - 1 > limits.headers:
        raise RequestRejected(400, f"headers of more than {limits.headers} bytes")
    unchecked = buffer[max(line_end, buffer.rfind(b"\n", 0, min(checked, size))) + 1 : size]
    if max(map(len, unchecked.split(b"\n"))) > limits.header + len("\r"):
        raise RequestRejected(400, f"a header of more than {limits.header} bytes")


def parse_head(head: bytes) -> RequestHead:
    """Parse a head, with the empty line at its end. Raises RequestRejected (400, 501, 505)."""
    reason = DesyncReason.COMPLIANT
    if _PLAIN_HEAD.fullmatch(head):
        lines = head[:-4].decode("ascii").split("\r\n")
        method, target, version_text = lines[0].split(" ")
        version = (1, 1) if version_text == "HTTP/1.1" else (1, 0)
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.lower()
            headers.append((name, value.strip(_SPACE)))
            if is_suspicious_name(name):
                reason = DesyncReason.SUSPICIOUS_HEADER
    else:
        lines, reason = _split_lines(head)
        method, target, version, reason = _parse_request_line(lines[0], reason)
        headers, reason = _parse_headers(lines[1:], reason)
    return _make_head(method, target, version, headers, reason)


def _split_lines(head: bytes) -> tuple[list[str], DesyncReason]:
    """The lines without their ends and without the empty one."""
    text = head.decode("utf-8", "surrogateescape")
    lines = text.split("\n")[:-2]
    with_crlf = [line.removesuffix("\r") for line in lines if line.endswith("\r")]
    if len(with_crlf) == len(lines) and text.endswith("\r\n"):
        return with_crlf, DesyncReason.COMPLIANT
    return [line.removesuffix("\r") for line in lines], DesyncReason.NON_CRLF_LINE_TERMINATION


def _parse_request_line(
    line: str, reason: DesyncReason
) -> tuple[str, str, tuple[int, int], DesyncReason]:
    method, _, rest = line.partition(" ")
    target, space, version_text = rest.rstrip(_SPACE).rpartition(" ")
    if not _METHOD.fullmatch(method):
        raise NoRequestFound(DesyncReason.BAD_METHOD, repr(method[:40]))
    if not space or not target.strip():
        raise RequestRejected(400, f"no target or no version in the request line {line[:80]!r}")
    found = _VERSION.fullmatch(version_text)
    if found is None:
        raise NoRequestFound(DesyncReason.BAD_VERSION, repr(version_text[:40]))
    major, minor = int(found[1]), int(found[2])
    if major != 1:
        raise RequestRejected(505, f"HTTP version {major}.{minor}")
    if minor > 1 or rest.endswith((" ", "\t")):
        reason = worse_reason(reason, DesyncReason.NON_COMPLIANT_VERSION)
    reason = worse_reason(reason, _judge_target(target))
    return method, target.strip(_SPACE), (1, min(minor, 1)), reason


def _judge_target(target: str) -> DesyncReason:
    if _BAD_CHARACTER.search(target):
        return DesyncReason.BAD_URI
    if _CONTROL_IN_URI.search(target):
        return DesyncReason.AMBIGUOUS_URI
    return DesyncReason.SPACE_IN_URI if " " in target else DesyncReason.COMPLIANT


def _parse_headers(lines: Iterable[str], reason: DesyncReason) -> tuple[list[Header], DesyncReason]:
    # Each header with its lines. They are joined at the end: one by one takes quadratic time.
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith((" ", "\t")):
            name, parts = found[-1] if found else ("", [])
            parts.append(line.strip(_SPACE))
            if name != "content-type":
                reason = worse_reason(reason, DesyncReason.MULTILINE_HEADER)
            reason = worse_reason(reason, _judge_header("x", line))
            continue
        name, colon, value = line.partition(":")
        if not colon:
            reason = worse_reason(reason, DesyncReason.MISSING_HEADER_COLON)
        elif not name.strip(_SPACE):
            reason = worse_reason(reason, DesyncReason.EMPTY_HEADER)
        else:
            name = name.lower()
            reason = worse_reason(reason, _judge_header(name, value))
            found.append((name, [value.strip(_SPACE)]))
    return [(name, " ".join(filter(None, parts))) for name, parts in found], reason


def _judge_header(name: str, value: str) -> DesyncReason:
    if _BAD_CHARACTER.search(name) or _BAD_CHARACTER.search(value):
        return DesyncReason.BAD_HEADER
    if is_suspicious_name(name):
        return DesyncReason.SUSPICIOUS_HEADER
    if not _METHOD.fullmatch(name) or _NON_COMPLIANT_VALUE.search(value):
        return DesyncReason.NON_COMPLIANT_HEADER
    return DesyncReason.COMPLIANT


def _make_head(
    method: str,
    target: str,
    version: tuple[int, int],
    headers: list[Header],
    reason: DesyncReason,
) -> RequestHead:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        if name in _CONNECTION_HEADERS:
            found.setdefault(name, []).append(value)
    keeps_alive = _keeps_alive(version, found.get("connection", []))
    length, is_chunked = 0, False
    if "content-length" in found or "transfer-encoding" in found:
        length, length_reason = _parse_length(method, found.get("content-length", []))
        is_chunked, coding_reason = _parse_codings(
            method, version, found.get("transfer-encoding", [])
        )
        if len(found.keys() & _LENGTH_HEADERS) == 2:
            coding_reason = worse_reason(coding_reason, DesyncReason.BOTH_TE_CL_PRESENT)
            keeps_alive = False
        reason = worse_reason(worse_reason(reason, coding_reason), length_reason)
    return RequestHead(
        method=method,
        target=target,
        version=version,
        headers=tuple(headers),
        reason=reason,
        content_length=0 if is_chunked else length,
        is_chunked=is_chunked,
        keeps_alive=keeps_alive,
        expects_continue=version >= (1, 1)
        and found.get("expect", [""])[-1].lower() == "100-continue",
    )


def _keeps_alive(version: tuple[int, int], connection: list[str]) -> bool:
    if not connection:
        return version >= (1, 1)
    options = {option.strip(_SPACE).lower() for value in connection for option in value.split(",")}
    return "close" not in options and (version >= (1, 1) or "keep-alive" in options)


def _parse_length(method: str, values: list[str]) -> tuple[int, DesyncReason]:
    """The length of the body. Raises RequestRejected (400) if it can't be made out."""
    if not values:
        return 0, DesyncReason.COMPLIANT
    for value in values:
        if not _LENGTH.fullmatch(value):
            raise NoRequestFound(DesyncReason.BAD_CONTENT_LENGTH, repr(value[:40]))
    if len({int(value) for value in values}) > 1:
        raise NoRequestFound(DesyncReason.MULTIPLE_CONTENT_LENGTH, str(values[:4]))
    length = int(values[0])
    reason = DesyncReason.COMPLIANT
    if len(values) > 1:
        reason = DesyncReason.DUPLICATE_CONTENT_LENGTH
    elif method in ("GET", "HEAD"):
        reason = (
            DesyncReason.UNDEFINED_CONTENT_LENGTH_SEMANTICS
            if length
            else DesyncReason.GET_HEAD_ZERO_CONTENT_LENGTH
        )
    return length, reason


def _parse_codings(
    method: str, version: tuple[int, int], values: list[str]
) -> tuple[bool, DesyncReason]:
    """Whether the body is chunked. Raises RequestRejected (400, 501) for a body without an end.

    501 for a coding that is known and not supported; an unknown one is a severe deviation.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-501-issues
    """
    if not values:
        return False, DesyncReason.COMPLIANT
    codings = [
        coding.partition(";")[0].strip(_SPACE).lower()
        for value in values
        for coding in value.split(",")
    ]
    for coding in codings:
        if coding not in _CODINGS:
            raise NoRequestFound(DesyncReason.BAD_TRANSFER_ENCODING, repr(coding[:40]), status=501)
        if coding not in _SUPPORTED_CODINGS:
            raise RequestRejected(501, f"Transfer-Encoding {coding}")
    if codings.count("chunked") > 1:
        raise NoRequestFound(DesyncReason.MULTIPLE_TRANSFER_ENCODING_CHUNKED, str(codings[:4]))
    if "chunked" in codings[:-1]:
        raise RequestRejected(400, f"Transfer-Encoding {codings}: chunked is not the last coding")
    reason = DesyncReason.COMPLIANT
    if method in ("GET", "HEAD") or version < (1, 1):
        reason = DesyncReason.UNDEFINED_TRANSFER_ENCODING_SEMANTICS
    return codings[-1] == "chunked", reason


# -- bodies

_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[\t ]*(?:;[^\r\n]*)?\r\n")
_CHUNK_LINE_PREFIX = re.compile(rb"(?:[0-9A-Fa-f]{1,16}(?:[\t ]*(?:;[^\r\n]*)?\r?)?)?")
_LINE_BREAK = re.compile(rb"[\r\n]")


class RequestBody:
    """Collects a body from a buffer that also holds what follows it."""

    def __init__(self, head: RequestHead, limits: RequestLimits) -> None:
        """Raises RequestRejected (413) for a length above the limit."""
        _check_size(head.content_length, limits)
        self._length = head.content_length
        self._chunks = ChunkedBody(limits) if head.is_chunked else None

    @property
    def decoded_bytes(self) -> int:
        """What was taken out of the buffer of a body that is not complete."""
        return 0 if self._chunks is None else self._chunks.decoded_bytes

    def take_from(self, buffer: bytearray) -> bytes | None:
        """The body once it is complete, else None; it is taken out of the buffer.

        Raises RequestRejected (400, 413), as soon as the bytes can't become a body any more.
        """
        if self._chunks is not None:
            return self._chunks.take_from(buffer)
        if len(buffer) < self._length:
            return None
        body = bytes(buffer[: self._length])
        del buffer[: self._length]
        return body


class _ChunkPhase(Enum):
    """What a chunked body continues with: SIZE -> DATA -> DATA_END -> SIZE ... -> TRAILER."""

    SIZE = auto()
    DATA = auto()
    DATA_END = auto()
    TRAILER = auto()
    COMPLETE = auto()


class ChunkedBody:
    """Decodes https://www.rfc-editor.org/rfc/rfc9112#section-7.1; extensions and trailers are
    checked and left out."""

    def __init__(self, limits: RequestLimits) -> None:
        self._limits = limits
        self._phase = _ChunkPhase.SIZE
        self._data = bytearray()
        self._missing = 0
        """Bytes of the current chunk that have not arrived."""
        self._trailer_bytes = 0
        self._searched = 0
        """Bytes of a trailer's line in which no break was found."""

    @property
    def decoded_bytes(self) -> int:
        return len(self._data)

    def take_from(self, buffer: bytearray) -> bytes | None:
        """As RequestBody.take_from."""
        while self._phase is not _ChunkPhase.COMPLETE:
            if not self._take_part(buffer):
                return None
        return bytes(self._data)

    def _take_part(self, buffer: bytearray) -> bool:
        """Take a size, a chunk or a line of a trailer; False if it is not complete."""
        match self._phase:
            case _ChunkPhase.SIZE:
                return self._take_size(buffer)
            case _ChunkPhase.DATA:
                return self._take_data(buffer)
            case _ChunkPhase.DATA_END:
                return self._take_end_of_data(buffer)
            case _:
                return self._take_trailer_line(buffer)

    def _take_size(self, buffer: bytearray) -> bool:
        found = _CHUNK_LINE.match(buffer)
        if found is None:
            if not _CHUNK_LINE_PREFIX.fullmatch(buffer[:MAX_CHUNK_LINE_BYTES]):
                raise RequestRejected(400, f"no size of a chunk: {bytes(buffer[:40])!r}")
            if len(buffer) > MAX_CHUNK_LINE_BYTES:
                raise RequestRejected(400, f"extensions of a chunk: over {MAX_CHUNK_LINE_BYTES}")
            return False
        self._missing = int(found[1], 16)
        _check_size(len(self._data) + self._missing, self._limits)
        self._phase = _ChunkPhase.DATA if self._missing else _ChunkPhase.TRAILER
        del buffer[: found.end()]
        return True

    def _take_data(self, buffer: bytearray) -> bool:
        part = buffer[: self._missing]
        self._data += part
        self._missing -= len(part)
        del buffer[: len(part)]
        if self._missing:
            return False
        self._phase = _ChunkPhase.DATA_END
        return True

    def _take_end_of_data(self, buffer: bytearray) -> bool:
        if not b"\r\n".startswith(buffer[:2]):
            raise RequestRejected(400, f"a chunk is longer than its size: {bytes(buffer[:40])!r}")
        if len(buffer) < 2:
            return False
        self._phase = _ChunkPhase.SIZE
        del buffer[:2]
        return True

    def _take_trailer_line(self, buffer: bytearray) -> bool:
        found = _LINE_BREAK.search(buffer, self._searched)
        self._searched = len(buffer) if found is None else found.start()
        is_whole = buffer.startswith(b"\r\n", self._searched)
        if not is_whole and not b"\r\n".startswith(buffer[self._searched : self._searched + 2]):
            raise RequestRejected(400, f"no line of a trailer: {bytes(buffer[:40])!r}")
        size = self._searched + len("\r\n") if is_whole else len(buffer)
        if self._trailer_bytes + size > MAX_TRAILER_BYTES:
            raise RequestRejected(400, f"a trailer of more than {MAX_TRAILER_BYTES} bytes")
        if not is_whole:
            return False
        if not self._searched:
            self._phase = _ChunkPhase.COMPLETE
        self._trailer_bytes += size
        self._searched = 0
        del buffer[:size]
        return True


def _check_size(size: int, limits: RequestLimits) -> None:
    if size > limits.body:
        raise RequestRejected(413, f"a body of more than {limits.body} bytes")

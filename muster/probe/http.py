"""Just enough HTTP/1.1 for a probe: the bytes of a request, and when an answer is complete.

Decides framing by RFC 9112 section 6 (Content-Length, chunked, until close). Keeps the status, the
Region and the size, and throws the body away. Knows no sockets.
"""

from dataclasses import dataclass

REGION_HEADER = b"x-served-region"
MAX_HEAD = 64 * 1024
MAX_BODY = 8 * 1024 * 1024
_NO_BODY = frozenset({204, 304})


class BadResponse(Exception):
    """What came is not an HTTP/1.1 answer that a probe can use."""


@dataclass(frozen=True, slots=True)
class ProbeResponse:
    """A complete answer."""

    status: int
    region: str | None
    received: int
    """Bytes, head included."""
    reusable: bool
    """Whether the connection can carry another request."""


def build_http_request(
    method: str, path: str, *, host: str, keep: bool, body: bytes = b""
) -> bytes:
    """A request's bytes; a body is JSON."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: muster-probe",
        "Accept: */*",
        f"Connection: {'keep-alive' if keep else 'close'}",
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


class ResponseReader:
    """Feeds on the bytes of one answer until it is complete."""

    def __init__(self) -> None:
        """Wait for the first byte."""
        self._buffer = b""
        self._received = 0
        self._head: _Head | None = None
        self._chunks: _Chunks | None = None

    def feed(self, data: bytes) -> ProbeResponse | None:
        """Take bytes; the answer once it is complete. Raises BadAnswer."""
        self._received += len(data)
        if self._received > MAX_HEAD + MAX_BODY:
            raise BadResponse(f"longer than {MAX_BODY} bytes")
        self._buffer += data
        while self._head is None:
            if not self._take_head():
                return None
        return self._take_body(self._head)

    def close(self) -> ProbeResponse | None:
        """The other side closed: the answer if its end was to be told so, else None."""
        if self._head is None or self._head.length is not None or self._chunks is not None:
            return None
        return self._answer(self._head)

    def _take_head(self) -> bool:
        raw, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            if len(self._buffer) > MAX_HEAD:
                raise BadResponse(f"head longer than {MAX_HEAD} bytes")
            if not b"HTTP/1.".startswith(self._buffer[:7]):
                raise BadResponse("does not begin with HTTP/1.")
            return False
        head, self._buffer = _parse_head(raw), rest
        if head.status >= 200:  # 1xx comes before the answer proper
            self._head = head
            self._chunks = _Chunks() if head.chunked else None
            return True
        return bool(rest) and self._take_head()

    def _take_body(self, head: "_Head") -> ProbeResponse | None:
        if self._chunks is not None:
            self._buffer = self._chunks.feed(self._buffer)
            return self._answer(head) if self._chunks.complete else None
        if head.length is None:
            self._buffer = b""
            return None
        return self._answer(head) if len(self._buffer) >= head.length else None

    def _answer(self, head: "_Head") -> ProbeResponse:
        surplus = self._chunks is None and len(self._buffer) > (head.length or 0)
        reusable = head.keep and not surplus and (head.length is not None or head.chunked)
        return ProbeResponse(head.status, head.region, self._received, reusable)


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    length: int | None
    chunked: bool
    keep: bool
    region: str | None


def _parse_head(raw: bytes) -> _Head:
    first, *lines = raw.split(b"\r\n")
    status = _parse_status(first)
    headers = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadResponse(f"header line without a colon: {line[:60]!r}")
        headers[name.lower()] = value.strip()
    chunked = headers.get(b"transfer-encoding", b"").lower().endswith(b"chunked")
    region = headers.get(REGION_HEADER)
    return _Head(
        status=status,
        length=0 if status in _NO_BODY else _length(headers, chunked),
        chunked=chunked and status not in _NO_BODY,
        keep=first.startswith(b"HTTP/1.1") and headers.get(b"connection", b"").lower() != b"close",
        region=region.decode("ascii", "replace") if region else None,
    )


def _parse_status(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    code = rest[:3]
    if not version.startswith(b"HTTP/1.") or not (len(code) == 3 and code.isdigit()):
        raise BadResponse(f"not a status line: {line[:60]!r}")
    return int(code)


def _length(headers: dict[bytes, bytes], chunked: bool) -> int | None:
    raw = headers.get(b"content-length")
    if chunked or raw is None:
        return None
    if not raw.isdigit():
        raise BadResponse(f"Content-Length {raw[:20]!r}")
    return int(raw)


class _Chunks:
    """Skips a chunked body (RFC 9112 section 7.1); trailers are skipped too."""

    def __init__(self) -> None:
        self.complete = False
        self._left = 0
        self._in_trailer = False

    def feed(self, buffer: bytes) -> bytes:
        """Take what can be taken; give back what has to wait for more."""
        while buffer and not self.complete:
            if self._left:
                taken = min(self._left, len(buffer))
                self._left -= taken
                buffer = buffer[taken:]
                continue
            line, found, rest = buffer.partition(b"\r\n")
            if not found:
                return buffer
            buffer = rest
            self._take_line(line)
        return buffer

    def _take_line(self, line: bytes) -> None:
        if self._in_trailer:
            self.complete = not line
            return
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            raise BadResponse(f"not a chunk size: {line[:20]!r}") from None
        if size:
            self._left = size + 2  # the chunk's own line end
        else:
            self._in_trailer = True

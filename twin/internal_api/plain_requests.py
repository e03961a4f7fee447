"""Which requests the fast path takes (twin.internal_api.fast_path), and how they are read. Pure.

A plain request is a `POST /` as AWS's SDKs send it to a JSON API: one Content-Length, no transfer
coding, no hop-by-hop header but `Connection: keep-alive`, no header that web pages send, printable
ASCII only, each name once. There is one way to read it. Everything else is left to aiohttp,
which refuses what is malformed or foreign, and serves the rest.
https://www.rfc-editor.org/rfc/rfc9112
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from twin.internal_api.foreign_requests import is_own_name

MAX_HEAD_BYTES = 8000
"""Less than aiohttp's limit of one line, so that no line of a plain request exceeds that."""
MAX_BODY_BYTES = 1024 * 1024
END_OF_HEAD = b"\r\n\r\n"
CONNECTION_LINE = re.compile(rb"\r\nConnection:[^\r]*(?=\r\n)", re.IGNORECASE)
"""The header that is for one hop only, with the end of the line before it."""
_START = b"POST / HTTP/1.1\r\n"
_HEAD = re.compile(rb"POST / HTTP/1\.1\r\n(?:[A-Za-z0-9_-]+: [!-~](?:[ -~]*[!-~])?\r\n){1,60}\r\n")
_FIELD = re.compile(r"([A-Za-z0-9_-]+): ([^\r]+)\r\n")
_LENGTH = re.compile(r"[0-9]{1,7}")
_NOT_PLAIN = frozenset(
    {
        "content-encoding",
        "expect",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "referer",
        "sec-fetch-site",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


@dataclass(frozen=True, slots=True)
class PlainHead:
    """The head of a plain request."""

    text: bytes
    """As received, with the empty line."""
    headers: Mapping[str, str]
    """By names in lower case."""
    body_bytes: int

    @property
    def total_bytes(self) -> int:
        return len(self.text) + self.body_bytes

    def without_connection(self) -> bytes:
        """The text without the Connection header, for the next hop."""
        return CONNECTION_LINE.sub(b"", self.text) if "connection" in self.headers else self.text


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """A whole plain request."""

    head: PlainHead
    body: bytes
    remote: str
    """The caller's IP address."""


def read_head(received: bytes) -> PlainHead | bool:
    """The head at the beginning of these bytes.

    True if more bytes are needed to tell, False if this is no plain request.
    """
    end = received.find(END_OF_HEAD)
    if end < 0:
        return len(received) < MAX_HEAD_BYTES and received[: len(_START)] == _START[: len(received)]
    text = received[: end + len(END_OF_HEAD)]
    if len(text) > MAX_HEAD_BYTES or _HEAD.fullmatch(text) is None:
        return False
    fields = _FIELD.findall(text.decode("ascii"))
    headers = {name.lower(): value for name, value in fields}
    if len(headers) != len(fields) or not _is_plain(headers):
        return False
    length = headers.get("content-length", "")
    if _LENGTH.fullmatch(length) is None or int(length) > MAX_BODY_BYTES:
        return False
    return PlainHead(text, headers, int(length))


def _is_plain(headers: Mapping[str, str]) -> bool:
    return (
        _NOT_PLAIN.isdisjoint(headers)
        and headers.get("connection", "keep-alive").lower() == "keep-alive"
        and is_own_name(headers.get("host", ""))
    )


def encode_response(status: int, headers: Mapping[str, str], body: bytes, date: str) -> bytes:
    """A response with its Content-Length; `date` as in the Date header."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}"
        f"Content-Length: {len(body)}\r\nDate: {date}\r\n\r\n"
    )
    return head.encode("latin-1") + body

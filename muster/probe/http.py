"""One HTTP/1.1 exchange of a probe: the bytes to send, and when the response is complete.

h11 does the framing of RFC 9112. This module keeps the status, the Region and the size of a
response, drops its body, and bounds its length. Knows no sockets and no time.
"""

from dataclasses import dataclass
from typing import Self

import h11

REGION_HEADER = b"x-served-region"
MAX_HEAD = 64 * 1024
MAX_BODY = 8 * 1024 * 1024
_START = b"HTTP/1."


class BadResponse(Exception):
    """The received bytes are not an HTTP/1.1 response that a probe can use."""


@dataclass(frozen=True, slots=True)
class ProbeResponse:
    status: int
    region: str | None
    received: int
    """Bytes, head included."""
    reusable: bool
    """Whether the connection can carry another request."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, ready to be sent any number of times."""

    head: h11.Request
    body: bytes = b""

    @classmethod
    def make(cls, method: str, path: str, *, host: str, keep: bool, body: bytes = b"") -> Self:
        """`keep` asks the server to keep the connection open; a body is JSON."""
        headers = [
            ("Host", host),
            ("User-Agent", "muster-probe"),
            ("Accept", "*/*"),
            ("Connection", "keep-alive" if keep else "close"),
        ]
        if body:
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        return cls(h11.Request(method=method, target=path, headers=headers), body)


class HttpExchange:
    def __init__(self, request: HttpRequest) -> None:
        """`request_bytes` is what to send."""
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self.request_bytes = _encode(self._http, request)
        self._received = 0
        self._start = b""
        self._head: h11.Response | None = None

    def receive(self, data: bytes) -> ProbeResponse | None:
        """Take received bytes; the response once it is complete. Raises BadResponse."""
        self._received += len(data)
        if self._received > MAX_HEAD + MAX_BODY:
            raise BadResponse(f"longer than {MAX_BODY} bytes")
        # h11 would wait for the end of the head of whatever protocol this is.
        self._start = (self._start + data[: len(_START)])[: len(_START)]
        if not _START.startswith(self._start):
            raise BadResponse("does not begin with HTTP/1.")
        self._http.receive_data(data)
        return self._next_response()

    def receive_end(self) -> ProbeResponse | None:
        """Take the end of the connection; the response if that completes it, else None."""
        self._http.receive_data(b"")
        try:
            return self._next_response()
        except BadResponse:
            return None

    def _next_response(self) -> ProbeResponse | None:
        try:
            while True:
                event = self._http.next_event()
                if isinstance(event, h11.Response):
                    self._head = event
                elif isinstance(event, h11.EndOfMessage) and self._head is not None:
                    return self._response(self._head)
                elif not isinstance(event, h11.Data | h11.InformationalResponse):
                    return None  # more data are needed, or the connection is closed
        except h11.RemoteProtocolError as exc:
            raise BadResponse(str(exc)) from exc

    def _response(self, head: h11.Response) -> ProbeResponse:
        region = dict(head.headers).get(REGION_HEADER)
        surplus, _ = self._http.trailing_data
        return ProbeResponse(
            status=head.status_code,
            region=region.decode("ascii", "replace") if region else None,
            received=self._received,
            reusable=self._http.their_state is h11.DONE and not surplus,
        )


def _encode(http: h11.Connection, request: HttpRequest) -> bytes:
    """The request's bytes; `http` awaits the response from then on."""
    events = [request.head, h11.Data(data=request.body), h11.EndOfMessage()]
    return b"".join(http.send(event) or b"" for event in events)

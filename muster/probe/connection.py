"""One TCP or TLS connection of a probe: opened from a given source address, one request at a time.

Notes when the connection opened and when the first and the last byte of a response arrived.
`classify_socket_error` is the one place where a socket's error becomes an outcome. Time-outs are
the caller's: it cancels.

`HttpExchange` is one HTTP/1.1 exchange, without socket and clock: h11 does the framing of RFC 9112;
status, Region and size of a response are kept, its body is dropped, its length is bounded.
"""

import asyncio
import errno
import socket
import ssl
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

import h11

from common.clock import Clock
from muster.measure.samples import RequestOutcome
from muster.probe.plan import ProbeTarget, VantagePoint

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


# Not named by Python 3.11's socket module; from Linux's <linux/in.h>.
IP_BIND_ADDRESS_NO_PORT = 24

_LOCAL_ERRORS = frozenset(
    {
        errno.EMFILE,
        errno.ENFILE,
        errno.EADDRNOTAVAIL,
        errno.EADDRINUSE,
        errno.ENOBUFS,
        errno.ENOMEM,
    }
)


def classify_socket_error(error: OSError) -> RequestOutcome:
    """The outcome of a request that failed with this error; LOST for errors of this machine."""
    match error:
        case ssl.SSLError():
            return RequestOutcome.TLS
        case ConnectionRefusedError():
            return RequestOutcome.REFUSED
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return RequestOutcome.RESET
        case TimeoutError():
            return RequestOutcome.CONNECT_TIMEOUT
        case _ if error.errno in _LOCAL_ERRORS:
            return RequestOutcome.LOST
        case _:
            return RequestOutcome.UNREACHABLE


@dataclass(frozen=True, slots=True)
class TimedResponse:
    """A response with its times, on the clock of the connection."""

    response: ProbeResponse
    first_byte_s: float
    finished_s: float


class ProbeConnection(asyncio.Protocol):
    """A connection that carries one request at a time."""

    def __init__(self, clock: Clock, number: int) -> None:
        """Not connected yet; `number` identifies the connection within a run."""
        self.number = number
        self.opened_s: float | None = None
        self.closed = False
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._exchange: HttpExchange | None = None
        self._waiter: asyncio.Future[TimedResponse] | None = None
        self._first_byte_s: float | None = None

    async def send(self, request: HttpRequest) -> TimedResponse:
        """Send a request and wait for its response. Raises OSError, BadResponse."""
        if self._transport is None or self.closed:
            raise ConnectionResetError(errno.ECONNRESET, "the connection is closed")
        self._exchange = HttpExchange(request)
        self._first_byte_s = None
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(self._exchange.request_bytes)
        try:
            return await self._waiter
        finally:
            self._waiter = None
            self._exchange = None

    def close(self) -> None:
        """Drop the connection at once, with whatever is under way on it."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the time; with TLS this is the end of the handshake."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - tells the type checker
        self._transport = transport
        self.opened_s = self._clock.monotonic()

    def data_received(self, data: bytes) -> None:
        """Pass the bytes to the exchange under way; without one, close the connection."""
        now = self._clock.monotonic()
        if self._exchange is None or self._waiter is None or self._waiter.done():
            self.close()  # unrequested bytes: they would be taken for the next response
            return
        if self._first_byte_s is None:
            self._first_byte_s = now
        try:
            response = self._exchange.receive(data)
        except BadResponse as exc:
            self._waiter.set_exception(exc)
            return
        if response is not None:
            self._waiter.set_result(TimedResponse(response, self._first_byte_s, now))

    def connection_lost(self, exc: Exception | None) -> None:
        """Complete a response that ends with the connection; any other request fails."""
        self.closed = True
        if self._waiter is None or self._waiter.done():
            return
        response = self._exchange.receive_end() if self._exchange and exc is None else None
        if response is not None and self._first_byte_s is not None:
            now = self._clock.monotonic()
            self._waiter.set_result(TimedResponse(response, self._first_byte_s, now))
        elif isinstance(exc, OSError):
            self._waiter.set_exception(exc)
        else:
            self._waiter.set_exception(
                ConnectionResetError(errno.ECONNRESET, "closed before the response was complete")
            )


def open_source_socket(vantage: VantagePoint, *, ipv6: bool) -> socket.socket:
    """A non-blocking TCP socket, bound to the vantage point's address. Raises OSError."""
    sock = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if vantage.source is not None:
            if hasattr(socket, "SO_BINDTODEVICE"):  # Linux
                # The kernel chooses the port at connect, so that each destination has all ports of
                # the source address to itself.
                sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((vantage.source, 0))
    except OSError:
        sock.close()
        raise
    return sock


async def open_connection(
    connection: ProbeConnection,
    vantage: VantagePoint,
    target: ProbeTarget,
    *,
    tls: ssl.SSLContext | None = None,
    server_name: str | None = None,
) -> None:
    """Connect from the vantage point to the target; on an error, close it. Raises OSError."""
    loop = asyncio.get_running_loop()
    with ExitStack() as on_error:
        on_error.callback(connection.close)
        sock = open_source_socket(vantage, ipv6=":" in target.ip)
        on_error.callback(sock.close)
        await loop.sock_connect(sock, (target.ip, target.port))
        await loop.create_connection(
            lambda: connection, sock=sock, ssl=tls, server_hostname=server_name if tls else None
        )
        on_error.pop_all()

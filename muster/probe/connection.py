"""One TCP or TLS connection of a probe: opened from a given source address, one request at a time.

Notes when the connection opened and when the first and the last byte of a response arrived.
`classify_socket_error` is the one place where a socket's error becomes an outcome. Time-outs are
the caller's: it cancels.
"""

import asyncio
import errno
import socket
import ssl
from dataclasses import dataclass

from common.clock import Clock
from muster.measure.samples import RequestOutcome
from muster.probe.http import BadResponse, HttpExchange, HttpRequest, ProbeResponse
from muster.probe.plan import ProbeTarget, VantagePoint

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
    """Connect from the vantage point to the target. Raises OSError."""
    loop = asyncio.get_running_loop()
    sock = open_source_socket(vantage, ipv6=":" in target.ip)
    try:
        await loop.sock_connect(sock, (target.ip, target.port))
        await loop.create_connection(
            lambda: connection, sock=sock, ssl=tls, server_hostname=server_name if tls else None
        )
    except BaseException:
        sock.close()
        raise

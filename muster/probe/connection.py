"""One TCP (or TLS) connection of a probe: made from a given source address, asked, timed.

Decides nothing but what an error means: `outcome_of` is the one place where errors of sockets
become outcomes. Time-outs are the caller's, by cancelling.
"""

import asyncio
import errno
import socket
import ssl
from dataclasses import dataclass

from common.clock import Clock
from muster.measure.samples import RequestOutcome
from muster.probe.http import BadResponse, ProbeResponse, ResponseReader
from muster.probe.plan import ProbeTarget, VantagePoint

# Not named by Python 3.11's socket module; from Linux's <linux/in.h>.
IP_BIND_ADDRESS_NO_PORT = 24

_OWN_FAULTS = frozenset(
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
    """What a socket's error says of the request that met it."""
    match error:
        case ssl.SSLError():
            return RequestOutcome.TLS
        case ConnectionRefusedError():
            return RequestOutcome.REFUSED
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return RequestOutcome.RESET
        case TimeoutError():
            return RequestOutcome.CONNECT_TIMEOUT
        case _ if error.errno in _OWN_FAULTS:
            return RequestOutcome.LOST
        case _:
            return RequestOutcome.UNREACHABLE


@dataclass(frozen=True, slots=True)
class TimedResponse:
    """An answer with its times."""

    answer: ProbeResponse
    first_byte_s: float
    finished_s: float


class ProbeConnection(asyncio.Protocol):
    """A connection that carries one request at a time."""

    def __init__(self, clock: Clock, number: int) -> None:
        """Not connected yet; `number` tells connections of a run apart."""
        self.number = number
        self.opened_s: float | None = None
        self.closed = False
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._waiter: asyncio.Future[TimedResponse] | None = None
        self._first_byte_s: float | None = None

    async def ask(self, request: bytes) -> TimedResponse:
        """Send a request and wait for its answer. Raises OSError, BadAnswer."""
        if self._transport is None or self.closed:
            raise ConnectionResetError(errno.ECONNRESET, "the connection is closed")
        self._reader = ResponseReader()
        self._first_byte_s = None
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._waiter
        finally:
            self._waiter = None
            self._reader = None

    def close(self) -> None:
        """Drop the connection, at once and whatever is under way."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the time; with TLS this is the end of the handshake."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - tells the type checker
        self._transport = transport
        self.opened_s = self._clock.monotonic()

    def data_received(self, data: bytes) -> None:
        """Feed the answer that is awaited."""
        now = self._clock.monotonic()
        if self._reader is None or self._waiter is None or self._waiter.done():
            self.close()  # bytes that nobody asked for: the connection can't be trusted
            return
        if self._first_byte_s is None:
            self._first_byte_s = now
        try:
            answer = self._reader.feed(data)
        except BadResponse as exc:
            self._waiter.set_exception(exc)
            return
        if answer is not None:
            self._waiter.set_result(TimedResponse(answer, self._first_byte_s, now))

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of an answer without a length, else a reset for who waits."""
        self.closed = True
        if self._waiter is None or self._waiter.done():
            return
        answer = self._reader.close() if self._reader and exc is None else None
        if answer is not None and self._first_byte_s is not None:
            self._waiter.set_result(
                TimedResponse(answer, self._first_byte_s, self._clock.monotonic())
            )
        elif isinstance(exc, OSError):
            self._waiter.set_exception(exc)
        else:
            self._waiter.set_exception(
                ConnectionResetError(errno.ECONNRESET, "closed before the answer was complete")
            )


def open_source_socket(vantage: VantagePoint, *, ipv6: bool) -> socket.socket:
    """A non-blocking TCP socket that sends from the vantage point. Raises OSError."""
    sock = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if vantage.source is not None:
            if hasattr(socket, "SO_BINDTODEVICE"):  # Linux
                # The port is chosen at connect, so that a source address has all ports for each
                # destination instead of all ports once.
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

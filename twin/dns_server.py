"""Serves DNS messages over UDP and TCP on one address: framing, limits and time-outs, no content.

Over TCP each message has its length in front, a client may send several on one connection, and a
silent one is closed (https://www.rfc-editor.org/rfc/rfc7766). Where there are too many connections,
a new one takes the place of the one that has sent no message for the longest time, so that silent
clients keep nobody out. What a message means is for its handler to say.
"""

import asyncio
import contextlib
import logging
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self, cast

from twin.runtime.idle_connections import IdleConnections

log = logging.getLogger(__name__)

TCP_IDLE_S = 10.0
"""A TCP connection without a message for this long is closed; real time, never scaled."""
MAX_TCP_CONNECTIONS = 256
MAX_UDP_IN_PROGRESS = 1024
_LENGTH = struct.Struct("!H")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message comes from."""

    ip: str
    over_tcp: bool


Response = bytes | None
"""None for a message that gets none."""
Handler = Callable[[bytes, Source], Response | Awaitable[Response]]
"""The response to a message, at once or later."""


class DnsServer:
    """One address, for UDP and TCP."""

    def __init__(self, handler: Handler, tasks: asyncio.TaskGroup | None = None) -> None:
        """`tasks` waits for the responses that a handler does not give at once."""
        self._handler = handler
        self._tasks = tasks
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._in_progress: set[asyncio.Task[None]] = set()
        self._connections = 0
        self._idle = IdleConnections()

    async def start(self, address: tuple[str, int]) -> Self:
        """Open both sockets. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._serve_tcp, *address, backlog=256)
        try:
            self._udp, _ = await loop.create_datagram_endpoint(
                lambda: _UdpProtocol(self._take_datagram), local_addr=address
            )
        except OSError:
            self._tcp.close()
            raise
        return self

    def close(self) -> None:
        """Close both sockets, and drop what is in progress."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        for task in self._in_progress:
            task.cancel()

    def _take_datagram(
        self, data: bytes, peer: tuple[str, int], transport: asyncio.DatagramTransport
    ) -> None:
        if len(self._in_progress) >= MAX_UDP_IN_PROGRESS:
            return  # as on a full network: the client asks again
        response = self._handle(data, Source(peer[0], over_tcp=False))
        if isinstance(response, bytes):
            transport.sendto(response, peer)
        elif response is not None and self._tasks is not None:
            task = self._tasks.create_task(_send_later(response, peer, transport))
            self._in_progress.add(task)
            task.add_done_callback(self._in_progress.discard)

    def _handle(self, message: bytes, source: Source) -> Response | Awaitable[Response]:
        """Call the handler; a failure of it costs this message alone."""
        try:
            response = self._handler(message, source)
        except Exception:
            log.exception("a message of %d bytes got no answer", len(message))
            return None
        if response is None or isinstance(response, bytes):
            return response
        return _await_response(response, len(message))

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._connections >= MAX_TCP_CONNECTIONS and not self._idle.close_longest():
            writer.close()
            return
        self._connections += 1
        source = Source(writer.get_extra_info("peername")[0], over_tcp=True)
        try:
            while (message := await self._next_message(reader, writer)) is not None:
                response = self._handle(message, source)
                if response is not None and not isinstance(response, bytes):
                    response = await response
                if response is None:
                    break
                writer.write(_LENGTH.pack(len(response)) + response)
                async with asyncio.timeout(TCP_IDLE_S):
                    await writer.drain()
            writer.close()
            async with asyncio.timeout(TCP_IDLE_S):
                await writer.wait_closed()
        except (OSError, TimeoutError) as exc:
            log.debug("a TCP client is gone: %r", exc)
            writer.transport.abort()  # a client that reads nothing would never be done with
        finally:
            self._connections -= 1
            with contextlib.suppress(OSError):
                writer.close()

    async def _next_message(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        with self._idle.waiting(writer):
            return await _read_message(reader)


async def _await_response(response: Awaitable[Response], message_bytes: int) -> Response:
    try:
        return await response
    except Exception:
        log.exception("a message of %d bytes got no answer", message_bytes)
        return None


async def _send_later(
    response: Awaitable[Response], peer: tuple[str, int], transport: asyncio.DatagramTransport
) -> None:
    message = await response
    if message is not None and not transport.is_closing():
        transport.sendto(message, peer)


class _UdpProtocol(asyncio.DatagramProtocol):
    def __init__(
        self, take: Callable[[bytes, tuple[str, int], asyncio.DatagramTransport], None]
    ) -> None:
        self._take = take
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None:
            self._take(data, addr, self._transport)

    def error_received(self, exc: Exception) -> None:
        log.debug("UDP: %r", exc)  # a client has closed its socket


async def _read_message(reader: asyncio.StreamReader) -> bytes | None:
    """The next message; None at the end, and for one that is cut short. Raises TimeoutError."""
    try:
        async with asyncio.timeout(TCP_IDLE_S):
            (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
            return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None

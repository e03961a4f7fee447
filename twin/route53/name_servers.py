"""Route 53's name servers: UDP and TCP sockets on loopback addresses.

A TCP connection may ask several questions (https://www.rfc-editor.org/rfc/rfc7766). It is closed
when it brings no whole message in time, so that half a message does not keep it open, and a client
that does not read its answers gets no more of them. Datagrams that can't be sent at once are lost,
as in any network.
"""

import asyncio
import contextlib
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from twin.errors import StartFailed
from twin.route53.responder import Responder

log = logging.getLogger(__name__)

IDLE_TIME_S = 10.0
"""How long a TCP connection may take for its next message; real time, never scaled."""
MAX_CONNECTIONS = 512
"""Open TCP connections; another one is closed at once."""
MAX_DATAGRAMS = 32
"""Datagrams of one socket that are answered before other sockets have their turn."""
MAX_DATAGRAM_BYTES = 65535
UDP_BUFFER_BYTES = 1 << 20
BACKLOG = 256
_LENGTH = struct.Struct("!H")

Address = tuple[str, int]


@contextlib.asynccontextmanager
async def serving_dns(
    responder: Responder,
    addresses: Sequence[Address],
    *,
    idle_time_s: float = IDLE_TIME_S,
    max_connections: int = MAX_CONNECTIONS,
) -> AsyncIterator[None]:
    """Serve UDP and TCP at the addresses while the block runs. Raises StartFailed."""
    loop = asyncio.get_running_loop()
    clients = _TcpClients(idle_time_s, max_connections)
    async with contextlib.AsyncExitStack() as stack:
        for address in addresses:
            udp, tcp = _open_sockets(address)
            stack.callback(udp.close)
            loop.add_reader(udp, _answer_datagrams, udp, responder)
            stack.callback(loop.remove_reader, udp)
            server = await loop.create_server(lambda: _TcpConnection(responder, clients), sock=tcp)
            stack.callback(server.close)
        try:
            yield
        finally:
            for connection in tuple(clients.connections):
                connection.abort()


def _open_sockets(address: Address) -> tuple[socket.socket, socket.socket]:
    """Raises StartFailed."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        udp.setblocking(False)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER_BYTES)
        udp.bind(address)
        return udp, socket.create_server(address, backlog=BACKLOG)
    except OSError as exc:
        udp.close()
        raise StartFailed(
            f"{address[0]}:{address[1]}, the address of a name server, can't be opened: "
            f"{os.strerror(exc.errno or 0)}; another program has it, end that or take another "
            "instance"
        ) from exc


def _answer_datagrams(udp: socket.socket, responder: Responder) -> None:
    for _ in range(MAX_DATAGRAMS):
        try:
            wire, client = udp.recvfrom(MAX_DATAGRAM_BYTES)
        except OSError:  # nothing is left; or the system's report on an answer that nobody took
            return
        response = responder.respond(wire, client[0])
        if response is not None:
            with contextlib.suppress(OSError):
                udp.sendto(response, client)


@dataclass(slots=True)
class _TcpClients:
    """The open connections of all servers, and their limits."""

    idle_time_s: float
    max_connections: int
    connections: set["_TcpConnection"] = field(default_factory=set)


class _TcpConnection(asyncio.Protocol):
    """One client's connection: messages with their length in front."""

    def __init__(self, responder: Responder, clients: _TcpClients) -> None:
        self._responder = responder
        self._clients = clients
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_writable = True
        self._source_ip = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            return
        self._transport = transport
        if len(self._clients.connections) >= self._clients.max_connections:
            transport.abort()
            return
        self._source_ip = transport.get_extra_info("peername")[0]
        self._clients.connections.add(self)
        self._restart_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clients.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._answer_messages()

    def eof_received(self) -> bool:
        """A client may end its side before it has all answers; it is closed once they are sent."""
        return False

    def pause_writing(self) -> None:
        self._is_writable = False
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._is_writable = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            self._answer_messages()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _answer_messages(self) -> None:
        while self._is_writable and self._transport and not self._transport.is_closing():
            message = self._take_message()
            if message is None:
                return
            self._restart_timer()
            response = self._responder.respond(message, self._source_ip, over_tcp=True)
            if response is None:
                self._transport.close()
                return
            self._transport.write(_LENGTH.pack(len(response)) + response)

    def _take_message(self) -> bytes | None:
        if len(self._received) < _LENGTH.size:
            return None
        end = _LENGTH.size + _LENGTH.unpack_from(self._received)[0]
        if len(self._received) < end:
            return None
        message = bytes(self._received[_LENGTH.size : end])
        del self._received[:end]
        return message

    def _restart_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._clients.idle_time_s, self.abort)

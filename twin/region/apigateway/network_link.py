"""The link between a Region and its clients, for servers that clients reach without the edge.

A layer between asyncio's transport and a protocol. A clear link passes everything on at once. Over
a slow one each chunk is in transit for the link's delay, in both directions and in order. Over a
cut one nothing moves: neither side gets data, an end or an error, until the link is restored; then
both go on where they stopped. The edge does the same for accelerators (twin.edge.splice).

A connection whose client has left is dropped even while the link is cut: nobody is there to see it,
and those of a long cut would take all descriptors and much memory.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from twin.core.faults import CLEAR_LINK, Link
from twin.runtime.descriptors import is_reserved

MAX_IN_TRANSIT_BYTES = 4 * 1024 * 1024
"""Bound of the data in transit in one direction."""
MAX_ALL_IN_TRANSIT_BYTES = 128 * 1024 * 1024
"""Of all connections together, in equal parts: thousands of clients must not take the memory."""
MIN_IN_TRANSIT_BYTES = 16 * 1024
_TCP_CLOSE, _TCP_CLOSE_WAIT = 7, 8
"""States of linux/tcp.h: reset by the client, and ended by it."""


class _End(Enum):
    """What a chunk's place may have instead of bytes."""

    EOF = auto()
    CLOSE = auto()
    ABORT = auto()


_Item = bytes | _End


class _Lane:
    """One direction of a connection: what is in transit, and when it arrives."""

    def __init__(self, link: Link, deliver: Callable[[_Item], None]) -> None:
        self.link = link
        self.waiting_bytes = 0
        self._deliver = deliver
        self._waiting: deque[tuple[float, _Item]] = deque()
        """(Time of arrival by the loop's clock, chunk), in order."""
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def is_open(self) -> bool:
        """Whether a chunk arrives at once."""
        return not (self._waiting or self.link.cut or self.link.delay_s)

    def send(self, item: _Item) -> None:
        if self.is_open:
            self._deliver(item)
            return
        self._waiting.append((self._loop.time() + self.link.delay_s, item))
        self.waiting_bytes += len(item) if isinstance(item, bytes) else 0
        self._schedule()

    def set_link(self, link: Link) -> None:
        """Switch to a new link; chunks in transit keep their time."""
        self.link = link
        self._arrive()

    def close(self) -> None:
        self._waiting.clear()
        self._stop_timer()

    def _schedule(self) -> None:
        if self._timer is None and self._waiting and not self.link.cut:
            self._timer = self._loop.call_at(self._waiting[0][0], self._arrive)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arrive(self) -> None:
        """Deliver what is due."""
        self._stop_timer()
        now = self._loop.time()
        while self._waiting and not self.link.cut and self._waiting[0][0] <= now:
            _, item = self._waiting.popleft()
            self.waiting_bytes -= len(item) if isinstance(item, bytes) else 0
            self._deliver(item)
        self._schedule()


class LinkedConnection(asyncio.Protocol):
    """A protocol's connection over a link."""

    def __init__(self, network: "NetworkLink", protocol: asyncio.Protocol) -> None:
        self._network = network
        self._protocol = protocol
        self._transport: asyncio.Transport | None = None
        self._inbound = _Lane(network.link, self._deliver_inbound)
        self._outbound = _Lane(network.link, self._deliver_outbound)
        self._reader_paused = False
        """Whether the protocol wants no more data."""
        self._paused = False
        """Whether the socket is not read."""
        self._writer_paused = False
        self._ended = False
        """Whether the protocol has closed its side, or has lost the connection."""

    # -- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"not a transport of a stream: {transport!r}")
        sock = transport.get_extra_info("socket")
        if sock is not None and is_reserved(sock.fileno()):
            transport.abort()  # the protocol's own end would wait for a cut link
            return
        self._transport = transport
        self._network.add(self)
        self._protocol.connection_made(LinkedTransport(self, transport))
        self._update_reading()

    def data_received(self, data: bytes) -> None:
        if self._inbound.is_open:
            self._protocol.data_received(data)
            return
        self._inbound.send(data)
        self._update_reading()

    def eof_received(self) -> bool:
        self._inbound.send(_End.EOF)
        return True  # the protocol decides when it learns of the end

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is None:
            return  # it was refused, and the protocol does not know of it
        self._network.remove(self)
        self._inbound.close()
        self._outbound.close()
        self._ended = True
        self._transport = None
        self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()

    # -- the two directions

    def _deliver_inbound(self, item: _Item) -> None:
        if isinstance(item, bytes):
            self._protocol.data_received(item)
            self._update_reading()
        elif not self._protocol.eof_received():
            self.send(_End.CLOSE)

    def _deliver_outbound(self, item: _Item) -> None:
        if self._transport is None:
            return
        if isinstance(item, bytes):
            self._transport.write(item)
            self._update_writing()
        elif item is _End.EOF:
            with contextlib.suppress(OSError):  # the client has reset the connection meanwhile
                self._transport.write_eof()
        elif item is _End.CLOSE:
            self._transport.close()
        else:
            self._transport.abort()

    def _update_reading(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        full = self._inbound.waiting_bytes > self._network.share_bytes
        paused = self._reader_paused or full or self._inbound.link.cut
        if paused != self._paused:
            self._paused = paused
            if paused:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _update_writing(self) -> None:
        full = self._outbound.waiting_bytes > self._network.share_bytes
        if full != self._writer_paused:
            self._writer_paused = full
            if full:
                self._protocol.pause_writing()
            else:
                self._protocol.resume_writing()

    def set_link(self, link: Link) -> None:
        """Switch both directions to the current link."""
        self._outbound.set_link(link)
        self._inbound.set_link(link)
        self._update_reading()

    # -- called by LinkedTransport

    @property
    def is_closing(self) -> bool:
        return self._ended or self._transport is None or self._transport.is_closing()

    @property
    def waiting_bytes(self) -> int:
        return self._outbound.waiting_bytes

    def send(self, item: _Item) -> None:
        if self.is_closing and item is not _End.ABORT:
            return
        if item in (_End.CLOSE, _End.ABORT):
            self._ended = True
        self._outbound.send(item)
        self._update_writing()

    def pause_reading(self, paused: bool) -> None:
        self._reader_paused = paused
        self._update_reading()

    @property
    def has_left(self) -> bool:
        """Whether the client has ended or reset the connection, by the kernel."""
        sock = None if self._transport is None else self._transport.get_extra_info("socket")
        if sock is None or sock.fileno() < 0:
            return False
        state: int = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state in (_TCP_CLOSE, _TCP_CLOSE_WAIT)

    def drop(self) -> None:
        """End the connection whatever the link is."""
        if self._transport is not None:
            self._transport.abort()


class LinkedTransport(asyncio.Transport):
    """What the protocol writes to."""

    def __init__(self, connection: LinkedConnection, below: asyncio.Transport) -> None:
        super().__init__()
        self._connection = connection
        self._below = below

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._below.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._connection.is_closing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._connection.send(bytes(data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._connection.send(_End.EOF)

    def close(self) -> None:
        self._connection.send(_End.CLOSE)

    def abort(self) -> None:
        self._connection.send(_End.ABORT)

    def pause_reading(self) -> None:
        self._connection.pause_reading(True)

    def resume_reading(self) -> None:
        self._connection.pause_reading(False)

    def get_write_buffer_size(self) -> int:
        return self._connection.waiting_bytes + self._below.get_write_buffer_size()


class NetworkLink:
    """A Region's link, and the open connections over it."""

    def __init__(self, max_bytes: int = MAX_ALL_IN_TRANSIT_BYTES) -> None:
        """`max_bytes` may be in transit together."""
        self.link = CLEAR_LINK
        self._max_bytes = max_bytes
        self._connections: set[LinkedConnection] = set()

    @property
    def share_bytes(self) -> int:
        """How much may be in transit in one direction of a connection."""
        equal = self._max_bytes // (2 * max(len(self._connections), 1))
        return min(max(equal, MIN_IN_TRANSIT_BYTES), MAX_IN_TRANSIT_BYTES)

    def wrap(self, make_protocol: Callable[[], asyncio.Protocol]) -> Callable[[], LinkedConnection]:
        """A protocol factory for the event loop."""
        return lambda: LinkedConnection(self, make_protocol())

    def set_link(self, link: Link) -> None:
        """Apply a new state of the link, to open connections as well."""
        if link == self.link:
            return
        self.link = link
        for connection in tuple(self._connections):
            connection.set_link(link)

    def drop_left(self) -> None:
        """End the connections whose clients have left while the link is cut; call it regularly."""
        if self.link.cut:
            for connection in [c for c in self._connections if c.has_left]:
                connection.drop()

    def add(self, connection: LinkedConnection) -> None:
        self._connections.add(connection)

    def remove(self, connection: LinkedConnection) -> None:
        self._connections.discard(connection)

    def close(self) -> None:
        """End all connections at once."""
        for connection in tuple(self._connections):
            connection.drop()

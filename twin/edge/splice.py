"""Splice two TCP connections into one: bytes, half-closes and resets pass from each to the other.

A spliced connection has two pumps, one for each direction. Sockets are used raw, with the event
loop's readers and writers: one buffer serves all connections, and a pump keeps at most one chunk
that its sink did not accept. While it keeps one it does not read, so a slow receiver slows its
sender down. The bytes are never inspected.

The link to the endpoint's Region may have a fault. Over a slow link each chunk is in transit for
the link's delay, in order, up to MAX_IN_TRANSIT_BYTES. The more connections are open, the less each
may keep, so that thousands of slow receivers don't take the machine's memory. Over a cut link
nothing moves and neither side gets an error; when the link is restored, both pumps continue where
they stopped. This is what TCP does across a broken line.
"""

import asyncio
import contextlib
import socket
import struct
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from common.clock import Clock
from twin.core.faults import CLEAR_NETWORK, Link, NetworkState

CHUNK_BYTES = 128 * 1024
MAX_IN_TRANSIT_BYTES = 4 * 1024 * 1024
"""Bound of the data in transit in one direction of a slow link; it moves at most this much in one
delay."""
MIN_CHUNK_BYTES = 4 * 1024
MIN_IDLE_S = 10.0
"""A connection that has moved data keeps its place for so long after it, in real time."""
_LINGER_NONE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpliceLimits:
    """What all pumps together may keep, in bytes; each has an equal part."""

    unsent: int = 64 * 1024 * 1024
    in_transit: int = 256 * 1024 * 1024


class ByteCounter:
    """Bytes that a group of connections has moved in one direction."""

    __slots__ = ("total",)

    def __init__(self) -> None:
        self.total = 0


def reset_socket(sock: socket.socket) -> None:
    """Close with a RST: unsent data is dropped, and the peer sees that the connection failed."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    sock.close()


class BytePump:
    """Moves bytes from `source` to `sink` over a link."""

    __slots__ = (
        "_connection",
        "_counter",
        "_in_transit",
        "_in_transit_bytes",
        "_link",
        "_reading",
        "_sink",
        "_source",
        "_source_ended",
        "_splicer",
        "_timer",
        "_unsent",
        "_writing",
        "ended",
    )

    def __init__(
        self,
        connection: "SplicedConnection",
        splicer: "Splicer",
        source: socket.socket,
        sink: socket.socket,
        link: Link,
        counter: ByteCounter,
    ) -> None:
        self._connection = connection
        self._splicer = splicer
        self._source = source
        self._sink = sink
        self._link = link
        self._counter = counter
        self._unsent = b""
        """Rest of a chunk that the sink did not accept."""
        self._in_transit: deque[tuple[float, bytes]] = deque()
        """(Delivery time by the loop's clock, chunk), in order; an empty chunk marks the end."""
        self._in_transit_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._reading = self._writing = False
        self._source_ended = False
        """Whether the source has sent its FIN."""
        self.ended = False
        """Whether the FIN has been passed on to the sink."""
        self._update_readiness()

    def _update_readiness(self) -> None:
        """Register with the event loop for what the pump can do now, and for nothing else."""
        link_up = not self._link.cut
        writing = link_up and bool(self._unsent)
        full = bool(self._unsent) or self._in_transit_bytes >= self._splicer.transit_bytes
        reading = link_up and not full and not self._source_ended
        loop = self._splicer.loop
        if reading != self._reading:
            self._reading = reading
            if reading:
                loop.add_reader(self._source.fileno(), self._read)
            else:
                loop.remove_reader(self._source.fileno())
        if writing != self._writing:
            self._writing = writing
            if writing:
                loop.add_writer(self._sink.fileno(), self._write_unsent)
            else:
                loop.remove_writer(self._sink.fileno())

    def release(self) -> None:
        """Unregister the sockets from the event loop, before they are closed."""
        if self._reading:
            self._splicer.loop.remove_reader(self._source.fileno())
        if self._writing:
            self._splicer.loop.remove_writer(self._sink.fileno())
        self._reading = self._writing = False
        if self._timer is not None:
            self._timer.cancel()

    def set_link(self, link: Link) -> None:
        """Switch to a new link; chunks in transit keep their delivery time."""
        self._link = link
        self._update_readiness()
        if not link.cut and not self._unsent:
            self._deliver()

    # -- from the source

    def _read(self) -> None:
        buffer = self._splicer.buffer
        try:
            size = self._source.recv_into(buffer, self._splicer.chunk_bytes)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._connection.reset()
            return
        if size:
            self._connection.data_moved()
            self._counter.total += size
        else:
            self._source_ended = True
            self._update_readiness()
        if self._link.delay_s or self._in_transit:
            self._put_in_transit(bytes(buffer[:size]))
        elif size:
            self._write(buffer[:size])
        else:
            self._pass_on_end()

    # -- in transit

    def _put_in_transit(self, data: bytes) -> None:
        due = self._splicer.loop.time() + self._link.delay_s
        self._in_transit.append((due, data))
        self._in_transit_bytes += len(data)
        self._update_readiness()
        if self._timer is None:
            self._timer = self._splicer.loop.call_at(due, self._on_due)

    def _on_due(self) -> None:
        self._timer = None
        if not self._link.cut and not self._unsent:
            self._deliver()

    def _deliver(self) -> None:
        """Write every chunk that is due, and set the timer for the next one."""
        now = self._splicer.loop.time()
        while self._in_transit and not self._unsent:
            due, data = self._in_transit[0]
            if due > now:
                if self._timer is None:
                    self._timer = self._splicer.loop.call_at(due, self._on_due)
                break
            self._in_transit.popleft()
            self._in_transit_bytes -= len(data)
            if not data:
                self._pass_on_end()
                return
            if not self._write(memoryview(data)):
                return
        self._update_readiness()

    # -- to the sink

    def _write(self, data: memoryview) -> bool:
        """Send, and keep what the sink does not accept; False if the connection was reset."""
        try:
            sent = self._sink.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self._connection.reset()
            return False
        if sent < len(data):
            self._unsent = bytes(data[sent:])
            self._update_readiness()
        return True

    def _write_unsent(self) -> None:
        try:
            sent = self._sink.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._connection.reset()
            return
        self._connection.data_moved()
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._update_readiness()
            self._deliver()

    def _pass_on_end(self) -> None:
        """Pass the source's FIN on to the sink; the opposite direction stays open."""
        self.ended = True
        try:
            self._sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._connection.reset()
            return
        self._connection.pump_ended()


@dataclass(frozen=True, slots=True, eq=False)
class SplicePath:
    """The Region that connections lead to, and the counters of their bytes."""

    region: str
    bytes_in: ByteCounter
    """From clients to endpoints."""
    bytes_out: ByteCounter


class SplicedConnection:
    """A client's connection and the one to its endpoint, with a pump in each direction."""

    __slots__ = (
        "_client",
        "_closed",
        "_inbound",
        "_on_end",
        "_outbound",
        "_splicer",
        "_upstream",
        "active_at",
        "region",
    )

    def __init__(
        self,
        splicer: "Splicer",
        client: socket.socket,
        upstream: socket.socket,
        path: SplicePath,
        on_end: Callable[[], None],
    ) -> None:
        self._splicer = splicer
        self._client = client
        self._upstream = upstream
        self._on_end = on_end
        self.region = path.region
        self.active_at = splicer.monotonic()
        """Monotonic time when data last moved, in seconds."""
        self._closed = False
        link = splicer.network.link(path.region)
        self._inbound = BytePump(self, splicer, client, upstream, link, path.bytes_in)
        self._outbound = BytePump(self, splicer, upstream, client, link, path.bytes_out)

    def data_moved(self) -> None:
        self.active_at = self._splicer.monotonic()
        self._splicer.data_moved(self)

    def update_link(self) -> None:
        """Switch both pumps to the current link to the Region."""
        link = self._splicer.network.link(self.region)
        for pump in (self._inbound, self._outbound):
            if not self._closed:
                pump.set_link(link)

    def pump_ended(self) -> None:
        """Close once both directions have passed on their FIN."""
        if self._inbound.ended and self._outbound.ended:
            self.close()

    def close(self) -> None:
        """End both sides with a FIN."""
        self._release()
        self._client.close()
        self._upstream.close()
        self._on_end()

    def reset(self) -> None:
        """One side failed: end both with a RST, so that the other side learns of it."""
        self._release()
        reset_socket(self._client)
        reset_socket(self._upstream)
        self._on_end()

    def _release(self) -> None:
        self._closed = True
        self._inbound.release()
        self._outbound.release()
        self._splicer.remove(self)


class Splicer:
    """All spliced connections of one event loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        *,
        limits: SpliceLimits = SpliceLimits(),
    ) -> None:
        self.loop = loop
        self.monotonic = clock.monotonic
        self.buffer = memoryview(bytearray(CHUNK_BYTES))
        self.network: NetworkState = CLEAR_NETWORK
        self._connections: OrderedDict[SplicedConnection, None] = OrderedDict()
        """The one that has moved no data for longest first."""
        self._silent: OrderedDict[SplicedConnection, None] = OrderedDict()
        """Those that have never moved data, the oldest first."""
        self._limits = limits
        self.chunk_bytes = CHUNK_BYTES
        self.transit_bytes = MAX_IN_TRANSIT_BYTES
        """What a pump may keep: of a chunk, and in transit."""

    def _share_out(self) -> None:
        """Bound what each pump keeps by the number of connections."""
        pumps = 2 * max(len(self._connections), 1)
        chunk, transit = self._limits.unsent // pumps, self._limits.in_transit // pumps
        self.chunk_bytes = min(max(chunk, MIN_CHUNK_BYTES), CHUNK_BYTES)
        self.transit_bytes = min(max(transit, MIN_CHUNK_BYTES), MAX_IN_TRANSIT_BYTES)

    def splice(
        self,
        client: socket.socket,
        upstream: socket.socket,
        path: SplicePath,
        on_end: Callable[[], None],
    ) -> None:
        """Splice two connected, non-blocking sockets; both are closed before `on_end` is called."""
        connection = SplicedConnection(self, client, upstream, path, on_end)
        self._connections[connection] = self._silent[connection] = None
        self._share_out()

    def data_moved(self, connection: SplicedConnection) -> None:
        """Note that the connection is in use."""
        self._connections.move_to_end(connection)
        self._silent.pop(connection, None)

    def make_room(self) -> bool:
        """Close one connection for a new one; False if all are in use.

        The oldest without any data is the first to go, then the one that has moved none for
        longest, if that is MIN_IDLE_S: so a client that opens thousands keeps nobody out.
        """
        chosen = next(iter(self._silent), None)
        if chosen is None:
            longest = next(iter(self._connections), None)
            if longest is None or self.monotonic() - longest.active_at < MIN_IDLE_S:
                return False
            chosen = longest
        chosen.close()
        return True

    def set_network(self, network: NetworkState) -> None:
        """Apply a new state of the network, to open connections as well."""
        before, self.network = self.network, network
        for connection in list(self._connections):
            region = connection.region
            if network.link(region) != before.link(region):
                connection.update_link()

    def remove(self, connection: SplicedConnection) -> None:
        self._connections.pop(connection, None)
        self._silent.pop(connection, None)
        self._share_out()

    def close_idle(self, idle_s: float) -> None:
        """Close, with a FIN to both sides, connections without data for `idle_s` seconds.

        Only data counts, TCP keep-alive packets do not:
        https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html
        """
        since = self.monotonic() - idle_s
        for connection in [c for c in self._connections if c.active_at <= since]:
            connection.close()

    def close(self) -> None:
        for connection in list(self._connections):
            connection.close()

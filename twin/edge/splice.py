"""Bytes from one socket to another, over a way that may be slow or cut.

Sockets are used raw, with the loop's readers and writers: one buffer serves all connections, and a
direction holds at most one chunk that its receiver would not take yet. While it holds one it reads
nothing, so that a slow receiver slows its sender down. The bytes are never looked into.

A slow way keeps each chunk for its delay, in order, up to a bound; a cut one moves nothing, tells
nobody, and goes on where it stood when it is healed: what TCP does behind a broken line.
"""

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from twin.clock import Clock
from twin.core.faults import CLEAR_NETWORK, Link, NetworkState

MAX_IN_TRANSIT_BYTES = 4 * 1024 * 1024
"""What a slow way holds of one direction; its throughput is at most this much per delay."""


class ByteCounter:
    """How many bytes a group of connections has moved one way."""

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0


class _PumpOwner(Protocol):
    """What a direction needs of its connection."""

    active_at: float
    """When data moved last; seconds of the clock that never goes back."""

    def finished_one(self) -> None:
        """A direction has passed on all it ever will."""
        ...

    def reset(self) -> None:
        """A direction's socket failed."""
        ...


class _PumpContext(Protocol):
    """What all connections share."""

    loop: asyncio.AbstractEventLoop
    buffer: memoryview

    def monotonic(self) -> float:
        """Seconds of the clock that never goes back."""
        ...


class BytePump:
    """Bytes from `source` to `sink`."""

    __slots__ = (
        "_connection",
        "_drained",
        "_held",
        "_link",
        "_on_the_way",
        "_reading",
        "_shared",
        "_sink",
        "_size",
        "_source",
        "_timer",
        "_totals",
        "_writing",
        "ended",
    )

    def __init__(
        self,
        connection: _PumpOwner,
        shared: _PumpContext,
        source: socket.socket,
        sink: socket.socket,
        link: Link,
        totals: ByteCounter,
    ) -> None:
        self._connection = connection
        self._shared = shared
        self._source = source
        self._sink = sink
        self._link = link
        self._totals = totals
        self._held = b""
        """What the sink would not take yet."""
        self._on_the_way: deque[tuple[float, bytes]] = deque()
        """When it arrives (by the loop's time; never before what is ahead), and what; nothing is
        the end of all."""
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._reading = self._writing = False
        self._drained = False
        """Whether the source has sent its last byte."""
        self.ended = False
        """Whether the sink has been told so."""
        self._listen()

    def _listen(self) -> None:
        """Listen to what can be used now, and to nothing else."""
        free = not self._link.cut
        writing = free and bool(self._held)
        full = bool(self._held) or self._size >= MAX_IN_TRANSIT_BYTES
        reading = free and not full and not self._drained
        loop = self._shared.loop
        if reading != self._reading:
            self._reading = reading
            if reading:
                loop.add_reader(self._source.fileno(), self._read)
            else:
                loop.remove_reader(self._source.fileno())
        if writing != self._writing:
            self._writing = writing
            if writing:
                loop.add_writer(self._sink.fileno(), self._write_held)
            else:
                loop.remove_writer(self._sink.fileno())

    def release(self) -> None:
        """Stop listening to the sockets."""
        if self._reading:
            self._shared.loop.remove_reader(self._source.fileno())
        if self._writing:
            self._shared.loop.remove_writer(self._sink.fileno())
        self._reading = self._writing = False
        if self._timer is not None:
            self._timer.cancel()

    def follow(self, link: Link) -> None:
        """The way is another from now on; what is on it arrives when it was going to."""
        self._link = link
        self._listen()
        if not link.cut and not self._held:
            self._deliver()

    # -- in

    def _read(self) -> None:
        buffer = self._shared.buffer
        try:
            size = self._source.recv_into(buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._connection.reset()
            return
        if size:
            self._connection.active_at = self._shared.monotonic()
            self._totals.bytes += size
        else:
            self._drained = True
            self._listen()
        if self._link.delay_s or self._on_the_way:
            self._send_on_its_way(bytes(buffer[:size]))
        elif size:
            self._write(buffer[:size])
        else:
            self._end()

    # -- on the way

    def _send_on_its_way(self, data: bytes) -> None:
        due = self._shared.loop.time() + self._link.delay_s
        self._on_the_way.append((due, data))
        self._size += len(data)
        self._listen()
        if self._timer is None:
            self._timer = self._shared.loop.call_at(due, self._arrive)

    def _arrive(self) -> None:
        self._timer = None
        if not self._link.cut and not self._held:
            self._deliver()

    def _deliver(self) -> None:
        """Hand over what has arrived; the rest later."""
        now = self._shared.loop.time()
        while self._on_the_way and not self._held:
            due, data = self._on_the_way[0]
            if due > now:
                if self._timer is None:
                    self._timer = self._shared.loop.call_at(due, self._arrive)
                break
            self._on_the_way.popleft()
            self._size -= len(data)
            if not data:
                self._end()
                return
            if not self._write(memoryview(data)):
                return
        self._listen()

    # -- out

    def _write(self, data: memoryview) -> bool:
        """Whether the connection still stands afterwards."""
        try:
            sent = self._sink.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self._connection.reset()
            return False
        if sent < len(data):
            self._held = bytes(data[sent:])
            self._listen()
        return True

    def _write_held(self) -> None:
        try:
            sent = self._sink.send(self._held)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._connection.reset()
            return
        self._connection.active_at = self._shared.monotonic()
        self._held = self._held[sent:]
        if not self._held:
            self._listen()
            self._deliver()

    def _end(self) -> None:
        """The source has sent its last byte: tell the sink, whose own direction goes on."""
        self.ended = True
        try:
            self._sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._connection.reset()
            return
        self._connection.finished_one()


CHUNK_BYTES = 128 * 1024
_LINGER_NONE = struct.pack("ii", 1, 0)


def reset_socket(sock: socket.socket) -> None:
    """Close with a RST: what was not sent is dropped, and the other side learns that it failed."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    sock.close()


@dataclass(frozen=True, slots=True, eq=False)
class SplicePath:
    """Where connections go, and who counts what they carry."""

    region: str
    up: ByteCounter
    down: ByteCounter


class Splicer:
    """The connections of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        self.loop = loop
        self.monotonic = clock.monotonic
        self.buffer = memoryview(bytearray(CHUNK_BYTES))
        self.network: NetworkState = CLEAR_NETWORK
        self._connections: set[SplicedConnection] = set()

    def join(
        self,
        client: socket.socket,
        upstream: socket.socket,
        trip: SplicePath,
        on_end: Callable[[], None],
    ) -> None:
        """Splice two connected, non-blocking sockets; both are closed before `on_end` is called."""
        self._connections.add(SplicedConnection(self, client, upstream, trip, on_end))

    def follow(self, network: NetworkState) -> None:
        """The network is another from now on, for open connections too."""
        before, self.network = self.network, network
        for connection in list(self._connections):
            region = connection.region
            if network.link(region) != before.link(region):
                connection.follow_network()

    def forget(self, connection: "SplicedConnection") -> None:
        """A connection has ended."""
        self._connections.discard(connection)

    def close_idle(self, idle_s: float) -> None:
        """End, with a FIN to both sides, what has moved no data for this many seconds.

        Only data counts, TCP keep-alive packets do not:
        https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html
        """
        since = self.monotonic() - idle_s
        for connection in [c for c in self._connections if c.active_at <= since]:
            connection.close()

    def close(self) -> None:
        """End all connections."""
        for connection in list(self._connections):
            connection.close()


class SplicedConnection:
    """A client's connection and the one to its endpoint."""

    __slots__ = (
        "_client",
        "_closed",
        "_down",
        "_on_end",
        "_splicer",
        "_up",
        "_upstream",
        "active_at",
        "region",
    )

    def __init__(
        self,
        splicer: Splicer,
        client: socket.socket,
        upstream: socket.socket,
        trip: SplicePath,
        on_end: Callable[[], None],
    ) -> None:
        self._splicer = splicer
        self._client = client
        self._upstream = upstream
        self._on_end = on_end
        self.region = trip.region
        self.active_at = splicer.monotonic()
        self._closed = False
        link = splicer.network.link(trip.region)
        self._up = BytePump(self, splicer, client, upstream, link, trip.up)
        self._down = BytePump(self, splicer, upstream, client, link, trip.down)

    def follow_network(self) -> None:
        """The way to its Region is another from now on."""
        link = self._splicer.network.link(self.region)
        for direction in (self._up, self._down):
            if not self._closed:
                direction.follow(link)

    def finished_one(self) -> None:
        """One direction has passed on all it ever will."""
        if self._up.ended and self._down.ended:
            self.close()

    def close(self) -> None:
        """End both sides with a FIN."""
        self._release()
        self._client.close()
        self._upstream.close()
        self._on_end()

    def reset(self) -> None:
        """End both sides with a RST; one of them failed, and the other has to hear of it."""
        self._release()
        reset_socket(self._client)
        reset_socket(self._upstream)
        self._on_end()

    def _release(self) -> None:
        self._closed = True
        self._up.release()
        self._down.release()
        self._splicer.forget(self)

"""Two TCP connections made one: bytes, half-closes and resets pass from each to the other.

Knows nothing of why the two belong together, but for the Region that one of them leads to: what
becomes of the way there becomes of all its connections. How bytes pass is twin.edge.direction's.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from twin.clock import Clock
from twin.core.faults import CLEAR_NETWORK, Network
from twin.edge.direction import Direction, Totals

CHUNK_BYTES = 128 * 1024
_LINGER_NONE = struct.pack("ii", 1, 0)


def reset(sock: socket.socket) -> None:
    """Close with a RST: what was not sent is dropped, and the other side learns that it failed."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    sock.close()


@dataclass(frozen=True, slots=True, eq=False)
class Trip:
    """Where connections go, and who counts what they carry."""

    region: str
    up: Totals
    down: Totals


class Splicer:
    """The connections of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        self.loop = loop
        self.monotonic = clock.monotonic
        self.buffer = memoryview(bytearray(CHUNK_BYTES))
        self.network: Network = CLEAR_NETWORK
        self._connections: set[Connection] = set()

    def join(
        self,
        client: socket.socket,
        upstream: socket.socket,
        trip: Trip,
        on_end: Callable[[], None],
    ) -> None:
        """Splice two connected, non-blocking sockets; both are closed before `on_end` is called."""
        self._connections.add(Connection(self, client, upstream, trip, on_end))

    def follow(self, network: Network) -> None:
        """The network is another from now on, for open connections too."""
        before, self.network = self.network, network
        for connection in list(self._connections):
            region = connection.region
            if network.link(region) != before.link(region):
                connection.follow_network()

    def forget(self, connection: "Connection") -> None:
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


class Connection:
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
        trip: Trip,
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
        self._up = Direction(self, splicer, client, upstream, link, trip.up)
        self._down = Direction(self, splicer, upstream, client, link, trip.down)

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
        reset(self._client)
        reset(self._upstream)
        self._on_end()

    def _release(self) -> None:
        self._closed = True
        self._up.release()
        self._down.release()
        self._splicer.forget(self)

"""Two TCP connections made one: bytes, half-closes and resets pass from each to the other.

Knows nothing of why the two belong together, and never looks into the bytes. Sockets are used raw,
with the loop's readers and writers: one buffer serves all connections, and a direction holds at
most one chunk that its receiver would not take yet. While it holds one it reads nothing, so that a
slow receiver slows its sender down.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable

from twin.clock import Clock

CHUNK_BYTES = 128 * 1024
_LINGER_NONE = struct.pack("ii", 1, 0)


def reset(sock: socket.socket) -> None:
    """Close with a RST: what was not sent is dropped, and the other side learns that it failed."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    sock.close()


class Splicer:
    """The connections of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        self.loop = loop
        self.monotonic = clock.monotonic
        self.buffer = memoryview(bytearray(CHUNK_BYTES))
        self._connections: set[Connection] = set()

    def join(
        self, client: socket.socket, upstream: socket.socket, on_end: Callable[[], None]
    ) -> None:
        """Splice two connected, non-blocking sockets; both are closed before `on_end` is called."""
        self._connections.add(Connection(self, client, upstream, on_end))

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

    __slots__ = ("_client", "_down", "_on_end", "_splicer", "_up", "_upstream", "active_at")

    def __init__(
        self,
        splicer: Splicer,
        client: socket.socket,
        upstream: socket.socket,
        on_end: Callable[[], None],
    ) -> None:
        self._splicer = splicer
        self._client = client
        self._upstream = upstream
        self._on_end = on_end
        self.active_at = splicer.monotonic()
        self._up = _Direction(self, splicer, client, upstream)
        self._down = _Direction(self, splicer, upstream, client)

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
        self._up.release()
        self._down.release()
        self._splicer.forget(self)


class _Direction:
    """Bytes from one socket to the other."""

    __slots__ = ("_connection", "_held", "_sink", "_source", "_splicer", "ended")

    def __init__(
        self,
        connection: Connection,
        splicer: Splicer,
        source: socket.socket,
        sink: socket.socket,
    ) -> None:
        self._connection = connection
        self._splicer = splicer
        self._source = source
        self._sink = sink
        self._held = b""
        """What the sink would not take yet."""
        self.ended = False
        splicer.loop.add_reader(source.fileno(), self._read)

    def release(self) -> None:
        """Stop listening to the sockets."""
        if self._held:
            self._splicer.loop.remove_writer(self._sink.fileno())
        elif not self.ended:
            self._splicer.loop.remove_reader(self._source.fileno())

    def _read(self) -> None:
        buffer = self._splicer.buffer
        try:
            size = self._source.recv_into(buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._connection.reset()
            return
        if size:
            self._connection.active_at = self._splicer.monotonic()
            self._write(buffer[:size])
        else:
            self._end()

    def _write(self, data: memoryview) -> None:
        try:
            sent = self._sink.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self._connection.reset()
            return
        if sent < len(data):
            self._hold(bytes(data[sent:]))

    def _hold(self, data: bytes) -> None:
        self._held = data
        self._splicer.loop.remove_reader(self._source.fileno())
        self._splicer.loop.add_writer(self._sink.fileno(), self._write_held)

    def _write_held(self) -> None:
        try:
            sent = self._sink.send(self._held)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._connection.reset()
            return
        self._connection.active_at = self._splicer.monotonic()
        self._held = self._held[sent:]
        if not self._held:
            self._splicer.loop.remove_writer(self._sink.fileno())
            self._splicer.loop.add_reader(self._source.fileno(), self._read)

    def _end(self) -> None:
        """The source has sent its last byte: tell the sink, whose own direction goes on."""
        self._splicer.loop.remove_reader(self._source.fileno())
        self.ended = True
        try:
            self._sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._connection.reset()
            return
        self._connection.finished_one()

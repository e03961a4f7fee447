"""Forwards plain requests to a process, byte for byte, on connections that are kept.

Each connection carries one request at a time. A response is read as far as it takes to know its
end, and copied. The processes answer plain requests with a Content-Length always; a response
without one counts as none.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable

from aiohttp import web

from twin.internal_api.plain_requests import CONNECTION_LINE, END_OF_HEAD
from twin.runtime.own_user import require_own_listener

_LENGTH = re.compile(rb"\r\nContent-Length: ?([0-9]{1,12})\r\n", re.IGNORECASE)

OVERDUE_CHECK_S = 1.0
"""Time between two looks for requests that take too long."""

Address = tuple[str, int]
OnDisconnect = Callable[[str], bytes]
"""Gets the reason; the response that the caller gets instead."""


class Forwarder:
    """The kept connections to all processes."""

    def __init__(self, connect_timeout_s: float, answer_timeout_s: float) -> None:
        self._connect_timeout_s = connect_timeout_s
        self._answer_timeout_s = answer_timeout_s
        self._idle: defaultdict[Address, set[BackendConnection]] = defaultdict(set)
        self._all: set[BackendConnection] = set()
        self._timer: asyncio.TimerHandle | None = None

    def find_idle(self, address: Address) -> "BackendConnection | None":
        """An open connection without a request, which the caller must use at once."""
        idle = self._idle[address]
        return idle.pop() if idle else None

    async def connect(self, address: Address) -> "BackendConnection":
        """A new connection to a program of this user. Raises OSError, TimeoutError."""
        require_own_listener(address)
        async with asyncio.timeout(self._connect_timeout_s):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: BackendConnection(self._idle[address], self._all, self._answer_timeout_s),
                *address,
            )
        if self._timer is None:
            self._end_overdue()
        return connection

    def _end_overdue(self) -> None:
        """End requests that take too long, again and again: a timer for each would cost more."""
        loop = asyncio.get_running_loop()
        for connection in list(self._all):
            connection.end_overdue(loop.time())
        pause_s = min(OVERDUE_CHECK_S, self._answer_timeout_s / 4)
        self._timer = loop.call_later(pause_s, self._end_overdue)

    async def close(self, _: web.Application) -> None:
        """Close all connections; a callback of the application's clean-up."""
        if self._timer is not None:
            self._timer.cancel()
        for connection in list(self._all):
            connection.close()


class BackendConnection(asyncio.Protocol):
    """One connection to a process."""

    def __init__(
        self, idle: set["BackendConnection"], every: set["BackendConnection"], timeout_s: float
    ) -> None:
        self._idle = idle
        self._all = every
        self._timeout_s = timeout_s
        self._transport: asyncio.Transport
        self._received = bytearray()
        self._total_bytes = 0
        """Of the response; 0 until its head is there."""
        self._answer: asyncio.Future[bytes | None] | None = None
        self._on_disconnect: OnDisconnect
        self._deadline = 0.0
        """Of the answer, in the event loop's time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._all.add(self)

    def exchange(self, request: bytes, on_disconnect: OnDisconnect) -> asyncio.Future[bytes | None]:
        """Send a request; its response, or that of `on_disconnect` if there is none in time."""
        loop = asyncio.get_running_loop()
        answer = self._answer = loop.create_future()
        self._on_disconnect = on_disconnect
        self._deadline = loop.time() + self._timeout_s
        self._transport.write(request)
        return answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answer is None:
            self._end_without_answer("a response to no request")
            return
        if not self._total_bytes:
            end = self._received.find(END_OF_HEAD)
            if end < 0:
                return
            length = _LENGTH.search(self._received, 0, end + len(END_OF_HEAD))
            if length is None:
                self._end_without_answer("a response without a length")
                return
            self._total_bytes = end + len(END_OF_HEAD) + int(length[1])
        if len(self._received) >= self._total_bytes:
            self._finish(self._answer)

    def _finish(self, answer: asyncio.Future[bytes | None]) -> None:
        response = bytes(self._received[: self._total_bytes])
        has_more = len(self._received) > self._total_bytes
        self._received.clear()
        self._total_bytes = 0
        self._answer = None
        head_bytes = response.find(END_OF_HEAD)
        if CONNECTION_LINE.search(response, 0, head_bytes + 2):
            response = CONNECTION_LINE.sub(b"", response, count=1)
            self._transport.close()
        elif has_more:
            self._transport.abort()
        elif not self._transport.is_closing():
            self._idle.add(self)
        if not answer.done():
            answer.set_result(response)

    def end_overdue(self, now: float) -> None:
        if self._answer is not None and now >= self._deadline:
            self._end_without_answer("no answer in time")

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.discard(self)
        self._end_without_answer(str(exc or "Server disconnected"))

    def _end_without_answer(self, reason: str) -> None:
        self._idle.discard(self)
        self._transport.abort()
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(self._on_disconnect(reason))

    def close(self) -> None:
        self._transport.abort()

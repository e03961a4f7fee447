"""Answers plain requests without aiohttp, which takes several times as long for each.

aiohttp's server needs a task, a parser of HTTP, objects for request and response, and a route for
each request. Most calls of a data plane need none of that: they are plain requests
(twin.internal_api.plain_requests) that a handler answers at once.

A connection starts on the fast path and stays there as long as it sends plain requests, one at a
time, that the handler takes. With the first other request, the connection and all bytes of that
request go to aiohttp, for good. So aiohttp alone decides about whatever is unusual: the fast path
refuses nothing. A handler may decline only as long as a request has had no effect.

A connection that sends nothing is closed as twin.internal_api.broken_requests does it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time

from twin.internal_api.broken_requests import SHUTDOWN_S
from twin.internal_api.plain_requests import (
    PlainHead,
    PlainRequest,
    encode_response,
    read_head,
)
from twin.internal_api.request_memory import RequestMemory

INCOMPLETE_S = 1.0
"""A request that takes longer to arrive is left to aiohttp and its limits."""
KEEP_ALIVE_S = 3630.0
"""How long a connection may be idle between two requests: as long as at aiohttp's server."""
MAX_WAITING_BYTES = 64 * 1024
"""Of further requests that arrive before the answer."""

log = logging.getLogger(__name__)

ProtocolFactory = Callable[[], asyncio.BaseProtocol]
Answer = bytes | asyncio.Future[bytes | None] | Coroutine[Any, Any, bytes | None] | None
"""A whole response, now or later; None declines the request."""
PlainHandler = Callable[[PlainRequest], Answer]
"""Answers a request; one that raises is answered with InternalFailure."""
PLAIN_HANDLER: web.AppKey[PlainHandler] = web.AppKey("plain_handler")
"""An application has its handler of plain requests here."""
REQUEST_MEMORY: web.AppKey[RequestMemory] = web.AppKey("request_memory")
"""An application that bounds the memory of its requests has it here."""


@asynccontextmanager
async def open_fast_path(
    app: web.Application, aiohttp_protocol: ProtocolFactory, first_request_s: float
) -> AsyncIterator[ProtocolFactory]:
    """The protocols of new connections, which are served while the block runs."""
    handler = app.get(PLAIN_HANDLER)
    if handler is None:
        yield aiohttp_protocol
        return
    async with asyncio.TaskGroup() as tasks:
        memory = app.get(REQUEST_MEMORY) or RequestMemory()
        path = FastPath(handler, aiohttp_protocol, first_request_s, tasks, memory)
        path.start()
        try:
            yield lambda: FastConnection(path)
        finally:
            await path.close()


class FastPath:
    """The fast path of one server."""

    def __init__(
        self,
        handler: PlainHandler,
        aiohttp_protocol: ProtocolFactory,
        first_request_s: float,
        tasks: asyncio.TaskGroup,
        memory: RequestMemory,
    ) -> None:
        """`tasks` runs the answers that take time; `memory` is that of all requests."""
        self.handler = handler
        self.aiohttp_protocol = aiohttp_protocol
        self.connections: set[FastConnection] = set()
        self.tasks = tasks
        self.memory = memory
        self._first_request_s = first_request_s
        self._incomplete_s = min(INCOMPLETE_S, first_request_s / 4)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look after idle connections until `close`."""
        now = asyncio.get_running_loop().time()
        for connection in list(self.connections):
            connection.check_idle(now, self._first_request_s, self._incomplete_s)
        self._timer = asyncio.get_running_loop().call_later(self._incomplete_s, self.start)

    async def close(self) -> None:
        """Close all connections; those with a request get SHUTDOWN_S to answer it."""
        if self._timer is not None:
            self._timer.cancel()
        running = [answer for connection in self.connections if (answer := connection.close())]
        if running:
            _, late = await asyncio.wait(running, timeout=SHUTDOWN_S)
            for answer in late:
                answer.cancel()


def _encode_failure() -> bytes:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    return encode_response(
        500,
        {"Content-Type": "application/x-amz-json-1.0"},
        b'{"__type":"InternalFailure","message":"the log of the twin says what went wrong"}',
        rfc822_formatted_time(),
    )


async def _guard(answer: Coroutine[Any, Any, bytes | None]) -> bytes | None:
    try:
        return await answer
    except Exception:  # the edge of the process: only this request fails
        log.exception("a request failed")
        return _encode_failure()


class FastConnection(asyncio.Protocol):
    """One connection, until it is left to aiohttp."""

    def __init__(self, path: FastPath) -> None:
        self._path = path
        self._transport: asyncio.Transport
        self._remote = ""
        self._received = b""
        """The request that is read or answered, and what came after it."""
        self._head: PlainHead | None = None
        self._running: asyncio.Future[bytes | None] | None = None
        """The answer that is waited for."""
        self._waiting_since = 0.0
        self._has_answered = self._is_closing = False
        self._is_writing_paused = False
        self._share = path.memory.share(self._abort)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            peer = transport.get_extra_info("peername")
            self._remote = str(peer[0]) if peer else ""
            self._waiting_since = asyncio.get_running_loop().time()
            self._path.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._path.connections.discard(self)
        if self._running is None:  # else the request still waits for its answer
            self._share.release()

    def _abort(self) -> None:
        self._transport.abort()

    def pause_writing(self) -> None:
        """The caller does not read its answers: take no more requests."""
        self._is_writing_paused = True
        self._transport.pause_reading()
        self._share.hold(self._transport.get_write_buffer_size(), for_client=True)

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        self._share.release()
        self._transport.resume_reading()
        if self._received and self._running is None:
            self._read_request()

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if self._running is None:
            self._read_request()
        elif not self._share.hold(len(self._received), for_client=False):
            self._abort()
        elif len(self._received) > self._request_bytes() + MAX_WAITING_BYTES:
            self._transport.pause_reading()

    def _request_bytes(self) -> int:
        return self._head.total_bytes if self._head else 0

    def _read_request(self) -> None:
        if self._head is None:
            head = read_head(self._received)
            if isinstance(head, bool):
                if not head:
                    self._leave_to_aiohttp()
                return
            self._head = head
        missing = self._head.total_bytes - len(self._received)
        if missing > 0:
            self._share.hold(len(self._received), for_client=True)
        elif missing == 0 and self._share.hold(len(self._received), for_client=False):
            self._handle(self._head)
        else:
            self._leave_to_aiohttp()

    def _handle(self, head: PlainHead) -> None:
        request = PlainRequest(head, self._received[len(head.text) :], self._remote)
        try:
            answer = self._path.handler(request)
        except Exception:  # the edge of the process: only this request fails
            log.exception("a request failed")
            answer = _encode_failure()
        if answer is None or isinstance(answer, bytes):
            self._share.release()
            self._write(answer)
            return
        if not isinstance(answer, asyncio.Future):
            answer = self._path.tasks.create_task(_guard(answer))
        self._running = answer
        answer.add_done_callback(self._finish)

    def _finish(self, running: asyncio.Future[bytes | None]) -> None:
        self._running = None
        self._share.release()
        if self._transport.is_closing():
            return
        try:
            self._write(running.result())
        except asyncio.CancelledError:
            self._transport.abort()

    def _write(self, answer: bytes | None) -> None:
        if answer is None:
            self._leave_to_aiohttp()
            return
        self._transport.write(answer)
        if self._is_closing:
            self._transport.close()
            return
        self._received = self._received[self._request_bytes() :]
        self._head = None
        self._has_answered = True
        self._waiting_since = asyncio.get_running_loop().time()
        if self._received and not self._is_writing_paused:
            self._transport.resume_reading()
            self._read_request()

    def _leave_to_aiohttp(self) -> None:
        self._path.connections.discard(self)
        self._share.release()  # aiohttp's handler holds the request then
        protocol = self._path.aiohttp_protocol()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        self._transport.resume_reading()
        if isinstance(protocol, asyncio.Protocol):
            protocol.data_received(self._received)

    def check_idle(self, now: float, first_request_s: float, incomplete_s: float) -> None:
        """Close the connection, or leave it to aiohttp, if it keeps waiting for a request."""
        waited_s = now - self._waiting_since
        if self._running is not None or self._is_writing_paused:
            return
        if self._received:
            if waited_s >= incomplete_s:
                self._leave_to_aiohttp()
        elif waited_s >= (KEEP_ALIVE_S if self._has_answered else first_request_s):
            self._transport.abort()

    def close(self) -> asyncio.Future[bytes | None] | None:
        """Close the connection after the present answer, which is returned if there is one."""
        self._is_closing = True
        if self._running is None:
            self._transport.close()
        return self._running

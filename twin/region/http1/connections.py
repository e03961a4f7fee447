"""HTTP/1 connections of a server: a load balancer's listener, or API Gateway.

An asyncio protocol instead of an HTTP library: the desync mitigation needs requests as they were
sent, the order and spelling of a response's bytes are emulated, and a general server costs more
than the rest of the request path. http_request.py parses; a handler (handler.py) answers.

A connection reads a head, then its body, and then waits for the answer; what arrives meanwhile
stays in the buffer until the answer is sent. A connection that has to be closed is closed in one
direction first, and bytes of the client are dropped for a while, because a close with unread bytes
would reset the connection, and the client might lose the response.

| Phase | the client is silent for the idle time-out | the client closes its side |
|---|---|---|
| HEAD, nothing received | closed | closed |
| HEAD, some bytes | 408 | 400 |
| BODY | 408 | 400 |
| ANSWER | waits for the function, which has its own time-out | the handler is told, closed |
| LINGER | closed after LINGER_S in any case | closed |

A client that does not read its response for the idle time-out is disconnected.

What connections keep of requests and of responses that are not read is a share of one memory
(twin.internal_api.request_memory). A client that has to go gets a 503, or is disconnected while it
reads no response.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html

Where a server has all connections that it may have, a new one takes the place of the one whose last
request, or whose beginning, is longest ago; one whose request is being answered stays.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace
from email.utils import formatdate
from enum import Enum, auto
from typing import Generic

from common.clock import Clock
from twin.core.http.messages import RequestRejected, TlsSession
from twin.internal_api.request_memory import RequestMemory
from twin.region.http1.handler import HttpAnswer, RequestHandler, Routed, Running
from twin.region.http1.http_request import RequestBody, RequestHead, find_head, parse_head
from twin.region.lambdas.invocation import InvocationResult
from twin.runtime.descriptors import is_reserved, most_connections

log = logging.getLogger(__name__)

MAX_WAITING_BYTES = 64 * 1024
"""Of later requests that a connection takes while it answers one; then it stops reading."""
MAX_PARTS_IN_A_TURN = 64
"""Heads and bodies that a connection handles in a row, where the server itself answers at once;
then other connections have their turn."""
MAX_CONNECTIONS = 10_000
"""Of one server. An idle one takes up to a tenth of a megabyte, with TLS."""
LINGER_S = 1.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(slots=True, kw_only=True)
class ConnectionTimeouts:
    """How long connections live, in seconds of real time: they are never scaled.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout
    """

    idle_s: float = 60.0
    keep_alive_s: float = 3600.0
    """Maximum age of a client's connection."""


class DateHeader:
    """The value of the Date header, formatted once a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._second = -1
        self._text = ""

    def value(self) -> str:
        """The current time in the format of RFC 9110."""
        second = int(self._clock.now())
        if second != self._second:
            self._second = second
            self._text = formatdate(second, usegmt=True)
        return self._text


class _Phase(Enum):
    """What a connection waits for."""

    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    LINGER = auto()
    CLOSED = auto()


class ClientConnection(asyncio.Protocol, Generic[Routed, Running]):
    def __init__(self, server: "ConnectionServer[Routed, Running]") -> None:
        self._server = server
        self._handler = server.handler
        self._loop = asyncio.get_running_loop()
        self._opened_at = self._active_at = self._loop.time()
        self._phase = _Phase.HEAD
        self._buffer = bytearray()
        self._searched = 0
        """Bytes of the buffer in which no end of a head was found."""
        self._transport: asyncio.Transport | None = None
        self._client: tuple[str, int] = ("127.0.0.1", 0)
        self._tls: TlsSession | None = None
        self._head: RequestHead | None = None
        self._body: RequestBody | None = None
        self._head_bytes = self._body_bytes = 0
        """Of the request that is read or answered; of its body once it is complete."""
        self._share = server.memory.share(self._give_up)
        self._routed: Routed | HttpAnswer | None = None
        self._running: Running | None = None
        self._works_for_nobody = False
        """Whether a function still has the request of a client that has left."""
        self._can_write = True
        self._has_next_turn = False
        """Whether `_take_turn` is going to be called."""
        self._timer: asyncio.TimerHandle | None = None

    # -- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"not a transport of a stream: {transport!r}")
        self._transport = transport
        sock = transport.get_extra_info("socket")
        if sock is not None and is_reserved(sock.fileno()):
            transport.abort()
            return
        if not self._server.make_room():
            transport.abort()
            return
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self._client = (peer[0], peer[1])
        self._tls = _tls_session(transport)
        self._server.opened(self)
        self._timer = self._loop.call_later(self._server.timeouts.idle_s, self._check_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        self._client_left()
        self._phase = _Phase.CLOSED
        self._buffer.clear()
        if not self._works_for_nobody:
            self._share.release()
        if self._timer is not None:
            self._timer.cancel()
        self._server.closed(self)

    def data_received(self, data: bytes) -> None:
        if self._phase in (_Phase.LINGER, _Phase.CLOSED):
            return
        self._active_at = self._loop.time()
        self._buffer += data
        self._go_on()

    def eof_received(self) -> bool:
        """The client has closed its side; True keeps ours open for the rest of a response."""
        if self._phase is _Phase.HEAD and not self._buffer:
            return False
        if self._phase in (_Phase.HEAD, _Phase.BODY):
            self._reject(RequestRejected(400, "the client closed the connection in a request"))
        self._client_left()
        return False  # the transport closes after it has sent what is written

    def pause_writing(self) -> None:
        self._can_write = False

    def resume_writing(self) -> None:
        self._can_write = True
        self._active_at = self._loop.time()
        self._go_on()

    # -- requests

    def _go_on(self) -> None:
        """Handle what can be handled now, and read as much more as there is room for."""
        if not self._has_next_turn:
            self._read_requests()
        self._hold()
        waits = self._phase is _Phase.ANSWER or not self._can_write or self._has_next_turn
        if self._transport is None:
            return
        if waits and len(self._buffer) > MAX_WAITING_BYTES:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _take_turn(self) -> None:
        self._has_next_turn = False
        if self._phase is not _Phase.CLOSED:
            self._go_on()

    def _read_requests(self) -> None:
        """Handle what the buffer holds, up to the first request that has to wait."""
        parts = 0
        try:
            # In ANSWER, LINGER and CLOSED there is no part to read.
            while self._buffer and self._can_write and self._read_part():
                parts += 1
                if parts == MAX_PARTS_IN_A_TURN:
                    self._has_next_turn = True
                    self._loop.call_soon(self._take_turn)
                    return
        except RequestRejected as exc:
            self._reject(exc)
        except Exception as exc:  # noqa: BLE001 - the process edge; logged, answered with 500
            self._send(self._handler.internal_error(exc))

    def _read_part(self) -> bool:
        """Handle a head or a body; False if more bytes or an answer are needed first."""
        if self._phase is _Phase.HEAD:
            return self._read_head()
        if self._phase is _Phase.BODY and self._body is not None:
            body = self._body.take_from(self._buffer)
            if body is not None:
                self._body = None
                self._begin_answer(body)
                return True
        return False

    def _read_head(self) -> bool:
        end, self._searched = find_head(self._buffer, self._searched, self._handler.limits)
        if end < 0:
            return False
        self._searched = 0
        head = parse_head(bytes(self._buffer[:end]))
        del self._buffer[:end]
        self._head_bytes = end
        self._head = head
        self._routed = routed = self._handler.route(head, self._client, self._tls)
        if isinstance(routed, HttpAnswer) and routed.closes:
            self._send(routed)
            return False
        if not head.has_body:
            self._begin_answer(b"")
            return True
        if head.expects_continue and self._transport is not None:
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
            self._transport.write(_CONTINUE)
        self._phase = _Phase.BODY
        self._body = RequestBody(head, self._handler.limits)
        return True

    def _hold(self) -> None:
        """Keep what there is of requests and of a response, if there is room."""
        size = len(self._buffer) + self._head_bytes + self._body_bytes
        if self._body is not None:
            size += self._body.decoded_bytes
        if not self._can_write and self._transport is not None:
            size += self._transport.get_write_buffer_size()
        if size == self._share.size:
            return
        for_client = self._phase is not _Phase.ANSWER or not self._can_write
        if not self._share.hold(size, for_client=for_client) and not for_client:
            self.abort()  # it has sent further requests that there is no room for

    def _give_up(self) -> None:
        """There is no room for what this client makes the server keep."""
        if self._can_write and self._phase in (_Phase.HEAD, _Phase.BODY):
            self._refuse()
        else:
            self.abort()

    def _refuse(self) -> None:
        routed, self._routed = self._routed, None
        error = RequestRejected(503, "too many bytes of requests that are not answered yet")
        if self._head is None:
            answer = self._handler.reject_head(error)
        else:
            forwarded = None if isinstance(routed, HttpAnswer) else routed
            answer = self._handler.reject(error, forwarded)
        self._send(replace(answer, closes=True))

    def _begin_answer(self, body: bytes) -> None:
        """Answer the request, which is complete."""
        self._phase = _Phase.ANSWER
        self._server.requested(self)
        self._body_bytes = len(body)
        size = len(self._buffer) + self._head_bytes + self._body_bytes
        if not self._share.hold(size, for_client=False):
            self._refuse()
            return
        routed, self._routed = self._routed, None
        if isinstance(routed, HttpAnswer):
            self._send(routed)
        elif routed is not None:
            running = self._handler.invoke(routed, body)
            if isinstance(running, HttpAnswer):
                self._send(running)
                return
            self._running = running
            running.result.add_done_callback(self._on_result)

    def _on_result(self, _result: asyncio.Future[InvocationResult]) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        try:
            answer = self._handler.read_response(running)
        except Exception as exc:  # noqa: BLE001 - the process edge; logged, answered with 500
            answer = self._handler.internal_error(exc)
        self._send(answer)
        self._go_on()

    def _reject(self, error: RequestRejected) -> None:
        routed, self._routed = self._routed, None
        if self._head is None:
            self._send(self._handler.reject_head(error))
        elif not isinstance(routed, HttpAnswer):
            self._send(self._handler.reject(error, routed))
        elif error.status == 413:
            self._send(replace(routed, closes=True))  # the limit is one of functions
        else:
            self._send(self._handler.reject(error))

    def _client_left(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            self._works_for_nobody = True
            running.result.add_done_callback(lambda _: self._share.release())
            self._handler.client_left(running)

    # -- responses

    def _send(self, answer: HttpAnswer) -> None:
        """Write a response, and go on to the next request or close the connection."""
        transport, head, self._head = self._transport, self._head, None
        self._head_bytes = self._body_bytes = 0
        self._share.release()
        if transport is None or transport.is_closing():
            return
        keeps_alive = (
            head is not None
            and head.keeps_alive
            and not answer.closes
            and self._may_keep_alive()
            and not self._handler.closes_after(head)
        )
        self._active_at = self._loop.time()
        transport.write(
            self._handler.serialize(
                answer.response,
                date=self._server.date.value(),
                keep_alive=keeps_alive,
                head_only=head is not None and head.method == "HEAD",
            )
        )
        if keeps_alive:
            self._phase = _Phase.HEAD
        else:
            self._close_after_response(transport)

    def _may_keep_alive(self) -> bool:
        """Whether the connection is young enough for another request.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#http-client-keep-alive-duration
        """
        age_s = self._loop.time() - self._opened_at
        return age_s < self._server.timeouts.keep_alive_s and not self._server.is_closing

    def _close_after_response(self, transport: asyncio.Transport) -> None:
        self._phase = _Phase.LINGER
        self._body = None
        self._buffer.clear()
        with contextlib.suppress(OSError):  # the client has reset the connection meanwhile
            transport.write_eof()
        transport.resume_reading()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(LINGER_S, self._end_linger)

    def _end_linger(self) -> None:
        """Close; a response that is still being sent has the idle time-out."""
        if self._transport is None:
            return
        idle_s = self._server.timeouts.idle_s - (self._loop.time() - self._active_at)
        if self._transport.get_write_buffer_size() and idle_s > 0:
            self._timer = self._loop.call_later(min(idle_s, LINGER_S), self._end_linger)
        else:
            self._transport.abort()

    # -- time and end

    def _check_idle(self) -> None:
        """One timer looks at the last activity, instead of being set anew by each request."""
        transport = self._transport
        if transport is None:
            return
        idle_s = self._loop.time() - self._active_at
        left_s = self._server.timeouts.idle_s - idle_s
        if self._running is not None:
            left_s = self._server.timeouts.idle_s
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._check_idle)
        elif not self._can_write or transport.is_closing():
            self.abort()
        elif self._phase is _Phase.BODY or self._buffer:
            self._reject(RequestRejected(408, "the client did not send its whole request in time"))
        else:
            transport.close()  # after the rest of a response, for which there is as much time again
            self._timer = self._loop.call_later(self._server.timeouts.idle_s, self.abort)

    @property
    def waits_for_client(self) -> bool:
        """Whether no request of the client is being answered."""
        return self._phase is not _Phase.ANSWER

    def close_when_idle(self) -> None:
        """Close now, or after the response to the current request."""
        if self._phase is _Phase.HEAD and not self._buffer and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _tls_session(transport: asyncio.Transport) -> TlsSession | None:
    cipher = transport.get_extra_info("cipher")
    return None if cipher is None else TlsSession(version=cipher[1], cipher_suite=cipher[0])


class ConnectionServer(Generic[Routed, Running]):
    """Creates the connections of a server, and ends them."""

    def __init__(
        self,
        handler: RequestHandler[Routed, Running],
        *,
        timeouts: ConnectionTimeouts,
        date: DateHeader,
        memory: RequestMemory,
    ) -> None:
        """`timeouts` may be changed at any time; `memory` is that of all servers of the process."""
        self.handler = handler
        self.timeouts = timeouts
        self.memory = memory
        self.date = date
        self.is_closing = False
        self.max_connections = most_connections(MAX_CONNECTIONS)
        self._connections: dict[ClientConnection[Routed, Running], None] = {}
        """In the order of their last requests."""
        self._all_closed = asyncio.Event()

    def __call__(self) -> ClientConnection[Routed, Running]:
        """Create a protocol for the event loop."""
        return ClientConnection(self)

    def opened(self, connection: ClientConnection[Routed, Running]) -> None:
        self._connections[connection] = None
        if self.is_closing:  # it was accepted just before the listener was closed
            connection.close_when_idle()

    def closed(self, connection: ClientConnection[Routed, Running]) -> None:
        self._connections.pop(connection, None)
        if not self._connections:
            self._all_closed.set()

    def requested(self, connection: ClientConnection[Routed, Running]) -> None:
        """The connection has a whole request."""
        if connection in self._connections:
            del self._connections[connection]
            self._connections[connection] = None

    def make_room(self) -> bool:
        """Close a connection if a new one needs its place; False if all are in use."""
        if len(self._connections) < self.max_connections:
            return True
        for connection in self._connections:
            if connection.waits_for_client:
                self.closed(connection)
                connection.abort()
                return True
        return False

    async def close(self, timeout_s: float) -> None:
        """Close idle connections now, and the others after their request or the time-out."""
        self.is_closing = True
        for connection in tuple(self._connections):
            connection.close_when_idle()
        if self._connections:
            self._all_closed.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._all_closed.wait()
            except TimeoutError:
                for connection in tuple(self._connections):
                    connection.abort()

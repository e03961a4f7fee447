"""HTTP connections of a load balancer's listener, on aiohttp's low-level server.

aiohttp parses requests and keeps connections open. This module sets how long a connection may be
idle and how old it may become, and answers bytes that are not a request. Responses are serialized
in one piece (RenderedResponse), because the order and spelling of their bytes are emulated.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from common.clock import Clock
from twin.core.alb_event import MAX_HEADER_BYTES, MAX_REQUEST_LINE_BYTES
from twin.core.alb_response import AlbResponse, error_response, serialize_response

log = logging.getLogger(__name__)

MAX_HEADERS = 1000
"""AWS limits their size, not their number."""

_MAX_HEADER_LINE_BYTES = MAX_HEADER_BYTES + len(": \r\n")

HandleRequest = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class ConnectionTimeouts:
    """How long connections live, in seconds of real time: they are never scaled.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout
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


class ClientConnection(RequestHandler):
    __slots__ = ("_date", "opened_at")

    def __init__(
        self, server: "ConnectionServer", *, idle_s: float, date: DateHeader, opened_at: float
    ) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=idle_s,
            tcp_keepalive=False,
            access_log=None,  # type: ignore[arg-type] # aiohttp accepts None here
            max_line_size=MAX_REQUEST_LINE_BYTES,
            max_field_size=_MAX_HEADER_LINE_BYTES,
            max_headers=MAX_HEADERS,
            lingering_time=1.0,
            auto_decompress=False,
        )
        self._date = date
        self.opened_at = opened_at
        """Monotonic time, in seconds."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The error page for bytes that are not a request, and for an internal error (500)."""
        if status == 500:
            log.error("a request was not answered: %r", exc, exc_info=exc)
        return render_response(
            error_response(_documented_status(status, exc)), self._date, keep_alive=False
        )


def _documented_status(status: int, exc: BaseException | None) -> int:
    """The status that AWS documents for the parser's error.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
    """
    if isinstance(exc, LineTooLong):
        return 414 if exc.args[1] == MAX_REQUEST_LINE_BYTES else 400
    if "Transfer-Encoding" in str(exc):
        return 501
    return 505 if "HTTP version" in str(exc) else status


class ConnectionServer(web.Server):
    """Creates the connections of a listener, with the time-outs that apply at that moment."""

    def __init__(
        self,
        handler: HandleRequest,
        *,
        timeouts: ConnectionTimeouts,
        date: DateHeader,
        clock: Clock,
    ) -> None:
        """`timeouts` may be changed at any time, with effect for new connections."""
        super().__init__(handler)
        self._clock = clock
        self._closing = False
        self._timeouts = timeouts
        self._date = date

    def __call__(self) -> RequestHandler:
        """Create a protocol for the event loop."""
        return ClientConnection(
            self,
            idle_s=self._timeouts.idle_s,
            date=self._date,
            opened_at=self._clock.monotonic(),
        )

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        """Close a connection at once that was accepted just before the listener was closed."""
        super().connection_made(handler, transport)
        if self._closing:
            transport.close()

    async def close(self, timeout_s: float) -> None:
        """Close idle connections now, and the others after their request."""
        self._closing = True
        self.pre_shutdown()
        with contextlib.suppress(TimeoutError):
            await self.shutdown(timeout_s)


class RenderedResponse(web.StreamResponse):
    """A response of serialized bytes: status line, headers and body."""

    def __init__(self, data: bytes, *, close: bool = False) -> None:
        """`close` ends the connection after this response; `data` must say so as well."""
        super().__init__()
        self._serialized = data
        self._writer: AbstractStreamWriter | None = None
        self._stays_open = not close

    @property
    def keep_alive(self) -> bool:
        return self._stays_open

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write the whole response. Raises ConnectionResetError if the client has disconnected."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has disconnected")
        transport.write(self._serialized)
        self._writer = request.writer
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Wait until the client has read, so that it gets no further response before."""
        if self._writer is not None:
            await self._writer.drain()


def render_response(
    response: AlbResponse,
    date: DateHeader,
    *,
    keep_alive: bool,
    head_only: bool = False,
    server: bool = True,
) -> RenderedResponse:
    """Serialize a response for aiohttp to send."""
    data = serialize_response(
        response, date=date.value(), keep_alive=keep_alive, head_only=head_only, server=server
    )
    return RenderedResponse(data, close=not keep_alive)

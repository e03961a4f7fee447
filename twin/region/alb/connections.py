"""A response whose bytes are ready, for aiohttp's low-level server.

aiohttp parses requests and keeps connections; the bytes of the hot answers are written here, in
one piece, because their order and spelling are part of what the twin emulates.
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


class RenderedResponse(web.StreamResponse):
    """Status line, headers and body as they go over the wire."""

    def __init__(self, wire: bytes, *, close: bool = False) -> None:
        """`close` ends the connection after this response; `wire` must say so as well."""
        super().__init__()
        self._wire = wire
        self._writer: AbstractStreamWriter | None = None
        self._stays_open = not close

    @property
    def keep_alive(self) -> bool:
        """Whether the connection waits for another request."""
        return self._stays_open

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write everything. Raises ConnectionResetError when the client is gone."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client is gone")
        transport.write(self._wire)
        self._writer = request.writer
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write; a client that does not read gets no other answer meanwhile."""
        if self._writer is not None:
            await self._writer.drain()


log = logging.getLogger(__name__)

MAX_HEADERS = 1000
"""AWS bounds their size, not their number."""

_HEADER_LINE = MAX_HEADER_BYTES + len(": \r\n")

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class ConnectionTimeouts:
    """How long connections live, in seconds; they bound real work, so they are never scaled.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout
    """

    idle_s: float = 60.0
    keep_alive_s: float = 3600.0
    """How old a client's connection may become."""


class DateHeader:
    """The Date header, made once a second."""

    def __init__(self, clock: Clock) -> None:
        """Time comes from the clock."""
        self._clock = clock
        self._second = -1
        self._text = ""

    def now(self) -> str:
        """As RFC 9110 wants it."""
        second = int(self._clock.now())
        if second != self._second:
            self._second = second
            self._text = formatdate(second, usegmt=True)
        return self._text


class ClientConnection(RequestHandler):
    """One client's connection."""

    __slots__ = ("_dates", "opened_at")

    def __init__(
        self, manager: "ConnectionServer", *, idle_s: float, dates: DateHeader, opened_at: float
    ) -> None:
        """`idle_s` seconds without a request end it."""
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=idle_s,
            tcp_keepalive=False,
            access_log=None,  # type: ignore[arg-type] # aiohttp's own way to say none
            max_line_size=MAX_REQUEST_LINE_BYTES,
            max_field_size=_HEADER_LINE,
            max_headers=MAX_HEADERS,
            lingering_time=1.0,
            auto_decompress=False,
        )
        self._dates = dates
        self.opened_at = opened_at
        """Seconds of the clock that never goes back."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The page for bytes that are no request, and for an error of the twin's own (500)."""
        if status == 500:
            log.error("a request was not answered: %r", exc, exc_info=exc)
        return render_response(
            error_response(_documented(status, exc)), self._dates, keep_alive=False
        )


def _documented(status: int, exc: BaseException | None) -> int:
    """The status that AWS documents for what the parser found.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
    """
    if isinstance(exc, LineTooLong):
        return 414 if exc.args[1] == MAX_REQUEST_LINE_BYTES else 400
    if "Transfer-Encoding" in str(exc):
        return 501
    return 505 if "HTTP version" in str(exc) else status


class ConnectionServer(web.Server):
    """Makes a connection for each client that comes, as the listener is configured right then."""

    def __init__(
        self, handler: Handler, *, patience: ConnectionTimeouts, dates: DateHeader, clock: Clock
    ) -> None:
        """`patience` may be changed at any time, for the connections that come after."""
        super().__init__(handler)
        self._clock = clock
        self._closing = False
        self._patience = patience
        self._dates = dates

    def __call__(self) -> RequestHandler:
        """A protocol for the event loop."""
        return ClientConnection(
            self,
            idle_s=self._patience.idle_s,
            dates=self._dates,
            opened_at=self._clock.monotonic(),
        )

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        """One that was accepted just before the listener went is closed at once."""
        super().connection_made(handler, transport)
        if self._closing:
            transport.close()

    async def close(self, finish_within_s: float) -> None:
        """End the idle connections now, and the others after their request."""
        self._closing = True
        self.pre_shutdown()
        with contextlib.suppress(TimeoutError):
            await self.shutdown(finish_within_s)


def render_response(
    answer: AlbResponse,
    dates: DateHeader,
    *,
    keep_alive: bool,
    head_only: bool = False,
    server: bool = True,
) -> RenderedResponse:
    """The answer for aiohttp to send."""
    wire = serialize_response(
        answer, date=dates.now(), keep_alive=keep_alive, head_only=head_only, server=server
    )
    return RenderedResponse(wire, close=not keep_alive)

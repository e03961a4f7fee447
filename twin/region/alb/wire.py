"""HTTP connections of a load balancer's listener, on aiohttp's low-level server.

Decides how long a connection may be idle and may last, and what a client is told whose bytes are
no request at all. What a request means is the listener's business.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from twin.clock import Clock
from twin.core.alb_answer import Answer, error_page, render
from twin.core.alb_event import LARGEST_HEADER, LARGEST_REQUEST_LINE
from twin.region.rendered import Rendered

log = logging.getLogger(__name__)

MOST_HEADERS = 1000
"""AWS bounds their size, not their number."""

_HEADER_LINE = LARGEST_HEADER + len(": \r\n")

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class Patience:
    """How long connections live, in seconds; they bound real work, so they are never scaled.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout
    """

    idle_s: float = 60.0
    keep_alive_s: float = 3600.0
    """How old a client's connection may become."""


class Dates:
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


class Connection(RequestHandler):
    """One client's connection."""

    __slots__ = ("_dates", "opened_at")

    def __init__(
        self, manager: "Connections", *, idle_s: float, dates: Dates, opened_at: float
    ) -> None:
        """`idle_s` seconds without a request end it."""
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=idle_s,
            tcp_keepalive=False,
            access_log=None,  # type: ignore[arg-type] # aiohttp's own way to say none
            max_line_size=LARGEST_REQUEST_LINE,
            max_field_size=_HEADER_LINE,
            max_headers=MOST_HEADERS,
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
        return respond(error_page(_documented(status, exc)), self._dates, keep_alive=False)


def _documented(status: int, exc: BaseException | None) -> int:
    """The status that AWS documents for what the parser found.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
    """
    if isinstance(exc, LineTooLong):
        return 414 if exc.args[1] == LARGEST_REQUEST_LINE else 400
    if "Transfer-Encoding" in str(exc):
        return 501
    return 505 if "HTTP version" in str(exc) else status


class Connections(web.Server):
    """Makes a connection for each client that comes, as the listener is configured right then."""

    def __init__(self, handler: Handler, *, patience: Patience, dates: Dates, clock: Clock) -> None:
        """`patience` may be changed at any time, for the connections that come after."""
        super().__init__(handler)
        self._clock = clock
        self._closing = False
        self._patience = patience
        self._dates = dates

    def __call__(self) -> RequestHandler:
        """A protocol for the event loop."""
        return Connection(
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


def respond(
    answer: Answer,
    dates: Dates,
    *,
    keep_alive: bool,
    head_only: bool = False,
    server: bool = True,
) -> Rendered:
    """The answer for aiohttp to send."""
    wire = render(
        answer, date=dates.now(), keep_alive=keep_alive, head_only=head_only, server=server
    )
    return Rendered(wire, close=not keep_alive)

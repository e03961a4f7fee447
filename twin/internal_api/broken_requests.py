"""Answers requests that break off or can't be read, and closes connections that send none.

Neither is an error of the twin: it is not logged, and does not keep a connection open for ever.
"""

import asyncio
import logging
from weakref import WeakKeyDictionary, WeakSet

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestPayloadError

from twin.core.http.error_response import AwsError
from twin.internal_api.aws_errors import answer_error

FIRST_REQUEST_S = 60.0
"""How long a connection may take for the head of its first request; real time, never scaled."""

SHUTDOWN_S = 1.0
"""How long requests in progress may go on when the server ends."""


def _close_if_incomplete(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the caller that its next request needs another connection.

    aiohttp waits some time for the rest of the request, and then closes the connection. A caller
    that got its answer meanwhile would send its next request there, and lose it.
    https://www.rfc-editor.org/rfc/rfc9112#section-9.6
    """
    if not request.content.is_eof():
        response.force_close()


def is_own_error(record: logging.LogRecord) -> bool:
    """Whether the record is about more than bytes that are no request, or a caller that left."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return not isinstance(error, HttpProcessingError | ConnectionResetError)


server_log = logging.getLogger("twin.http_server")
"""aiohttp's own log of its servers, without a traceback for each malformed request."""
server_log.addFilter(is_own_error)


class ConnectionWatch:
    """What is known of a server's open connections."""

    def __init__(self, first_request_s: float = FIRST_REQUEST_S) -> None:
        self._first_request_s = first_request_s
        self._heard: WeakSet[asyncio.BaseTransport] = WeakSet()
        """Connections that have sent a request."""
        self._silent_since: WeakKeyDictionary[asyncio.BaseTransport, float] = WeakKeyDictionary()
        self._timer: asyncio.TimerHandle | None = None

    @web.middleware
    async def handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The outermost middleware of an application."""
        if request.transport is not None:
            self._heard.add(request.transport)
        try:
            response = await handler(request)
        except web.HTTPException as exc:
            _close_if_incomplete(request, exc)
            raise
        except RequestPayloadError as exc:
            request.content.feed_eof()  # else aiohttp reads the rest, and logs the error again
            text = f"The body of this request can't be read: {' '.join(str(exc).split())}."
        except ConnectionResetError:
            text = "The connection was closed before the request was complete."
        else:
            _close_if_incomplete(request, response)
            return response
        # https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
        error = AwsError(status=400, code="SerializationException", message=text)
        answer = answer_error(request, error)
        answer.force_close()
        return answer

    def start(self, server: web.Server) -> None:
        """Close connections of the server that send no request in time, until `stop`."""
        self._close_silent(server)
        self._timer = asyncio.get_running_loop().call_later(
            self._first_request_s / 4, self.start, server
        )

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _close_silent(self, server: web.Server) -> None:
        now = asyncio.get_running_loop().time()
        for transport in [connection.transport for connection in server.connections]:
            if transport is None or transport in self._heard:
                continue
            if now - self._silent_since.setdefault(transport, now) >= self._first_request_s:
                transport.abort()

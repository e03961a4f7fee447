"""Answers one event, whatever happens.

The process edge: an unexpected error is logged with its traceback and answered with a plain 500. An
exception that left the function would become a 502 of the load balancer, or a 500 or 502 of API
Gateway.
"""

import json
import traceback
from typing import Protocol

from app.clock import Clock
from app.errors import RequestRefused, TableUnavailable, UnknownEvent
from app.events.dialects import format_response, parse_event
from app.events.fields import Event
from app.logs import RequestLog
from app.messages import Page, Request, Response
from app.pages import error_page, prefers_json, refused_page
from app.routes import RouteServices, answer_request


class LambdaContext(Protocol):
    """The used part of Lambda's context."""

    @property
    def aws_request_id(self) -> str:
        """Id of the invocation."""
        ...


class EntryPoint:
    """The handler; its dependencies are parameters."""

    def __init__(self, services: RouteServices, *, clock: Clock, log: RequestLog) -> None:
        self._services = services
        self._clock = clock
        self._log = log

    def handle(self, event: Event, context: LambdaContext) -> dict[str, object]:
        """Answer one event; never raises."""
        started = self._clock.monotonic()
        self._log.begin(context.aws_request_id)
        request: Request | None = None
        try:
            request = parse_event(event)
            page = self._make_page(request, context.aws_request_id)
        except (UnknownEvent, RequestRefused) as exc:
            page = error_page(400, str(exc), self._services.region)
        except Exception as exc:  # noqa: BLE001 - the process edge; logged, answered with 500
            page = self._unexpected_error(exc, context.aws_request_id)
        self._log_request(request, page, started)
        accept = request.headers.get("accept", "") if request else ""
        return format_response(self._make_response(page, accept), event)

    def _make_page(self, request: Request, request_id: str) -> Page:
        try:
            return answer_request(self._services, request)
        except RequestRefused as exc:
            return refused_page(exc, self._services.region)
        except TableUnavailable as exc:
            self._log.line("ERROR", f"table: {exc}")
            return error_page(503, "the table does not answer", self._services.region, request_id)

    def _unexpected_error(self, exc: Exception, request_id: str) -> Page:
        trace = "".join(traceback.format_exception(exc))
        self._log.line("ERROR", f"unexpected error: {exc!r}", trace=trace)
        return error_page(500, "an error of the service", self._services.region, request_id)

    def _log_request(self, request: Request | None, page: Page, started: float) -> None:
        took_ms = round((self._clock.monotonic() - started) * 1000, 2)
        if request is None:
            self._log.line("WARNING", "not a valid event", status=page.status, ms=took_ms)
            return
        self._log.line(
            "INFO",
            "answered",
            method=request.method,
            path=request.path,
            status=page.status,
            ms=took_ms,
            client=request.client or None,
            trace_id=request.headers.get("x-amzn-trace-id"),
        )

    def _make_response(self, page: Page, accept: str) -> Response:
        as_json = prefers_json(accept)
        return Response(
            status=page.status,
            headers={
                "Content-Type": "application/json" if as_json else "text/html; charset=utf-8",
                "Cache-Control": "no-store",
                "Vary": "Accept",
                "X-Served-Region": self._services.region,
                **page.headers,
            },
            body=json.dumps(page.data) if as_json else page.html,
        )

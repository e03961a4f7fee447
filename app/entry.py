"""One event in, one answer out, whatever happens in between.

The process edge: what no route foresaw is logged with its trace and answered as a plain 500, since
an error that leaves the function would be a 502 of the load balancer.
"""

import json
import traceback
from typing import Protocol

from app.alb import AlbEvent, format_alb_response, parse_alb_event
from app.clock import Clock
from app.errors import RequestRefused, TableUnavailable, UnknownEvent
from app.logs import RequestLog
from app.messages import Page, Request, Response
from app.negotiation import prefers_json
from app.pages import error_page, refused_page
from app.routes import RouteServices, answer_request


class LambdaContext(Protocol):
    """What is used of Lambda's context."""

    @property
    def aws_request_id(self) -> str:
        """Unique to the invocation."""
        ...


class EntryPoint:
    """The handler, with what it needs as parameters."""

    def __init__(self, service: RouteServices, *, clock: Clock, log: RequestLog) -> None:
        """Nothing is called before the first event."""
        self._service = service
        self._clock = clock
        self._log = log

    def handle(self, event: AlbEvent, context: LambdaContext) -> dict[str, object]:
        """Answer one event; never raises."""
        started = self._clock.monotonic()
        self._log.begin(context.aws_request_id)
        request: Request | None = None
        try:
            request = parse_alb_event(event)
            answer = self._answer(request, context.aws_request_id)
        except (UnknownEvent, RequestRefused) as exc:
            answer = error_page(400, str(exc), self._service.region)
        except Exception as exc:  # noqa: BLE001 - the process edge; logged, answered with 500
            answer = self._unforeseen(exc, context.aws_request_id)
        self._record(request, answer, started)
        accept = request.headers.get("accept", "") if request else ""
        return format_alb_response(self._response(answer, accept), event)

    def _answer(self, request: Request, request_id: str) -> Page:
        try:
            return answer_request(self._service, request)
        except RequestRefused as exc:
            return refused_page(exc, self._service.region)
        except TableUnavailable as exc:
            self._log.line("ERROR", f"table: {exc}")
            return error_page(503, "the table does not answer", self._service.region, request_id)

    def _unforeseen(self, exc: Exception, request_id: str) -> Page:
        trace = "".join(traceback.format_exception(exc))
        self._log.line("ERROR", f"unforeseen: {exc!r}", trace=trace)
        return error_page(500, "an error of the service", self._service.region, request_id)

    def _record(self, request: Request | None, answer: Page, started: float) -> None:
        took_ms = round((self._clock.monotonic() - started) * 1000, 2)
        if request is None:
            self._log.line("WARNING", "not understood", status=answer.status, ms=took_ms)
            return
        self._log.line(
            "INFO",
            "answered",
            method=request.method,
            path=request.path,
            status=answer.status,
            ms=took_ms,
            trace_id=request.headers.get("x-amzn-trace-id"),
        )

    def _response(self, answer: Page, accept: str) -> Response:
        as_json = prefers_json(accept)
        return Response(
            status=answer.status,
            headers={
                "Content-Type": "application/json" if as_json else "text/html; charset=utf-8",
                "Cache-Control": "no-store",
                "Vary": "Accept",
                "X-Served-Region": self._service.region,
                **answer.headers,
            },
            body=json.dumps(answer.data) if as_json else answer.html,
        )

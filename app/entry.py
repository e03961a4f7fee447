"""Answers one event, whatever happens.

The process edge: an unexpected error is logged with its traceback and answered with a plain 500. An
exception that left the function would become a 502 of the load balancer, or a 500 or 502 of API
Gateway.
"""

import json
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from app.application import Application
from app.clock import Clock
from app.errors import RequestRefused, TableUnavailable, UnknownEvent
from app.events.dialects import format_response, parse_event
from app.events.fields import Event
from app.http.messages import Page, Request, Response
from app.http.pages import error_page, prefers_json, refused_page
from app.logs import RequestLog


class LambdaContext(Protocol):
    """The used part of Lambda's context."""

    @property
    def aws_request_id(self) -> str:
        """Id of the invocation."""
        ...


class EntryPoint:
    """The handler; its dependencies are parameters."""

    def __init__(self, application: Application, *, clock: Clock, log: RequestLog) -> None:
        self._application = application
        self._region = application.region
        self._clock = clock
        self._log = log

    def handle(self, event: Event, context: LambdaContext) -> dict[str, object]:
        """Answer one event; never raises."""
        started = self._clock.monotonic()
        self._log.begin(context.aws_request_id)
        self._application.deadline.begin()
        request: Request | None = None
        try:
            request = parse_event(event)
            answer = self._answer(request, context.aws_request_id)
        except (UnknownEvent, RequestRefused) as exc:
            answer = error_page(400, str(exc), self._region)
        except Exception as exc:  # noqa: BLE001 - the process edge; logged, answered with 500
            answer = self._unexpected_error(request, exc, context.aws_request_id)
        self._log_request(request, answer.status, started)
        return format_response(self._make_response(answer, request), event)

    def _answer(self, request: Request, request_id: str) -> Page | Response:
        try:
            return self._application.router.answer(request)
        except RequestRefused as exc:
            return self._in_format(request, refused_page(exc, self._region))
        except TableUnavailable as exc:
            self._log.line("ERROR", f"table: {exc}")
            page = error_page(503, "the table does not answer", self._region, request_id)
            return self._in_format(request, page)

    def _in_format(self, request: Request | None, page: Page) -> Page:
        """An error as JSON alone, if it is on a path that has no HTML."""
        if request is None or self._application.router.errors_have_html(request.path):
            return page
        return replace(page, html=None)

    def _unexpected_error(self, request: Request | None, exc: Exception, request_id: str) -> Page:
        trace = "".join(traceback.format_exception(exc))
        self._log.line("ERROR", f"unexpected error: {exc!r}", trace=trace)
        page = error_page(500, "an error of the service", self._region, request_id)
        return self._in_format(request, page)

    def _log_request(self, request: Request | None, status: int, started: float) -> None:
        took_ms = round((self._clock.monotonic() - started) * 1000, 2)
        if request is None:
            self._log.line("WARNING", "not a valid event", status=status, ms=took_ms)
            return
        self._log.answered(
            status,
            method=request.method,
            path=request.path,
            ms=took_ms,
            client=request.client or None,
            trace_id=request.headers.get("x-amzn-trace-id"),
        )

    def _make_response(self, answer: Page | Response, request: Request | None) -> Response:
        """The answer with the headers of every response."""
        sent = request.headers if request else {}
        response = answer
        if isinstance(response, Page):
            response = _format_page(response, sent.get("accept", ""))
        cors = self._application.cors.headers(sent.get("origin", ""))
        headers = {
            "Cache-Control": "no-store",
            "X-Served-Region": self._region,
            **self._https_only(sent),
            **cors,
            **response.headers,
        }
        if "Vary" in cors and "Vary" in response.headers:
            headers["Vary"] = f"{response.headers['Vary']}, {cors['Vary']}"
        return Response(status=response.status, headers=headers, body=response.body)

    def _https_only(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Strict-Transport-Security, which an answer over plain HTTP must not have (RFC 6797, 7.2).

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
        """
        max_age_s = self._application.hsts_max_age_s
        if not max_age_s or headers.get("x-forwarded-proto") != "https":
            return {}
        return {"Strict-Transport-Security": f"max-age={max_age_s}"}


def _format_page(page: Page, accept: str) -> Response:
    """The page as HTML or as JSON."""
    vary = {} if page.html is None else {"Vary": "Accept"}
    if page.html is None or prefers_json(accept):
        kind, body = "application/json", json.dumps(page.data)
    else:
        kind, body = "text/html; charset=utf-8", page.html
    return Response(
        status=page.status, headers={"Content-Type": kind, **vary, **page.headers}, body=body
    )

"""Handles the requests of a Region's API Gateway: name, stage, route, event, answer.

The rules are in twin.core.apigateway; the sockets belong to twin.region.apigateway.server, and the
connections, which call the handler, to twin.region.http1.connections.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from common.clock import Clock
from common.log_pause import LogPause
from twin.core.alb.response import serialize_response
from twin.core.apigateway.answers import read_answer
from twin.core.apigateway.api_names import RESERVED_PATHS, ApiNames, StageNotFound, StagePath
from twin.core.apigateway.context_variables import RequestOutcome
from twin.core.apigateway.cors import add_cors_headers, answer_preflight, is_preflight
from twin.core.apigateway.errors import GatewayError, GatewayErrorKind
from twin.core.apigateway.events import build_event
from twin.core.apigateway.gateway_responses import (
    describe_error,
    error_response,
    mock_response,
    with_request_ids,
)
from twin.core.apigateway.requests import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    GatewayRequest,
    RequestIds,
    choose_request_id,
)
from twin.core.apigateway.throttle import Throttles
from twin.core.http.messages import (
    HttpResponse,
    RequestRejected,
    TlsSession,
    find_host,
    is_utf8,
    split_target,
    standard_phrase,
)
from twin.region.apigateway.integrations import Integrations, describe_failure
from twin.region.http1.desync import DesyncTier
from twin.region.http1.handler import HttpAnswer, RunningInvocation, ignore_result
from twin.region.http1.http_request import RequestHead, RequestLimits
from twin.region.lambdas.invocation import InvocationResult, InvokeError, Throttled
from twin.topology.apigateway import ApiGatewayTopology

log = logging.getLogger(__name__)

LIMITS = RequestLimits(
    request_line=16 * 1024, header=16 * 1024, headers=64 * 1024, body=MAX_BODY_BYTES
)
"""Of what is read at all; the limit of a head is MAX_HEAD_BYTES."""
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_CLOSING_STATUSES = frozenset({400, 408, 413, 414, 431})
_HEALTHY = HttpResponse(status=200, headers=(("Content-Type", "text/plain"),), body=b"healthy")
"""Of the reserved paths. INFERRED."""
_KINDS = {
    408: GatewayErrorKind.REQUEST_TIMEOUT,
    413: GatewayErrorKind.TOO_LARGE,
    414: GatewayErrorKind.URI_TOO_LONG,
    431: GatewayErrorKind.HEADERS_TOO_LARGE,
    503: GatewayErrorKind.OVERLOADED,
}
"""Status of a rejected request -> the error; another one is a bad request."""

LOG_PAUSE_S = 10.0
"""Least time between two log lines about the same error."""

OnOutcome = Callable[[GatewayRequest, RequestOutcome], None]


@dataclass(slots=True, kw_only=True)
class GatewayCounts:
    """Counts since the Region's process started."""

    requests: int = 0
    own_5xx: int = 0
    """Errors of API Gateway itself."""
    failed_handshakes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedRequest:
    """A request for a function, whose body may still be on its way."""

    request: GatewayRequest
    started: float
    """Monotonic time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayInvocation(RunningInvocation):
    routed: RoutedRequest
    request_bytes: int


class GatewayHandler:
    """Answers requests; it is a RequestHandler (twin.region.http1.handler)."""

    limits = LIMITS

    def __init__(
        self,
        integrations: Integrations,
        *,
        account: str,
        clock: Clock,
        counts: GatewayCounts,
        on_outcome: OnOutcome,
    ) -> None:
        """`on_outcome` is called at the end of each request that a stage has got."""
        self.names = ApiNames(ApiGatewayTopology(), "")
        self.throttles = Throttles()
        self.port = 443
        self._integrations = integrations
        self._account = account
        self._clock = clock
        self._counts = counts
        self._on_outcome = on_outcome
        self._log_pause = LogPause(LOG_PAUSE_S)

    # -- the steps of a request

    def route(
        self, head: RequestHead, client: tuple[str, int], tls: TlsSession | None = None
    ) -> RoutedRequest | HttpAnswer:
        """Find API, stage and route; the gateway's own answer if one of them is missing."""
        del tls  # all of them have TLS
        self._counts.requests += 1
        started = self._clock.monotonic()
        ids = self._make_ids(head)
        try:
            check_head(head)
            path, query = split_target(head.target)
            found = self.names.find(strip_port(find_host(head.target, head.headers)), path)
        except GatewayError as exc:
            return self._unnamed_error(exc, ids)
        request = GatewayRequest(
            method=head.method,
            query=query,
            version=head.version,
            headers=head.headers,
            source_ip=client[0],
            port=self.port,
            received_s=self._clock.now(),
            ids=ids,
            stage_path=found,
        )
        return self._route_in_stage(found, request, started)

    def _route_in_stage(
        self, found: StagePath, request: GatewayRequest, started: float
    ) -> RoutedRequest | HttpAnswer:
        served = found.served
        if found.mapping_key is not None and found.sent_path in RESERVED_PATHS:
            return HttpAnswer(response=self._complete(_HEALTHY))
        if request.method == "OPTIONS" and served.api.cors is not None:
            named = dict(request.headers)
            if is_preflight(request.method, named):
                preflight = answer_preflight(served.api.cors, named)
                return self._finish(request, preflight, started=started, adds_cors=False)
        match = served.routes.find(request.method, found.path)
        routed = RoutedRequest(request=request, started=started)
        if match is None or request.method not in _METHODS:
            return self._fail(routed, GatewayError(GatewayErrorKind.NO_ROUTE))
        request = replace(request, match=match)
        routed = RoutedRequest(request=request, started=started)
        if not self.throttles.allows(served, match.route, started):
            return self._fail(routed, GatewayError(GatewayErrorKind.THROTTLED))
        if match.route.integration.type == "MOCK":
            response = mock_response(match.route.integration)
            return self._finish(request, response, started=started)
        return routed

    def invoke(self, routed: RoutedRequest, body: bytes) -> GatewayInvocation | HttpAnswer:
        """Start the function; the gateway's own error if that is not possible."""
        request = routed.request
        try:
            event = build_event(request, body, account=self._account)
            return GatewayInvocation(
                result=self._integrations.start(request, event),
                started=self._clock.monotonic(),
                routed=routed,
                request_bytes=len(body),
            )
        except GatewayError as exc:
            return self._fail(routed, exc)

    def read_response(self, running: GatewayInvocation) -> HttpAnswer:
        """The function's response, or an error; call it when the result is there."""
        routed = running.routed
        request = routed.request
        integration_ms = (self._clock.monotonic() - running.started) * 1000
        target = request.match.route.integration.function_arn
        outcome = RequestOutcome(
            status=200,
            request_bytes=running.request_bytes,
            integration_latency_ms=integration_ms,
            lambda_status=200,
        )
        try:
            result = running.result.result()
            response = read_result(result, request, target)
        except InvokeError as exc:
            status = 429 if isinstance(exc, Throttled) else None
            outcome = replace(outcome, lambda_status=status)
            return self._fail(routed, describe_failure(exc, target), outcome)
        except GatewayError as exc:
            return self._fail(routed, exc, outcome)
        outcome = replace(outcome, function_status=response.status)
        return self._finish(request, response, started=routed.started, outcome=outcome)

    def client_left(self, running: GatewayInvocation) -> None:
        """The client has closed the connection; the function goes on for nobody."""
        running.result.add_done_callback(ignore_result)

    def closes_after(self, head: RequestHead) -> bool:
        """Whether a request could be read in two ways, so that what follows may be a part of it."""
        return head.reason.tier >= DesyncTier.AMBIGUOUS

    # -- errors

    def reject_head(self, error: RequestRejected) -> HttpAnswer:
        """The answer to bytes that are not a request."""
        self._counts.requests += 1
        return self.reject(error)

    def reject(self, error: RequestRejected, routed: RoutedRequest | None = None) -> HttpAnswer:
        """The answer to a request that can't be served."""
        kind = _KINDS.get(error.status, GatewayErrorKind.BAD_REQUEST)
        failure = GatewayError(kind, error.detail)
        if routed is not None:
            return self._fail(routed, failure)
        return self._unnamed_error(failure, self._make_ids(None))

    def internal_error(self, error: Exception) -> HttpAnswer:
        """The answer to a request on which the twin itself has failed."""
        log.error("a request was not answered: %r", error, exc_info=error)
        return self._unnamed_error(GatewayError(GatewayErrorKind.INTERNAL), self._make_ids(None))

    def _unnamed_error(self, error: GatewayError, ids: RequestIds) -> HttpAnswer:
        """An error of a request whose stage is not known."""
        is_rest = not (isinstance(error, StageNotFound) and error.api.type == "HTTP")
        response = with_request_ids(
            error_response(error.kind, is_rest=is_rest), ids, is_rest=is_rest
        )
        return self._own_answer(response)

    def _fail(
        self,
        routed: RoutedRequest,
        error: GatewayError,
        outcome: RequestOutcome | None = None,
    ) -> HttpAnswer:
        request = routed.request
        response = describe_error(error.kind, request, self._account)
        is_rest = request.stage_path.served.is_rest
        told = replace(
            outcome or RequestOutcome(status=response.status),
            error_type=error.kind.response_type,
            error_message=error.kind.form(is_rest=is_rest).message,
            error_detail=error.detail,
        )
        if error.detail and self._log_pause.is_over(error.detail, self._clock.monotonic()):
            log.info("API Gateway answers %d: %s", response.status, error.detail)
        return self._finish(
            request, response, started=routed.started, outcome=told, is_own=True, adds_cors=False
        )

    # -- answers

    def _finish(
        self,
        request: GatewayRequest,
        response: HttpResponse,
        *,
        started: float,
        outcome: RequestOutcome | None = None,
        is_own: bool = False,
        adds_cors: bool = True,
    ) -> HttpAnswer:
        """Count a request, and complete its response."""
        served = request.stage_path.served
        cors = served.api.cors
        if cors is not None and adds_cors:
            headers = add_cors_headers(cors, request.header("origin"), response.headers)
            response = replace(response, headers=headers)
        response = with_request_ids(response, request.ids, is_rest=served.is_rest)
        self._on_outcome(
            request,
            replace(
                outcome or RequestOutcome(status=response.status),
                status=response.status,
                response_bytes=len(response.body),
                latency_ms=(self._clock.monotonic() - started) * 1000,
            ),
        )
        if is_own:
            return self._own_answer(response)
        return HttpAnswer(response=self._complete(response))

    def _own_answer(self, response: HttpResponse) -> HttpAnswer:
        if response.status >= 500:
            self._counts.own_5xx += 1
        return HttpAnswer(
            response=self._complete(response), closes=response.status in _CLOSING_STATUSES
        )

    def _complete(self, response: HttpResponse) -> HttpResponse:
        return replace(response, reason=response.reason or standard_phrase(response.status))

    def serialize(
        self, response: HttpResponse, *, date: str, keep_alive: bool, head_only: bool
    ) -> bytes:
        """The bytes of a response; API Gateway sends no Server header."""
        return serialize_response(
            response, date=date, keep_alive=keep_alive, head_only=head_only, server=False
        )

    def _make_ids(self, head: RequestHead | None) -> RequestIds:
        ids = self._integrations.ids
        extended = ids.extended_request_id()
        sent = () if head is None else head.headers
        return RequestIds(
            request_id=choose_request_id(sent) or ids.request_id(),
            extended_id=extended,
            trace_id=ids.trace_id(),
        )


def check_head(head: RequestHead) -> None:
    """Raises GatewayError for a head that no API gets."""
    size = len(head.method) + len(head.target) + sum(len(n) + len(v) + 4 for n, v in head.headers)
    if len(head.target) > MAX_HEAD_BYTES:
        raise GatewayError(GatewayErrorKind.URI_TOO_LONG)
    if size > MAX_HEAD_BYTES:
        raise GatewayError(GatewayErrorKind.HEADERS_TOO_LARGE)
    if head.reason.tier >= DesyncTier.SEVERE:
        raise GatewayError(GatewayErrorKind.BAD_REQUEST, f"{head.reason}")
    if not all(map(is_utf8, (head.target, *(text for header in head.headers for text in header)))):
        raise GatewayError(GatewayErrorKind.BAD_REQUEST, "the head is not UTF-8")


def strip_port(host: str) -> str:
    """The host name of a Host header."""
    return host.partition(":")[0]


def read_result(result: InvocationResult, request: GatewayRequest, target: str) -> HttpResponse:
    """The response in a function's result. Raises GatewayError."""
    if result.function_error:
        error = result.payload[:300].decode(errors="replace")
        raise GatewayError(GatewayErrorKind.BAD_ANSWER, f"{target} failed: {error}")
    return read_answer(result.payload, request)

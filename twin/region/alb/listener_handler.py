"""Handles the requests of one listener: rules, target, event, response.

The handler also decides when the load balancer answers with an error of its own. The rules are in
twin.core; the sockets belong to twin.region.alb.load_balancers, and the connections, which call the
handler, to twin.region.http1.connections.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from common.clock import Clock
from common.log_pause import LogPause
from twin.core.alb.event import (
    MAX_BODY_BYTES,
    AlbAttributes,
    AlbRequest,
    build_event,
    check_lambda_request,
    check_request,
    has_invalid_header,
    parse_attributes,
)
from twin.core.alb.listener_rules import (
    RequestFacts,
    choose_action,
    draw_target_group,
    fixed_response,
    redirect_response,
)
from twin.core.alb.response import (
    HeaderModification,
    LambdaTargetError,
    error_response,
    serialize_response,
)
from twin.core.http.messages import (
    PLAIN_ON_TLS,
    HttpResponse,
    RequestRejected,
    TlsSession,
    split_target,
)
from twin.region.alb.lambda_targets import LambdaTarget, LambdaTargets, read_result
from twin.region.alb.metrics import BalancerMetrics
from twin.region.http1.desync import DesyncMode, DesyncReason, closes_connection, is_blocked
from twin.region.http1.handler import HttpAnswer, RunningInvocation, ignore_result
from twin.region.http1.http_request import NoRequestFound, RequestHead, RequestLimits
from twin.topology.model import ListenerAction, LoadBalancer, LoadBalancerListener

log = logging.getLogger(__name__)

LIMITS = RequestLimits(
    request_line=16 * 1024, header=16 * 1024, headers=64 * 1024, body=MAX_BODY_BYTES
)
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#lambda-functions-limits
"""
_TOO_LARGE = "LambdaRequestTooLarge"
_CLOSING_STATUSES = frozenset({400, 408, 413, 414, 500, 501, 505})
"""Statuses of the load balancer's own errors that close the connection."""
CLIENT_CLOSED = 460
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-460-issues"""
_LOG_PAUSE_S = 10.0
"""Least time between two log lines about the same kind of error."""

IsHealthy = Callable[[LambdaTarget], bool]


@dataclass(slots=True, kw_only=True)
class BalancerCounts:
    """Counts of one load balancer since the Region's process started."""

    requests: int = 0
    elb_5xx: int = 0
    log_pause: LogPause = field(default_factory=partial(LogPause, _LOG_PAUSE_S))
    metrics: BalancerMetrics = field(default_factory=BalancerMetrics)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerConfig:
    """A listener's configuration, prepared for the request path."""

    listener: LoadBalancerListener
    name: str
    """The load balancer's name."""
    attributes: AlbAttributes
    desync_mode: DesyncMode
    header_modification: HeaderModification

    @classmethod
    def from_topology(
        cls, load_balancer: LoadBalancer, listener: LoadBalancerListener
    ) -> "ListenerConfig":
        named = load_balancer.attributes
        mode = named.get("routing.http.desync_mitigation_mode", DesyncMode.DEFENSIVE)
        return cls(
            listener=listener,
            name=load_balancer.name,
            attributes=parse_attributes({**named, **listener.attributes}),
            desync_mode=DesyncMode(mode),
            header_modification=HeaderModification.from_attributes(listener.attributes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardedRequest:
    """A request for which a target was chosen, and whose body may still be on its way."""

    request: AlbRequest
    target: LambdaTarget
    config: ListenerConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInvocation(RunningInvocation):
    target: LambdaTarget


class ListenerHandler:
    """Answers the requests of one listener; its `config` may be replaced at any time.

    It is a RequestHandler (twin.region.http1.handler).
    """

    limits = LIMITS

    def __init__(
        self,
        config: ListenerConfig,
        *,
        targets: LambdaTargets,
        is_healthy: IsHealthy,
        counts: BalancerCounts,
        clock: Clock,
    ) -> None:
        """All arguments except `config` are shared with the load balancer's other listeners."""
        self.config = config
        self._targets = targets
        self._is_healthy = is_healthy
        self._counts = counts
        self._clock = clock

    # -- the steps of a request

    def route(
        self, head: RequestHead, client: tuple[str, int], tls: TlsSession | None = None
    ) -> ForwardedRequest | HttpAnswer:
        """Choose the target; the answer of the load balancer itself if there is none.

        `client`: address and port.
        """
        self._counts.requests += 1
        try:
            return self._route(head, client, tls)
        except RequestRejected as exc:
            return self.reject(exc)

    def _route(
        self, head: RequestHead, client: tuple[str, int], tls: TlsSession | None
    ) -> ForwardedRequest | HttpAnswer:
        config = self.config
        if head.reason is not DesyncReason.COMPLIANT:
            self._counts.metrics.count_non_compliant()
            if is_blocked(head.reason, config.desync_mode):
                raise RequestRejected(400, f"{config.desync_mode} blocks {head.reason}")
        listener = config.listener
        request = AlbRequest(
            method=head.method,
            target=head.target,
            headers=head.headers,
            client=client[0],
            client_port=client[1],
            port=listener.port,
            tls=tls,
        )
        check_request(request, head.version)
        action = listener.default_action
        if listener.rules:
            action = choose_action(listener, _request_facts(request))
        if action.type == "fixed-response":
            return HttpAnswer(response=fixed_response(action))
        if action.type == "redirect":
            return HttpAnswer(response=redirect_response(action, _request_facts(request)))
        target = self._choose_target(action)
        self._counts.metrics.target_group(target.group.arn).count_request()
        return ForwardedRequest(request=request, target=target, config=config)

    def closes_after(self, head: RequestHead) -> bool:
        """Whether the desync mitigation closes the connection after this request."""
        return closes_connection(head.reason, self.config.desync_mode)

    def invoke(self, forwarded: ForwardedRequest, body: bytes) -> TargetInvocation | HttpAnswer:
        """Start the function; the load balancer's own error if that is not possible."""
        target = forwarded.target
        try:
            check_lambda_request(forwarded.request)
            trace_root = self._targets.ids.trace_id()
            event = build_event(
                forwarded.request,
                body,
                target_group_arn=target.group.arn,
                multi_value=target.group.multi_value_headers,
                attributes=forwarded.config.attributes,
                trace_id=trace_root,
            )
            if has_invalid_header(forwarded.request):
                self._counts.metrics.count_invalid_header(
                    dropped=forwarded.config.attributes.drop_invalid_headers
                )
            return TargetInvocation(
                target=target,
                result=target.start(event, trace_root=trace_root, draw=self._targets.ids.draw()),
                started=self._clock.monotonic(),
            )
        except RequestRejected as exc:
            return self.reject(exc, forwarded)
        except LambdaTargetError as exc:
            return self._target_failed(target, exc)

    def read_response(self, running: TargetInvocation) -> HttpAnswer:
        """The function's response, or a 502; call it when the result is there."""
        target = running.target
        try:
            response = read_result(target, running.result)
        except LambdaTargetError as exc:
            return self._target_failed(target, exc)
        self._counts.metrics.target_group(target.group.arn).count_response(
            response.status, self._clock.monotonic() - running.started
        )
        return HttpAnswer(response=response)

    def client_left(self, running: TargetInvocation) -> None:
        """The client has closed the connection; the function goes on, and nobody gets its answer.

        AWS counts a 460 of the load balancer, and no response of the target.
        """
        self._counts.metrics.count_own_error(CLIENT_CLOSED)
        running.result.add_done_callback(ignore_result)

    # -- errors of the load balancer itself

    def reject_head(self, error: RequestRejected) -> HttpAnswer:
        """The answer to bytes that are not a request."""
        self._counts.requests += 1
        if isinstance(error, NoRequestFound):
            self._counts.metrics.count_non_compliant()
            if is_blocked(error.desync, self.config.desync_mode):
                return self._own_error(400, error.detail)
        return self.reject(error)

    def reject(
        self, error: RequestRejected, forwarded: ForwardedRequest | None = None
    ) -> HttpAnswer:
        """The error page; `forwarded` if a target had been chosen."""
        reason = _TOO_LARGE if error.status == 413 else error.reason
        if reason and forwarded is not None:
            group = forwarded.target.group.arn
            self._counts.metrics.target_group(group).count_failure(reason)
        return self._own_error(error.status, error.detail)

    def refuse_plain(self) -> HttpResponse:
        """The page for a client that speaks plain HTTP to a listener of HTTPS."""
        self._counts.metrics.count_own_error(PLAIN_ON_TLS.status)
        return PLAIN_ON_TLS

    def tls_failed(self, why: str) -> None:
        """A client and the listener have agreed on nothing."""
        self._counts.metrics.count_tls_failure()
        log.debug("%s: no TLS with a client: %s", self.config.name, why)

    def internal_error(self, error: Exception) -> HttpAnswer:
        """The answer to a request on which the twin itself has failed."""
        log.error("a request was not answered: %r", error, exc_info=error)
        return self._own_error(500, "an error of the twin")

    def serialize(
        self, response: HttpResponse, *, date: str, keep_alive: bool, head_only: bool
    ) -> bytes:
        """The bytes of a response, with what the listener changes in its headers."""
        modification = self.config.header_modification
        return serialize_response(
            modification.apply_to(response),
            date=date,
            keep_alive=keep_alive,
            head_only=head_only,
            server=modification.server,
        )

    def _target_failed(self, target: LambdaTarget, error: LambdaTargetError) -> HttpAnswer:
        self._counts.metrics.target_group(target.group.arn).count_failure(error.reason)
        return self._own_error(502, str(error))

    def _own_error(self, status: int, why: str) -> HttpAnswer:
        """The error page for `status`; the log gets the reason, at most once in _LOG_PAUSE_S."""
        self._counts.metrics.count_own_error(status)
        if status >= 500:
            self._counts.elb_5xx += 1
        kind = f"{status} {why.partition(':')[0]}"
        if self._counts.log_pause.is_over(kind, self._clock.monotonic()):
            log.info("%s answers %d: %s", self.config.name, status, why)
        return HttpAnswer(response=error_response(status), closes=status in _CLOSING_STATUSES)

    # -- targets

    def _choose_target(self, action: ListenerAction) -> LambdaTarget:
        """A healthy target of a randomly chosen group; any target if none is healthy (fail open).

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-health
        """
        groups = action.target_groups
        draw = self._targets.ids.draw() if len(groups) > 1 else 0.0
        group = draw_target_group(groups, draw)
        if group is None:
            raise RequestRejected(503, "no target group has a weight above 0")
        targets = self._targets.in_group(group.arn)
        if targets is None:
            raise RequestRejected(504, f"the twin has Lambda targets only; {group.arn} has others")
        if not targets:
            raise RequestRejected(503, f"no target is registered with {group.arn}")
        if len(targets) == 1:
            return targets[0]
        return next((target for target in targets if self._is_healthy(target)), targets[0])


def _request_facts(request: AlbRequest) -> RequestFacts:
    path, query = split_target(request.target)
    return RequestFacts(
        method=request.method,
        path=path,
        query=query,
        host=request.host,
        headers=request.headers,
        client=request.client,
        port=request.port,
        protocol=request.protocol,
    )

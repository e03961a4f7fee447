"""Handle the requests of one listener: rules, target, event, response.

The handler also decides when the load balancer answers with an error of its own. The rules are in
twin.core; the sockets belong to twin.region.alb.load_balancers.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from common.clock import Clock
from twin.core import alb_event
from twin.core.alb_event import AlbAttributes, RequestRejected, parse_attributes
from twin.core.alb_response import AlbResponse, LambdaTargetError, error_response
from twin.core.listener_rules import (
    RequestFacts,
    choose_action,
    draw_target_group,
    fixed_response,
    redirect_response,
)
from twin.region.alb.connections import (
    ClientConnection,
    ConnectionTimeouts,
    DateHeader,
    render_response,
)
from twin.region.alb.lambda_targets import LambdaTarget, LambdaTargets
from twin.region.alb.metrics import BalancerMetrics
from twin.topology.model import ListenerAction, LoadBalancer, LoadBalancerListener

log = logging.getLogger(__name__)

_CLOSING_STATUSES = frozenset({400, 408, 413, 414, 501, 505})
"""Statuses of the load balancer's own errors that close the connection."""
_LOG_PAUSE_S = 10.0
"""Least time between two log lines about the same kind of error."""

IsHealthy = Callable[[LambdaTarget], bool]


@dataclass(slots=True, kw_only=True)
class BalancerCounts:
    """Counts of one load balancer since the Region's process started."""

    requests: int = 0
    elb_5xx: int = 0
    logged_at: dict[str, float] = field(default_factory=dict)
    """Kind of error -> monotonic time of its last log line."""
    metrics: BalancerMetrics = field(default_factory=BalancerMetrics)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerConfig:
    """A listener's configuration, prepared for the request path."""

    listener: LoadBalancerListener
    name: str
    """The load balancer's name."""
    attributes: AlbAttributes
    server_header: bool

    @classmethod
    def from_topology(
        cls, load_balancer: LoadBalancer, listener: LoadBalancerListener
    ) -> "ListenerConfig":
        named = load_balancer.attributes
        server = named.get("routing.http.response.server.enabled", "true")
        return cls(
            listener=listener,
            name=load_balancer.name,
            attributes=parse_attributes(named),
            server_header=server != "false",
        )


def connection_timeouts(load_balancer: LoadBalancer) -> ConnectionTimeouts:
    """The connection time-outs in the load balancer's attributes."""
    named = load_balancer.attributes
    return ConnectionTimeouts(
        idle_s=float(named.get("idle_timeout.timeout_seconds", "60")),
        keep_alive_s=float(named.get("client_keep_alive.seconds", "3600")),
    )


class ListenerHandler:
    """Answers the requests of one listener; its `config` may be replaced at any time."""

    def __init__(  # noqa: PLR0913 - what a request needs
        self,
        config: ListenerConfig,
        *,
        timeouts: ConnectionTimeouts,
        targets: LambdaTargets,
        is_healthy: IsHealthy,
        counts: BalancerCounts,
        date: DateHeader,
        clock: Clock,
    ) -> None:
        """All arguments except `config` are shared with the load balancer's other listeners."""
        self.config = config
        self._timeouts = timeouts
        self._targets = targets
        self._is_healthy = is_healthy
        self._counts = counts
        self._date = date
        self._clock = clock

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._counts.requests += 1
        keep_alive = request.keep_alive and self._may_keep_alive(request)
        config = self.config
        try:
            response = await self._respond(config, request)
        except RequestRejected as exc:
            keep_alive = keep_alive and exc.status not in _CLOSING_STATUSES
            response = self._own_error(exc.status, exc.detail)
        except LambdaTargetError as exc:
            response = self._own_error(502, str(exc))
        return render_response(
            response,
            self._date,
            keep_alive=keep_alive,
            head_only=request.method == "HEAD",
            server=config.server_header,
        )

    def _may_keep_alive(self, request: web.BaseRequest) -> bool:
        """Whether the connection is young enough for another request.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#http-client-keep-alive-duration
        """
        connection = request.protocol
        if not isinstance(connection, ClientConnection):
            return True
        return self._clock.monotonic() - connection.opened_at < self._timeouts.keep_alive_s

    async def _respond(self, config: ListenerConfig, http: web.BaseRequest) -> AlbResponse:
        request = _alb_request(config, http)
        headers = alb_event.decode_headers(request)
        alb_event.check_head(request, headers)
        listener = config.listener
        action = listener.default_action
        if listener.rules:
            action = choose_action(listener, _request_facts(request, headers))
        if action.type == "fixed-response":
            return fixed_response(action)
        if action.type == "redirect":
            return redirect_response(action, _request_facts(request, headers))
        target = self._choose_target(action)
        self._counts.metrics.target_group(target.group.arn).count_request()
        body = await self._read_body(http)
        trace_root = self._targets.ids.trace_id()
        event = alb_event.build_event(
            request,
            headers,
            body,
            target_group_arn=target.group.arn,
            multi_value=target.group.multi_value_headers,
            attributes=config.attributes,
            trace_id=trace_root,
        )
        return await self._invoke(target, event, trace_root)

    async def _invoke(self, target: LambdaTarget, event: bytes, trace_root: str) -> AlbResponse:
        """Invoke the target and count the result. Raises LambdaTargetError."""
        metrics = self._counts.metrics.target_group(target.group.arn)
        started = self._clock.monotonic()
        draw = self._targets.ids.draw()
        try:
            response = await target.invoke(event, trace_root=trace_root, draw=draw)
        except LambdaTargetError as exc:
            metrics.count_failure(exc.reason)
            raise
        metrics.count_response(response.status, self._clock.monotonic() - started)
        return response

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

    async def _read_body(self, http: web.BaseRequest) -> bytes:
        if not http.body_exists:
            return b""
        alb_event.check_body_size(http.content_length or 0)
        if http.headers.get("Expect", "").lower() == "100-continue":
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
            await http.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunks: list[bytes] = []
        size = 0
        while chunk := await self._read_chunk(http):
            size += len(chunk)
            alb_event.check_body_size(size)
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _read_chunk(self, http: web.BaseRequest) -> bytes:
        """The next chunk of the body, which the client must send within the idle time-out."""
        if http.content.is_eof():
            return await http.content.readany()
        try:
            async with asyncio.timeout(self._timeouts.idle_s):
                return await http.content.readany()
        except TimeoutError:
            raise RequestRejected(408, "the client did not send its whole body in time") from None
        except web.RequestPayloadError as exc:
            raise RequestRejected(400, f"the body ends early: {exc}") from None

    def _own_error(self, status: int, why: str) -> AlbResponse:
        """The error page for `status`; the log gets the reason, at most once in _LOG_PAUSE_S."""
        self._counts.metrics.count_own_error(status)
        if status >= 500:
            self._counts.elb_5xx += 1
        kind = f"{status} {why.partition(':')[0]}"
        now = self._clock.monotonic()
        if now - self._counts.logged_at.get(kind, -_LOG_PAUSE_S) >= _LOG_PAUSE_S:
            self._counts.logged_at[kind] = now
            log.info("%s answers %d: %s", self.config.name, status, why)
        return error_response(status)


def _alb_request(config: ListenerConfig, http: web.BaseRequest) -> alb_event.AlbRequest:
    peer = http.protocol.peername
    client, client_port = (peer[0], peer[1]) if isinstance(peer, tuple) else ("127.0.0.1", 0)
    return alb_event.AlbRequest(
        method=http.method,
        target=http.raw_path,
        headers=http.raw_headers,
        client=client,
        client_port=client_port,
        port=config.listener.port,
        version=http.version,
    )


def _request_facts(request: alb_event.AlbRequest, headers: list[tuple[str, str]]) -> RequestFacts:
    path, query = alb_event.split_target(request.target)
    return RequestFacts(
        method=request.method,
        path=path,
        query=query,
        host=dict(headers).get("host", ""),
        headers=headers,
        client=request.client,
        port=request.port,
    )

"""One listener of a load balancer: requests in, responses out.

Decides which error of its own a client gets, by the rules of the core. Sockets belong to
`listeners`; whether a target is healthy comes in as a question.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from common.clock import Clock
from twin.core import alb_event
from twin.core.alb_event import AlbAttributes, RequestRejected, parse_attributes
from twin.core.alb_response import AlbResponse, MalformedLambdaResponse, error_response
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
from twin.region.alb.metrics import BalancerTallies
from twin.topology.model import ListenerAction, LoadBalancer, LoadBalancerListener

log = logging.getLogger(__name__)

_CLOSES = frozenset({400, 408, 413, 414, 501, 505})
"""Statuses of its own after which the connection can't be used any more."""
_SAY_AGAIN_AFTER_S = 10.0

IsHealthy = Callable[[LambdaTarget], bool]


@dataclass(slots=True, kw_only=True)
class BalancerCounts:
    """Of one load balancer, since the Region's process started."""

    requests: int = 0
    elb_5xx: int = 0
    said_at: dict[str, float] = field(default_factory=dict)
    tallies: BalancerTallies = field(default_factory=BalancerTallies)
    """The same, and more, for CloudWatch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerConfig:
    """A listener's configuration, as the request path needs it."""

    listener: LoadBalancerListener
    name: str
    """The load balancer's."""
    attributes: AlbAttributes
    server_header: bool

    @classmethod
    def of(cls, load_balancer: LoadBalancer, listener: LoadBalancerListener) -> "ListenerConfig":
        """From the Topology."""
        named = load_balancer.attributes
        server = named.get("routing.http.response.server.enabled", "true")
        return cls(
            listener=listener,
            name=load_balancer.name,
            attributes=parse_attributes(named),
            server_header=server != "false",
        )


def connection_timeouts(load_balancer: LoadBalancer) -> ConnectionTimeouts:
    """The attributes that say how long connections live."""
    named = load_balancer.attributes
    return ConnectionTimeouts(
        idle_s=float(named.get("idle_timeout.timeout_seconds", "60")),
        keep_alive_s=float(named.get("client_keep_alive.seconds", "3600")),
    )


class ListenerHandler:
    """Answers the requests of one listener; its plan may be replaced at any time."""

    def __init__(  # noqa: PLR0913 - what a request touches
        self,
        plan: ListenerConfig,
        *,
        patience: ConnectionTimeouts,
        targets: LambdaTargets,
        is_healthy: IsHealthy,
        counts: BalancerCounts,
        dates: DateHeader,
        clock: Clock,
    ) -> None:
        """Everything is shared with the load balancer's other listeners but the plan."""
        self.plan = plan
        self.patience = patience
        self._targets = targets
        self._is_healthy = is_healthy
        self._counts = counts
        self._dates = dates
        self._clock = clock

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request."""
        self._counts.requests += 1
        keep_alive = request.keep_alive and self._is_young(request)
        plan = self.plan
        try:
            answer = await self._answer(plan, request)
        except RequestRejected as exc:
            keep_alive = keep_alive and exc.status not in _CLOSES
            answer = self._own_error(exc.status, exc.detail)
        except MalformedLambdaResponse as exc:
            answer = self._own_error(502, str(exc))
        return render_response(
            answer,
            self._dates,
            keep_alive=keep_alive,
            head_only=request.method == "HEAD",
            server=plan.server_header,
        )

    def _is_young(self, request: web.BaseRequest) -> bool:
        """Whether the connection may take another request.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#http-client-keep-alive-duration
        """
        connection = request.protocol
        if not isinstance(connection, ClientConnection):
            return True
        return self._clock.monotonic() - connection.opened_at < self.patience.keep_alive_s

    async def _answer(self, plan: ListenerConfig, http: web.BaseRequest) -> AlbResponse:
        request = _request(plan, http)
        headers = alb_event.decode_headers(request)
        alb_event.check_head(request, headers)
        listener = plan.listener
        action = listener.default_action
        if listener.rules:
            action = choose_action(listener, _facts(request, headers))
        if action.type == "fixed-response":
            return fixed_response(action)
        if action.type == "redirect":
            return redirect_response(action, _facts(request, headers))
        target = self._target(action)
        self._counts.tallies.of(target.group.arn).chosen()
        body = await self._body(http)
        root = self._targets.ids.trace_id()
        event = alb_event.build_event(
            request,
            headers,
            body,
            target_group_arn=target.group.arn,
            multi_value=target.group.multi_value_headers,
            attributes=plan.attributes,
            trace_id=root,
        )
        return await self._invoke(target, event, root)

    async def _invoke(self, target: LambdaTarget, event: bytes, trace_root: str) -> AlbResponse:
        """The target's answer, counted. Raises BadAnswer."""
        tallies = self._counts.tallies.of(target.group.arn)
        began = self._clock.monotonic()
        draw = self._targets.ids.draw()
        try:
            answer = await target.invoke(event, trace_root=trace_root, draw=draw)
        except MalformedLambdaResponse as exc:
            tallies.failed(exc.reason)
            raise
        tallies.answered(answer.status, self._clock.monotonic() - began)
        return answer

    def _target(self, action: ListenerAction) -> LambdaTarget:
        """A healthy target of the group that is drawn; any one when none is healthy (fail open).

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-health
        """
        groups = action.target_groups
        draw = self._targets.ids.draw() if len(groups) > 1 else 0.0
        group = draw_target_group(groups, draw)
        if group is None:
            raise RequestRejected(503, "no target group has a weight above 0")
        targets = self._targets.of(group.arn)
        if targets is None:
            raise RequestRejected(504, f"the twin has Lambda targets only; {group.arn} has others")
        if not targets:
            raise RequestRejected(503, f"no target is registered with {group.arn}")
        if len(targets) == 1:
            return targets[0]
        return next((target for target in targets if self._is_healthy(target)), targets[0])

    async def _body(self, http: web.BaseRequest) -> bytes:
        if not http.body_exists:
            return b""
        alb_event.check_body_size(http.content_length or 0)
        if http.headers.get("Expect", "").lower() == "100-continue":
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
            await http.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunks: list[bytes] = []
        size = 0
        while chunk := await self._chunk(http):
            size += len(chunk)
            alb_event.check_body_size(size)
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _chunk(self, http: web.BaseRequest) -> bytes:
        """The next part of the body; the client has the idle time-out to send it."""
        if http.content.is_eof():
            return await http.content.readany()
        try:
            async with asyncio.timeout(self.patience.idle_s):
                return await http.content.readany()
        except TimeoutError:
            raise RequestRejected(408, "the client did not send its whole body in time") from None
        except web.RequestPayloadError as exc:
            raise RequestRejected(400, f"the body ends early: {exc}") from None

    def _own_error(self, status: int, why: str) -> AlbResponse:
        """Its page; why goes to the log, but not for each request of a storm."""
        self._counts.tallies.own_error(status)
        if status >= 500:
            self._counts.elb_5xx += 1
        kind = f"{status} {why.partition(':')[0]}"
        now = self._clock.monotonic()
        if now - self._counts.said_at.get(kind, -_SAY_AGAIN_AFTER_S) >= _SAY_AGAIN_AFTER_S:
            self._counts.said_at[kind] = now
            log.info("%s answers %d: %s", self.plan.name, status, why)
        return error_response(status)


def _request(plan: ListenerConfig, http: web.BaseRequest) -> alb_event.AlbRequest:
    peer = http.protocol.peername
    client, client_port = (peer[0], peer[1]) if isinstance(peer, tuple) else ("127.0.0.1", 0)
    return alb_event.AlbRequest(
        method=http.method,
        target=http.raw_path,
        headers=http.raw_headers,
        client=client,
        client_port=client_port,
        port=plan.listener.port,
        version=http.version,
    )


def _facts(request: alb_event.AlbRequest, headers: list[tuple[str, str]]) -> RequestFacts:
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

"""The listening sockets of all load balancers of a Region.

Opens and closes them as the Topology says, each without disturbing the others. One that can't be
opened is a problem to be told and tried again; it stops nothing else.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from common.clock import Clock
from twin.internal_api.schemas import LoadBalancerStatus, MetricSample
from twin.region.alb.connections import ConnectionServer, ConnectionTimeouts, DateHeader
from twin.region.alb.lambda_targets import LambdaTargets
from twin.region.alb.listener_handler import (
    BalancerCounts,
    IsHealthy,
    ListenerConfig,
    ListenerHandler,
    connection_timeouts,
)
from twin.topology.model import LoadBalancer, LoadBalancerListener

log = logging.getLogger(__name__)

DRAIN_TIMEOUT_S = 2.0
"""How long requests in flight have when their listener goes."""
NO_TLS = "the twin has no TLS yet: HTTPS listeners are not served"


@dataclass(slots=True, kw_only=True)
class _Open:
    """A listening socket and who answers on it."""

    handler: ListenerHandler
    connections: ConnectionServer
    socket: asyncio.Server


@dataclass(slots=True, kw_only=True)
class _Live:
    """A load balancer and its listeners by port."""

    load_balancer: LoadBalancer
    patience: ConnectionTimeouts
    counts: BalancerCounts = field(default_factory=BalancerCounts)
    open: dict[int, _Open] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)


class LoadBalancers:
    """All load balancers of the Region."""

    def __init__(self, targets: LambdaTargets, *, is_healthy: IsHealthy, clock: Clock) -> None:
        """None yet."""
        self._targets = targets
        self._is_healthy = is_healthy
        self._clock = clock
        self._dates = DateHeader(clock)
        self._live: dict[str, _Live] = {}
        self._changing = asyncio.Lock()

    async def follow(self, load_balancers: Iterable[LoadBalancer]) -> None:
        """Serve these load balancers and no others."""
        async with self._changing:
            await self._follow(load_balancers)

    async def _follow(self, load_balancers: Iterable[LoadBalancer]) -> None:
        wanted = {lb.arn: lb for lb in load_balancers}
        # Ports are given up first: another load balancer may have got the address.
        for arn, live in tuple(self._live.items()):
            now = wanted.get(arn)
            kept = _http_ports(now) if now and now.address == live.load_balancer.address else ()
            for port in live.open.keys() - set(kept):
                await self._close(live.open.pop(port))
            if now is None:
                del self._live[arn]
        for arn, load_balancer in wanted.items():
            live = self._live.setdefault(
                arn, _Live(load_balancer=load_balancer, patience=ConnectionTimeouts())
            )
            await self._bring_up(live, load_balancer)

    async def _bring_up(self, live: _Live, load_balancer: LoadBalancer) -> None:
        live.load_balancer = load_balancer
        now = connection_timeouts(load_balancer)
        live.patience.idle_s, live.patience.keep_alive_s = now.idle_s, now.keep_alive_s
        problems: dict[int, str] = {}
        for listener in load_balancer.listeners:
            if listener.protocol != "HTTP":
                problems[listener.port] = f"port {listener.port}: {NO_TLS}"
                continue
            plan = ListenerConfig.of(load_balancer, listener)
            if (opened := live.open.get(listener.port)) is not None:
                opened.handler.plan = plan
            elif problem := await self._open(live, listener, plan):
                problems[listener.port] = problem
        for port, problem in problems.items():
            if live.problems.get(port) != problem:
                log.warning("%s, %s: %s", load_balancer.name, load_balancer.address, problem)
        live.problems = problems

    async def _open(self, live: _Live, listener: LoadBalancerListener, plan: ListenerConfig) -> str:
        """Listen; why it is not possible, if so."""
        handler = ListenerHandler(
            plan,
            patience=live.patience,
            targets=self._targets,
            is_healthy=self._is_healthy,
            counts=live.counts,
            dates=self._dates,
            clock=self._clock,
        )
        connections = ConnectionServer(
            handler.handle, patience=live.patience, dates=self._dates, clock=self._clock
        )
        address = live.load_balancer.address
        try:
            socket = await asyncio.get_running_loop().create_server(
                connections, address, listener.port, backlog=1024
            )
        except OSError as exc:
            return f"port {listener.port} can't be opened: {exc.strerror or exc}"
        live.open[listener.port] = _Open(handler=handler, connections=connections, socket=socket)
        log.info("%s listens on %s:%d", live.load_balancer.name, address, listener.port)
        return ""

    async def _close(self, opened: _Open) -> None:
        opened.socket.close()
        await opened.connections.close(DRAIN_TIMEOUT_S)

    async def retry(self) -> None:
        """Try again what could not be opened; to be called now and then."""
        async with self._changing:
            for live in self._live.values():
                if live.problems:
                    await self._bring_up(live, live.load_balancer)

    async def close(self) -> None:
        """Stop listening; requests in flight have a moment to finish."""
        async with self._changing:
            everything = [opened for live in self._live.values() for opened in live.open.values()]
            await asyncio.gather(*(self._close(opened) for opened in everything))
            self._live.clear()

    def take_metrics(self) -> Iterator[MetricSample]:
        """What came since the last time, for CloudWatch."""
        for arn, live in self._live.items():
            yield from live.counts.tallies.take(arn)

    def status(self) -> tuple[LoadBalancerStatus, ...]:
        """Each load balancer, as it is."""
        return tuple(
            LoadBalancerStatus(
                arn=arn,
                name=live.load_balancer.name,
                address=live.load_balancer.address,
                ports=tuple(sorted(live.open)),
                requests=live.counts.requests,
                elb_5xx=live.counts.elb_5xx,
                problem="; ".join(live.problems.values()),
            )
            for arn, live in sorted(self._live.items())
        )


def _http_ports(load_balancer: LoadBalancer) -> tuple[int, ...]:
    return tuple(li.port for li in load_balancer.listeners if li.protocol == "HTTP")

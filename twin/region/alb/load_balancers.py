"""The load balancers of a Region and the sockets of their listeners.

A change of the Topology opens and closes only the listeners that differ. A port that can't be
opened is reported as its load balancer's problem and retried; the others are not affected.
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
)
from twin.topology.model import LoadBalancer, LoadBalancerListener

log = logging.getLogger(__name__)

DRAIN_TIMEOUT_S = 2.0
"""Time for requests in flight to finish when their listener is closed."""
NO_TLS = "the twin has no TLS yet: HTTPS listeners are not served"


@dataclass(slots=True, kw_only=True)
class _OpenListener:
    """A listening socket, its connections and their handler."""

    handler: ListenerHandler
    connections: ConnectionServer
    socket: asyncio.Server


@dataclass(slots=True, kw_only=True)
class _ServedBalancer:
    """A load balancer with its open listeners, and its problems, by port."""

    config: LoadBalancer
    timeouts: ConnectionTimeouts
    counts: BalancerCounts = field(default_factory=BalancerCounts)
    listeners: dict[int, _OpenListener] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)


class LoadBalancers:
    """All load balancers of the Region."""

    def __init__(self, targets: LambdaTargets, *, is_healthy: IsHealthy, clock: Clock) -> None:
        self._targets = targets
        self._is_healthy = is_healthy
        self._clock = clock
        self._date = DateHeader(clock)
        self._served: dict[str, _ServedBalancer] = {}
        self._lock = asyncio.Lock()

    async def configure(self, load_balancers: Iterable[LoadBalancer]) -> None:
        """Serve these load balancers and no others."""
        async with self._lock:
            wanted = {lb.arn: lb for lb in load_balancers}
            # Close first: the address may now belong to another load balancer.
            for arn, served in tuple(self._served.items()):
                await self._close_unwanted(served, wanted.get(arn))
                if arn not in wanted:
                    del self._served[arn]
            for arn, config in wanted.items():
                served = self._served.setdefault(
                    arn, _ServedBalancer(config=config, timeouts=ConnectionTimeouts())
                )
                await self._apply_config(served, config)

    async def _close_unwanted(self, served: _ServedBalancer, config: LoadBalancer | None) -> None:
        same_address = config is not None and config.address == served.config.address
        kept = _http_ports(config) if config is not None and same_address else ()
        for port in served.listeners.keys() - set(kept):
            await self._close(served.listeners.pop(port))

    async def _apply_config(self, served: _ServedBalancer, config: LoadBalancer) -> None:
        served.config = config
        named = config.attributes
        served.timeouts.idle_s = float(named.get("idle_timeout.timeout_seconds", "60"))
        served.timeouts.keep_alive_s = float(named.get("client_keep_alive.seconds", "3600"))
        problems: dict[int, str] = {}
        for listener in config.listeners:
            if listener.protocol != "HTTP":
                problems[listener.port] = f"port {listener.port}: {NO_TLS}"
                continue
            listener_config = ListenerConfig.from_topology(config, listener)
            if (opened := served.listeners.get(listener.port)) is not None:
                opened.handler.config = listener_config
            elif problem := await self._open(served, listener, listener_config):
                problems[listener.port] = problem
        for port, problem in problems.items():
            if served.problems.get(port) != problem:
                log.warning("%s, %s: %s", config.name, config.address, problem)
        served.problems = problems

    async def _open(
        self, served: _ServedBalancer, listener: LoadBalancerListener, config: ListenerConfig
    ) -> str:
        """Open a listener's port; the problem if that fails, else empty."""
        handler = ListenerHandler(
            config,
            targets=self._targets,
            is_healthy=self._is_healthy,
            counts=served.counts,
            clock=self._clock,
        )
        connections = ConnectionServer(handler, timeouts=served.timeouts, date=self._date)
        address = served.config.address
        try:
            socket = await asyncio.get_running_loop().create_server(
                connections, address, listener.port, backlog=1024
            )
        except OSError as exc:
            return f"port {listener.port} can't be opened: {exc.strerror or exc}"
        except OverflowError as exc:  # a number that is no port
            return f"port {listener.port} can't be opened: {exc}"
        served.listeners[listener.port] = _OpenListener(
            handler=handler, connections=connections, socket=socket
        )
        log.info("%s listens on %s:%d", served.config.name, address, listener.port)
        return ""

    async def _close(self, opened: _OpenListener) -> None:
        opened.socket.close()
        await opened.connections.close(DRAIN_TIMEOUT_S)

    async def retry(self) -> None:
        """Retry the ports that could not be opened; call it regularly."""
        async with self._lock:
            for served in self._served.values():
                if served.problems:
                    await self._apply_config(served, served.config)

    async def close(self) -> None:
        """Close all listeners; requests in flight have DRAIN_TIMEOUT_S to finish."""
        async with self._lock:
            listeners = [o for served in self._served.values() for o in served.listeners.values()]
            await asyncio.gather(*map(self._close, listeners))
            self._served.clear()

    def take_metrics(self) -> Iterator[MetricSample]:
        """The CloudWatch samples since the last call."""
        for arn, served in self._served.items():
            yield from served.counts.metrics.take(arn)

    def status(self) -> tuple[LoadBalancerStatus, ...]:
        return tuple(
            LoadBalancerStatus(
                arn=arn,
                name=served.config.name,
                address=served.config.address,
                ports=tuple(sorted(served.listeners)),
                requests=served.counts.requests,
                elb_5xx=served.counts.elb_5xx,
                problem="; ".join(served.problems.values()),
            )
            for arn, served in sorted(self._served.items())
        )


def _http_ports(load_balancer: LoadBalancer) -> tuple[int, ...]:
    return tuple(li.port for li in load_balancer.listeners if li.protocol == "HTTP")

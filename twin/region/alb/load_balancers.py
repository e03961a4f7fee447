"""The load balancers of a Region and the sockets of their listeners.

A change of the Topology opens and closes only the listeners that differ. A port that can't be
opened is reported as its load balancer's problem and retried; the others are not affected.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from common.clock import Clock
from twin.internal_api.request_memory import RequestMemory
from twin.internal_api.schemas import LoadBalancerStatus, MetricSample
from twin.region.alb.lambda_targets import LambdaTargets
from twin.region.alb.listener_handler import (
    BalancerCounts,
    ForwardedRequest,
    IsHealthy,
    ListenerConfig,
    ListenerHandler,
    TargetInvocation,
)
from twin.region.http1.connections import ConnectionServer, ConnectionTimeouts, DateHeader
from twin.tls.connection import TlsConnection
from twin.tls.server_context import TlsPolicy, TlsServerContext
from twin.topology.model import Certificate, LoadBalancer, LoadBalancerListener

log = logging.getLogger(__name__)

DRAIN_TIMEOUT_S = 2.0
"""Time for requests in flight to finish when their listener is closed."""


@dataclass(slots=True, kw_only=True)
class _OpenListener:
    """A listening socket, its connections and their handler."""

    handler: ListenerHandler
    connections: ConnectionServer[ForwardedRequest, TargetInvocation]
    socket: asyncio.Server
    tls: TlsServerContext | None
    """None for plain HTTP."""


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

    def __init__(
        self,
        targets: LambdaTargets,
        *,
        is_healthy: IsHealthy,
        clock: Clock,
        certificate_path: Callable[[str], Path],
        memory: RequestMemory,
    ) -> None:
        """`certificate_path`: from the SHA-256 of a certificate's PEM file to that file.

        `memory` is that of all requests of the Region's process.
        """
        self._targets = targets
        self._is_healthy = is_healthy
        self._clock = clock
        self._certificate_path = certificate_path
        self._certificates: dict[str, Certificate] = {}
        """By ARN."""
        self._date = DateHeader(clock)
        self._memory = memory
        self._served: dict[str, _ServedBalancer] = {}
        self._lock = asyncio.Lock()

    async def configure(
        self, load_balancers: Iterable[LoadBalancer], certificates: Iterable[Certificate] = ()
    ) -> None:
        """Serve these load balancers, with these certificates, and no others.

        Configure the targets just before: listeners that stay open follow before anything is
        waited for, so that no request goes to a target group that is gone.
        """
        wanted = {lb.arn: lb for lb in load_balancers}
        for arn, served in self._served.items():
            if (config := wanted.get(arn)) is not None:
                _update_open(served, config)
        async with self._lock:
            self._certificates = {certificate.arn: certificate for certificate in certificates}
            # Close first: the address may now belong to another load balancer.
            unwanted = [
                opened
                for arn, served in self._served.items()
                for opened in _take_unwanted(served, wanted.get(arn))
            ]
            await asyncio.gather(*map(self._close, unwanted))
            for arn in self._served.keys() - wanted.keys():
                del self._served[arn]
            for arn, config in wanted.items():
                served = self._served.setdefault(
                    arn, _ServedBalancer(config=config, timeouts=ConnectionTimeouts())
                )
                await self._apply_config(served, config)

    async def _apply_config(self, served: _ServedBalancer, config: LoadBalancer) -> None:
        served.config = config
        named = config.attributes
        served.timeouts.idle_s = float(named.get("idle_timeout.timeout_seconds", "60"))
        served.timeouts.keep_alive_s = float(named.get("client_keep_alive.seconds", "3600"))
        problems: dict[int, str] = {}
        for listener in config.listeners:
            listener_config = ListenerConfig.from_topology(config, listener)
            found: tuple[str, ...] = ()
            if (opened := served.listeners.get(listener.port)) is not None:
                opened.handler.config = listener_config
                found = self._configure_tls(opened.tls, listener)
            else:
                found = await self._open(served, listener, listener_config)
            if found:
                problems[listener.port] = f"port {listener.port} {', '.join(found)}"
        for port, problem in problems.items():
            if served.problems.get(port) != problem:
                log.warning("%s, %s: %s", config.name, config.address, problem)
        served.problems = problems

    async def _open(
        self, served: _ServedBalancer, listener: LoadBalancerListener, config: ListenerConfig
    ) -> tuple[str, ...]:
        """Open a listener's port; what fails of it."""
        handler = ListenerHandler(
            config,
            targets=self._targets,
            is_healthy=self._is_healthy,
            counts=served.counts,
            clock=self._clock,
        )
        connections = ConnectionServer(
            handler, timeouts=served.timeouts, date=self._date, memory=self._memory
        )
        tls = TlsServerContext(self._certificate_path) if listener.tls is not None else None
        problems = self._configure_tls(tls, listener)
        address = served.config.address
        try:
            socket = await asyncio.get_running_loop().create_server(
                connections if tls is None else self._secured(connections, handler, tls),
                address,
                listener.port,
                backlog=1024,
            )
        except OSError as exc:
            return (f"can't be opened: {exc.strerror or exc}",)
        except OverflowError as exc:  # a number that is no port
            return (f"can't be opened: {exc}",)
        served.listeners[listener.port] = _OpenListener(
            handler=handler, connections=connections, socket=socket, tls=tls
        )
        log.info("%s listens on %s:%d", served.config.name, address, listener.port)
        return problems

    def _configure_tls(
        self, tls: TlsServerContext | None, listener: LoadBalancerListener
    ) -> tuple[str, ...]:
        """Put a listener's certificates and its policy in force; what fails of that."""
        if tls is None or listener.tls is None:
            return ()
        arns = listener.tls.certificates
        policy = TlsPolicy(protocols=listener.tls.protocols, ciphers=listener.tls.ciphers)
        present = [self._certificates[arn] for arn in arns if arn in self._certificates]
        default = self._certificates.get(arns[0]) if arns else None
        unknown = [f"has no certificate {arn}" for arn in arns if arn not in self._certificates]
        return (*unknown, *tls.configure(present, default=default, policy=policy))

    def _secured(
        self,
        connections: ConnectionServer[ForwardedRequest, TargetInvocation],
        handler: ListenerHandler,
        tls: TlsServerContext,
    ) -> Callable[[], TlsConnection]:
        """Connections with TLS around those of a listener."""

        def refuse_plain() -> bytes:
            return handler.serialize(
                handler.refuse_plain(),
                date=self._date.value(),
                keep_alive=False,
                head_only=False,
            )

        return lambda: TlsConnection(
            connections, tls.context, on_failure=handler.tls_failed, refuse_plain=refuse_plain
        )

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


def _kept_listeners(
    served: _ServedBalancer, config: LoadBalancer | None
) -> dict[int, LoadBalancerListener]:
    """By port, the listeners of a new configuration that are open already."""
    if config is None or config.address != served.config.address:
        return {}
    return {
        listener.port: listener
        for listener in config.listeners
        if (opened := served.listeners.get(listener.port)) is not None
        and (opened.tls is None) == (listener.tls is None)
    }


def _update_open(served: _ServedBalancer, config: LoadBalancer) -> None:
    """Apply a new configuration to the listeners that stay open."""
    for port, listener in _kept_listeners(served, config).items():
        served.listeners[port].handler.config = ListenerConfig.from_topology(config, listener)


def _take_unwanted(served: _ServedBalancer, config: LoadBalancer | None) -> list[_OpenListener]:
    """Take out the listeners that have to be closed."""
    kept = _kept_listeners(served, config)
    return [served.listeners.pop(port) for port in tuple(served.listeners) if port not in kept]

"""The server of a Region's API Gateway: one address, TLS by the names of clients.

It listens while the Region has an API or a custom domain name. A port that can't be opened is
reported as a problem and retried. HTTP/2 is not served: clients fall back to HTTP/1.1 by ALPN.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from common.clock import Clock
from twin.core.apigateway.api_names import ApiNames
from twin.core.apigateway.context_variables import RequestOutcome
from twin.core.apigateway.requests import GatewayRequest
from twin.core.faults import Link
from twin.core.http.messages import PLAIN_ON_TLS
from twin.internal_api.request_memory import RequestMemory
from twin.internal_api.schemas import ApiGatewayStatus, LogEntry, MetricSample
from twin.region.apigateway.access_logs import AccessLogs
from twin.region.apigateway.integrations import Integrations
from twin.region.apigateway.metrics import GatewayMetrics
from twin.region.apigateway.network_link import NetworkLink
from twin.region.apigateway.request_handler import (
    GatewayCounts,
    GatewayHandler,
    GatewayInvocation,
    RoutedRequest,
)
from twin.region.http1.connections import ConnectionServer, ConnectionTimeouts, DateHeader
from twin.tls.connection import TlsConnection
from twin.tls.server_context import TlsServerContext
from twin.topology.apigateway import ApiGatewayTopology
from twin.topology.model import Certificate

log = logging.getLogger(__name__)

IDLE_S = 310.0
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
DRAIN_TIMEOUT_S = 2.0
"""Time for requests in flight to finish when the server ends."""


@dataclass(slots=True, kw_only=True)
class _OpenPort:
    """A listening socket and its connections."""

    address: tuple[str, int]
    connections: ConnectionServer[RoutedRequest, GatewayInvocation]
    socket: asyncio.Server


class ApiGatewayServer:
    """API Gateway in one Region."""

    def __init__(
        self,
        integrations: Integrations,
        *,
        clock: Clock,
        certificate_path: Callable[[str], Path],
        memory: RequestMemory,
        idle_s: float = IDLE_S,
    ) -> None:
        """`certificate_path`: from the SHA-256 of a certificate's PEM file to that file.

        `memory` is that of all requests of the Region's process.
        """
        self._integrations = integrations
        self._region = integrations.region
        self._idle_s = idle_s
        self._tls = TlsServerContext(certificate_path)
        self._date = DateHeader(clock)
        self._memory = memory
        self._counts = GatewayCounts()
        self._metrics = GatewayMetrics()
        self._logs = AccessLogs(integrations.account)
        self._handler = GatewayHandler(
            integrations,
            account=integrations.account,
            clock=clock,
            counts=self._counts,
            on_outcome=self._on_outcome,
        )
        self._network = NetworkLink()
        self._config = ApiGatewayTopology()
        self._certificates: tuple[Certificate, ...] = ()
        self._open: _OpenPort | None = None
        self._problems: tuple[str, ...] = ()
        self._lock = asyncio.Lock()

    # -- configuration

    async def configure(
        self, config: ApiGatewayTopology, certificates: Iterable[Certificate]
    ) -> None:
        """Serve these APIs and names. Configure the functions first."""
        async with self._lock:
            self._config = config
            self._certificates = tuple(certificates)
            self._handler.names = names = ApiNames(config, self._region)
            self._handler.port = config.port
            self._handler.throttles.forget(
                frozenset((served.api.id, served.stage.name) for served in names.stages)
            )
            self._integrations.forget()
            await self._apply()

    async def _apply(self) -> None:
        config = self._config
        wanted = (config.address, config.port) if config.apis or config.domains else None
        if self._open is not None and self._open.address != wanted:
            await self._close(self._open)
        problems = list(self._configure_tls())
        if wanted is not None and self._open is None:
            problems += await self._listen(wanted)
        if tuple(problems) != self._problems:
            for problem in problems:
                log.warning("API Gateway: %s", problem)
        self._problems = tuple(problems)

    def _configure_tls(self) -> Iterator[str]:
        """Put certificates in force; what fails of that.

        A custom domain's own certificate serves its name, and no other name that it covers.
        """
        by_arn = {certificate.arn: certificate for certificate in self._certificates}
        suffix = f".execute-api.{self._region}.amazonaws.com"
        chosen = [
            certificate
            for certificate in self._certificates
            if any(name.endswith(suffix) for name in certificate.names)
        ]
        for domain in self._config.domains:
            found = by_arn.get(domain.certificate_arn)
            if found is None:
                yield f"{domain.name} has no certificate {domain.certificate_arn}"
            else:
                chosen.append(replace(found, names=(domain.name.lower(),)))
        yield from self._tls.configure(chosen)

    async def _listen(self, address: tuple[str, int]) -> list[str]:
        """Open the port; the problem if that fails."""
        connections = ConnectionServer(
            self._handler,
            timeouts=ConnectionTimeouts(idle_s=self._idle_s, keep_alive_s=float("inf")),
            date=self._date,
            memory=self._memory,
        )
        try:
            socket = await asyncio.get_running_loop().create_server(
                self._network.wrap(lambda: self._secured(connections)), *address, backlog=1024
            )
        except (OSError, OverflowError) as exc:
            reason = (exc.strerror if isinstance(exc, OSError) else None) or exc
            return [f"{address[0]}:{address[1]} can't be opened: {reason}"]
        self._open = _OpenPort(address=address, connections=connections, socket=socket)
        log.info("API Gateway listens on %s:%d", *address)
        return []

    def _secured(
        self, connections: ConnectionServer[RoutedRequest, GatewayInvocation]
    ) -> TlsConnection:
        """A connection with TLS around it."""
        return TlsConnection(
            connections,
            self._tls.context,
            on_failure=self._on_failed_handshake,
            refuse_plain=self._refuse_plain,
        )

    def _refuse_plain(self) -> bytes:
        return self._handler.serialize(
            PLAIN_ON_TLS, date=self._date.value(), keep_alive=False, head_only=False
        )

    def _on_failed_handshake(self, why: str) -> None:
        self._counts.failed_handshakes += 1
        log.debug("no TLS with a client: %s", why)

    def set_link(self, link: Link) -> None:
        """Apply a new state of the Region's network, to open connections as well."""
        self._network.set_link(link)

    def drop_left(self) -> None:
        """Forget the clients that have left over a cut network; call it regularly."""
        self._network.drop_left()

    async def retry(self) -> None:
        """Retry a port that could not be opened; call it regularly."""
        if self._problems:
            async with self._lock:
                await self._apply()

    async def close(self) -> None:
        """Stop listening; requests in flight have DRAIN_TIMEOUT_S to finish."""
        async with self._lock:
            if self._open is not None:
                await self._close(self._open)
            self._network.close()

    async def _close(self, opened: _OpenPort) -> None:
        self._open = None
        opened.socket.close()
        await opened.connections.close(DRAIN_TIMEOUT_S)

    # -- what it counts

    def _on_outcome(self, request: GatewayRequest, outcome: RequestOutcome) -> None:
        self._metrics.count(request, outcome)
        self._logs.write(request, outcome)

    def take_logs(self) -> tuple[LogEntry, ...]:
        """The lines of access logs since the last call."""
        return self._logs.take()

    def take_metrics(self) -> Iterator[MetricSample]:
        """The CloudWatch samples since the last call."""
        return self._metrics.take()

    def status(self) -> ApiGatewayStatus | None:
        """None for a Region without API Gateway."""
        config = self._config
        if not (config.apis or config.domains):
            return None
        return ApiGatewayStatus(
            address=config.address,
            port=config.port,
            apis=tuple(api.id for api in config.apis),
            domains=tuple(domain.name for domain in config.domains),
            requests=self._counts.requests,
            own_5xx=self._counts.own_5xx,
            failed_handshakes=self._counts.failed_handshakes,
            problem="; ".join(self._problems),
        )


def integrated_functions(config: ApiGatewayTopology) -> Iterator[str]:
    """The ARNs of functions that stages integrate with, as they name them."""
    for api in config.apis:
        for stage in api.stages:
            for route in stage.routes:
                if route.integration.function_arn:
                    yield route.integration.function_arn

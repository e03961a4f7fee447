"""Accept connections on the accelerators' ports and forward each to its endpoint.

The accelerator terminates the client's TCP connection and opens one of its own to the endpoint:
https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html
The endpoint is chosen once for each connection; an open connection keeps its endpoint. If the
endpoint does not accept the connection, the client gets a RST and no other Region is tried, because
the accelerator fails over by health alone:
https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html

Over a cut network no SYN reaches the endpoint, and the client waits for the time-out. Over a slow
network the connection to the endpoint is opened after a round trip's delay.
"""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from common.clock import Clock
from common.log_pause import LogPause
from twin.core.accelerator.routing import Flow, NoRoute
from twin.core.faults import CLEAR_LINK, Link, NetworkState
from twin.edge.ports import OpenPort
from twin.edge.routes import Destination, GroupCounters
from twin.edge.splice import SplicePath, Splicer, reset_socket
from twin.runtime.descriptors import is_reserved
from twin.runtime.own_user import require_own_listener

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
"""How long an endpoint may leave a SYN unanswered; AWS gives no figure."""
MAX_ACCEPTS_PER_WAKEUP = 64
"""Bound on accepts in a row, so that open connections are served in between."""
ACCEPT_PAUSE_S = 0.5
"""Pause after an accept failed, for example because no file descriptor is left."""
LOG_PAUSE_S = 5.0
"""Least time between two log lines about the same listener or endpoint."""
# In Python's socket module from 3.12 on.
IP_BIND_ADDRESS_NO_PORT = 24

FindRoute = Callable[[str, Flow], Destination | NoRoute]
"""(Listener ARN, flow) -> where the connection goes."""


@dataclass(frozen=True, slots=True, eq=False)
class _DelayedConnect:
    """A client whose SYN has not reached the endpoint yet, because of a network fault."""

    client: socket.socket
    source_ip: str
    destination: Destination
    since: float


@dataclass(frozen=True, slots=True, eq=False)
class _PendingConnect:
    """A client whose endpoint has not answered the SYN yet."""

    client: socket.socket
    upstream: socket.socket
    destination: Destination
    since: float


class TcpProxy:
    """All connections through the edge: accepted, being connected, and spliced."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        find_route: FindRoute,
        *,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._find_route = find_route
        self._connect_timeout_s = connect_timeout_s
        self._splicer = Splicer(loop, clock)
        self._pending: set[_PendingConnect] = set()
        self._delayed: set[_DelayedConnect] = set()
        self._log_pause = LogPause(LOG_PAUSE_S)
        self.dropped: dict[str, int] = {}
        """Connections without an endpoint, by ARN of the listener."""

    # -- ports

    def start_accepting(self, port: OpenPort) -> None:
        self._loop.add_reader(port.sock.fileno(), self._accept, port)

    def stop_accepting(self, port: OpenPort) -> None:
        """Accept no more connections on this port; the accepted ones stay open."""
        self._loop.remove_reader(port.sock.fileno())

    def _accept(self, port: OpenPort) -> None:
        for _ in range(MAX_ACCEPTS_PER_WAKEUP):
            try:
                client, (client_ip, client_port) = port.sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as exc:
                self._pause_accepting(port, exc)
                return
            client.setblocking(False)
            if is_reserved(client.fileno()) and not self._splicer.make_room():
                self._drop(port.listener, client, "too many connections are open")
                continue
            self._route(port, client, client_ip, client_port)

    def _pause_accepting(self, port: OpenPort, exc: OSError) -> None:
        log.error(
            "%s:%d accepts no connections for %g s: %s", port.ip, port.port, ACCEPT_PAUSE_S, exc
        )
        self.stop_accepting(port)
        self._loop.call_later(ACCEPT_PAUSE_S, self._resume_accepting, port)

    def _resume_accepting(self, port: OpenPort) -> None:
        if port.sock.fileno() >= 0:
            self.start_accepting(port)

    # -- connections

    def _route(
        self, port: OpenPort, client: socket.socket, client_ip: str, client_port: int
    ) -> None:
        flow = Flow(
            source_ip=client_ip,
            source_port=client_port,
            destination_ip=port.ip,
            destination_port=port.port,
        )
        destination = self._find_route(port.listener, flow)
        if isinstance(destination, NoRoute):
            self._drop(port.listener, client, str(destination))
            return
        # With preservation on, the endpoint sees the client's own address:
        # https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.html
        # Otherwise it sees an address of the accelerator. AWS does not specify which; here it is
        # the static IP.
        source_ip = client_ip if destination.keep_client_address else port.ip
        self._connect(client, source_ip, destination)

    def _drop(self, listener: str, client: socket.socket, reason: str) -> None:
        self.dropped[listener] = self.dropped.get(listener, 0) + 1
        self._log(listener, f"a connection was dropped: {reason}")
        reset_socket(client)

    def _connect(self, client: socket.socket, source_ip: str, destination: Destination) -> None:
        now = self._clock.monotonic()
        link = self._splicer.network.link(destination.region)
        if link is CLEAR_LINK:
            self._open_upstream(client, source_ip, destination, now)
            return
        delayed = _DelayedConnect(client, source_ip, destination, now)
        self._delayed.add(delayed)
        if not link.cut:
            self._connect_after_delay(delayed, link)

    def _connect_after_delay(self, delayed: _DelayedConnect, link: Link) -> None:
        """The SYN and the endpoint's answer to it take a round trip."""
        self._loop.call_later(2 * link.delay_s, self._connect_delayed, delayed)

    def _connect_delayed(self, delayed: _DelayedConnect) -> None:
        link = self._splicer.network.link(delayed.destination.region)
        if delayed in self._delayed and not link.cut:
            self._delayed.remove(delayed)
            self._open_upstream(
                delayed.client, delayed.source_ip, delayed.destination, delayed.since
            )

    def set_network(self, network: NetworkState) -> None:
        """Apply a new state of the network, to open and to delayed connections as well.

        A delayed SYN is sent again over the new link, as TCP retransmits it.
        """
        before = self._splicer.network
        self._splicer.set_network(network)
        for delayed in list(self._delayed):
            link = network.link(delayed.destination.region)
            if not link.cut and link != before.link(delayed.destination.region):
                self._connect_after_delay(delayed, link)

    def _open_upstream(
        self, client: socket.socket, source_ip: str, destination: Destination, since: float
    ) -> None:
        try:
            upstream, code = _start_connect(source_ip, destination)
        except OSError as exc:
            self._refuse(client, destination, exc.errno or errno.EIO)
            return
        pending = _PendingConnect(client, upstream, destination, since)
        if code in (errno.EINPROGRESS, errno.EALREADY):
            self._pending.add(pending)
            self._loop.add_writer(upstream.fileno(), self._on_connect_result, pending)
        else:
            self._finish_connect(pending, code)

    def _on_connect_result(self, pending: _PendingConnect) -> None:
        self._stop_waiting(pending)
        code = pending.upstream.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._finish_connect(pending, code)

    def _stop_waiting(self, pending: _PendingConnect) -> None:
        self._pending.discard(pending)
        self._loop.remove_writer(pending.upstream.fileno())

    def _finish_connect(self, pending: _PendingConnect, code: int) -> None:
        """Splice the two connections, or reset the client if `code` is an errno."""
        if code:
            pending.upstream.close()
            self._refuse(pending.client, pending.destination, code)
            return
        destination, counters = pending.destination, pending.destination.counters
        counters.new += 1
        counters.open += 1
        path = SplicePath(destination.region, counters.bytes_in, counters.bytes_out)
        self._splicer.splice(pending.client, pending.upstream, path, _decrement_open(counters))

    def _refuse(self, client: socket.socket, destination: Destination, code: int) -> None:
        destination.counters.refused += 1
        self._log(destination.endpoint_id, f"took no connection: {os.strerror(code)}")
        reset_socket(client)

    # -- time

    def sweep(self, idle_timeout_s: float) -> None:
        """Close idle connections, and reset clients whose endpoint does not answer in time."""
        self._splicer.close_idle(idle_timeout_s)
        since = self._clock.monotonic() - self._connect_timeout_s
        for pending in [p for p in self._pending if p.since <= since]:
            self._stop_waiting(pending)
            self._finish_connect(pending, errno.ETIMEDOUT)
        for delayed in [d for d in self._delayed if d.since <= since]:
            self._delayed.remove(delayed)
            self._refuse(delayed.client, delayed.destination, errno.ETIMEDOUT)

    def close(self) -> None:
        """Close all connections, and reset the clients that are not connected yet."""
        for pending in list(self._pending):
            self._stop_waiting(pending)
            pending.upstream.close()
            reset_socket(pending.client)
        for delayed in self._delayed:
            reset_socket(delayed.client)
        self._delayed.clear()
        self._splicer.close()

    def _log(self, subject: str, text: str) -> None:
        now = self._clock.monotonic()
        if self._log_pause.is_over(subject, now):
            log.warning("%s %s", subject, text)


def _start_connect(source_ip: str, destination: Destination) -> tuple[socket.socket, int]:
    """Start connecting to the endpoint: the socket, and 0 if it is connected already, or an errno.

    Raises OSError if the connection can't be started.
    """
    if not destination.host:
        raise OSError(errno.EHOSTUNREACH, "no such load balancer")
    address = (destination.host, destination.port)
    require_own_listener(address)
    upstream = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel then chooses the port at connect, so one source address has enough ports.
        upstream.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        upstream.bind((source_ip, 0))
    except OSError:
        upstream.close()
        raise
    code = upstream.connect_ex(address)
    # On loopback the connection is established by now; checking is cheaper than a loop iteration.
    return upstream, upstream.connect_ex(address) if code == errno.EINPROGRESS else code


def _decrement_open(counters: GroupCounters) -> Callable[[], None]:
    def decrement() -> None:
        counters.open -= 1

    return decrement

"""Takes connections on the accelerators' ports and leads each to its endpoint.

The accelerator ends the client's TCP connection and opens one of its own to the endpoint:
https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html
Who the endpoint is, a routing table says, once for each connection; a connection that is open stays
where it is. An endpoint that does not take the connection gets the client a RST, and no other
Region is tried: the accelerator fails over by health alone.
https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html

Over a cut network the endpoint never hears of a connection, and its client waits for the time-out;
over a slow one it hears of it a round trip later.
"""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from twin.clock import Clock
from twin.core.accelerator import Flow, NoRoute
from twin.core.faults import CLEAR_LINK, Link, NetworkState
from twin.edge.ports import OpenPort
from twin.edge.routes import Destination, GroupCounters
from twin.edge.splice import SplicePath, Splicer, reset_socket

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
"""How long an endpoint may leave a SYN unanswered; AWS gives no figure."""
MAX_ACCEPTS_PER_WAKEUP = 64
"""Then the open connections get their turn."""
ACCEPT_PAUSE_S = 0.5
"""Rest when the machine has no descriptor left for another connection."""
LOG_PAUSE_S = 5.0
"""An endpoint that refuses is named in the log at most this often."""
# In Python's socket module from 3.12 on.
IP_BIND_ADDRESS_NO_PORT = 24

FindRoute = Callable[[str, Flow], Destination | NoRoute]
"""ARN of the listener, flow -> where it goes."""


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A connection whose endpoint has not heard of it yet."""

    client: socket.socket
    source_ip: str
    destination: Destination
    since: float


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    """A connection whose endpoint has not answered yet."""

    client: socket.socket
    upstream: socket.socket
    destination: Destination
    since: float


class TcpProxy:
    """All connections through the edge."""

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
        self._pending: set[_Pending] = set()
        self._held: set[_Held] = set()
        self._logged_at: dict[str, float] = {}
        self.dropped: dict[str, int] = {}
        """Connections that could go nowhere, by ARN of the listener."""

    # -- ports

    def take_from(self, port: OpenPort) -> None:
        """Accept connections on this port."""
        self._loop.add_reader(port.sock.fileno(), self._accept, port)

    def leave(self, port: OpenPort) -> None:
        """Accept no more on this port; what it brought stays open."""
        self._loop.remove_reader(port.sock.fileno())

    def _accept(self, port: OpenPort) -> None:
        for _ in range(MAX_ACCEPTS_PER_WAKEUP):
            try:
                client, (client_ip, client_port) = port.sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as exc:
                self._rest(port, exc)
                return
            client.setblocking(False)
            self._lead(port, client, client_ip, client_port)

    def _rest(self, port: OpenPort, exc: OSError) -> None:
        log.error("%s:%d accepts nothing for a moment: %s", port.ip, port.port, exc)
        self.leave(port)
        self._loop.call_later(ACCEPT_PAUSE_S, self._go_on, port)

    def _go_on(self, port: OpenPort) -> None:
        if port.sock.fileno() >= 0:
            self.take_from(port)

    # -- connections

    def _lead(
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
            self.dropped[port.listener] = self.dropped.get(port.listener, 0) + 1
            self._log(port.listener, f"a connection was dropped: {destination}")
            reset_socket(client)
            return
        # The endpoint sees the client's own address:
        # https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.html
        # Else it sees one of the accelerator's; which one AWS leaves open, here the static one.
        source_ip = client_ip if destination.keep_client_address else port.ip
        self._connect(client, source_ip, destination)

    def _connect(self, client: socket.socket, source_ip: str, destination: Destination) -> None:
        now = self._clock.monotonic()
        link = self._splicer.network.link(destination.region)
        if link is CLEAR_LINK:
            self._begin(client, source_ip, destination, now)
            return
        held = _Held(client, source_ip, destination, now)
        self._held.add(held)
        if not link.cut:
            self._let_go_later(held, link)

    def _let_go_later(self, held: _Held, link: Link) -> None:
        """The endpoint's answer to the SYN is here after a round trip."""
        self._loop.call_later(2 * link.delay_s, self._let_go, held)

    def _let_go(self, held: _Held) -> None:
        if held in self._held and not self._splicer.network.link(held.destination.region).cut:
            self._held.remove(held)
            self._begin(held.client, held.source_ip, held.destination, held.since)

    def follow(self, network: NetworkState) -> None:
        """The network is another from now on, for connections that are open or begun too.

        A SYN that is still on its way is sent once more, as TCP does, and is as fast as one now is.
        """
        before = self._splicer.network
        self._splicer.follow(network)
        for held in list(self._held):
            link = network.link(held.destination.region)
            if not link.cut and link != before.link(held.destination.region):
                self._let_go_later(held, link)

    def _begin(
        self, client: socket.socket, source_ip: str, destination: Destination, since: float
    ) -> None:
        try:
            upstream, code = _connecting(source_ip, destination)
        except OSError as exc:
            self._refuse(client, destination, exc.errno or errno.EIO)
            return
        pending = _Pending(client, upstream, destination, since)
        if code in (errno.EINPROGRESS, errno.EALREADY):
            self._pending.add(pending)
            self._loop.add_writer(upstream.fileno(), self._answered, pending)
        else:
            self._settle(pending, code)

    def _answered(self, pending: _Pending) -> None:
        self._unwait(pending)
        code = pending.upstream.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._settle(pending, code)

    def _unwait(self, pending: _Pending) -> None:
        self._pending.discard(pending)
        self._loop.remove_writer(pending.upstream.fileno())

    def _settle(self, pending: _Pending, code: int) -> None:
        if code:
            pending.upstream.close()
            self._refuse(pending.client, pending.destination, code)
            return
        destination, counters = pending.destination, pending.destination.counters
        counters.new += 1
        counters.open += 1
        trip = SplicePath(destination.region, counters.up, counters.down)
        self._splicer.join(pending.client, pending.upstream, trip, _one_less(counters))

    def _refuse(self, client: socket.socket, destination: Destination, code: int) -> None:
        destination.counters.refused += 1
        self._log(destination.endpoint_id, f"took no connection: {os.strerror(code)}")
        reset_socket(client)

    # -- time

    def sweep(self, idle_timeout_s: float) -> None:
        """End idle connections, and those whose endpoint does not answer; call it regularly."""
        self._splicer.close_idle(idle_timeout_s)
        since = self._clock.monotonic() - self._connect_timeout_s
        for pending in [p for p in self._pending if p.since <= since]:
            self._unwait(pending)
            self._settle(pending, errno.ETIMEDOUT)
        for held in [h for h in self._held if h.since <= since]:
            self._held.remove(held)
            self._refuse(held.client, held.destination, errno.ETIMEDOUT)

    def close(self) -> None:
        """End all connections."""
        for pending in list(self._pending):
            self._unwait(pending)
            pending.upstream.close()
            reset_socket(pending.client)
        for held in self._held:
            reset_socket(held.client)
        self._held.clear()
        self._splicer.close()

    def _log(self, subject: str, text: str) -> None:
        now = self._clock.monotonic()
        if now - self._logged_at.get(subject, -LOG_PAUSE_S) >= LOG_PAUSE_S:
            self._logged_at[subject] = now
            log.warning("%s %s", subject, text)


def _connecting(source_ip: str, destination: Destination) -> tuple[socket.socket, int]:
    """Start connecting: the socket, and 0 when the endpoint has answered already, else an errno.

    Raises OSError when there is nothing to wait for.
    """
    if not destination.host:
        raise OSError(errno.EHOSTUNREACH, "no such load balancer")
    upstream = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The port is chosen when connecting, so that one source address is not short of ports.
        upstream.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        upstream.bind((source_ip, 0))
    except OSError:
        upstream.close()
        raise
    address = (destination.host, destination.port)
    code = upstream.connect_ex(address)
    # On loopback the answer is there by now; asking again is cheaper than a turn of the loop.
    return upstream, upstream.connect_ex(address) if code == errno.EINPROGRESS else code


def _one_less(counters: GroupCounters) -> Callable[[], None]:
    def ended() -> None:
        counters.open -= 1

    return ended

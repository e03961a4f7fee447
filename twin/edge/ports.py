"""The listening sockets on the accelerators' static addresses: which to open, and opening them.

A change of the wanted ports opens and closes only the sockets that differ, so that it does not
disturb other listeners. A port that can't be opened is reported as its listener's problem and
retried; the process goes on.
"""

import errno
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from twin.edge.routes import unknown_regions
from twin.topology.model import AcceleratorListener, Topology

log = logging.getLogger(__name__)

BACKLOG = 4096
MAX_PORTS_PER_LISTENER = 1000
"""AWS opens up to all 65535 ports of a listener; here each port takes a socket."""

ListenAddress = tuple[str, int]
"""Static IP address and port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortPlan:
    """The ports to open for a Topology."""

    listeners: dict[ListenAddress, str]
    """Address -> ARN of the listener."""
    problems: dict[str, str]
    """ARN of a listener -> what of it the twin does not support."""


def plan_ports(topology: Topology) -> PortPlan:
    """The ports of all enabled accelerators.

    A disabled accelerator keeps its addresses, and accepts no connections:
    https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html
    """
    listeners: dict[ListenAddress, str] = {}
    problems: dict[str, str] = {}
    for accelerator in topology.accelerators:
        for listener in accelerator.listeners:
            if problem := _describe_unsupported(listener):
                problems[listener.arn] = problem
            if accelerator.enabled and listener.protocol == "TCP":
                for port in list(_ports(listener))[:MAX_PORTS_PER_LISTENER]:
                    listeners.update({(ip, port): listener.arn for ip in accelerator.ips})
    return PortPlan(listeners=listeners, problems=problems)


def _ports(listener: AcceleratorListener) -> Iterator[int]:
    for ports in listener.port_ranges:
        yield from range(ports.from_port, ports.to_port + 1)


def _describe_unsupported(listener: AcceleratorListener) -> str:
    problems = []
    if listener.protocol != "TCP":
        problems.append(f"the twin forwards TCP only, not {listener.protocol}")
    count = sum(ports.to_port - ports.from_port + 1 for ports in listener.port_ranges)
    if count > MAX_PORTS_PER_LISTENER:
        problems.append(f"only the first {MAX_PORTS_PER_LISTENER} of its {count} ports are open")
    if regions := unknown_regions(listener.groups):
        problems.append(f"no Region that the twin knows: {', '.join(regions)}")
    return "; ".join(problems)


@dataclass(slots=True, kw_only=True)
class OpenPort:
    """A listening socket, and the accelerator's listener that it belongs to."""

    sock: socket.socket
    ip: str
    port: int
    listener: str
    """ARN; changes when another listener takes over the port."""


class Ports:
    """All listening sockets of the edge."""

    def __init__(
        self, *, on_opened: Callable[[OpenPort], None], on_closing: Callable[[OpenPort], None]
    ) -> None:
        self._on_opened = on_opened
        self._on_closing = on_closing
        self._wanted: dict[ListenAddress, str] = {}
        self._open: dict[ListenAddress, OpenPort] = {}
        self._problems: dict[ListenAddress, str] = {}

    def set_wanted(self, wanted: Mapping[ListenAddress, str]) -> None:
        """Open and close ports until these are open, each for the listener with the given ARN."""
        self._wanted = dict(wanted)
        for address in [address for address in self._open if address not in wanted]:
            self._close(self._open.pop(address))
        self._problems = {a: text for a, text in self._problems.items() if a in wanted}
        for address, listener in self._wanted.items():
            if address in self._open:
                self._open[address].listener = listener
        self.open_missing()

    def open_missing(self) -> None:
        """Retry the wanted ports that could not be opened."""
        for (ip, port), listener in self._wanted.items():
            if (ip, port) not in self._open:
                self._try_open(ip, port, listener)

    def problem(self, listener: str) -> str:
        """Why ports of the listener are not open; empty if all are."""
        return "; ".join(
            f"{ip}:{port}: {text}"
            for (ip, port), text in self._problems.items()
            if self._wanted[ip, port] == listener
        )

    def close(self) -> None:
        self.set_wanted({})

    def _try_open(self, ip: str, port: int, listener: str) -> None:
        try:
            sock = _listen(ip, port)
        except OSError as exc:
            self._record_problem(ip, port, explain_open_failure(exc, port))
            return
        self._problems.pop((ip, port), None)
        opened = OpenPort(sock=sock, ip=ip, port=port, listener=listener)
        self._open[ip, port] = opened
        self._on_opened(opened)

    def _record_problem(self, ip: str, port: int, text: str) -> None:
        if self._problems.get((ip, port)) != text:
            log.error("%s:%d can't be opened: %s", ip, port, text)
        self._problems[ip, port] = text

    def _close(self, port: OpenPort) -> None:
        self._on_closing(port)
        port.sock.close()


def _listen(ip: str, port: int) -> socket.socket:
    if not ip.startswith("127."):
        raise OSError(errno.EADDRNOTAVAIL, "the twin opens loopback addresses only")
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit this option on Linux, which saves a system call for each.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((ip, port))
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def explain_open_failure(exc: OSError, port: int) -> str:
    """Why the port can't be opened, and what the user can do about it."""
    if exc.errno == errno.EACCES:
        return f"this user may not open port {port}; choose a listener port from 1024 up"
    if exc.errno == errno.EADDRINUSE:
        return "another program has this address open"
    return exc.strerror or str(exc)

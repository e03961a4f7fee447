"""The listening sockets on the accelerators' static addresses.

Opens what is wanted and not open, closes what is open and not wanted, and leaves all others alone,
so that a change never disturbs a listener that it is not about. A port that can't be opened is a
problem that is told and tried again, never an end of the process. What is done with a connection is
not known here.
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

ListenAddress = tuple[str, int]
"""Static address and port."""


@dataclass(slots=True, kw_only=True)
class OpenPort:
    """A listening socket, and the accelerator's listener that it belongs to."""

    sock: socket.socket
    ip: str
    port: int
    listener: str
    """ARN; a new listener may take the port over."""


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

    def want(self, wanted: Mapping[ListenAddress, str]) -> None:
        """Make the open ports these, each for the listener of this ARN."""
        self._wanted = dict(wanted)
        for place in [place for place in self._open if place not in wanted]:
            self._close(self._open.pop(place))
        self._problems = {p: text for p, text in self._problems.items() if p in wanted}
        for place, listener in self._wanted.items():
            if place in self._open:
                self._open[place].listener = listener
        self.open_missing()

    def open_missing(self) -> None:
        """Try again what is wanted and could not be opened."""
        for (ip, port), listener in self._wanted.items():
            if (ip, port) not in self._open:
                self._try(ip, port, listener)

    def problem(self, listener: str) -> str:
        """What is wrong with the ports of a listener; empty when nothing is."""
        return "; ".join(
            f"{ip}:{port}: {text}"
            for (ip, port), text in self._problems.items()
            if self._wanted[ip, port] == listener
        )

    def close(self) -> None:
        """Close all."""
        self.want({})

    def _try(self, ip: str, port: int, listener: str) -> None:
        try:
            sock = _listening(ip, port)
        except OSError as exc:
            self._tell(ip, port, explain_open_failure(exc, port))
            return
        self._problems.pop((ip, port), None)
        opened = OpenPort(sock=sock, ip=ip, port=port, listener=listener)
        self._open[ip, port] = opened
        self._on_opened(opened)

    def _tell(self, ip: str, port: int, text: str) -> None:
        if self._problems.get((ip, port)) != text:
            log.error("%s:%d can't be opened: %s", ip, port, text)
        self._problems[ip, port] = text

    def _close(self, port: OpenPort) -> None:
        self._on_closing(port)
        port.sock.close()


def _listening(ip: str, port: int) -> socket.socket:
    if not ip.startswith("127."):
        raise OSError(errno.EADDRNOTAVAIL, "the twin opens loopback addresses only")
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Linux hands this down to each accepted connection, which saves a call for each.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((ip, port))
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def explain_open_failure(exc: OSError, port: int) -> str:
    """Why the port can't be opened, and what to do if something can be done."""
    if exc.errno == errno.EACCES:
        return f"this user may not open port {port}; choose a listener port from 1024 up"
    if exc.errno == errno.EADDRINUSE:
        return "another program has this address open"
    return exc.strerror or str(exc)


MAX_PORTS_PER_LISTENER = 1000
"""Ports of one listener that are opened; AWS opens up to all 65535. Each takes a socket here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortPlan:
    """What is to be open."""

    places: dict[ListenAddress, str]
    """Address and port -> ARN of the listener."""
    problems: dict[str, str]
    """ARN of a listener -> what of it the twin can't do."""


def plan_ports(topology: Topology) -> PortPlan:
    """The ports of all enabled accelerators.

    A disabled one keeps its addresses, and takes no connection:
    https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html
    """
    places: dict[ListenAddress, str] = {}
    problems: dict[str, str] = {}
    for accelerator in topology.accelerators:
        for listener in accelerator.listeners:
            if problem := _problem(listener):
                problems[listener.arn] = problem
            if accelerator.enabled and listener.protocol == "TCP":
                for port in list(_ports(listener))[:MAX_PORTS_PER_LISTENER]:
                    places.update({(ip, port): listener.arn for ip in accelerator.ips})
    return PortPlan(places=places, problems=problems)


def _ports(listener: AcceleratorListener) -> Iterator[int]:
    for ports in listener.port_ranges:
        yield from range(ports.from_port, ports.to_port + 1)


def _problem(listener: AcceleratorListener) -> str:
    found = []
    if listener.protocol != "TCP":
        found.append(f"the twin forwards TCP only, not {listener.protocol}")
    wished = sum(ports.to_port - ports.from_port + 1 for ports in listener.port_ranges)
    if wished > MAX_PORTS_PER_LISTENER:
        found.append(f"only the first {MAX_PORTS_PER_LISTENER} of its {wished} ports are open")
    if regions := unknown_regions(listener.groups):
        found.append(f"no Region that the twin knows: {', '.join(regions)}")
    return "; ".join(found)

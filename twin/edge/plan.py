"""Which ports a Topology asks the edge to open, and which of its wishes it can't have."""

from collections.abc import Iterator
from dataclasses import dataclass

from twin.edge.ports import Place
from twin.edge.routes import unknown_regions
from twin.topology import AcceleratorListener, Topology

MOST_PORTS = 1000
"""Ports of one listener that are opened; AWS opens up to all 65535. Each takes a socket here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortPlan:
    """What is to be open."""

    places: dict[Place, str]
    """Address and port -> ARN of the listener."""
    problems: dict[str, str]
    """ARN of a listener -> what of it the twin can't do."""


def port_plan(topology: Topology) -> PortPlan:
    """The ports of all enabled accelerators.

    A disabled one keeps its addresses, and takes no connection:
    https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html
    """
    places: dict[Place, str] = {}
    problems: dict[str, str] = {}
    for accelerator in topology.accelerators:
        for listener in accelerator.listeners:
            if problem := _problem(listener):
                problems[listener.arn] = problem
            if accelerator.enabled and listener.protocol == "TCP":
                for port in list(_ports(listener))[:MOST_PORTS]:
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
    if wished > MOST_PORTS:
        found.append(f"only the first {MOST_PORTS} of its {wished} ports are open")
    if regions := unknown_regions(listener.groups):
        found.append(f"no Region that the twin knows: {', '.join(regions)}")
    return "; ".join(found)

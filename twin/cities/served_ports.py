"""The ports of the twin's public addresses: those that the Topology opens. Pure.

Another program of the machine may listen at every address, the twin's too; a SOCKS entrance that
connects for anybody must not lead to it.
"""

from collections.abc import Iterator

from twin.runtime.instance import DNS_PORT, Instance
from twin.topology.model import RegionTopology, Topology


class ServedPorts:
    """The open ports of one Topology, by address."""

    def __init__(self, instance: Instance, topology: Topology) -> None:
        self._name_servers = {host for host, _ in instance.name_server_addresses}
        self._ranges: dict[str, list[range]] = {}
        for address, ports in _open_ports(topology):
            self._ranges.setdefault(address, []).append(ports)

    def include(self, address: str, port: int) -> bool:
        """Whether the twin serves everybody at this address and port."""
        if address in self._name_servers:
            return port == DNS_PORT
        return any(port in ports for ports in self._ranges.get(address, ()))


def _open_ports(topology: Topology) -> Iterator[tuple[str, range]]:
    for accelerator in topology.accelerators:
        for listener in accelerator.listeners:
            for ports in listener.port_ranges:
                for address in accelerator.ips:
                    yield address, range(ports.from_port, ports.to_port + 1)
    for region in topology.regions.values():
        yield from _ports_of_region(region)


def _ports_of_region(region: RegionTopology) -> Iterator[tuple[str, range]]:
    for balancer in region.load_balancers:
        for listener in balancer.listeners:
            yield balancer.address, range(listener.port, listener.port + 1)
    gateway = region.api_gateway
    if gateway.address:
        yield gateway.address, range(gateway.port, gateway.port + 1)

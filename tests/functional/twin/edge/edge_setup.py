"""The edge's test Topology: two Regions with a load balancer each, one accelerator; clients."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.instances import claim_instance
from twin.edge.edge import Edge
from twin.internal_api.schemas import EndpointGroupStatus, EndpointState, LoadBalancerHealthReport
from twin.runtime.instance import Instance
from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    EndpointConfiguration,
    EndpointGroup,
    ListenerAction,
    LoadBalancer,
    LoadBalancerListener,
    PortRange,
    RegionTopology,
    TargetGroup,
    TargetHealthCheck,
    Topology,
    WeightedTargetGroup,
)

INSTANCE = Instance(Path("/nonexistent"), claim_instance())
PORT = 8080
HOME_IP, LONDON_IP, PORTLAND_IP = "127.0.0.1", "127.210.2.1", "127.210.7.1"
FRANKFURT, OREGON = "eu-central-1", "us-west-2"
STATIC_IPS = INSTANCE.static_ips(0)
ACCELERATOR = "arn:aws:globalaccelerator::123456789012:accelerator/1"
LISTENER = f"{ACCELERATOR}/listener/1"

ServeConnection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def balancer_arn(region: str) -> str:
    return f"arn:aws:elasticloadbalancing:{region}:123456789012:loadbalancer/app/muster/1"


def balancer_address(region: str) -> str:
    return INSTANCE.load_balancer_address(region, 1)


def group_arn(region: str) -> str:
    return f"{LISTENER}/endpoint-group/{region}"


def endpoint_group(region: str, dial: float = 100.0, **endpoint: bool | int) -> EndpointGroup:
    fields = {"weight": 128, "client_ip_preservation": True} | endpoint
    return EndpointGroup(
        arn=group_arn(region),
        region=region,
        dial=dial,
        endpoints=(
            EndpointConfiguration(
                id=balancer_arn(region),
                weight=int(fields["weight"]),
                client_ip_preservation=bool(fields["client_ip_preservation"]),
            ),
        ),
    )


def region_topology(region: str, interval_s: float = 5.0, timeout_s: float = 2.0) -> RegionTopology:
    target_group = TargetGroup(
        arn=f"arn:aws:elasticloadbalancing:{region}:123456789012:targetgroup/muster/1",
        name="muster",
        target_type="lambda",
        health_check=TargetHealthCheck(
            enabled=True,
            path="/health",
            interval_s=interval_s,
            timeout_s=timeout_s,
            healthy_threshold=2,
            unhealthy_threshold=2,
            matcher="200",
        ),
    )
    action = ListenerAction(
        type="forward", target_groups=(WeightedTargetGroup(arn=target_group.arn),)
    )
    balancer = LoadBalancer(
        arn=balancer_arn(region),
        name="muster",
        address=balancer_address(region),
        scheme="internal",
        listeners=(
            LoadBalancerListener(arn="l", port=PORT, protocol="HTTP", default_action=action),
        ),
    )
    return RegionTopology(load_balancers=(balancer,), target_groups=(target_group,))


def listener_of(*groups: EndpointGroup, port: int = PORT) -> AcceleratorListener:
    return AcceleratorListener(
        arn=LISTENER, port_ranges=(PortRange(from_port=port, to_port=port),), groups=groups
    )


def topology_of(
    *listeners: AcceleratorListener, version: int = 1, enabled: bool = True
) -> Topology:
    accelerator = Accelerator(
        arn=ACCELERATOR, name="muster", enabled=enabled, ips=STATIC_IPS, listeners=listeners
    )
    regions = {region: region_topology(region) for region in (FRANKFURT, OREGON)}
    return Topology(version=version, accelerators=(accelerator,), regions=regions)


def both_regions(frankfurt: float = 100.0, oregon: float = 100.0, version: int = 1) -> Topology:
    groups = (endpoint_group(FRANKFURT, frankfurt), endpoint_group(OREGON, oregon))
    return topology_of(listener_of(*groups), version=version)


def with_intervals(topology: Topology, interval_s: float, timeout_s: float) -> Topology:
    regions = {name: region_topology(name, interval_s, timeout_s) for name in topology.regions}
    return replace(topology, regions=regions)


def health_report(
    region: str, state: EndpointState = EndpointState.HEALTHY
) -> LoadBalancerHealthReport:
    return LoadBalancerHealthReport(region=region, load_balancers={balancer_arn(region): state})


def group_status(edge: Edge, region: str) -> EndpointGroupStatus:
    (found,) = (
        group
        for accelerator in edge.status().accelerators
        for listener in accelerator.listeners
        for group in listener.groups
        if group.region == region
    )
    return found


@dataclass(slots=True)
class FakeLoadBalancer:
    """Sends its Region's name to each client, and then runs `serve_connection`."""

    region: str
    serve_connection: ServeConnection
    clients: list[str] = field(default_factory=list)
    """Addresses of the clients, in order."""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    """How each connection ended: `eof` or the error's name."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.append(writer.get_extra_info("peername")[0])
        self.writers.append(writer)
        how = "eof"
        try:
            writer.write(f"{self.region}\n".encode())
            await self.serve_connection(reader, writer)
        except OSError as exc:
            how = type(exc).__name__
        finally:
            self.ended.append(how)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send each line back."""
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()


@contextlib.asynccontextmanager
async def run_load_balancer(
    region: str, serve_connection: ServeConnection = echo, port: int = PORT
) -> AsyncIterator[FakeLoadBalancer]:
    fake = FakeLoadBalancer(region, serve_connection)
    server = await asyncio.start_server(fake.serve, balancer_address(region), port, backlog=1024)
    try:
        yield fake
    finally:
        server.close()
        for writer in fake.writers:
            writer.transport.abort()
        await server.wait_closed()


@dataclass(slots=True)
class EdgeClient:
    """One connection through the accelerator."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    region: str
    """The Region that answered."""

    async def echoed(self, text: str = "still there") -> str:
        self.writer.write(f"{text}\n".encode())
        return (await asyncio.wait_for(self.reader.readline(), 5)).decode().strip()


@contextlib.asynccontextmanager
async def connect_client(
    source: str = HOME_IP, target: str = STATIC_IPS[0], port: int = PORT
) -> AsyncIterator[EdgeClient]:
    """Connect, and read which Region answers. Raises the connection's OSError."""
    reader, writer = await asyncio.open_connection(target, port, local_addr=(source, 0))
    try:
        region = (await asyncio.wait_for(reader.readline(), 5)).decode().strip()
        yield EdgeClient(reader, writer, region)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def find_answering_region(
    source: str = HOME_IP, target: str = STATIC_IPS[0], port: int = PORT
) -> str:
    """Open a connection; the Region that answers it."""
    async with connect_client(source, target, port) as connected:
        return connected.region

"""The edge of one twin: Topology and health in, routing tables and open ports out.

Everything happens on one event loop, between two of its events; no connection ever sees half a
change. HTTP and the long poll are in twin.edge.process.
"""

import asyncio

from twin.clock import Clock
from twin.core.accelerator import Flow, NoRoute
from twin.core.faults import CLEAR_NETWORK, Faults, Link
from twin.edge.health import EndpointHealthTracker
from twin.edge.metrics import FlowMetrics
from twin.edge.ports import PortPlan, Ports, plan_ports
from twin.edge.proxy import CONNECT_TIMEOUT_S, TcpProxy
from twin.edge.routes import Destination, GroupCounters, ListenerRoutes, load_balancer_addresses
from twin.geography import find_city
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    EdgeStatus,
    EndpointGroupStatus,
    EndpointStatus,
    LoadBalancerHealthReport,
    MetricsReport,
)
from twin.settings import TwinSettings
from twin.topology.model import Accelerator, AcceleratorListener, EndpointGroup, PortRange, Topology


class Edge:
    """All accelerators of a twin."""

    def __init__(
        self,
        settings: TwinSettings,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
        *,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        self._settings = settings
        self._loop = loop
        self._network = CLEAR_NETWORK
        self._flow_metrics = FlowMetrics()
        self._home = find_city(settings.home_city)
        self._topology = Topology()
        self._plan = PortPlan(places={}, problems={})
        self._board = EndpointHealthTracker(settings, clock)
        self._counters: dict[str, GroupCounters] = {}
        self._routes: dict[str, ListenerRoutes] = {}
        self._proxy = TcpProxy(loop, clock, self._find_route, connect_timeout_s=connect_timeout_s)
        self._ports = Ports(on_opened=self._proxy.take_from, on_closing=self._proxy.leave)

    # -- what happens to it

    def apply(self, topology: Topology) -> None:
        """Put a Topology in force for new connections; open ones stay where they are.

        https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
        """
        self._topology = topology
        self._plan = plan_ports(topology)
        self._board.watch(topology)
        groups = [group for listener in self._listeners() for group in listener.groups]
        self._counters = {g.arn: self._counters.get(g.arn, GroupCounters()) for g in groups}
        self._build_routes()
        self._ports.want(self._plan.places)

    def follow_faults(self, faults: Faults) -> None:
        """Put the network's faults in force, for open connections too."""
        self._network = faults.network
        self._proxy.follow(self._network)

    def hear(self, report: LoadBalancerHealthReport) -> bool:
        """Take a Region's health report; whether it came through."""
        link = self._network.link(report.region)
        if link.cut:
            return False
        if link.delay_s:
            self._loop.call_later(link.delay_s, self._take_late, report, link)
        else:
            self._take(report)
        return True

    def _take_late(self, report: LoadBalancerHealthReport, link: Link) -> None:
        """One that was on its way while the network changed is lost; the next comes within 1 s."""
        if self._network.link(report.region) == link:
            self._take(report)

    def _take(self, report: LoadBalancerHealthReport) -> None:
        if self._board.hear(report):
            self._build_routes()

    def pass_time(self) -> None:
        """Follow what only time changes in the endpoints' health; call it often."""
        if self._board.pass_time():
            self._build_routes()

    def tend(self) -> None:
        """End idle connections and try ports that could not be opened; call it regularly."""
        self._proxy.sweep(self._settings.idle_timeout_s)
        self._ports.open_missing()

    def close(self) -> None:
        """Close all ports and connections."""
        self._ports.close()
        self._proxy.close()

    # -- what it says

    def status(self) -> EdgeStatus:
        """Everything it knows."""
        return EdgeStatus(
            topology_version=self._topology.version,
            accelerators=tuple(map(self._accelerator_status, self._topology.accelerators)),
        )

    def take_metrics(self) -> MetricsReport:
        """What came since the last time, for CloudWatch."""
        return self._flow_metrics.take(self.status())

    def _accelerator_status(self, accelerator: Accelerator) -> AcceleratorStatus:
        return AcceleratorStatus(
            arn=accelerator.arn,
            name=accelerator.name,
            ips=accelerator.ips,
            enabled=accelerator.enabled,
            listeners=tuple(map(self._listener_status, accelerator.listeners)),
        )

    def _listener_status(self, listener: AcceleratorListener) -> AcceleratorListenerStatus:
        problems = (self._plan.problems.get(listener.arn, ""), self._ports.problem(listener.arn))
        return AcceleratorListenerStatus(
            arn=listener.arn,
            ports=tuple(map(_as_text, listener.port_ranges)),
            groups=tuple(map(self._group_status, listener.groups)),
            problem="; ".join(filter(None, problems)),
            dropped_connections=self._proxy.dropped.get(listener.arn, 0),
        )

    def _group_status(self, group: EndpointGroup) -> EndpointGroupStatus:
        counters = self._counters[group.arn]
        return EndpointGroupStatus(
            arn=group.arn,
            region=group.region,
            dial=group.dial,
            endpoints=tuple(
                EndpointStatus(
                    id=endpoint.id,
                    weight=endpoint.weight,
                    state=self._board.state(endpoint.id),
                    reason=self._board.reason(endpoint.id),
                )
                for endpoint in group.endpoints
            ),
            open_connections=counters.open,
            new_connections=counters.new,
            refused_connections=counters.refused,
            bytes_in=counters.up.bytes,
            bytes_out=counters.down.bytes,
        )

    # -- routing

    def _find_route(self, listener: str, flow: Flow) -> Destination | NoRoute:
        return self._routes[listener].destination(flow)

    def _build_routes(self) -> None:
        addresses = load_balancer_addresses(self._topology)
        self._routes = {
            listener.arn: ListenerRoutes(
                listener,
                state=self._board.state,
                addresses=addresses,
                home=self._home,
                counters=self._counters,
            )
            for listener in self._listeners()
        }

    def _listeners(self) -> list[AcceleratorListener]:
        return [
            listener
            for accelerator in self._topology.accelerators
            for listener in accelerator.listeners
        ]


def _as_text(ports: PortRange) -> str:
    if ports.from_port == ports.to_port:
        return str(ports.from_port)
    return f"{ports.from_port}-{ports.to_port}"

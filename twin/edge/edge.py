"""The edge of one twin: from the Topology and health reports to routing tables and open ports.

Each change is applied within one callback of the event loop, so no connection sees half of it.
HTTP and the long poll for the Topology are in twin.edge.process.
"""

import asyncio

from common.clock import Clock
from twin.core.accelerator.routing import Flow, NoRoute
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
from twin.topology.model import Accelerator, AcceleratorListener, EndpointGroup, Topology


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
        self._plan = PortPlan(listeners={}, problems={})
        self._health = EndpointHealthTracker(settings, clock)
        self._counters: dict[str, GroupCounters] = {}
        self._routes: dict[str, ListenerRoutes] = {}
        self._proxy = TcpProxy(loop, clock, self._find_route, connect_timeout_s=connect_timeout_s)
        self._ports = Ports(
            on_opened=self._proxy.start_accepting, on_closing=self._proxy.stop_accepting
        )

    # -- inputs

    def apply_topology(self, topology: Topology) -> None:
        """Route new connections by this Topology; open connections keep their endpoint.

        https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
        """
        self._topology = topology
        self._plan = plan_ports(topology)
        self._health.set_topology(topology)
        groups = [group for listener in self._listeners() for group in listener.groups]
        self._counters = {g.arn: self._counters.get(g.arn, GroupCounters()) for g in groups}
        self._build_routes()
        self._ports.set_wanted(self._plan.listeners)

    def apply_faults(self, faults: Faults) -> None:
        """Apply the network faults, to open connections as well."""
        self._network = faults.network
        self._proxy.set_network(self._network)

    def take_health_report(self, report: LoadBalancerHealthReport) -> bool:
        """Apply a Region's health report; False if the Region's network is cut."""
        link = self._network.link(report.region)
        if link.cut:
            return False
        if link.delay_s:
            self._loop.call_later(link.delay_s, self._apply_delayed_report, report, link)
        else:
            self._apply_report(report)
        return True

    def _apply_delayed_report(self, report: LoadBalancerHealthReport, link: Link) -> None:
        """Drop a report if the link has changed since it was sent; the next follows within 1 s."""
        if self._network.link(report.region) == link:
            self._apply_report(report)

    def _apply_report(self, report: LoadBalancerHealthReport) -> None:
        if self._health.apply_report(report):
            self._build_routes()

    def update_health(self) -> None:
        """Apply time-dependent changes of the endpoints' health; call it often."""
        if self._health.advance():
            self._build_routes()

    def sweep(self) -> None:
        """Close idle connections, retry ports that could not be opened; call it regularly."""
        self._proxy.sweep(self._settings.idle_timeout_s)
        self._ports.open_missing()

    def close(self) -> None:
        self._ports.close()
        self._proxy.close()

    # -- status and metrics

    def status(self) -> EdgeStatus:
        return EdgeStatus(
            topology_version=self._topology.version,
            accelerators=tuple(map(self._accelerator_status, self._topology.accelerators)),
        )

    def take_metrics(self) -> MetricsReport:
        """The CloudWatch metrics since the last call."""
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
            ports=tuple(map(str, listener.port_ranges)),
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
                    state=self._health.state(endpoint.id),
                    reason=self._health.reason(endpoint.id),
                )
                for endpoint in group.endpoints
            ),
            open_connections=counters.open,
            new_connections=counters.new,
            refused_connections=counters.refused,
            bytes_in=counters.bytes_in.total,
            bytes_out=counters.bytes_out.total,
        )

    # -- routing

    def _find_route(self, listener: str, flow: Flow) -> Destination | NoRoute:
        return self._routes[listener].destination(flow)

    def _build_routes(self) -> None:
        addresses = load_balancer_addresses(self._topology)
        self._routes = {
            listener.arn: ListenerRoutes(
                listener,
                state=self._health.state,
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

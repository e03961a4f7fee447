"""Routing tables: everything about routing that is computed before a connection arrives.

A table is built from one Topology and one state of the endpoints' health, and is never changed.
For each connection it orders the groups by distance from the client, lets twin.core.accelerator
choose an endpoint, and translates the choice into an address.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from twin import geography
from twin.core.accelerator.routing import (
    CandidateEndpoint,
    CandidateGroup,
    Flow,
    NoRoute,
    choose_endpoint,
    draw_for_flow,
)
from twin.edge.splice import ByteCounter
from twin.errors import RegionUnknown
from twin.geography import Location
from twin.internal_api.schemas import EndpointState
from twin.topology.model import AcceleratorListener, EndpointConfiguration, EndpointGroup, Topology

MAX_CACHED_CLIENTS = 4096


@dataclass(slots=True, kw_only=True)
class GroupCounters:
    """Connections to an endpoint group, since the edge started."""

    open: int = 0
    new: int = 0
    refused: int = 0
    bytes_in: ByteCounter = field(default_factory=ByteCounter)
    """From clients to endpoints."""
    bytes_out: ByteCounter = field(default_factory=ByteCounter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The endpoint that a connection is forwarded to."""

    endpoint_id: str
    region: str
    host: str
    """Empty if there is no such load balancer."""
    port: int
    keep_client_address: bool
    counters: GroupCounters


class ListenerRoutes:
    """The routes of one listener of an accelerator."""

    def __init__(
        self,
        listener: AcceleratorListener,
        *,
        state: Callable[[str], EndpointState],
        addresses: Mapping[str, str],
        home: Location,
        counters: Mapping[str, GroupCounters],
    ) -> None:
        self._affinity = listener.client_affinity
        self._home = home
        known = [group for group in listener.groups if _is_known(group.region)]
        self._groups = {group.region: _candidate_group(group, state) for group in known}
        self._endpoints = {
            (group.region, endpoint.id): _RoutedEndpoint(group, endpoint, addresses, counters)
            for group in known
            for endpoint in group.endpoints
        }
        self._groups_by_client: dict[str, tuple[CandidateGroup, ...]] = {}

    def destination(self, flow: Flow) -> Destination | NoRoute:
        """Where this connection goes."""
        groups = self._groups_by_client.get(flow.source_ip) or self._sort_groups(flow.source_ip)
        route = choose_endpoint(groups, draw_for_flow(flow, self._affinity))
        if isinstance(route, NoRoute):
            return route
        endpoint = self._endpoints[route.group.region, route.endpoint.id]
        return endpoint.destination(flow.destination_port)

    def _sort_groups(self, client_ip: str) -> tuple[CandidateGroup, ...]:
        """The groups, nearest to the client first; cached, because clients connect repeatedly."""
        if len(self._groups_by_client) >= MAX_CACHED_CLIENTS:
            self._groups_by_client.clear()
        regions = geography.sort_regions_by_distance(
            geography.city_of_client(client_ip, self._home), tuple(self._groups)
        )
        groups = tuple(self._groups[region] for region in regions)
        self._groups_by_client[client_ip] = groups
        return groups


class _RoutedEndpoint:
    """An endpoint in its group; caches its destination for each port of the listener."""

    def __init__(
        self,
        group: EndpointGroup,
        endpoint: EndpointConfiguration,
        addresses: Mapping[str, str],
        counters: Mapping[str, GroupCounters],
    ) -> None:
        self._endpoint = endpoint
        self._region = group.region
        self._host = addresses.get(endpoint.id, "")
        self._counters = counters[group.arn]
        # https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-port-override.html
        self._ports = {o.listener_port: o.endpoint_port for o in group.port_overrides}
        self._by_port: dict[int, Destination] = {}

    def destination(self, listener_port: int) -> Destination:
        found = self._by_port.get(listener_port)
        if found is None:
            found = self._by_port[listener_port] = Destination(
                endpoint_id=self._endpoint.id,
                region=self._region,
                host=self._host,
                port=self._ports.get(listener_port, listener_port),
                keep_client_address=self._endpoint.client_ip_preservation,
                counters=self._counters,
            )
        return found


def load_balancer_addresses(topology: Topology) -> dict[str, str]:
    """ARN -> address of every load balancer."""
    return {
        balancer.arn: balancer.address
        for region in topology.regions.values()
        for balancer in region.load_balancers
    }


def unknown_regions(groups: Iterable[EndpointGroup]) -> tuple[str, ...]:
    """The groups' Regions that the twin does not know; they get no connections."""
    return tuple(group.region for group in groups if not _is_known(group.region))


def _is_known(region: str) -> bool:
    try:
        geography.region_number(region)
    except RegionUnknown:
        return False
    return True


def _candidate_group(group: EndpointGroup, state: Callable[[str], EndpointState]) -> CandidateGroup:
    return CandidateGroup(
        region=group.region,
        dial=group.dial,
        endpoints=tuple(
            CandidateEndpoint(id=e.id, weight=e.weight, state=state(e.id)) for e in group.endpoints
        ),
    )

"""Which endpoint Global Accelerator routes a new connection to.

The rules, in the order in which they apply:

1. Distance. The caller passes the groups in the client's order, nearest first.
2. Dial. The nearest group takes the connection with probability dial/100. The rest goes, all of
   it, to the next nearest group with a dial above 0: the dial is applied once.
3. Health. An endpoint takes connections when it is healthy and its weight is above 0. A group
   without such an endpoint is skipped for the nearest other group that has one. Dials no longer
   count: a group at dial 0 is a valid failover target. Three groups are tried in all.
4. Fail open. If none of them has one, the connection goes to a random endpoint of the closest
   group, whatever its health, weight and dial.

Randomness is a parameter: two numbers in [0, 1). `draw_for_flow` derives them from the flow, so
that equal flows get equal routes. Open connections are never rerouted. This module uses no sockets
and no clock, and gets each endpoint's health as an input.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Literal

from common.aws import ENDPOINT_GROUPS_TRIED
from twin.internal_api.schemas import EndpointState

ClientAffinity = Literal["NONE", "SOURCE_IP"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateEndpoint:
    """An endpoint that may get the connection."""

    id: str
    weight: int = 128
    """0 to 255; the share is weight / sum of the group's weights.
    https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointConfiguration.html"""
    state: EndpointState = EndpointState.HEALTHY

    @property
    def takes_connections(self) -> bool:
        """True when healthy with a weight above 0; an endpoint not checked yet (INITIAL) is not.

        https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html
        """
        return self.weight > 0 and self.state is EndpointState.HEALTHY


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateGroup:
    """An endpoint group, in one Region, that may get the connection."""

    region: str
    dial: float = 100.0
    """Percent."""
    endpoints: tuple[CandidateEndpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The 5-tuple of a connection."""

    source_ip: str
    source_port: int
    destination_ip: str
    destination_port: int
    protocol: Literal["TCP", "UDP"] = "TCP"


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomDraws:
    """The random numbers of one decision, each in [0, 1)."""

    group: float
    endpoint: float


class RouteReason(StrEnum):
    """Which rule chose the endpoint."""

    DIAL = "dial"
    """Distance and dials alone."""
    FAILOVER = "failover"
    """The group that the dials chose has no endpoint that takes connections."""
    FAIL_OPEN = "fail open"
    """None of the groups tried has an endpoint that takes connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a connection goes."""

    group: CandidateGroup
    endpoint: CandidateEndpoint
    reason: RouteReason


class NoRoute(StrEnum):
    """Why a connection can't be routed."""

    NO_GROUP = "the listener has no endpoint group"
    NO_ENDPOINT = "no endpoint group of the listener has an endpoint"


def choose_endpoint(groups: Sequence[CandidateGroup], draws: RandomDraws) -> Route | NoRoute:
    """Choose the endpoint for a new connection; `groups` nearest first."""
    if not groups:
        return NoRoute.NO_GROUP
    chosen = group_by_dial(groups, draws.group)
    others = (group for group in groups if group is not chosen)
    for tried, group in zip(range(ENDPOINT_GROUPS_TRIED), (chosen, *others), strict=False):
        available = [endpoint for endpoint in group.endpoints if endpoint.takes_connections]
        if available:
            only = len(available) == 1
            endpoint = available[0] if only else _draw_by_weight(available, draws.endpoint)
            reason = RouteReason.FAILOVER if tried else RouteReason.DIAL
            return Route(group=group, endpoint=endpoint, reason=reason)
    return _fail_open(groups, draws.endpoint)


def group_by_dial(groups: Sequence[CandidateGroup], draw: float) -> CandidateGroup:
    """Choose a group by distance and dials; `groups` nearest first, at least one.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
    "The percentage is applied only to traffic that is already directed to the endpoint group"; the
    page's worked example (two groups at 50) comes out only if the next group takes all of the rest.

    AWS does not document where the rest goes when all other dials are 0. The twin then leaves it
    with the nearest group, as if its dial were 100: no connection is lost to a dial.
    """
    nearest = groups[0]
    if draw < nearest.dial / 100:
        return nearest
    return next((group for group in groups[1:] if group.dial > 0), nearest)


def _draw_by_weight(available: Sequence[CandidateEndpoint], draw: float) -> CandidateEndpoint:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.html"""
    point = draw * sum(endpoint.weight for endpoint in available)
    for endpoint in available:
        point -= endpoint.weight
        if point < 0:
            return endpoint
    return available[-1]  # reached by rounding errors only


def _fail_open(groups: Sequence[CandidateGroup], draw: float) -> Route | NoRoute:
    """Choose a random endpoint of the closest group, whatever its weight and dial.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
    Other pages say "all endpoints in the endpoint group": over many connections it is the same.
    Groups without endpoints are skipped; AWS does not document that case.
    """
    for group in groups:
        if group.endpoints:
            endpoint = group.endpoints[int(draw * len(group.endpoints))]
            return Route(group=group, endpoint=endpoint, reason=RouteReason.FAIL_OPEN)
    return NoRoute.NO_ENDPOINT


def draw_for_flow(flow: Flow, affinity: ClientAffinity) -> RandomDraws:
    """Derive the random numbers from the flow: equal flows get equal numbers.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-listeners-client-affinity.html
    NONE hashes the 5-tuple. SOURCE_IP hashes source and destination address, and promises the same
    endpoint *group* for one source address: so the group is drawn from that address alone. AWS does
    not publish its hash function; the twin uses BLAKE2b.

    """
    if affinity == "SOURCE_IP":
        return RandomDraws(
            group=_fractions(flow.source_ip)[0],
            endpoint=_fractions(f"{flow.source_ip} {flow.destination_ip}")[1],
        )
    group, endpoint = _fractions(
        f"{flow.source_ip} {flow.source_port} {flow.destination_ip} {flow.destination_port}"
        f" {flow.protocol}"
    )
    return RandomDraws(group=group, endpoint=endpoint)


def _fractions(text: str) -> tuple[float, float]:
    """Two independent numbers in [0, 1), each of 53 bits so that rounding never makes a 1."""
    bits = int.from_bytes(blake2b(text.encode(), digest_size=16).digest())
    return (bits >> 75) * 2.0**-53, (bits & (1 << 53) - 1) * 2.0**-53

"""Which endpoint Global Accelerator gives a new connection to.

The theory, in the order in which it is applied:

1. Distance. The groups come in the client's order, nearest first; who is near is not decided here.
2. Dial. The nearest group takes the connection with probability dial/100. What it leaves goes, all
   of it, to the next nearest group with a dial above 0: the dial is applied once.
3. Health. An endpoint takes connections when it is healthy and its weight is above 0. A group
   without such an endpoint is passed over for the nearest other one that has one. Dials no longer
   count: a group at dial 0 is a refuge. Three groups are tried in all.
4. Fail open. If none of them has one, the connection goes to a random endpoint of the closest
   group, whatever its health, weight and dial.

Chance comes from outside as two numbers in [0, 1). `draws` makes them from the flow, so that one
flow always falls to the same side; connections that exist already are never asked about again.
Nothing here knows sockets, time or how health is found out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Literal

from twin.internal_api.schemas import EndpointState

GROUPS_TRIED = 3
"""The guide's failover page says "the three closest endpoint groups", its example "three
additional" ones, and AWS's knowledge centre "up to two additional" ones, which is three in all:
https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
https://repost.aws/knowledge-center/global-accelerator-failover-different-region
The twin keeps to three in all, the chosen one included."""

ClientAffinity = Literal["NONE", "SOURCE_IP"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateEndpoint:
    """An endpoint as routing sees it."""

    id: str
    weight: int = 128
    """0 to 255; the share is weight / sum of the group's weights.
    https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointConfiguration.html"""
    state: EndpointState = EndpointState.HEALTHY

    @property
    def takes_connections(self) -> bool:
        """Whether it is healthy with a weight above 0; one not checked yet (INITIAL) is not.

        https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html
        """
        return self.weight > 0 and self.state is EndpointState.HEALTHY


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateGroup:
    """The endpoints of one Region."""

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
    """The chance in one decision; numbers in [0, 1)."""

    group: float
    endpoint: float


class RouteReason(StrEnum):
    """What settled the choice."""

    DIAL = "dial"
    """Distance and dials alone."""
    FAILOVER = "failover"
    """The group that the dials chose had nobody to take it."""
    FAIL_OPEN = "fail open"
    """No group that was tried had anybody to take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a connection goes."""

    group: CandidateGroup
    endpoint: CandidateEndpoint
    via: RouteReason


class NoRoute(StrEnum):
    """Why a connection can go nowhere."""

    NO_GROUP = "the listener has no endpoint group"
    NO_ENDPOINT = "no endpoint group of the listener has an endpoint"


def choose_endpoint(groups: Sequence[CandidateGroup], draws: RandomDraws) -> Route | NoRoute:
    """The endpoint for a new connection. `groups` nearest first."""
    if not groups:
        return NoRoute.NO_GROUP
    chosen = group_by_dial(groups, draws.group)
    others = (group for group in groups if group is not chosen)
    for tried, group in zip(range(GROUPS_TRIED), (chosen, *others), strict=False):
        takers = [endpoint for endpoint in group.endpoints if endpoint.takes_connections]
        if takers:
            endpoint = takers[0] if len(takers) == 1 else _by_weight(takers, draws.endpoint)
            via = RouteReason.FAILOVER if tried else RouteReason.DIAL
            return Route(group=group, endpoint=endpoint, via=via)
    return _fail_open(groups, draws.endpoint)


def group_by_dial(groups: Sequence[CandidateGroup], draw: float) -> CandidateGroup:
    """The group that distance and dials choose; `groups` nearest first, at least one.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
    "The percentage is applied only to traffic that is already directed to the endpoint group"; the
    page's worked example (two groups at 50) comes out only if the next group takes all of the rest.

    AWS says nothing of a rest that nobody may take (the others at 0, or all of them). The twin then
    leaves it with the nearest group, as if its dial were 100: no connection is lost to a dial.
    """
    nearest = groups[0]
    if draw < nearest.dial / 100:
        return nearest
    return next((group for group in groups[1:] if group.dial > 0), nearest)


def _by_weight(takers: Sequence[CandidateEndpoint], draw: float) -> CandidateEndpoint:
    """By share of the weights of those that take connections.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.html
    """
    mark = draw * sum(endpoint.weight for endpoint in takers)
    for endpoint in takers:
        mark -= endpoint.weight
        if mark < 0:
            return endpoint
    return takers[-1]  # only rounding comes here


def _fail_open(groups: Sequence[CandidateGroup], draw: float) -> Route | NoRoute:
    """A random endpoint of the closest group, weights and dials aside.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
    Other pages say "all endpoints in the endpoint group": over many connections it is the same. A
    group without any endpoint is no closest group here; AWS says nothing of it.
    """
    for group in groups:
        if group.endpoints:
            endpoint = group.endpoints[int(draw * len(group.endpoints))]
            return Route(group=group, endpoint=endpoint, via=RouteReason.FAIL_OPEN)
    return NoRoute.NO_ENDPOINT


def draw_for_flow(flow: Flow, affinity: ClientAffinity) -> RandomDraws:
    """Chance from the flow itself: the same flow always draws the same numbers.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-listeners-client-affinity.html
    NONE hashes the 5-tuple. SOURCE_IP hashes source and destination address, and promises the same
    endpoint *group* for one source address: so the group is drawn from that address alone. The hash
    itself is the twin's own; AWS does not publish its.
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

"""Which record sets of a group answer a query: the routing policies of Route 53.

A policy puts the group's record sets into an order for the client; the first healthy one answers.
If none is healthy, all count as healthy. An order without an element means that no answer is given:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html

The latency of a Region is the distance to it (twin.geography), as for Global Accelerator: AWS does
not publish its measurements.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from twin.core.dns.cidr_blocks import CidrBlocks
from twin.core.dns.clients import ClientPlace, DnsClient
from twin.core.dns.record_groups import RecordGroup, RoutingPolicy
from twin.errors import RegionUnknown
from twin.geography import Location, distance_km, distance_to_region_km
from twin.topology.route53 import GeoLocation, GeoProximity, ResourceRecordSet

Draw = Callable[[], float]
"""A random number in [0, 1)."""
Records = tuple[ResourceRecordSet, ...]

MAX_MULTIVALUE = 8
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-multivalue.html"""
ANYWHERE = "*"
"""The default of geolocation and of IP-based routing."""


@dataclass(frozen=True, slots=True)
class RoutingInputs:
    """Everything that a choice depends on beside the group."""

    client: DnsClient
    is_healthy: Callable[[ResourceRecordSet], bool]
    draw: Draw
    blocks: Mapping[str, CidrBlocks]
    """By id of the CIDR collection."""


def choose_records(group: RecordGroup, inputs: RoutingInputs) -> Records:
    """The record sets that answer: all of a simple group, up to 8 multivalue ones, else one.

    Empty where the group has none for this client.
    """
    match group.policy:
        case RoutingPolicy.SIMPLE:
            return group.members
        case RoutingPolicy.WEIGHTED:
            return (_choose_by_weight(group.members, inputs),)
        case RoutingPolicy.MULTIVALUE:
            return _choose_values(group.members, inputs)
        case _:
            return _first_healthy(_order(group, inputs), inputs)


def scope_of_choice(group: RecordGroup, inputs: RoutingInputs) -> int:
    """Bits of the client's address that the choice depends on."""
    match group.policy:
        case RoutingPolicy.LATENCY | RoutingPolicy.GEOLOCATION | RoutingPolicy.GEOPROXIMITY:
            return inputs.client.place_prefix
        case RoutingPolicy.IP_BASED:
            collections = {record.cidr.collection_id for record in group.members if record.cidr}
            found = (inputs.blocks[c] for c in collections if c in inputs.blocks)
            return max((blocks.scope_of(inputs.client.network) for blocks in found), default=0)
        case _:
            return 0


def shuffled(items: Sequence[ResourceRecordSet | str], draw: Draw) -> list[int]:
    """The positions of the items in random order."""
    order = list(range(len(items)))
    for last in range(len(order) - 1, 0, -1):
        other = int(draw() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order


def _order(group: RecordGroup, inputs: RoutingInputs) -> Records:
    members, place = group.members, inputs.client.place
    match group.policy:
        case RoutingPolicy.LATENCY:
            order = order_by_latency(place.city, tuple(record.region for record in members))
            return tuple(members[position] for position in order)
        case RoutingPolicy.FAILOVER:
            # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-failover.html
            return tuple(sorted(members, key=lambda record: record.failover != "PRIMARY"))
        case RoutingPolicy.GEOLOCATION:
            return _order_by_place(members, place)
        case RoutingPolicy.GEOPROXIMITY:
            proximities = tuple(record.proximity or GeoProximity() for record in members)
            order = order_by_proximity(place.city, proximities)
            return tuple(members[position] for position in order)
        case _:
            return _order_by_blocks(members, inputs)


def _first_healthy(order: Records, inputs: RoutingInputs) -> Records:
    if not order:
        return ()
    return (next((record for record in order if inputs.is_healthy(record)), order[0]),)


def _choose_by_weight(members: Records, inputs: RoutingInputs) -> ResourceRecordSet:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html

    Weight 0 counts only when all others are unhealthy; weights that are all 0 are equal:
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
    """
    pool = [record for record in members if inputs.is_healthy(record)] or list(members)
    weights = [record.weight or 0 for record in pool]
    if not any(weights):
        weights = [1] * len(pool)
    point = inputs.draw() * sum(weights)
    for record, weight in zip(pool, weights, strict=True):
        point -= weight
        if point < 0:
            return record
    return pool[-1]  # reached by rounding errors only


def _choose_values(members: Records, inputs: RoutingInputs) -> Records:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-multivalue.html"""
    pool = [record for record in members if inputs.is_healthy(record)] or list(members)
    return tuple(pool[position] for position in shuffled(pool, inputs.draw)[:MAX_MULTIVALUE])


# -- orders


@lru_cache(maxsize=4096)
def order_by_latency(city: Location, regions: tuple[str, ...]) -> tuple[int, ...]:
    """Positions of the Regions, the nearest first; those that the twin does not know last.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-latency.html
    """
    distances = [(_distance_to_region_km(city, region), region) for region in regions]
    return tuple(sorted(range(len(regions)), key=distances.__getitem__))


@lru_cache(maxsize=4096)
def order_by_proximity(city: Location, places: tuple[GeoProximity, ...]) -> tuple[int, ...]:
    """Positions of the places, that with the least biased distance first.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-geoproximity.html
    """
    distances = [_biased_distance_km(city, place) for place in places]
    return tuple(sorted(range(len(places)), key=distances.__getitem__))


def _biased_distance_km(city: Location, place: GeoProximity) -> float:
    if place.latitude is not None and place.longitude is not None:
        distance = distance_km(city, Location("", place.latitude, place.longitude))
    else:
        distance = _distance_to_region_km(city, place.region)
    share = place.bias / 100
    return distance * (1 - share) if share > 0 else distance / (1 + share)


def _distance_to_region_km(city: Location, region: str) -> float:
    try:
        return distance_to_region_km(city, region)
    except RegionUnknown:
        return float("inf")


def _order_by_place(members: Records, place: ClientPlace) -> Records:
    """The smallest place first, the default last.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-geo.html
    """
    by_place = {record.geo: record for record in members}
    places = (
        GeoLocation(country=place.country, subdivision=place.subdivision),
        GeoLocation(country=place.country),
        GeoLocation(continent=place.continent),
        GeoLocation(country=ANYWHERE),
    )
    found = dict.fromkeys(by_place[p] for p in places if p in by_place)
    return tuple(found)


def _order_by_blocks(members: Records, inputs: RoutingInputs) -> Records:
    """The longest block that contains the client first, then the default.

    AWS does not say who answers for an unhealthy location; here it is the default.
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html
    """
    by_location = {(r.cidr.collection_id, r.cidr.name): r for r in members if r.cidr}
    found = []
    for collection in dict.fromkeys(collection for collection, _ in by_location):
        blocks = inputs.blocks.get(collection)
        locations = blocks.find_locations(inputs.client.network) if blocks else ()
        keys = [(collection, location) for location in locations]
        found += [by_location[key] for key in keys if key in by_location][:1]
    defaults = [record for (_, name), record in by_location.items() if name == ANYWHERE]
    return tuple((found + defaults)[:2])

"""Rules for the record sets of one name and type: one routing policy, and no place twice.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
"""

from collections.abc import Callable, Iterator, Sequence

from twin.core.dns.record_groups import RoutingPolicy, policy_of
from twin.topology.route53 import ResourceRecordSet

# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
MAX_OF_POLICY = {RoutingPolicy.GEOPROXIMITY: 30}
MAX_MEMBERS = 100
_ONE_VALUE = (RoutingPolicy.WEIGHTED, RoutingPolicy.LATENCY)
_SIMPLE_ONLY = ("NS", "SOA")


def find_group_problems(
    record: ResourceRecordSet, group: Sequence[ResourceRecordSet]
) -> Iterator[str]:
    """What is wrong with a changed record set in its group, which contains it."""
    policy = policy_of(record)
    yield from _find_member_problems(record, policy)
    others = [one for one in group if one.set_identifier != record.set_identifier]
    foreign = [one for one in others if _owner(one) != _owner(record)]
    if foreign:
        yield (
            f"{_show(record)} cannot be created as records of a traffic policy instance can't be "
            "mixed with others."
        )
    elif policy is RoutingPolicy.SIMPLE:
        if others:
            yield (
                f"{_show(record)} cannot be created as other RRSets exist with the same name and "
                "type."
            )
    elif any(policy_of(one) is not policy for one in others):
        yield (
            f"{_show(record)} cannot be created as a non-{policy} set exists with the same name "
            "and type."
        )
    else:
        yield from _find_policy_problems(record, policy, others)


def _find_policy_problems(
    record: ResourceRecordSet, policy: RoutingPolicy, others: Sequence[ResourceRecordSet]
) -> Iterator[str]:
    """What is wrong with a member beside the others of its policy."""
    if policy is RoutingPolicy.WEIGHTED and any(_differs_in_ttl(record, one) for one in others):
        yield (
            f"RRSet with DNS name {record.name} and type {record.type}, SetIdentifier "
            f"{record.set_identifier} cannot be created as weighted sets must contain the same TTL."
        )
    limit = MAX_OF_POLICY.get(policy, MAX_MEMBERS)
    if len(others) >= limit:
        yield f"{_show(record)} cannot be created as there may be only {limit} {policy} RRSets."
    if policy in _PLACES:
        what, place_of, noun = _PLACES[policy]
        place = place_of(record)
        if any(place_of(one) == place for one in others):
            yield (
                f"{_show(record)}, and {what}={place} cannot be created because a {policy} RRSet "
                f"with the same name, type and {noun} already exists."
            )


def _owner(record: ResourceRecordSet) -> str:
    return record.traffic_policy_instance_id


def _find_member_problems(record: ResourceRecordSet, policy: RoutingPolicy) -> Iterator[str]:
    if policy in _ONE_VALUE and len(record.values) > 1:
        yield f"{_show(record)} may have only one ResourceRecord as it is a {policy} RRSet."
    if policy is RoutingPolicy.SIMPLE:
        return
    if record.type in _SIMPLE_ONLY or (
        policy is RoutingPolicy.MULTIVALUE and record.type == "CNAME"
    ):
        yield f"{_show(record)} cannot be created as type {record.type} has no {policy} RRSets."
    if policy is RoutingPolicy.MULTIVALUE and record.alias is not None:
        yield f"{_show(record)} cannot be created as a multivalue RRSet can't be an alias."


def _differs_in_ttl(one: ResourceRecordSet, other: ResourceRecordSet) -> bool:
    return None not in (one.ttl_s, other.ttl_s) and one.ttl_s != other.ttl_s


def _show(record: ResourceRecordSet) -> str:
    identifier = f", SetIdentifier {record.set_identifier}" if record.set_identifier else ""
    return f"RRSet with DNS name {record.name}, type {record.type}{identifier}"


def _geo_place(record: ResourceRecordSet) -> str:
    geo = record.geo
    return "-".join(filter(None, (geo.continent, geo.country, geo.subdivision))) if geo else ""


def _proximity_place(record: ResourceRecordSet) -> str:
    place = record.proximity
    if place is None:
        return ""
    return place.region or f"{place.latitude},{place.longitude}"


def _cidr_place(record: ResourceRecordSet) -> str:
    return f"{record.cidr.collection_id} {record.cidr.name}" if record.cidr else ""


_Place = Callable[[ResourceRecordSet], str]
_PLACES: dict[RoutingPolicy, tuple[str, _Place, str]] = {
    RoutingPolicy.LATENCY: ("Region Name", lambda record: record.region, "region"),
    RoutingPolicy.FAILOVER: ("Failover", lambda record: record.failover, "failover"),
    RoutingPolicy.GEOLOCATION: ("GeoLocation", _geo_place, "geolocation"),
    RoutingPolicy.GEOPROXIMITY: ("GeoProximityLocation", _proximity_place, "location"),
    RoutingPolicy.IP_BASED: ("CidrRoutingConfig", _cidr_place, "location"),
}
"""Policy -> what tells its members apart: its name in messages, its value, its noun."""

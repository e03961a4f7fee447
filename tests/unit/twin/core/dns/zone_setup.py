"""Zones, records and queries for tests of DNS answers."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import ip_address
from typing import Literal, TypedDict, Unpack

from twin.core.dns.answers import DnsAnswer, DnsQuestion
from twin.core.dns.clients import locate_client
from twin.core.dns.names import parse_domain_name
from twin.core.dns.queries import answer_query
from twin.core.dns.service_names import index_topology
from twin.core.dns.zones import DnsIndex
from twin.geography import find_city, find_city_address
from twin.topology.model import RegionTopology, Topology
from twin.topology.route53 import (
    AliasTarget,
    CidrCollection,
    CidrLocation,
    GeoLocation,
    GeoProximity,
    HostedZone,
    ResourceRecordSet,
    Route53Topology,
)

ZONE = "muster.test."
ZONE_ID = "Z0001"
NAME = "api.muster.test."
HOME = find_city("Frankfurt")
NAME_SERVERS = tuple(f"127.140.0.{11 + number}" for number in range(4))
SOA = ResourceRecordSet(
    name=ZONE,
    type="SOA",
    ttl_s=900,
    values=("ns-0.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",),
)
NS = ResourceRecordSet(
    name=ZONE,
    type="NS",
    ttl_s=172800,
    values=(
        "ns-0.awsdns-00.com.",
        "ns-512.awsdns-00.net.",
        "ns-1024.awsdns-00.org.",
        "ns-1536.awsdns-00.co.uk.",
    ),
)

IsHealthy = Callable[[str], bool]


def all_healthy(_: str) -> bool:
    return True


def unhealthy(*ids: str) -> IsHealthy:
    """The health of checks, of which these are unhealthy."""
    return lambda health_check_id: health_check_id not in ids


class RecordFields(TypedDict, total=False):
    """Members of a record set."""

    type: str
    ttl_s: int
    set_identifier: str
    weight: int
    region: str
    failover: Literal["", "PRIMARY", "SECONDARY"]
    geo: GeoLocation
    proximity: GeoProximity
    cidr: CidrLocation
    multivalue: bool
    health_check_id: str


def a_record(value: str, name: str = NAME, **fields: Unpack[RecordFields]) -> ResourceRecordSet:
    """An A record set with one value; a policy's member has the value as its identifier."""
    record = ResourceRecordSet(name=name, type="A", ttl_s=60, values=(value,))
    return replace(replace(record, set_identifier=value if fields else ""), **fields)


def alias_record(
    target: str,
    name: str = NAME,
    *,
    zone_id: str = ZONE_ID,
    evaluate_target_health: bool = True,
    **fields: Unpack[RecordFields],
) -> ResourceRecordSet:
    alias = AliasTarget(zone_id=zone_id, name=target, evaluate_target_health=evaluate_target_health)
    record = ResourceRecordSet(name=name, type="A", alias=alias)
    return replace(replace(record, set_identifier=target if fields else ""), **fields)


def hosted_zone(*records: ResourceRecordSet) -> HostedZone:
    """The zone with its SOA and NS records, and these."""
    return HostedZone(id=ZONE_ID, name=ZONE, records=(SOA, NS, *records))


def index_of(
    *records: ResourceRecordSet,
    more_zones: tuple[HostedZone, ...] = (),
    collections: tuple[CidrCollection, ...] = (),
    regions: dict[str, RegionTopology] | None = None,
) -> DnsIndex:
    """The index of a Topology with these records in one zone."""
    route53 = Route53Topology(
        zones=(hosted_zone(*records), *more_zones), cidr_collections=collections
    )
    return index_topology(Topology(route53=route53, regions=regions or {}), NAME_SERVERS)


def ask(
    index: DnsIndex,
    name: str = NAME,
    kind: str = "A",
    *,
    client: str = "127.0.0.1",
    prefix: int | None = None,
    is_healthy: IsHealthy = all_healthy,
    draw: Callable[[], float] | None = None,
) -> DnsAnswer:
    """The answer to one query; `client` is a city or an address."""
    address = client if _is_address(client) else find_city_address(client)
    return answer_query(
        index,
        DnsQuestion(parse_domain_name(name), kind),
        locate_client(address, prefix, HOME),
        is_healthy=is_healthy,
        draw=draw or random.Random(5).random,
    )


def values_of(answer: DnsAnswer) -> list[str]:
    """All values of the answer section."""
    return [value for records in answer.answer for value in records.values]


def answered(
    records: Iterable[ResourceRecordSet],
    *,
    client: str = "127.0.0.1",
    is_healthy: IsHealthy = all_healthy,
    draw: Callable[[], float] | None = None,
) -> list[str]:
    """Values that the records answer with, sorted."""
    answer = ask(index_of(*records), client=client, is_healthy=is_healthy, draw=draw)
    return sorted(values_of(answer))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True

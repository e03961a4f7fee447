"""Record sets of one name and type, and the routing policy that they share.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from twin.core.dns.names import DomainName, parse_domain_name
from twin.topology.route53 import ResourceRecordSet


class RoutingPolicy(StrEnum):
    """How one or some of a group's record sets are chosen."""

    SIMPLE = "simple"
    WEIGHTED = "weighted"
    LATENCY = "latency"
    FAILOVER = "failover"
    GEOLOCATION = "geolocation"
    GEOPROXIMITY = "geoproximity"
    MULTIVALUE = "multivalue"
    IP_BASED = "IP-based"


@dataclass(frozen=True, slots=True, eq=False)
class RecordGroup:
    """All record sets of one name and type; equal to itself only."""

    name: DomainName
    type: str
    policy: RoutingPolicy
    members: tuple[ResourceRecordSet, ...]
    """At least one."""


def policy_of(record: ResourceRecordSet) -> RoutingPolicy:
    """The policy that the record set is a member of."""
    signs = {
        RoutingPolicy.WEIGHTED: record.weight is not None,
        RoutingPolicy.LATENCY: bool(record.region),
        RoutingPolicy.FAILOVER: bool(record.failover),
        RoutingPolicy.GEOLOCATION: record.geo is not None,
        RoutingPolicy.GEOPROXIMITY: record.proximity is not None,
        RoutingPolicy.MULTIVALUE: record.multivalue,
        RoutingPolicy.IP_BASED: record.cidr is not None,
    }
    return next((policy for policy, is_set in signs.items() if is_set), RoutingPolicy.SIMPLE)


def group_records(
    records: Iterable[ResourceRecordSet],
) -> dict[DomainName, Mapping[str, RecordGroup]]:
    """Groups by name and type."""
    found: dict[DomainName, dict[str, list[ResourceRecordSet]]] = {}
    for record in records:
        of_name = found.setdefault(parse_domain_name(record.name), {})
        of_name.setdefault(record.type, []).append(record)
    return {
        name: {
            kind: RecordGroup(name, kind, policy_of(members[0]), tuple(members))
            for kind, members in of_name.items()
        }
        for name, of_name in found.items()
    }

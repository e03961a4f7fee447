"""The zones of a Topology, prepared for fast lookups: built once for each version.

A name exists in a zone if it, or a name below it, has records. A wildcard answers for names that do
not exist, below the closest name that does: https://www.rfc-editor.org/rfc/rfc4592
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from twin.core.dns.answers import AnswerRecords
from twin.core.dns.cidr_blocks import CidrBlocks, index_cidr_blocks
from twin.core.dns.names import WILDCARD, DomainName, ancestors, parse_domain_name
from twin.core.dns.record_groups import RecordGroup, group_records
from twin.topology.route53 import HostedZone, Route53Topology

Groups = Mapping[str, RecordGroup]
"""Type -> the records of one name; empty for a name that only has names below it."""


@dataclass(frozen=True, slots=True, eq=False)
class IndexedZone:
    """One zone."""

    id: str
    """Empty for a zone of names that AWS owns."""
    name: DomainName
    names: Mapping[DomainName, Groups]
    """Every name that exists."""
    cuts: frozenset[DomainName]
    """Names that are delegated to other name servers."""
    name_servers: AnswerRecords | None
    denial: AnswerRecords | None
    """The SOA record with the time for which a negative answer is kept."""

    def contains(self, name: DomainName) -> bool:
        """Whether the name is the zone's or below it."""
        return name[max(0, len(name) - len(self.name)) :] == self.name

    def find(self, name: DomainName) -> Groups | None:
        """Records of a name in the zone, by a wildcard too; None if it does not exist.

        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
        """
        found = self.names.get(name)
        if found is not None:
            return found
        for parent in ancestors(name[1:]):
            if parent in self.names:
                # A star that is no leftmost label is a character like others.
                return self.names.get((WILDCARD, *parent)) or None
        return None

    def find_cut(self, name: DomainName) -> DomainName | None:
        """The delegation that the name lies at or below, if any; the highest one."""
        if not self.cuts:
            return None
        return next((n for n in reversed(list(ancestors(name))) if n in self.cuts), None)


@dataclass(frozen=True, slots=True, eq=False)
class DnsIndex:
    """Everything that answers are made from."""

    zones: Mapping[DomainName, IndexedZone]
    """The zone that answers for a name: of two with one name the first."""
    zones_by_id: Mapping[str, IndexedZone]
    alias_targets: Mapping[DomainName, RecordGroup]
    """What aliases to names that AWS owns lead to."""
    blocks: Mapping[str, CidrBlocks]
    """By id of the CIDR collection."""

    def find_zone(self, name: DomainName) -> IndexedZone | None:
        """The zone with the longest name that the name ends with."""
        zones = self.zones
        for end in ancestors(name):
            if end in zones:
                return zones[end]
        return None


def build_dns_index(
    route53: Route53Topology,
    service_zones: Iterable[HostedZone] = (),
    alias_targets: Mapping[DomainName, RecordGroup] | None = None,
) -> DnsIndex:
    """Index hosted zones, and those of names that AWS owns."""
    indexed = [index_zone(zone) for zone in (*service_zones, *route53.zones)]
    return DnsIndex(
        zones={zone.name: zone for zone in reversed(indexed)},
        zones_by_id={zone.id: zone for zone in indexed if zone.id},
        alias_targets=alias_targets or {},
        blocks={c.id: index_cidr_blocks(c) for c in route53.cidr_collections},
    )


def index_zone(zone: HostedZone) -> IndexedZone:
    """Index one zone."""
    apex = parse_domain_name(zone.name)
    with_records = group_records(zone.records)
    names: dict[DomainName, Groups] = {apex: {}}
    for name in with_records:
        for end in ancestors(name):
            if len(end) < len(apex) or end in names:
                break
            names[end] = {}
    names.update(with_records)
    return IndexedZone(
        id=zone.id,
        name=apex,
        names=names,
        cuts=frozenset(n for n, groups in with_records.items() if "NS" in groups and n != apex),
        name_servers=_records_of(names[apex], "NS"),
        denial=_denial(names[apex]),
    )


def _records_of(groups: Groups, kind: str) -> AnswerRecords | None:
    group = groups.get(kind)
    if group is None:
        return None
    record = group.members[0]
    return AnswerRecords(group.name, kind, record.ttl_s or 0, record.values)


def _denial(groups: Groups) -> AnswerRecords | None:
    """https://www.rfc-editor.org/rfc/rfc2308#section-5

    The lower one of the SOA record's TTL and its minimum:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
    """
    soa = _records_of(groups, "SOA")
    if soa is None:
        return None
    minimum = soa.values[0].split()[-1] if soa.values else ""
    ttl_s = min(soa.ttl_s, int(minimum)) if minimum.isdecimal() else soa.ttl_s
    return AnswerRecords(soa.name, soa.type, ttl_s, soa.values)

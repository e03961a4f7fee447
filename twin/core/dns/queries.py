"""The answer to a query, by all zones of the twin.

https://www.rfc-editor.org/rfc/rfc1034#section-4.3.2 is the order in which a name server looks;
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html says what Route 53 puts
into the sections.
"""

from collections.abc import Iterable, Iterator

from twin.core.dns.answers import REFUSED, AnswerRecords, DnsAnswer, DnsQuestion, ResponseCode
from twin.core.dns.clients import DnsClient
from twin.core.dns.names import DomainName, parse_domain_name
from twin.core.dns.policies import Draw
from twin.core.dns.record_groups import RecordGroup
from twin.core.dns.resolution import IsHealthy, Resolution
from twin.core.dns.zones import DnsIndex, Groups, IndexedZone

MAX_CNAMES = 8
"""CNAME records in a row that one answer contains."""
ANY = "ANY"
_HOSTS_IN = frozenset({"MX", "NS", "SRV"})
"""Types whose values end with the name of a host."""


def answer_query(
    index: DnsIndex, question: DnsQuestion, client: DnsClient, *, is_healthy: IsHealthy, draw: Draw
) -> DnsAnswer:
    """Answer by the zone with the longest name that fits; REFUSED without one."""
    zone = index.find_zone(question.name)
    if zone is not None and question.type == "DS" and question.name == zone.name:
        zone = index.find_zone(question.name[1:])  # belongs to the parent: RFC 4035, 3.1.4.1
    if zone is None:
        return REFUSED
    resolution = Resolution(index, client, is_healthy=is_healthy, draw=draw)
    return _answer_in_zone(zone, question, resolution)


def answer_in_zone(
    index: DnsIndex,
    zone_id: str,
    question: DnsQuestion,
    client: DnsClient,
    *,
    is_healthy: IsHealthy,
    draw: Draw,
) -> DnsAnswer:
    """Answer by one hosted zone; REFUSED when there is none, or the name is not in it."""
    zone = index.zones_by_id.get(zone_id)
    if zone is None or not zone.contains(question.name):
        return REFUSED
    resolution = Resolution(index, client, is_healthy=is_healthy, draw=draw)
    return _answer_in_zone(zone, question, resolution)


def _answer_in_zone(zone: IndexedZone, question: DnsQuestion, resolution: Resolution) -> DnsAnswer:
    cut = zone.find_cut(question.name)
    if cut is not None and not (cut == question.name and question.type == "DS"):
        return _refer(zone, cut, resolution)
    answer, denied = _follow_cnames(zone, question, resolution)
    if denied is not None:
        return DnsAnswer(
            code=denied,
            zone_id=zone.id,
            answer=answer,
            authority=(zone.denial,) if zone.denial else (),
            scope=resolution.scope,
        )
    return DnsAnswer(
        code=ResponseCode.NOERROR,
        zone_id=zone.id,
        answer=answer,
        authority=_authority(zone, answer),
        additional=tuple(_additional(zone, answer, resolution)),
        scope=resolution.scope,
    )


def _follow_cnames(
    zone: IndexedZone, question: DnsQuestion, resolution: Resolution
) -> tuple[tuple[AnswerRecords, ...], ResponseCode | None]:
    """CNAME records as far as they lead inside the zone, then records of the type asked for.

    With the code if the last name is denied: it does not exist, or has no such records.
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
    https://www.rfc-editor.org/rfc/rfc6604#section-3
    """
    answer: list[AnswerRecords] = []
    name = question.name
    for _ in range(MAX_CNAMES):
        groups = zone.find(name)
        if groups is None:
            return tuple(answer), ResponseCode.NXDOMAIN
        group = _find_group(groups, question.type)
        records = resolution.resolve(group, name) if group is not None else None
        if records is None:
            return tuple(answer), ResponseCode.NOERROR
        answer.append(records)
        if records.type != "CNAME" or question.type in ("CNAME", ANY) or not records.values:
            break
        name = parse_domain_name(records.values[0])
        if not zone.contains(name) or zone.find_cut(name) is not None:
            break
    return tuple(answer), None


def _find_group(groups: Groups, kind: str) -> RecordGroup | None:
    """One of the types answers a query for ANY: https://www.rfc-editor.org/rfc/rfc8482"""
    if "CNAME" in groups:
        return groups["CNAME"]
    if kind == ANY:
        return groups[min(groups)] if groups else None
    return groups.get(kind)


def _refer(zone: IndexedZone, cut: DomainName, resolution: Resolution) -> DnsAnswer:
    """Name the servers of a delegated name, with their addresses as far as the zone has them."""
    delegation = resolution.resolve(zone.names[cut]["NS"], cut)
    authority = (delegation,) if delegation else ()
    return DnsAnswer(
        code=ResponseCode.NOERROR,
        zone_id=zone.id,
        authoritative=False,
        authority=authority,
        additional=tuple(_additional(zone, authority, resolution)),
        scope=resolution.scope,
    )


def _authority(zone: IndexedZone, answer: tuple[AnswerRecords, ...]) -> tuple[AnswerRecords, ...]:
    """The zone's name servers, unless they are the answer.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html
    """
    servers = zone.name_servers
    if servers is None or any((a.name, a.type) == (servers.name, "NS") for a in answer):
        return ()
    return (servers,)


def _additional(
    zone: IndexedZone, records: Iterable[AnswerRecords], resolution: Resolution
) -> Iterator[AnswerRecords]:
    """Addresses of the hosts that the records name, as far as they are in the zone.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html
    """
    values = (value for r in records if r.type in _HOSTS_IN for value in r.values)
    hosts = dict.fromkeys(parse_domain_name(v.split()[-1]) for v in values if v.split())
    for host in hosts:
        groups = zone.names.get(host, {})
        for kind in ("A", "AAAA"):
            found = resolution.resolve(groups[kind], host) if kind in groups else None
            if found is not None:
                yield found

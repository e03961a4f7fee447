"""Where a health check goes: the address of its endpoint, by Route 53's own answers.

A domain name is resolved at each check, for IPv4 only, as seen from the checker's Region:
https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
There is no other name server: a name outside the hosted zones, and outside the names that AWS owns,
does not exist for the checkers.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, ip_network

from twin.core.dns.answers import DnsAnswer, DnsQuestion
from twin.core.dns.clients import DnsClient, place_of_city
from twin.core.dns.names import DomainName, parse_domain_name
from twin.geography import nearest_city

MAX_CNAMES = 8
"""Names in a row that lead to others."""

AnswerQuestion = Callable[[DnsQuestion, DnsClient], DnsAnswer]


def resolve_host(host: str, source_ip: str, region: str, answer: AnswerQuestion) -> str | None:
    """An IPv4 address of the host, itself one or a name; None without any.

    `source_ip` and `region`: of the checker.
    """
    try:
        return str(IPv4Address(host))
    except ValueError:
        pass
    client = DnsClient(ip_network(source_ip), place_of_city(nearest_city(region)))
    name = parse_domain_name(host)
    for _ in range(MAX_CNAMES):
        found = answer(DnsQuestion(name, "A"), client)
        addresses = [value for r in found.answer if r.type == "A" for value in r.values]
        if addresses:
            return addresses[0]
        aliases = [r.values[0] for r in found.answer if r.type == "CNAME" and r.values]
        following: DomainName = parse_domain_name(aliases[-1]) if aliases else name
        if following == name:
            return None
        name = following
    return None

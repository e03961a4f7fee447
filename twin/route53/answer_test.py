"""What one hosted zone answers to a described query: for Route 53's TestDNSAnswer.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html
"""

from ipaddress import ip_address

from common.aws import US_EAST_1
from twin.core.dns.answers import DnsQuestion
from twin.core.dns.names import parse_domain_name
from twin.geography import find_city_address, nearest_city
from twin.internal_api.schemas import DnsTestReport, DnsTestRequest
from twin.route53.queries import ClientSubnet
from twin.route53.responder import Responder

_DEFAULT_PREFIX = {4: 24, 6: 64}


def run_answer_test(responder: Responder, asked: DnsTestRequest) -> DnsTestReport:
    """Answer as the first name server would, which may not have the last change yet.

    AWS does not say which server answers. Raises ValueError for what is no address.
    """
    zone = responder.indexes[0].zones_by_id.get(asked.zone_id)
    servers = zone.name_servers.values if zone and zone.name_servers else ()
    near_us_east_1 = find_city_address(nearest_city(US_EAST_1).name)
    answer = responder.answer_in_zone(
        asked.zone_id,
        DnsQuestion(parse_domain_name(asked.name), asked.type),
        responder.locate(asked.resolver_ip or near_us_east_1, _subnet_of(asked)),
    )
    return DnsTestReport(
        name_server=servers[0] if servers else "",
        values=tuple(v for r in answer.answer if r.type == asked.type for v in r.values),
        code=answer.code,
    )


def _subnet_of(asked: DnsTestRequest) -> ClientSubnet | None:
    if not asked.subnet_ip:
        return None
    prefix = asked.subnet_prefix
    if prefix is None:
        prefix = _DEFAULT_PREFIX[ip_address(asked.subnet_ip).version]
    return ClientSubnet(asked.subnet_ip, prefix)

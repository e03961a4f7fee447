"""Writes DNS responses.

Over UDP they have up to 512 bytes, with EDNS0 up to what the client takes, at most 4,096. A
response that is too long first loses what is optional: the name servers of a positive answer, and
additional records. Then it is cut and marked as truncated, and the client asks again over TCP.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html
https://www.rfc-editor.org/rfc/rfc2181#section-9
"""

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode

from twin.core.dns.answers import DnsAnswer
from twin.route53.queries import ClientSubnet, ParsedQuery
from twin.route53.rdata import build_rrset

MIN_UDP_BYTES = 512
MAX_UDP_BYTES = 4096
MAX_TCP_BYTES = 65535


def max_udp_bytes(query: dns.message.Message) -> int:
    """The longest response that goes to this client in one datagram."""
    if query.edns < 0:
        return MIN_UDP_BYTES
    return min(MAX_UDP_BYTES, max(MIN_UDP_BYTES, query.payload))


def write_error(query: ParsedQuery, code: dns.rcode.Rcode) -> bytes:
    """A response with a code and no records."""
    response = _begin_response(query.message)
    response.set_rcode(code)
    return response.to_wire()


def write_answer(query: ParsedQuery, answer: DnsAnswer, max_bytes: int) -> bytes:
    """The answer in at most `max_bytes`."""
    response = _begin_response(query.message, query.subnet, answer.scope)
    response.set_rcode(dns.rcode.from_text(answer.code))
    if answer.authoritative:
        response.flags |= dns.flags.AA
    response.answer = [build_rrset(records) for records in answer.answer]
    response.authority = [build_rrset(records) for records in answer.authority]
    response.additional = [build_rrset(records) for records in answer.additional]
    try:
        return response.to_wire(max_size=max_bytes, want_shuffle=False)
    except dns.exception.TooBig:
        response.additional = []
        if answer.answer:
            response.authority = []
        return response.to_wire(max_size=max_bytes, want_shuffle=False, prefer_truncation=True)


def _begin_response(
    query: dns.message.Message, subnet: ClientSubnet | None = None, scope: int = 0
) -> dns.message.Message:
    response = dns.message.QueryMessage(id=query.id)
    response.flags = dns.flags.QR | (query.flags & dns.flags.RD)
    response.question = query.question
    if query.edns >= 0:
        # https://www.rfc-editor.org/rfc/rfc7871#section-7.2.1
        options: list[dns.edns.Option] = []
        if subnet is not None:
            options = [dns.edns.ECSOption(subnet.address, subnet.prefix, scope)]
        response.use_edns(0, query.ednsflags & dns.flags.DO, MAX_UDP_BYTES, options=options)
    return response

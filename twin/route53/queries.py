"""What Route 53 reads in a query. One with a client subnet that can't be is malformed."""

from dataclasses import dataclass
from ipaddress import ip_address

import dns.edns
import dns.message
import dns.rcode
import dns.rdatatype

from twin.core.dns.answers import DnsQuestion
from twin.dns_messages import MalformedQuery, find_query_error, read_query


@dataclass(frozen=True, slots=True)
class ClientSubnet:
    """What a resolver tells of its client: https://www.rfc-editor.org/rfc/rfc7871"""

    address: str
    prefix: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParsedQuery:
    """A query that has an answer, or the code of an error."""

    message: dns.message.Message
    error: dns.rcode.Rcode | None = None
    question: DnsQuestion
    subnet: ClientSubnet | None = None


def parse_query(wire: bytes) -> ParsedQuery | None:
    """Read a message; None if it is to get no answer. Raises MalformedQuery."""
    message = read_query(wire)
    if message is None:
        return None
    try:
        subnet = _find_subnet(message)
    except ValueError:
        raise MalformedQuery(message.flags, dns.rcode.FORMERR) from None
    (asked,) = message.question
    return ParsedQuery(
        message=message,
        error=find_query_error(message),
        question=DnsQuestion(
            tuple(label.lower() for label in asked.name.labels[:-1]),
            dns.rdatatype.to_text(asked.rdtype),
        ),
        subnet=subnet,
    )


def _find_subnet(message: dns.message.Message) -> ClientSubnet | None:
    """Raises ValueError for one that breaks https://www.rfc-editor.org/rfc/rfc7871#section-7.1.2"""
    for option in message.options:
        if isinstance(option, dns.edns.ECSOption):
            address = ip_address(option.address)
            host_bits = address.max_prefixlen - option.srclen
            if option.scopelen or host_bits < 0 or int(address) & ((1 << host_bits) - 1):
                raise ValueError("bits behind the prefix of the client's subnet")
            return ClientSubnet(option.address, option.srclen)
    return None

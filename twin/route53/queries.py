"""Reads DNS queries as they came, and says which get an error at once.

Bytes that are no query get no answer, so that two servers can't keep each other busy with errors.
Everything else that the server does not serve has its code: FORMERR for a message that breaks the
format, NOTIMP for another operation than a query, REFUSED for zone transfers and other classes,
BADVERS for a later version of EDNS, NOTAUTH for a signature.
https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1 https://www.rfc-editor.org/rfc/rfc6891

A query has one question and no answers (https://www.rfc-editor.org/rfc/rfc9619). This is checked
before anything is parsed: so the work for a message is bounded, whatever its counts say.
"""

import struct
from dataclasses import dataclass
from ipaddress import ip_address

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from twin.core.dns.answers import DnsQuestion

HEADER = struct.Struct("!HHHHHH")
MAX_ADDITIONAL = 2
"""Records that a query may bring: EDNS and a signature."""
_RESPONSE = 0x8000
_KEPT_FLAGS = 0x7900
"""Operation and "recursion desired": a response repeats them."""
_NOT_SERVED = frozenset(
    {dns.rdatatype.AXFR, dns.rdatatype.IXFR, dns.rdatatype.MAILA, dns.rdatatype.MAILB}
)


@dataclass(frozen=True, slots=True)
class ClientSubnet:
    """What a resolver tells of its client: https://www.rfc-editor.org/rfc/rfc7871"""

    address: str
    prefix: int


@dataclass(slots=True, kw_only=True, eq=False)
class ParsedQuery:
    """A query that has an answer, or the code of an error."""

    message: dns.message.Message
    error: dns.rcode.Rcode | None = None
    question: DnsQuestion
    subnet: ClientSubnet | None = None


class MalformedQuery(Exception):
    """The message gets a response of a header alone: without id, with its code."""

    def __init__(self, flags: int, code: dns.rcode.Rcode) -> None:
        super().__init__(code.name)
        self.response = HEADER.pack(0, _RESPONSE | (flags & _KEPT_FLAGS) | code, 0, 0, 0, 0)[2:]


def parse_query(wire: bytes) -> ParsedQuery | None:
    """Read a message; None if it is to get no answer. Raises MalformedQuery."""
    if len(wire) < HEADER.size:
        return None
    _, flags, questions, answers, authorities, additional = HEADER.unpack_from(wire)
    if flags & _RESPONSE:
        return None
    if dns.opcode.from_flags(flags) != dns.opcode.QUERY:
        raise MalformedQuery(flags, dns.rcode.NOTIMP)
    if questions != 1 or answers or authorities > 1 or additional > MAX_ADDITIONAL:
        raise MalformedQuery(flags, dns.rcode.FORMERR)
    try:
        message = dns.message.from_wire(wire)
        subnet = _find_subnet(message)
    except dns.message.UnknownTSIGKey:
        raise MalformedQuery(flags, dns.rcode.NOTAUTH) from None
    except (dns.exception.DNSException, ValueError):
        raise MalformedQuery(flags, dns.rcode.FORMERR) from None
    (asked,) = message.question
    return ParsedQuery(
        message=message,
        error=_find_error(message),
        question=DnsQuestion(
            tuple(label.lower() for label in asked.name.labels[:-1]),
            dns.rdatatype.to_text(asked.rdtype),
        ),
        subnet=subnet,
    )


def _find_error(message: dns.message.Message) -> dns.rcode.Rcode | None:
    (asked,) = message.question
    if message.edns > 0:
        return dns.rcode.BADVERS
    if asked.rdclass != dns.rdataclass.IN or asked.rdtype in _NOT_SERVED:
        return dns.rcode.REFUSED
    if dns.rdatatype.is_metatype(asked.rdtype) and asked.rdtype != dns.rdatatype.ANY:
        return dns.rcode.FORMERR
    return None


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

"""Reads DNS queries as they came, and says how long their responses may be.

Bytes that are no query get no answer, so that two servers can't keep each other busy with errors.
A query has one question and no answers (https://www.rfc-editor.org/rfc/rfc9619). This is checked
before anything is parsed: so the work for a message is bounded, whatever its counts say.
"""

import struct

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype

HEADER = struct.Struct("!HHHHHH")
MAX_ADDITIONAL = 2
"""Records that a query may bring: EDNS and a signature."""
MIN_UDP_BYTES = 512
"""https://www.rfc-editor.org/rfc/rfc1035#section-4.2.1"""
MAX_UDP_BYTES = 4096
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html"""
MAX_TCP_BYTES = 65535
_NOT_SERVED = frozenset(
    {dns.rdatatype.AXFR, dns.rdatatype.IXFR, dns.rdatatype.MAILA, dns.rdatatype.MAILB}
)
_RESPONSE = 0x8000
_KEPT_FLAGS = 0x7900
"""Operation and "recursion desired": a response repeats them."""


class MalformedQuery(Exception):
    """The message gets a response of a header alone, with a code: `response`, without the id.

    FORMERR for one that breaks the format, NOTIMP for another operation than a query, NOTAUTH for a
    signature: https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1
    """

    def __init__(self, flags: int, code: dns.rcode.Rcode) -> None:
        super().__init__(code.name)
        self.response = HEADER.pack(0, _RESPONSE | (flags & _KEPT_FLAGS) | code, 0, 0, 0, 0)[2:]


def read_query(wire: bytes) -> dns.message.Message | None:
    """Read a query with one question; None if it is to get no answer. Raises MalformedQuery."""
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
        return dns.message.from_wire(wire)
    except dns.message.UnknownTSIGKey:
        raise MalformedQuery(flags, dns.rcode.NOTAUTH) from None
    except (dns.exception.DNSException, ValueError):
        raise MalformedQuery(flags, dns.rcode.FORMERR) from None


def find_query_error(query: dns.message.Message) -> dns.rcode.Rcode | None:
    """The code that a query gets from every server; None for one that may have an answer.

    REFUSED for zone transfers and for other classes than IN, BADVERS for a later version of EDNS,
    FORMERR for a type that can't be. https://www.rfc-editor.org/rfc/rfc6891#section-6.1.3
    """
    (asked,) = query.question
    if query.edns > 0:
        return dns.rcode.BADVERS
    if asked.rdclass != dns.rdataclass.IN or asked.rdtype in _NOT_SERVED:
        return dns.rcode.REFUSED
    if dns.rdatatype.is_metatype(asked.rdtype) and asked.rdtype != dns.rdatatype.ANY:
        return dns.rcode.FORMERR
    return None


def max_response_bytes(query: dns.message.Message, *, over_tcp: bool) -> int:
    """The longest response to this query."""
    if over_tcp:
        return MAX_TCP_BYTES
    if query.edns < 0:
        return MIN_UDP_BYTES
    return min(MAX_UDP_BYTES, max(MIN_UDP_BYTES, query.payload))

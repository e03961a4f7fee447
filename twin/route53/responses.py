"""Writes DNS responses.

Over UDP they have up to 512 bytes, with EDNS0 up to what the client takes, at most 4,096. A
response that is too long first loses what is optional: the name servers of a positive answer, and
additional records. Then it is cut and marked as truncated, and the client asks again over TCP.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html
https://www.rfc-editor.org/rfc/rfc2181#section-9

dnspython writes each answer once, as to a query in lower case without EDNS. From then on these
bytes get the flags, the letters and the EDNS record of each query: a name keeps its length whatever
its letters are, so that all pointers to it stay right.
"""

import struct
from collections import OrderedDict
from ipaddress import ip_address

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from twin.core.dns.answers import DnsAnswer, DnsQuestion
from twin.dns_messages import HEADER, MAX_UDP_BYTES
from twin.route53.queries import ClientSubnet, ParsedQuery
from twin.route53.rdata import build_rrset

MAX_KEPT = 4096
"""Answers that are kept as they were written."""
MAX_KEPT_BYTES = 1024
"""Longer ones are not kept."""
_OPT = struct.Struct("!BHHHHH")
"""Root, type, payload, extended code and version, flags, length of the options:
https://www.rfc-editor.org/rfc/rfc6891#section-6.1.2"""
_ECS = struct.Struct("!HHHBB")
"""Code, length, family, source, scope: https://www.rfc-editor.org/rfc/rfc7871#section-6"""
_ECS_CODE = 8
_ECS_FAMILIES = {4: 1, 6: 2}


def write_error(query: ParsedQuery, code: dns.rcode.Rcode) -> bytes:
    """A response with a code and no records, without the id."""
    response = _begin_response(query.message)
    response.set_rcode(code)
    return response.to_wire()[2:]


class AnswerWriter:
    """Writes answers, and keeps the last ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[DnsQuestion, DnsAnswer], bytes] = OrderedDict()

    def write(self, query: ParsedQuery, answer: DnsAnswer, max_bytes: int) -> bytes:
        """The answer, in at most `max_bytes` with its id, without the id."""
        edns = _write_edns(query.message, query.subnet, answer.scope)
        plain = self._write_plain(query.question, answer)
        if plain is None or len(plain) + len(edns) > max_bytes:
            return _write_shortened(query, answer, max_bytes)[2:]
        return _adapt(plain, query.message, edns)

    def _write_plain(self, question: DnsQuestion, answer: DnsAnswer) -> bytes | None:
        """The response to a plain query; None if it is too long for any."""
        key = (question, answer)
        plain = self._kept.get(key)
        if plain is not None:
            self._kept.move_to_end(key)
            return plain
        asked = dns.message.make_query(dns.name.Name((*question.name, b"")), question.type)
        asked.flags = dns.flags.Flag(0)
        response = _begin_response(asked)
        _fill(response, answer)
        try:
            plain = response.to_wire(want_shuffle=False)
        except dns.exception.TooBig:
            return None
        if len(plain) <= MAX_KEPT_BYTES:
            self._kept[key] = plain
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return plain


def _adapt(plain: bytes, query: dns.message.Message, edns: bytes) -> bytes:
    """Give the response flags, question and EDNS of the query."""
    _, flags, questions, answers, authorities, additional = HEADER.unpack_from(plain)
    flags |= query.flags & dns.flags.RD
    additional += bool(edns)
    header = HEADER.pack(0, flags, questions, answers, authorities, additional)
    name = query.question[0].name.to_wire() or b""
    return b"".join((header[2:], name, plain[HEADER.size + len(name) :], edns))


def _write_edns(query: dns.message.Message, subnet: ClientSubnet | None, scope: int) -> bytes:
    if query.edns < 0:
        return b""
    option = b"" if subnet is None else _write_subnet(subnet, scope)
    dnssec_ok = query.ednsflags & dns.flags.DO
    opt = _OPT.pack(0, dns.rdatatype.OPT, MAX_UDP_BYTES, 0, dnssec_ok, len(option))
    return opt + option


def _write_subnet(subnet: ClientSubnet, scope: int) -> bytes:
    """https://www.rfc-editor.org/rfc/rfc7871#section-7.2.1"""
    address = ip_address(subnet.address)
    data = address.packed[: (subnet.prefix + 7) // 8]
    family = _ECS_FAMILIES[address.version]
    return _ECS.pack(_ECS_CODE, 4 + len(data), family, subnet.prefix, scope) + data


def _write_shortened(query: ParsedQuery, answer: DnsAnswer, max_bytes: int) -> bytes:
    response = _begin_response(query.message, query.subnet, answer.scope)
    _fill(response, answer)
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
        options: list[dns.edns.Option] = []
        if subnet is not None:
            options = [dns.edns.ECSOption(subnet.address, subnet.prefix, scope)]
        response.use_edns(0, query.ednsflags & dns.flags.DO, MAX_UDP_BYTES, options=options)
    return response


def _fill(response: dns.message.Message, answer: DnsAnswer) -> None:
    response.set_rcode(dns.rcode.from_text(answer.code))
    if answer.authoritative:
        response.flags |= dns.flags.AA
    response.answer = [build_rrset(records) for records in answer.answer]
    response.authority = [build_rrset(records) for records in answer.authority]
    response.additional = [build_rrset(records) for records in answer.additional]

r"""Record values as the API takes them, made into dnspython's.

Route 53 writes characters in octal (`\052`), zone files in decimal (`\042`):
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from twin.core.dns.answers import AnswerRecords

_ESCAPE = re.compile(r"\\(?:([0-3][0-7]{2})|(.))", re.DOTALL)


def build_rrset(records: AnswerRecords) -> dns.rrset.RRset:
    """The records, without values that are none of their type: control checks them."""
    name = dns.name.Name((*records.name, b""))
    kind = dns.rdatatype.from_text(records.type)
    rrset = dns.rrset.RRset(name, dns.rdataclass.IN, kind)
    rrset.ttl = records.ttl_s
    for rdata in _parse_values(records):
        rrset.items[rdata] = None
    return rrset


def _parse_values(records: AnswerRecords) -> Iterator[dns.rdata.Rdata]:
    for value in records.values:
        rdata = parse_value(records.type, value)
        if rdata is not None:
            yield rdata


@lru_cache(maxsize=4096)
def parse_value(kind: str, value: str) -> dns.rdata.Rdata | None:
    """One value; None if it is none of the type."""
    try:
        return dns.rdata.from_text(
            "IN", kind, _to_decimal(value), origin=dns.name.root, relativize=False
        )
    except (dns.exception.DNSException, ValueError):
        return None


def _to_decimal(value: str) -> str:
    return _ESCAPE.sub(lambda m: f"\\{int(m[1], 8):03d}" if m[1] else m[0], value)

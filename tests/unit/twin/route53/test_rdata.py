"""Record values, as the API takes them, on the wire."""

import dns.rdata
import pytest

from twin.core.dns.answers import AnswerRecords
from twin.route53.rdata import build_rrset, parse_value

EXAMPLES = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "CAA": '0 issue "ca.example.com"',
    "CNAME": "a.example.com.",
    "DS": "123 8 2 8c2ae1d5a4c5ef9b5a4b4d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809102",
    "HTTPS": "1 . alpn=h2",
    "MX": "10 mail.example.com.",
    "NAPTR": '100 50 "u" "sip+E2U" "!^.*$!sip:info@example.com!" .',
    "NS": "ns-1.awsdns-00.com.",
    "PTR": "a.example.com.",
    "SOA": "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",
    "SPF": '"v=spf1 -all"',
    "SRV": "1 10 5269 a.example.com.",
    "SSHFP": "1 1 09F6A01D2175742B257C6B98B7C72C44C4040683",
    "SVCB": "16 a.example.com. alpn=h2",
    "TLSA": "3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971",
    "TXT": '"one" "two"',
}


def wire_of(kind: str, value: str) -> bytes:
    rdata = parse_value(kind, value)
    assert rdata is not None
    return rdata.to_wire() or b""


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_type_of_record_has_its_form_on_the_wire(kind: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html"""
    wire = wire_of(kind, EXAMPLES[kind])

    assert dns.rdata.from_wire("IN", kind, wire, 0, len(wire)).to_wire() == wire


def test_escapes_are_octal() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html"""
    assert wire_of("TXT", r'"\303\251t\303\251 \"x\" \\052"')[1:] == 'été "x" \\052'.encode()
    assert wire_of("CNAME", r"\052.example.com.")[:2] == b"\x01*"


def test_a_name_without_final_dot_is_absolute() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    assert parse_value("CNAME", "a.example.com") == parse_value("CNAME", "a.example.com.")


@pytest.mark.parametrize(
    ("kind", "value"), [("A", "::1"), ("A", ""), ("MX", "mail"), ("TXT", '"open'), ("A", r"\777")]
)
def test_what_is_no_value_of_the_type_is_none(kind: str, value: str) -> None:
    assert parse_value(kind, value) is None


def test_an_rrset_leaves_such_values_out() -> None:
    rrset = build_rrset(AnswerRecords((b"a", b"test"), "A", 7, ("192.0.2.1", "x", "192.0.2.2")))

    assert [rdata.to_text() for rdata in rrset] == ["192.0.2.1", "192.0.2.2"]
    assert (rrset.name.to_text(), rrset.ttl) == ("a.test.", 7)

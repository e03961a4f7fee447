"""Values of records by type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.control.route53.records.record_values import find_value_problem


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("A", "192.0.2.1"),
        ("AAAA", "2001:db8::1"),
        ("CAA", '0 issue "ca.example.test"'),
        ("CNAME", "a.example.test"),
        ("DS", "123 4 5 38E754185F9D83F3A0B3FDCAD4DC2A97B4AB4DD4"),
        ("HTTPS", "1 . alpn=h2"),
        ("MX", "10 mail.example.test."),
        ("NAPTR", '100 50 "u" "sip+E2U" "!^.*$!sip:a@example.test!" .'),
        ("NS", "ns-1.example.test."),
        ("PTR", "host.example.test"),
        ("SOA", "ns. admin. 1 7200 900 1209600 86400"),
        ("SPF", '"v=spf1 -all"'),
        ("SRV", "10 5 5060 sip.example.test"),
        ("SSHFP", "2 1 123456789abcdef67890123456789abcdef67890"),
        ("SVCB", "1 a.example.test. alpn=h2"),
        ("TLSA", "3 1 1 " + "ab" * 32),
        ("TXT", '"a \\"quoted\\" \\101 one" "another"'),
    ],
)
def test_every_type_has_values(kind: str, value: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html"""
    assert find_value_problem(kind, value) is None


def test_texts_may_follow_each_other_without_a_space() -> None:
    """Terraform's way to write a key for DKIM, which is longer than one text may be.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route53_record#records-1
    """
    assert find_value_problem("TXT", f'"{"a" * 255}""{"b" * 99}"') is None


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("A", "192.0.2", "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"),
        ("A", "two words", "ARRDATANotSingleField (Value contains spaces)"),
        ("AAAA", "192.0.2.1", "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"),
        ("AAAA", "fe80::1%eth0", "AAAARRDATAIllegalIPv6Address"),
        ("CNAME", "a..test", "DomainLabelEmpty (Domain label is empty)"),
        ("CNAME", "a b", "CNAMERRDATANotSingleField (Value contains spaces)"),
        ("MX", "mail.test", "MXRRDATANotTwoFields (Value does not have two fields)"),
        ("MX", "70000 mail.test", "MXRRDATAIllegalNumber"),
        ("SRV", "1 2 host.test", "SRVRRDATANotFourFields"),
        ("TXT", "plain", "InvalidCharacterString (Value should be enclosed in quotation marks)"),
        ("TXT", '"' + r"\101" * 1000, "InvalidCharacterString"),
        ("TXT", f'"{"x" * 256}"', "CharacterStringTooLong (Value is too long)"),
        ("TXT", '"ü"', "UnsupportedCharacter (Value contains unsupported characters)"),
        ("CAA", "nonsense", "CAARRDATAInvalid"),
    ],
)
def test_a_value_of_another_form_is_told(kind: str, value: str, problem: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html"""
    told = find_value_problem(kind, value) or ""

    assert told.startswith(f"FATAL problem: {problem}")
    assert told.endswith(f"encountered with '{value}'")


@given(st.sampled_from(("A", "MX", "TXT", "CAA", "HTTPS", "SOA", "NAPTR")), st.text(max_size=40))
def test_no_text_makes_the_rules_fail(kind: str, value: str) -> None:
    find_value_problem(kind, value)

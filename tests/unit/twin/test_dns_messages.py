"""Reading DNS queries as they came."""

import dns.flags
import dns.message
import dns.rcode
import dns.tsigkeyring
import pytest
from hypothesis import given, settings

from tests.unit.twin.route53.messages import (
    MALFORMED,
    QUESTION,
    broken_messages,
    code_of_malformed,
    query,
    raw_query,
)
from twin.dns_messages import MalformedQuery, max_response_bytes, read_query


def code_of(wire: bytes) -> str:
    """The code that a message gets at once; OK for a query, none for what gets no answer."""
    try:
        read = read_query(wire)
    except MalformedQuery as malformed:
        return code_of_malformed(wire, malformed)
    return "none" if read is None else "OK"


def test_a_query_is_read() -> None:
    asked = query("API.muster.test", payload=1232)

    assert read_query(asked.to_wire()) == asked


@pytest.mark.parametrize("name", MALFORMED)
def test_a_message_that_breaks_the_format_gets_formerr(name: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1"""
    assert code_of(MALFORMED[name]) == "FORMERR"


@pytest.mark.parametrize(
    "wire", [b"", b"\x12\x34", b"\x00" * 11, raw_query(QUESTION, flags=0x8000)]
)
def test_what_is_no_query_gets_no_answer(wire: bytes) -> None:
    assert code_of(wire) == "none"


@pytest.mark.parametrize("opcode", [1, 2, 4, 5, 6, 15])
def test_other_operations_are_not_implemented(opcode: int) -> None:
    """https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1"""
    assert code_of(raw_query(QUESTION, flags=opcode << 11)) == "NOTIMP"


def test_a_signed_query_is_not_served() -> None:
    """https://www.rfc-editor.org/rfc/rfc8945#section-5.2.1"""
    signed = query()
    signed.use_tsig(dns.tsigkeyring.from_text({"key.": "c2VjcmV0"}))

    assert code_of(signed.to_wire()) == "NOTAUTH"


@pytest.mark.parametrize(
    ("payload", "expected"), [(None, 512), (0, 512), (1232, 1232), (4096, 4096), (65535, 4096)]
)
def test_a_datagram_has_as_much_as_the_client_takes(payload: int | None, expected: int) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html"""
    asked = query() if payload is None else query(payload=payload)

    assert max_response_bytes(asked, over_tcp=False) == expected
    assert max_response_bytes(asked, over_tcp=True) == 65535


@settings(max_examples=300, deadline=None)
@given(broken_messages)
def test_any_bytes_are_a_query_or_get_a_code_or_nothing(wire: bytes) -> None:
    assert code_of(wire) in {"OK", "none", "FORMERR", "NOTIMP", "NOTAUTH"}

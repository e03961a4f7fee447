"""Reading queries: which get an answer, and which an error."""

import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given, settings

from tests.unit.twin.route53.messages import (
    IMPOSSIBLE,
    MALFORMED,
    QUESTION,
    broken_messages,
    code_of_malformed,
    opt_record,
    query,
    raw_query,
)
from twin.dns_messages import MalformedQuery
from twin.route53.queries import ClientSubnet, ParsedQuery, parse_query


def code_of(wire: bytes) -> str:
    """The code that a message gets at once; OK for a query that is answered."""
    try:
        parsed = parse_query(wire)
    except MalformedQuery as malformed:
        return code_of_malformed(wire, malformed)
    if parsed is None:
        return "none"
    return "OK" if parsed.error is None else parsed.error.name


def parsed(message: dns.message.Message) -> ParsedQuery:
    found = parse_query(message.to_wire())
    assert found is not None
    return found


def test_a_query_has_its_name_in_lower_case_and_its_type() -> None:
    """https://www.rfc-editor.org/rfc/rfc4343"""
    found = parsed(query("API.Muster.Test", "MX"))

    assert (found.question.name, found.question.type) == ((b"api", b"muster", b"test"), "MX")
    assert (found.error, found.subnet) == (None, None)


def test_the_client_s_subnet_is_read() -> None:
    """https://www.rfc-editor.org/rfc/rfc7871"""
    assert parsed(query(subnet=("127.210.7.0", 24))).subnet == ClientSubnet("127.210.7.0", 24)
    assert parsed(query(subnet=("2001:db8::", 56))).subnet == ClientSubnet("2001:db8::", 56)
    assert parsed(query(subnet=("0.0.0.0", 0))).subnet == ClientSubnet("0.0.0.0", 0)  # noqa: S104


@pytest.mark.parametrize("name", [*MALFORMED, *IMPOSSIBLE])
def test_what_breaks_the_format_gets_formerr(name: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1"""
    assert code_of((MALFORMED | IMPOSSIBLE)[name]) == "FORMERR"


@pytest.mark.parametrize("kind", ["AXFR", "IXFR"])
def test_zone_transfers_are_refused(kind: str) -> None:
    assert code_of(query(kind=kind).to_wire()) == "REFUSED"


@pytest.mark.parametrize("rdclass", [2, 3, 4, 255])
def test_other_classes_are_refused(rdclass: int) -> None:
    assert code_of(raw_query(QUESTION[:-1] + bytes([rdclass]))) == "REFUSED"


def test_a_later_version_of_edns_is_refused_with_its_own_code() -> None:
    """https://www.rfc-editor.org/rfc/rfc6891#section-6.1.3"""
    wire = raw_query(QUESTION + opt_record(b"", ttl=1 << 16), counts=(1, 0, 0, 1))

    assert code_of(wire) == "BADVERS"


def test_unknown_types_and_options_are_served() -> None:
    """https://www.rfc-editor.org/rfc/rfc3597"""
    assert code_of(query(kind="TYPE65280").to_wire()) == "OK"
    wire = raw_query(QUESTION + opt_record(b"\xff\x00\x00\x01x"), counts=(1, 0, 0, 1))
    assert code_of(wire) == "OK"


@settings(max_examples=300, deadline=None)
@given(broken_messages)
def test_any_bytes_get_a_code_or_nothing(wire: bytes) -> None:
    assert code_of(wire) in {"OK", "none", "FORMERR", "NOTIMP", "REFUSED", "BADVERS", "NOTAUTH"}

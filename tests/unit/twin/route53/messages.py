"""DNS messages for tests, well-formed and not."""

import struct

import dns.edns
import dns.flags
import dns.message
import dns.rdatatype
from hypothesis import strategies as st

from twin.dns_messages import MalformedQuery

QUERY_HEADER = struct.Struct("!HHHHHH")


def query(
    name: str = "api.muster.test",
    kind: str = "A",
    *,
    payload: int | None = None,
    subnet: tuple[str, int] | None = None,
) -> dns.message.QueryMessage:
    """A query; with `payload` or `subnet` it has EDNS."""
    options: list[dns.edns.Option] | None = [dns.edns.ECSOption(*subnet)] if subnet else None
    edns = 0 if payload is not None or subnet else None
    return dns.message.make_query(name, kind, use_edns=edns, payload=payload, options=options)


def raw_query(
    body: bytes,
    *,
    flags: int = 0x0100,
    counts: tuple[int, int, int, int] = (1, 0, 0, 0),
) -> bytes:
    """A header with id 0x1234, and these bytes behind it."""
    return QUERY_HEADER.pack(0x1234, flags, *counts) + body


QUESTION = b"\x03api\x06muster\x04test\x00\x00\x01\x00\x01"


ADDRESS_RECORD = b"\x00\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x7f\x00\x00\x01"
"""Of the root."""


def opt_record(
    options: bytes, *, ttl: int = 0, name: bytes = b"\x00", payload: int = 1232
) -> bytes:
    """An OPT record: https://www.rfc-editor.org/rfc/rfc6891#section-6.1.2"""
    return name + struct.pack("!HHIH", 41, payload, ttl, len(options)) + options


def ecs_option(family: int, source: int, scope: int, address: bytes) -> bytes:
    """https://www.rfc-editor.org/rfc/rfc7871#section-6"""
    data = struct.pack("!HBB", family, source, scope) + address
    return struct.pack("!HH", 8, len(data)) + data


def code_of_malformed(wire: bytes, malformed: MalformedQuery) -> str:
    """The code of the response to this message, which is a header alone."""
    response = dns.message.from_wire(wire[:2] + malformed.response)
    assert not response.question
    assert response.flags & dns.flags.QR
    return response.rcode().name


MALFORMED: dict[str, bytes] = {
    "no question": raw_query(b"", counts=(0, 0, 0, 0)),
    "two questions": raw_query(QUESTION * 2, counts=(2, 0, 0, 0)),
    "65535 questions": raw_query(b"\xc0\x0c\x00\x01\x00\x01" * 5000, counts=(65535, 0, 0, 0)),
    "an answer": raw_query(QUESTION, counts=(1, 1, 0, 0)),
    "two authorities": raw_query(QUESTION + ADDRESS_RECORD * 2, counts=(1, 0, 2, 0)),
    "records that are not there": raw_query(QUESTION, counts=(1, 0, 0, 1)),
    "a name that ends early": raw_query(b"\x3fapi"),
    "a name that points to itself": raw_query(b"\xc0\x0c\x00\x01\x00\x01"),
    "names that point to each other": raw_query(b"\xc0\x0e\xc0\x0c\x00\x01\x00\x01"),
    "a name that points forward": raw_query(b"\xc0\xff\x00\x01\x00\x01"),
    "a name that points behind the end": raw_query(b"\xff\xff\x00\x01\x00\x01"),
    "a label of an unknown kind": raw_query(b"\x80api\x00\x00\x01\x00\x01"),
    "a name of 256 bytes": raw_query(
        b"\x3f"
        + b"a" * 63
        + b"\x3f"
        + b"b" * 63
        + b"\x3f"
        + b"c" * 63
        + b"\x3e"
        + b"d" * 62
        + b"\x00\x00\x01\x00\x01"
    ),
    "a question without type": raw_query(b"\x03api\x00\x00"),
    "bytes behind the message": raw_query(QUESTION + b"junk"),
    "two OPT records": raw_query(QUESTION + opt_record(b"") * 2, counts=(1, 0, 0, 2)),
    "OPT with a name": raw_query(
        QUESTION + opt_record(b"", name=b"\x01a\x00"), counts=(1, 0, 0, 1)
    ),
    "OPT among authorities": raw_query(QUESTION + opt_record(b""), counts=(1, 0, 1, 0)),
    "an option longer than OPT": raw_query(
        QUESTION + opt_record(b"\x00\x08\xff\xff\x00"), counts=(1, 0, 0, 1)
    ),
    "a subnet of an unknown family": raw_query(
        QUESTION + opt_record(ecs_option(3, 24, 0, b"\x7f\xd2\x07")), counts=(1, 0, 0, 1)
    ),
    "a subnet with too few bytes": raw_query(
        QUESTION + opt_record(ecs_option(1, 24, 0, b"\x7f\xd2")), counts=(1, 0, 0, 1)
    ),
    "a subnet with too many bytes": raw_query(
        QUESTION + opt_record(ecs_option(1, 16, 0, b"\x7f\xd2\x07\x01")), counts=(1, 0, 0, 1)
    ),
}
"""Messages that get the code FORMERR, as they are no well-formed queries."""

IMPOSSIBLE: dict[str, bytes] = {
    "a subnet with bits behind its prefix": raw_query(
        QUESTION + opt_record(ecs_option(1, 20, 0, b"\x7f\xd2\x0f")), counts=(1, 0, 0, 1)
    ),
    "a subnet with 33 bits": raw_query(
        QUESTION + opt_record(ecs_option(1, 33, 0, b"\x7f\xd2\x07\x01\x80")), counts=(1, 0, 0, 1)
    ),
    "a subnet with a scope": raw_query(
        QUESTION + opt_record(ecs_option(1, 24, 24, b"\x7f\xd2\x07")), counts=(1, 0, 0, 1)
    ),
    "the type OPT": raw_query(b"\x03api\x00\x00\x29\x00\x01"),
}
"""Well-formed queries for what can't be."""

_edited = st.tuples(
    st.sampled_from(
        [
            query().to_wire(),
            query(payload=4096).to_wire(),
            query("x.muster.test", "MX", subnet=("127.210.7.0", 24)).to_wire(),
            query("a" * 63 + ".muster.test", "TXT", payload=512).to_wire(),
        ]
    ),
    st.lists(st.tuples(st.integers(2, 90), st.integers(0, 255)), max_size=6),
    st.integers(0, 100),
)


def _edit(parts: tuple[bytes, list[tuple[int, int]], int]) -> bytes:
    wire, changes, length = parts
    edited = bytearray(wire)
    for position, byte in changes:
        if position < len(edited):
            edited[position] = byte
    return bytes(edited[: length or None]) if length < 60 else bytes(edited)


broken_messages = st.one_of(
    st.binary(max_size=600), st.sampled_from(list(MALFORMED.values())), _edited.map(_edit)
)
"""Random bytes, and queries in which bytes are changed or missing."""

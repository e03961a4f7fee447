"""`python -m tests.soak.dns_soak --calls 200000 --seed 1`: broken DNS messages to the name servers.

Queries in which bits, bytes, lengths, counts and pointers are changed, cut off or put in. Checks
that each message gets either nothing or a response that can be read, with its id, as long as it may
be, and that what the servers keep stays within its limits.
"""

import random
import struct
import sys

import dns.flags
import dns.message

from tests.soak.calls.fault_report import FaultReport, parse_options
from tests.unit.twin.core.dns.zone_setup import HOME, a_record, all_healthy, index_of
from tests.unit.twin.route53.messages import MALFORMED, query
from twin.dns_messages import MAX_TCP_BYTES, MAX_UDP_BYTES, MIN_UDP_BYTES
from twin.route53.responder import MAX_QUERIES, Responder
from twin.topology.route53 import ResourceRecordSet

WELL_FORMED = [
    query().to_wire(),
    query(payload=4096).to_wire(),
    query("other.muster.test", "MX", subnet=("127.210.7.0", 24)).to_wire(),
    query("a" * 63 + ".muster.test", "TXT", payload=512).to_wire(),
    query("wild.muster.test", "ANY", subnet=("2001:db8::", 61)).to_wire(),
    query("text.muster.test", "TXT", payload=1232).to_wire(),
]
FORMS_OF_ERROR = list(MALFORMED.values())
RECORDS = (
    a_record("192.0.2.1", region="eu-central-1"),
    a_record("192.0.2.2", region="us-west-2"),
    a_record("192.0.2.3", "*.muster.test."),
    ResourceRecordSet(
        name="text.muster.test.", type="TXT", ttl_s=60, values=(f'"{"x" * 250}" ' * 20,)
    ),
)


def main(argv: list[str]) -> int:
    calls, rng = parse_options(argv)
    return soak(calls, rng)


def soak(calls: int, rng: random.Random) -> int:
    """Send the messages; 1 if any of them has shown a fault."""
    report = FaultReport()
    responder = Responder(HOME, is_healthy=all_healthy, draw=rng.random)
    responder.indexes[0] = index_of(*RECORDS)
    for _ in range(calls):
        message, over_tcp = break_message(rng), rng.random() < 0.3
        try:
            response = responder.respond(message, "127.210.7.1", over_tcp=over_tcp)
            report.answers[read_code(response)] += 1
        except Exception as exc:  # noqa: BLE001 - whatever would cost the process a message
            report.note_sample(f"{type(exc).__name__}: {exc}", message.hex())
            continue
        if fault := find_fault(message, response or message[:2], over_tcp=over_tcp):
            report.note_sample(fault, message.hex())
    if len(responder._kept) > MAX_QUERIES:
        report.note_sample("too many queries are kept", str(len(responder._kept)))
    return report.finish(f"{calls} messages")


def read_code(response: bytes | None) -> int:
    """The response's code, -1 without a response. Raises DNSException, ValueError."""
    if response is None:
        return -1
    message = dns.message.from_wire(response)
    if not message.flags & dns.flags.QR:
        raise ValueError("it is no response")
    return int(message.rcode())


def find_fault(message: bytes, response: bytes, *, over_tcp: bool) -> str | None:
    if response[:2] != message[:2]:
        return "the response has another id"
    limit = MAX_TCP_BYTES if over_tcp else MAX_UDP_BYTES
    if not over_tcp and not message[11:12] > b"\0":
        limit = MIN_UDP_BYTES  # without an additional record there is no EDNS
    return f"more than {limit} bytes" if len(response) > limit else None


def break_message(rng: random.Random) -> bytes:
    """A query, or what is left of it."""
    message = bytearray(rng.choice(WELL_FORMED if rng.random() < 0.8 else FORMS_OF_ERROR))
    for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 3, 8))):
        if message:
            _break_once(rng, message)
    if rng.random() < 0.02:
        return rng.randbytes(rng.randrange(2000))
    return bytes(message)


def _break_once(rng: random.Random, message: bytearray) -> None:
    place = rng.randrange(len(message))
    match rng.randrange(7):
        case 0:
            message[place] = rng.randrange(256)
        case 1:
            message[place] ^= 1 << rng.randrange(8)
        case 2:
            del message[place : place + rng.randrange(1, 12)]
        case 3:
            message[place:place] = rng.randbytes(rng.randrange(1, 12))
        case 4:
            message[place : place + 2] = struct.pack("!H", 0xC000 | rng.randrange(len(message) + 9))
        case 5:
            message[place : place + 2] = rng.choice((b"\0\0", b"\0\1", b"\x7f\xff", b"\xff\xff"))
        case _:
            del message[place:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

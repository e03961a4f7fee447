"""The name servers by UDP and TCP, with clients that keep to the rules and others."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import dns.asyncquery
import dns.flags
import dns.message
import pytest

from tests.instances import claim_instance
from tests.unit.twin.core.dns.zone_setup import (
    HOME,
    a_record,
    all_healthy,
    index_of,
)
from tests.unit.twin.route53.messages import MALFORMED, query
from twin.errors import StartFailed
from twin.geography import find_city_address
from twin.route53.name_servers import serving_dns
from twin.route53.responder import Responder
from twin.runtime.instance import Instance
from twin.topology.route53 import ResourceRecordSet

SERVERS = Instance(Path("unused"), claim_instance()).name_server_addresses
LONG_TEXT = ResourceRecordSet(
    name="long.muster.test.", type="TXT", ttl_s=60, values=(f'"{"x" * 200}" ' * 3,)
)
WAIT_S = 5.0

Address = tuple[str, int]


def responder() -> Responder:
    made = Responder(
        HOME, is_healthy=all_healthy, draw=random.Random(6).random, servers=len(SERVERS)
    )
    index = index_of(
        LONG_TEXT,
        a_record("192.0.2.1", region="eu-central-1"),
        a_record("192.0.2.2", region="us-west-2"),
    )
    made.indexes[:] = [index] * len(SERVERS)
    return made


@pytest.fixture
async def servers() -> AsyncIterator[tuple[Address, ...]]:
    async with serving_dns(responder(), SERVERS):
        yield SERVERS


async def ask_by_udp(
    message: dns.message.Message, to: Address = SERVERS[0], source: str | None = None
) -> dns.message.Message:
    host, port = to
    return await dns.asyncquery.udp(message, host, WAIT_S, port, source=source)


async def ask_by_tcp(
    message: dns.message.Message, to: Address = SERVERS[0], source: str | None = None
) -> dns.message.Message:
    host, port = to
    return await dns.asyncquery.tcp(message, host, WAIT_S, port, source=source)


def values_of(response: dns.message.Message) -> list[str]:
    return [str(rdata) for rrset in response.answer for rdata in rrset]


def framed(wire: bytes) -> bytes:
    return struct.pack("!H", len(wire)) + wire


async def read_framed(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(WAIT_S):
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        return await reader.readexactly(length)


async def is_closed(reader: asyncio.StreamReader) -> bool:
    """Whether the server ends the connection within WAIT_S."""
    async with asyncio.timeout(WAIT_S):
        try:
            return await reader.read() == b""
        except ConnectionResetError:
            return True


@pytest.mark.parametrize("number", range(4))
async def test_each_of_the_four_servers_answers_by_udp_and_tcp(
    servers: tuple[Address, ...], number: int
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"""
    assert values_of(await ask_by_udp(query(), servers[number])) == ["192.0.2.1"]
    assert values_of(await ask_by_tcp(query(), servers[number])) == ["192.0.2.1"]


async def test_a_client_s_source_address_is_its_place(servers: tuple[Address, ...]) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-latency.html"""
    portland = find_city_address("Portland")

    assert values_of(await ask_by_udp(query(), source=portland)) == ["192.0.2.2"]
    assert values_of(await ask_by_tcp(query(), source=portland)) == ["192.0.2.2"]


async def test_a_cut_answer_is_whole_over_tcp(servers: tuple[Address, ...]) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html"""
    asked = query("long.muster.test", "TXT")

    assert (await ask_by_udp(asked)).flags & dns.flags.TC
    assert len(values_of(await ask_by_tcp(asked))) == 1
    whole = await ask_by_udp(query("long.muster.test", "TXT", payload=4096))
    assert not whole.flags & dns.flags.TC
    assert len(values_of(whole)) == 1


async def test_a_connection_asks_several_questions_in_one_segment(
    servers: tuple[Address, ...],
) -> None:
    """https://www.rfc-editor.org/rfc/rfc7766#section-6.2.1.1"""
    reader, writer = await asyncio.open_connection(*SERVERS[0])
    asked = [query() for _ in range(50)]

    writer.write(b"".join(framed(message.to_wire()) for message in asked))
    writer.write_eof()
    answers = [dns.message.from_wire(await read_framed(reader)) for _ in asked]

    assert [answer.id for answer in answers] == [message.id for message in asked]
    assert await is_closed(reader)
    writer.close()


async def test_malformed_messages_do_not_disturb_others(servers: tuple[Address, ...]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for wire in (b"", b"\x00", *MALFORMED.values(), b"\xff" * 9000):
            sender.sendto(wire, SERVERS[0])
        assert values_of(await ask_by_udp(query())) == ["192.0.2.1"]
    reader, writer = await asyncio.open_connection(*SERVERS[0])
    for wire in MALFORMED.values():
        writer.write(framed(wire))
        assert (await read_framed(reader))[:2] == wire[:2]
    writer.write(framed(query().to_wire()))
    assert dns.message.from_wire(await read_framed(reader)).answer
    writer.close()


async def test_a_connection_that_sends_no_query_is_closed(servers: tuple[Address, ...]) -> None:
    for wire in (framed(b""), framed(b"\x00" * 5), framed(b"\xff" * 70)):
        reader, writer = await asyncio.open_connection(*SERVERS[0])
        writer.write(wire)

        assert await is_closed(reader)
        writer.close()


async def test_an_address_that_is_taken_is_named() -> None:
    host, port = SERVERS[1]
    with socket.create_server((host, port)), pytest.raises(StartFailed, match=f"{host}:{port}"):
        async with serving_dns(responder(), SERVERS):
            pass


async def test_all_sockets_are_free_again_afterwards() -> None:
    for _ in range(2):
        async with serving_dns(responder(), SERVERS):
            assert values_of(await ask_by_udp(query(), SERVERS[3])) == ["192.0.2.1"]

"""A city on real sockets, with one name server behind it."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Callable, Sequence

import dns.asyncquery
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest

from common.clock import SystemClock
from tests.functional.twin.strangers import take_datagrams_as_stranger
from twin.cities.city import City
from twin.cities.resolver import CityResolver, make_exchange
from twin.cities.socks import SocksEntrance
from twin.dns_server import DnsServer, Source

CITY = "127.210.7.1"
API = "api.muster.test."
MANY = "many.muster.test."


class NameServer:
    """Answers every name, and notes who asks."""

    def __init__(self) -> None:
        self.askers: list[Source] = []
        self.hangs_up = False
        """Whether it closes a TCP connection without an answer, as one that is killed."""

    async def answer(self, data: bytes, source: Source) -> bytes | None:
        query = dns.message.from_wire(data)
        self.askers.append(source)
        if self.hangs_up and source.over_tcp:
            return None
        name = query.question[0].name
        count = 60 if name == dns.name.from_text(MANY) else 1
        response = dns.message.make_response(query)
        addresses = [f"127.1.2.{number}" for number in range(1, count + 1)]
        response.answer.append(dns.rrset.from_text_list(name, 60, "IN", "A", addresses))
        limit = 65535 if source.over_tcp else 512
        return response.to_wire(max_size=limit, prefer_truncation=True)


class World:
    """The city's addresses, and the name server."""

    def __init__(self) -> None:
        self.name_server = NameServer()
        self.addresses = {role: free_address() for role in ("name server", "resolver", "socks")}
        self.flush: Callable[[], None] = lambda: None

    @property
    def resolver(self) -> tuple[str, int]:
        return self.addresses["resolver"]

    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        host, port = self.resolver
        return await dns.asyncquery.udp(query, host, port=port, timeout=5)

    async def send(self, data: bytes) -> bytes:
        """Send any bytes; the response's bytes."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)
            await loop.sock_sendto(client, data, self.resolver)
            async with asyncio.timeout(5):
                return await loop.sock_recv(client, 4096)


def free_address() -> tuple[str, int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address: tuple[str, int] = probe.getsockname()
        return address


def make_city(name_servers: Sequence[tuple[str, int]], tasks: asyncio.TaskGroup) -> City:
    """A city whose SOCKS entrance leads nowhere."""
    resolver = CityResolver(
        client_ip=CITY,
        send_client_subnet=True,
        name_servers=name_servers,
        exchange=make_exchange(CITY),
        clock=SystemClock(),
        rng=random.Random(1),
        tasks=tasks,
    )
    entrance = SocksEntrance(
        source_ip=CITY,
        find_address=resolver.find_address,
        is_allowed=lambda _: False,
        is_served=lambda _, __: False,
    )
    return City("Portland", resolver, entrance, tasks)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    async with asyncio.TaskGroup() as tasks:
        name_server = DnsServer(made.name_server.answer, tasks)
        await name_server.start(made.addresses["name server"])
        city = make_city([made.addresses["name server"]], tasks)
        await city.start(made.resolver, made.addresses["socks"])
        assert city.status().problem == ""
        made.flush = city.flush
        yield made
        city.close()
        name_server.close()


async def test_a_client_gets_an_answer_that_the_city_asks_for(world: World) -> None:
    response = await world.ask(dns.message.make_query(API, "A"))

    assert [str(rdata) for rdata in response.answer[0]] == ["127.1.2.1"]
    assert response.flags & dns.flags.RA
    assert not response.flags & dns.flags.AA
    assert world.name_server.askers == [Source(CITY, over_tcp=False)]


async def test_a_flushed_resolver_asks_again(world: World) -> None:
    query = dns.message.make_query(API, "A")
    await world.ask(query)
    await world.ask(query)
    assert len(world.name_server.askers) == 1

    world.flush()
    await world.ask(query)

    assert len(world.name_server.askers) == 2


async def test_a_long_answer_is_fetched_over_tcp_and_truncated_for_a_plain_client(
    world: World,
) -> None:
    plain = await world.ask(dns.message.make_query(MANY, "A", use_edns=False))
    large = await world.ask(dns.message.make_query(MANY, "A", use_edns=0, payload=4096))

    assert plain.flags & dns.flags.TC
    assert len(large.answer[0]) == 60
    assert [asker.over_tcp for asker in world.name_server.askers] == [False, True]


async def test_a_name_server_that_hangs_up_costs_one_answer(world: World) -> None:
    world.name_server.hangs_up = True

    lost = await world.ask(dns.message.make_query(MANY, "A"))
    found = await world.ask(dns.message.make_query(API, "A"))

    assert (lost.rcode(), found.rcode()) == (dns.rcode.SERVFAIL, dns.rcode.NOERROR)


@pytest.mark.parametrize(
    "malformed",
    [
        b"\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\xc0\x0c\0\x01\0\x01",  # a name that is itself
        b"\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\x3fabc",
        b"\x12\x34\x01\x00\xff\xff\0\0\0\0\0\0",
    ],
)
async def test_a_malformed_message_is_told(world: World, malformed: bytes) -> None:
    answer = await world.send(malformed)

    assert answer[:2] == malformed[:2]
    assert answer[3] & 0xF == dns.rcode.FORMERR
    assert (await world.ask(dns.message.make_query(API, "A"))).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize(
    ("kind", "rdclass", "edns", "code"),
    [
        ("A", "IN", 1, dns.rcode.BADVERS),
        ("AXFR", "IN", False, dns.rcode.REFUSED),
        ("TXT", "CH", 0, dns.rcode.REFUSED),
        ("TKEY", "IN", 0, dns.rcode.FORMERR),
    ],
)
async def test_a_query_that_no_server_answers_is_not_passed_on(
    world: World, kind: str, rdclass: str, edns: int, code: dns.rcode.Rcode
) -> None:
    """https://www.rfc-editor.org/rfc/rfc6891#section-6.1.3"""
    query = dns.message.make_query(API, kind, rdclass, use_edns=edns)

    response = await world.ask(query)

    assert response.rcode() == code
    assert response.edns in (0, -1)
    assert world.name_server.askers == []


@pytest.mark.parametrize("ignored", [b"", b"\x12", b"\x12\x34\x81\x80" + bytes(8)])
async def test_what_is_no_query_gets_no_answer(world: World, ignored: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(ignored, world.resolver)

    # The next query is answered, and it alone was passed on.
    await world.ask(dns.message.make_query(API, "A"))
    assert len(world.name_server.askers) == 1


async def test_an_address_in_use_is_a_problem_in_the_status(world: World) -> None:
    async with asyncio.TaskGroup() as tasks:
        city = make_city([], tasks)
        await city.start(world.resolver, world.addresses["socks"])

        assert "address already in use" in city.status().problem
        city.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
async def test_another_users_program_can_not_answer_for_a_dead_name_server() -> None:
    address = free_address()
    query = dns.message.make_query(API, "A")
    with take_datagrams_as_stranger(address) as server:
        server.setblocking(False)

        with pytest.raises(ConnectionRefusedError, match="has taken this address"):
            await make_exchange(CITY)(query, address)

        with pytest.raises(BlockingIOError):
            server.recv(1)

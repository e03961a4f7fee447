"""A city's resolver over fake name servers."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from functools import partial

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from tests.clocks import ManualClock
from twin.cities.resolver import CityResolver, answer_query

API = dns.name.from_text("api.muster.test")
SERVERS = [("127.140.0.11", 5300), ("127.140.0.12", 5300)]
SOA = dns.rrset.from_text("muster.test.", 900, "IN", "SOA", "ns. host. 1 7200 900 1209600 86400")
Answer = Callable[[dns.message.Message], dns.message.Message]


class FakeServers:
    """Name servers with one behaviour."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.silent: set[str] = set()
        self.asked: list[tuple[str, dns.message.Message]] = []

    async def exchange(
        self, query: dns.message.Message, server: tuple[str, int]
    ) -> dns.message.Message:
        self.asked.append((server[0], query))
        await asyncio.sleep(0)
        if server[0] in self.silent:
            raise TimeoutError
        return self.answer(query)


def address(query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query)
    response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "127.1.2.3"))
    return response


MakeResolver = Callable[..., CityResolver]


@pytest.fixture
async def make_resolver() -> AsyncIterator[MakeResolver]:
    async with asyncio.TaskGroup() as tasks:
        yield partial(_make_resolver, tasks)


def _make_resolver(
    tasks: asyncio.TaskGroup,
    servers: FakeServers,
    clock: ManualClock | None = None,
    *,
    subnet: bool = True,
) -> CityResolver:
    return CityResolver(
        client_ip="127.210.7.1",
        send_client_subnet=subnet,
        name_servers=SERVERS,
        exchange=servers.exchange,
        clock=clock or ManualClock(0.0),
        rng=random.Random(1),
        tasks=tasks,
    )


async def test_the_second_question_is_answered_from_the_cache(make_resolver: MakeResolver) -> None:
    servers, clock = FakeServers(address), ManualClock(0.0)
    resolver = make_resolver(servers, clock)

    await resolver.resolve(API, dns.rdatatype.A)
    await resolver.resolve(dns.name.from_text("API.Muster.Test"), dns.rdatatype.A)
    assert len(servers.asked) == 1
    assert (resolver.queries, resolver.cached_answers) == (2, 1)

    clock.seconds += 60
    await resolver.resolve(API, dns.rdatatype.A)
    assert len(servers.asked) == 2


async def test_clients_with_one_question_wait_for_one_query(
    make_resolver: MakeResolver,
) -> None:
    servers = FakeServers(address)
    resolver = make_resolver(servers)

    answers = await asyncio.gather(*(resolver.resolve(API, dns.rdatatype.A) for _ in range(5)))

    assert len(servers.asked) == 1
    assert len(set(map(id, answers))) == 1


async def test_the_clients_network_is_told_or_hidden(make_resolver: MakeResolver) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-edns0.html."""
    told, hidden = FakeServers(address), FakeServers(address)
    await make_resolver(told).resolve(API, dns.rdatatype.A)
    await make_resolver(hidden, subnet=False).resolve(API, dns.rdatatype.A)

    (option,) = told.asked[0][1].options
    assert isinstance(option, dns.edns.ECSOption)
    assert (option.address, option.srclen) == ("127.210.7.0", 24)
    assert hidden.asked[0][1].options == ()


async def test_another_name_server_is_asked_when_one_is_silent(make_resolver: MakeResolver) -> None:
    servers = FakeServers(address)
    servers.silent = {SERVERS[0][0]}

    answer = await make_resolver(servers).resolve(API, dns.rdatatype.A)

    assert answer.rcode == dns.rcode.NOERROR
    assert servers.asked[-1][0] == SERVERS[1][0]


async def test_silence_of_all_is_a_failure_that_is_not_kept(make_resolver: MakeResolver) -> None:
    servers = FakeServers(address)
    servers.silent = {host for host, _ in SERVERS}
    resolver = make_resolver(servers)

    failed = await resolver.resolve(API, dns.rdatatype.A)
    servers.silent = set()
    answer = await resolver.resolve(API, dns.rdatatype.A)

    assert failed.rcode == dns.rcode.SERVFAIL
    assert answer.rcode == dns.rcode.NOERROR


async def test_a_name_of_nobody_is_a_failure(make_resolver: MakeResolver) -> None:
    def refuse(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.REFUSED)
        return response

    answer = await make_resolver(FakeServers(refuse)).resolve(API, dns.rdatatype.A)

    assert answer.rcode == dns.rcode.SERVFAIL


async def test_an_alias_name_is_followed(make_resolver: MakeResolver) -> None:
    target = dns.name.from_text("d-1.execute-api.us-west-2.amazonaws.com")

    def alias(query: dns.message.Message) -> dns.message.Message:
        if query.question[0].name == target:
            return address(query)
        response = dns.message.make_response(query)
        response.answer.append(dns.rrset.from_text(API, 300, "IN", "CNAME", target.to_text()))
        return response

    answer = await make_resolver(FakeServers(alias)).resolve(API, dns.rdatatype.A)

    assert [rrset.rdtype for rrset in answer.answer] == [dns.rdatatype.CNAME, dns.rdatatype.A]
    assert answer.ttl_s == 60


async def test_alias_names_in_a_circle_are_a_failure(make_resolver: MakeResolver) -> None:
    def circle(query: dns.message.Message) -> dns.message.Message:
        name = query.question[0].name
        other = "a.test." if name == dns.name.from_text("b.test") else "b.test."
        response = dns.message.make_response(query)
        response.answer.append(dns.rrset.from_text(name, 300, "IN", "CNAME", other))
        return response

    answer = await make_resolver(FakeServers(circle)).resolve(API, dns.rdatatype.A)

    assert answer.rcode == dns.rcode.SERVFAIL


async def test_no_data_keeps_the_soa(make_resolver: MakeResolver) -> None:
    def nothing(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.authority.append(SOA)
        return response

    answer = await make_resolver(FakeServers(nothing)).resolve(API, dns.rdatatype.AAAA)

    assert (answer.rcode, answer.authority, answer.ttl_s) == (dns.rcode.NOERROR, (SOA,), 900)


async def test_a_host_that_is_no_name_has_no_address(make_resolver: MakeResolver) -> None:
    resolver = make_resolver(FakeServers(address))

    assert await resolver.find_address("api.muster.test") == "127.1.2.3"
    assert await resolver.find_address("x" * 70) is None
    assert await resolver.find_address("a..b") is None


async def test_a_response_is_recursive_and_not_authoritative(
    make_resolver: MakeResolver,
) -> None:
    query = dns.message.make_query(API, "A")
    resolved = await make_resolver(FakeServers(address)).resolve(API, dns.rdatatype.A)

    response = answer_query(query, resolved)

    assert response.id == query.id
    assert dns.flags.to_text(response.flags) == "QR RD RA"
    assert response.answer[0].ttl == 60

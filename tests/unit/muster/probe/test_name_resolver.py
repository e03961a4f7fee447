"""A client's own cache of a name's address, and the answers of a resolver."""

import asyncio
import math
from typing import cast

import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.measure.samples import CACHE_TIMES_S, LONGEST_CACHE_S, Cohort
from muster.probe.name_resolver import ClientCache, DnsResolver, NameUnresolved, ResolvedName
from muster.probe.plan import ResolverAddress

NAME = "api.example.test"


def simulate_client(
    keeps_s: float, pauses_s: list[float], moved_at_s: float
) -> list[tuple[float, str]]:
    """(time, address used) of a client whose resolver's answer changes at `moved_at_s`."""
    cache, now_s, used = ClientCache(keeps_s), 0.0, []
    for pause_s in pauses_s:
        now_s += pause_s
        if not cache.get(now_s):
            cache.put(("old" if now_s < moved_at_s else "new",), now_s)
        (address,) = cache.get(now_s) or ("old" if now_s < moved_at_s else "new",)
        used.append((now_s, address))
    return used


PAUSES = st.lists(st.floats(0.01, 40), min_size=1, max_size=60)


@given(st.sampled_from([0.0, 60.0, 120.0]), PAUSES, st.floats(0, 500))
def test_a_client_stays_at_the_old_address_no_longer_than_it_keeps_one(
    keeps_s: float, pauses_s: list[float], moved_at_s: float
) -> None:
    used = simulate_client(keeps_s, pauses_s, moved_at_s)

    addresses = [address for _, address in used]
    assert addresses == sorted(addresses, reverse=True)  # never back
    assert all(at < moved_at_s + keeps_s for at, address in used if address == "old")


@given(PAUSES, st.floats(0, 500))
def test_a_client_that_never_asks_again_never_moves(
    pauses_s: list[float], moved_at_s: float
) -> None:
    used = simulate_client(math.inf, pauses_s, moved_at_s)

    assert len({address for _, address in used}) == 1


@given(st.floats(0.1, 1000), st.floats(0, 2))
def test_an_address_is_kept_exactly_so_long(keeps_s: float, share: float) -> None:
    cache = ClientCache(keeps_s)
    cache.put(("192.0.2.1",), 100.0)

    assert bool(cache.get(100.0 + share * keeps_s)) is (100.0 + share * keeps_s < 100.0 + keeps_s)


def test_the_first_address_is_kept_for_a_share_of_the_time() -> None:
    """So that clients which begin together do not ask together."""
    cache = ClientCache(60.0, first_share=0.25)
    cache.put(("192.0.2.1",), 0.0)
    assert (cache.get(14.9), cache.get(15.0)) == (("192.0.2.1",), ())

    cache.put(("192.0.2.2",), 15.0)
    assert (cache.get(74.9), cache.get(75.0)) == (("192.0.2.2",), ())


def test_a_client_keeps_nothing_before_its_first_answer() -> None:
    assert ClientCache(math.inf).get(0.0) == ()


def test_the_longest_cache_is_that_of_the_clients_that_move() -> None:
    finite = [time for time in CACHE_TIMES_S.values() if time < math.inf]

    assert max(finite) == LONGEST_CACHE_S
    assert {cohort.door for cohort in CACHE_TIMES_S} == {"dns"}
    assert Cohort.NEW.door == "accelerator"


class FakeNameServer(asyncio.DatagramProtocol):
    """Answers every query with the same records."""

    def __init__(self, rcode: dns.rcode.Rcode, *records: str) -> None:
        self._rcode = rcode
        self._records = records

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = dns.message.make_response(dns.message.from_wire(data))
        answer.set_rcode(self._rcode)
        for ttl, record in enumerate(self._records, start=30):
            kind, _, value = record.partition(" ")
            answer.answer.append(dns.rrset.from_text(f"{NAME}.", ttl, "IN", kind, value))
        self._transport.sendto(answer.to_wire(), addr)


async def ask(rcode: dns.rcode.Rcode, *records: str) -> ResolvedName:
    """What the resolver makes of such an answer."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: FakeNameServer(rcode, *records), local_addr=("127.0.0.1", 0)
    )
    try:
        where = ResolverAddress("127.0.0.1", transport.get_extra_info("sockname")[1])
        return await DnsResolver().resolve(NAME, where, "127.0.0.1")
    finally:
        transport.close()


async def test_the_addresses_of_an_answer_and_its_lowest_ttl() -> None:
    found = await ask(dns.rcode.NOERROR, "CNAME x.test.", "A 192.0.2.1", "A 192.0.2.2")

    assert found.addresses == ("192.0.2.1", "192.0.2.2")
    assert found.ttl_s == 30


@pytest.mark.parametrize(
    ("rcode", "words"),
    [(dns.rcode.NXDOMAIN, "NXDOMAIN"), (dns.rcode.SERVFAIL, "SERVFAIL"), (0, "NOERROR")],
)
async def test_no_address_is_an_error_that_names_the_answer(
    rcode: dns.rcode.Rcode, words: str
) -> None:
    with pytest.raises(NameUnresolved, match=f"{NAME}: {words}"):
        await ask(dns.rcode.Rcode(rcode))


async def test_a_resolver_that_is_not_there_is_named() -> None:
    with pytest.raises(NameUnresolved, match=r"127\.0\.0\.1:1"):
        await DnsResolver().resolve(NAME, ResolverAddress("127.0.0.1", 1), None)

"""Clients of a Region whose network is cut or slow."""

import asyncio
import contextlib
import hashlib
import random

import pytest

from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    OREGON,
    PORT,
    PORTLAND_IP,
    STATIC_IPS,
    connect_client,
    find_answering_region,
    group_status,
    health_report,
    run_load_balancer,
)
from tests.functional.twin.edge.test_connections import answer_after_eof
from tests.waiting import async_eventually
from twin.core.faults import Fault, FaultKind, Faults
from twin.edge.edge import Edge
from twin.internal_api.schemas import EndpointState

BIG = random.Random(2).randbytes(9_000_000)


def cut(region: str = FRANKFURT) -> Faults:
    return Faults(faults=(Fault(kind=FaultKind.CUT, role="r", region=region, since_s=0),))


def slow(delay_ms: float, region: str = FRANKFURT) -> Faults:
    fault = Fault(kind=FaultKind.SLOW, role="r", region=region, since_s=0, delay_ms=delay_ms)
    return Faults(faults=(fault,))


async def receives_nothing(within_s: float, reader: asyncio.StreamReader) -> bool:
    try:
        await asyncio.wait_for(reader.readline(), within_s)
    except TimeoutError:
        return True
    return False


async def answer_with_digest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with the digest of the received body, and a body of the same size."""
    received = await reader.readexactly(len(BIG))
    writer.write(hashlib.sha256(received).digest())
    writer.write(BIG)
    await writer.drain()


async def test_an_open_connection_stalls_and_continues_when_the_network_is_healed(
    edge: Edge,
) -> None:
    async with run_load_balancer(FRANKFURT) as fake, connect_client() as connected:
        edge.apply_faults(cut())
        connected.writer.write(b"delayed by the cut\n")
        stalled = await receives_nothing(0.3, connected.reader)
        ended = list(fake.ended)

        edge.apply_faults(Faults())

        assert stalled
        assert ended == []
        line = await asyncio.wait_for(connected.reader.readline(), 5)
        assert line == b"delayed by the cut\n"
        assert await connected.echoed() == "still there"


async def test_a_client_that_closes_a_stalled_connection_is_noticed_after_the_cut(
    edge: Edge,
) -> None:
    async with run_load_balancer(FRANKFURT) as fake:
        async with connect_client() as connected:
            edge.apply_faults(cut())
            connected.writer.write(b"a last word\n")

        edge.apply_faults(Faults())

        async def is_closed() -> bool:
            return fake.ended != [] and group_status(edge, FRANKFURT).open_connections == 0

        await async_eventually(is_closed)


async def test_a_new_connection_waits_for_the_time_out_and_gets_a_reset(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html"""
    async with run_load_balancer(FRANKFURT) as fake:
        edge.apply_faults(cut())
        reader, writer = await asyncio.open_connection(STATIC_IPS[0], PORT)
        with contextlib.closing(writer):
            got_nothing = await receives_nothing(0.15, reader)

            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(), 5)

    assert got_nothing
    assert fake.clients == []
    assert group_status(edge, FRANKFURT).refused_connections == 1


@pytest.mark.parametrize("faults", [cut(), slow(60_000)], ids=["cut", "slow"])
async def test_a_new_connection_gets_through_when_the_network_is_healed_in_time(
    edge: Edge, faults: Faults
) -> None:
    async with run_load_balancer(FRANKFURT):
        edge.apply_faults(faults)
        reader, writer = await asyncio.open_connection(STATIC_IPS[0], PORT)
        with contextlib.closing(writer):
            await receives_nothing(0.05, reader)

            edge.apply_faults(Faults())

            line = await asyncio.wait_for(reader.readline(), 5)
            assert line.decode().strip() == FRANKFURT


async def test_health_reports_of_a_cut_region_do_not_arrive(edge: Edge) -> None:
    edge.apply_faults(cut())

    arrived = edge.take_health_report(health_report(FRANKFURT, EndpointState.UNHEALTHY))

    assert not arrived
    assert edge.take_health_report(health_report(OREGON))


async def test_a_cut_does_not_affect_other_regions(edge: Edge) -> None:
    async with (
        run_load_balancer(FRANKFURT),
        run_load_balancer(OREGON),
        connect_client(PORTLAND_IP) as connected,
    ):
        edge.apply_faults(cut())

        assert connected.region == OREGON
        assert await connected.echoed() == "still there"
        assert await find_answering_region(PORTLAND_IP) == OREGON


async def test_a_slow_network_adds_its_delay_each_way(edge: Edge) -> None:
    loop = asyncio.get_running_loop()
    async with run_load_balancer(FRANKFURT):
        edge.apply_faults(slow(40))
        began = loop.time()
        async with connect_client() as connected:
            opened = loop.time()
            answer = await connected.echoed()
            echoed = loop.time()

    assert answer == "still there"
    # A round trip for the SYN and its answer, then one delay for the endpoint's first line.
    assert opened - began >= 0.12
    assert echoed - opened >= 0.08


async def test_much_data_and_the_fin_pass_a_slow_network_whole_and_in_order(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT, answer_with_digest), connect_client() as connected:
        edge.apply_faults(slow(10))
        connected.writer.write(BIG)
        connected.writer.write_eof()
        digest = await asyncio.wait_for(connected.reader.readexactly(32), 20)
        edge.apply_faults(Faults())
        received = await asyncio.wait_for(connected.reader.read(), 20)

    assert digest == hashlib.sha256(BIG).digest()
    assert received == BIG


async def test_a_half_close_passes_a_slow_network(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT, answer_after_eof), connect_client() as connected:
        edge.apply_faults(slow(20))
        connected.writer.write(b"x" * 1000)
        connected.writer.write_eof()

        assert await asyncio.wait_for(connected.reader.read(), 5) == b"received 1000\n"


async def test_data_in_transit_on_a_slow_link_arrives_after_a_cut(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT), connect_client() as connected:
        edge.apply_faults(slow(50))
        connected.writer.write(b"in transit\n")
        await connected.writer.drain()
        await receives_nothing(0.02, connected.reader)
        edge.apply_faults(cut())
        stalled = await receives_nothing(0.3, connected.reader)

        edge.apply_faults(Faults())

        assert stalled
        assert await asyncio.wait_for(connected.reader.readline(), 5) == b"in transit\n"


async def test_bytes_are_counted_both_ways(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT), connect_client() as connected:
        await connected.echoed("12345")

    status = group_status(edge, FRANKFURT)
    assert status.bytes_in == len("12345\n")
    assert status.bytes_out == len(f"{FRANKFURT}\n12345\n")


async def test_health_reports_of_a_slow_region_arrive_late_and_not_over_a_cut(edge: Edge) -> None:
    edge.apply_faults(slow(100))
    unhealthy = health_report(FRANKFURT, EndpointState.UNHEALTHY)

    accepted = edge.take_health_report(unhealthy)
    state_at_once = group_status(edge, FRANKFURT).endpoints[0].state
    edge.apply_faults(cut())
    await receives_nothing(0.3, asyncio.StreamReader())
    state_after_cut = group_status(edge, FRANKFURT).endpoints[0].state
    edge.apply_faults(slow(100))
    edge.take_health_report(unhealthy)

    async def is_unhealthy() -> bool:
        return group_status(edge, FRANKFURT).endpoints[0].state is EndpointState.UNHEALTHY

    assert accepted
    assert state_at_once is state_after_cut is EndpointState.HEALTHY
    await async_eventually(is_unhealthy)

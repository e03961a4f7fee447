"""Connections through the edge: bytes, half-closes, resets, idle time, network faults."""

import asyncio
import contextlib
import hashlib
import random
import socket
from collections.abc import Iterator
from itertools import chain

import pytest

from common.clock import SystemClock
from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    EdgeClient,
    FakeLoadBalancer,
    connect_client,
    group_status,
    run_load_balancer,
)
from tests.functional.twin.edge.network_faults import cut_network, receives_nothing, slow_network
from tests.waiting import async_eventually
from twin.core.faults import Faults
from twin.edge.edge import Edge
from twin.edge.splice import ByteCounter, SpliceLimits, SplicePath, Splicer
from twin.settings import TwinSettings

BIG = random.Random(1).randbytes(20_000_000)


async def answer_after_eof(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer only after the client's FIN."""
    received = await reader.read()
    writer.write(f"received {len(received)}\n".encode())
    await writer.drain()


async def close_first_and_keep_reading(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    writer.write_eof()
    assert await reader.read() == b"one more thing"


async def exchange_big_bodies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a big body while receiving one; then send the digest of the received one."""

    async def send() -> None:
        writer.write(BIG)
        await writer.drain()

    sending = asyncio.get_running_loop().create_task(send())
    received = await reader.readexactly(len(BIG))
    await sending
    writer.write(hashlib.sha256(received).digest())
    await writer.drain()


async def never_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    transport = writer.transport
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()
    await asyncio.Event().wait()


async def test_a_client_may_close_its_half_and_still_receives_the_answer(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT, answer_after_eof), connect_client() as connected:
        connected.writer.write(b"x" * 1000)
        connected.writer.write_eof()

        assert await asyncio.wait_for(connected.reader.read(), 5) == b"received 1000\n"


async def test_an_endpoint_may_close_its_half_and_still_receives_data(edge: Edge) -> None:
    async with (
        run_load_balancer(FRANKFURT, close_first_and_keep_reading) as fake,
        connect_client() as connected,
    ):
        assert await asyncio.wait_for(connected.reader.read(), 5) == b""

        connected.writer.write(b"one more thing")
        connected.writer.write_eof()

        async def ended() -> bool:
            return fake.ended == ["eof"]

        await async_eventually(ended)

    async def none_open() -> bool:
        return group_status(edge, FRANKFURT).open_connections == 0

    await async_eventually(none_open)


async def test_big_bodies_pass_in_both_directions_at_once(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT, exchange_big_bodies), connect_client() as connected:
        connected.writer.write(BIG)
        received = await asyncio.wait_for(connected.reader.readexactly(len(BIG)), 30)
        digest = await asyncio.wait_for(connected.reader.readexactly(32), 30)

    assert received == BIG
    assert digest == hashlib.sha256(BIG).digest()


async def test_an_endpoint_that_does_not_read_stops_its_client(edge: Edge) -> None:
    """The edge keeps one chunk of unread data; the kernel's buffers hold the rest."""
    async with run_load_balancer(FRANKFURT, never_read), connect_client() as connected:
        connected.writer.transport.set_write_buffer_limits(high=0)
        connected.writer.write(BIG * 3)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connected.writer.drain(), 1)
        assert connected.writer.transport.get_write_buffer_size() > len(BIG)
        connected.writer.transport.abort()


async def test_many_clients_at_once_each_get_their_own_bytes(edge: Edge) -> None:
    async def send_number(number: int) -> str:
        async with connect_client() as connected:
            return await connected.echoed(f"I am {number}")

    async with run_load_balancer(FRANKFURT):
        echoes = await asyncio.gather(*(send_number(number) for number in range(200)))

    assert echoes == [f"I am {number}" for number in range(200)]
    assert group_status(edge, FRANKFURT).new_connections == 200


async def test_a_reset_of_the_endpoint_resets_the_client(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html"""
    async with run_load_balancer(FRANKFURT) as fake, connect_client() as connected:
        _reset(fake.writers[0])

        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(connected.reader.read(), 5)


async def test_a_reset_of_the_client_resets_the_endpoints_side(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html"""
    async with run_load_balancer(FRANKFURT) as fake, connect_client() as connected:
        _reset(connected.writer)

        async def was_reset() -> bool:
            return fake.ended == ["ConnectionResetError"]

        await async_eventually(was_reset)


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> TwinSettings:
    """With the idle time-out in seconds as parameter."""
    idle_s: float = getattr(request, "param", 60.0)
    return TwinSettings(endpoint_fail_s=0.1, endpoint_recover_s=0.4, idle_timeout_s=idle_s)


@pytest.mark.parametrize("settings", [0.3], indirect=True)
async def test_an_idle_connection_is_closed_on_both_sides(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    async with run_load_balancer(FRANKFURT) as fake, connect_client() as connected:
        assert await asyncio.wait_for(connected.reader.read(), 5) == b""

        async def ended() -> bool:
            return fake.ended == ["eof"]

        await async_eventually(ended)


@pytest.mark.parametrize("settings", [0.5], indirect=True)
async def test_data_in_either_direction_keeps_a_connection_open(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    loop = asyncio.get_running_loop()
    async with run_load_balancer(FRANKFURT) as fake, connect_client() as connected:
        until = loop.time() + 1.5
        while loop.time() < until:
            assert await _send_tick(fake, connected) == b"tick\n"

        assert await connected.echoed() == "still there"


async def _send_tick(fake: FakeLoadBalancer, connected: EdgeClient) -> bytes:
    fake.writers[0].write(b"tick\n")
    return await asyncio.wait_for(connected.reader.readline(), 5)


# -- network faults

BODY = random.Random(2).randbytes(9_000_000)


async def answer_with_digest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with the digest of the received body, and a body of the same size."""
    received = await reader.readexactly(len(BODY))
    writer.write(hashlib.sha256(received).digest())
    writer.write(BODY)
    await writer.drain()


async def test_an_open_connection_stalls_and_continues_when_the_network_is_healed(
    edge: Edge,
) -> None:
    async with run_load_balancer(FRANKFURT) as fake, connect_client() as connected:
        edge.apply_faults(cut_network())
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
            edge.apply_faults(cut_network())
            connected.writer.write(b"a last word\n")

        edge.apply_faults(Faults())

        async def is_closed() -> bool:
            return fake.ended != [] and group_status(edge, FRANKFURT).open_connections == 0

        await async_eventually(is_closed)


async def test_a_slow_network_adds_its_delay_each_way(edge: Edge) -> None:
    loop = asyncio.get_running_loop()
    async with run_load_balancer(FRANKFURT):
        edge.apply_faults(slow_network(40))
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
        edge.apply_faults(slow_network(10))
        connected.writer.write(BODY)
        connected.writer.write_eof()
        digest = await asyncio.wait_for(connected.reader.readexactly(32), 20)
        edge.apply_faults(Faults())
        received = await asyncio.wait_for(connected.reader.read(), 20)

    assert digest == hashlib.sha256(BODY).digest()
    assert received == BODY


async def test_a_half_close_passes_a_slow_network(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT, answer_after_eof), connect_client() as connected:
        edge.apply_faults(slow_network(20))
        connected.writer.write(b"x" * 1000)
        connected.writer.write_eof()

        assert await asyncio.wait_for(connected.reader.read(), 5) == b"received 1000\n"


async def test_data_in_transit_on_a_slow_link_arrives_after_a_cut(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT), connect_client() as connected:
        edge.apply_faults(slow_network(50))
        connected.writer.write(b"in transit\n")
        await connected.writer.drain()
        await receives_nothing(0.02, connected.reader)
        edge.apply_faults(cut_network())
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


@contextlib.contextmanager
def spliced_pairs(
    splicer: Splicer, path: SplicePath, connections: int
) -> Iterator[list[socket.socket]]:
    """The clients' ends of connections whose endpoints read nothing."""
    with contextlib.ExitStack() as stack:
        senders = []
        for _ in range(connections):
            pairs = [socket.socketpair() for _ in range(2)]
            for sock in chain.from_iterable(pairs):
                stack.enter_context(sock)
                sock.setblocking(False)
            (sender, client), (endpoint, _) = pairs
            splicer.splice(client, endpoint, path, lambda: None)
            senders.append(sender)
        yield senders
        splicer.close()


async def send_what_is_taken(senders: list[socket.socket]) -> None:
    """Send until no connection takes any more."""

    async def has_taken_nothing() -> bool:
        taken = 0
        for sender in senders:
            with contextlib.suppress(BlockingIOError):
                taken += sender.send(bytes(100_000))
        return taken == 0

    await async_eventually(has_taken_nothing)


async def test_many_connections_over_a_slow_link_share_what_is_in_transit() -> None:
    limits = SpliceLimits(unsent=80_000, in_transit=400_000)
    splicer = Splicer(asyncio.get_running_loop(), SystemClock(), limits=limits)
    splicer.set_network(slow_network(600_000).network)
    path = SplicePath(FRANKFURT, ByteCounter(), ByteCounter())
    with spliced_pairs(splicer, path, 4) as senders:
        await send_what_is_taken(senders)

        half = limits.in_transit // 2  # the other direction has as much
        assert half <= path.bytes_in.total <= half + limits.unsent // 2


async def test_the_more_connections_there_are_the_less_each_keeps_unsent() -> None:
    limits = SpliceLimits(unsent=80_000)
    splicer = Splicer(asyncio.get_running_loop(), SystemClock(), limits=limits)
    path = SplicePath(FRANKFURT, ByteCounter(), ByteCounter())
    with spliced_pairs(splicer, path, 4) as senders:
        assert splicer.chunk_bytes == 80_000 // 8
        await send_what_is_taken(senders)
    assert splicer.chunk_bytes == 80_000 // 2

"""Connections through the edge: bytes, half-closes, failures and idle time."""

import asyncio
import contextlib
import hashlib
import random
import socket
from dataclasses import replace

import pytest

from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    HOME_IP,
    OREGON,
    PORT,
    STATIC_IPS,
    EdgeClient,
    FakeLoadBalancer,
    balancer_address,
    both_regions,
    connect_client,
    find_answering_region,
    group_status,
    run_load_balancer,
)
from tests.waiting import async_eventually
from twin.edge.edge import Edge
from twin.edge.ports import OpenPort, Ports
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


# -- half-closes


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


# -- amounts


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


# -- failures


async def test_a_refusing_endpoint_gets_the_client_a_reset_and_no_other_region(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html"""
    async with run_load_balancer(OREGON) as other:
        with pytest.raises(ConnectionResetError):
            await find_answering_region(HOME_IP)

    assert other.clients == []
    assert group_status(edge, FRANKFURT).refused_connections == 1
    assert group_status(edge, FRANKFURT).open_connections == 0


async def test_an_endpoint_that_leaves_the_syn_unanswered_gets_the_client_a_reset(
    edge: Edge,
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html"""
    with contextlib.ExitStack() as sockets:
        frozen = sockets.enter_context(socket.socket())
        frozen.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        frozen.bind((balancer_address(FRANKFURT), PORT))
        frozen.listen(0)
        for _ in range(4):  # until the kernel drops further ones, as for a frozen process
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((balancer_address(FRANKFURT), PORT))

        with pytest.raises(ConnectionResetError):
            await find_answering_region()

    assert group_status(edge, FRANKFURT).refused_connections == 1


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


# -- time


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


# -- ports


async def test_a_taken_port_is_a_problem_until_it_is_free(edge: Edge) -> None:
    edge.apply_topology(replace(both_regions(version=2), accelerators=()))
    with socket.socket() as other:
        other.bind((STATIC_IPS[1], PORT))
        other.listen()
        edge.apply_topology(both_regions(version=3))

        problem = edge.status().accelerators[0].listeners[0].problem
        assert problem == f"{STATIC_IPS[1]}:{PORT}: another program has this address open"
        async with run_load_balancer(FRANKFURT):
            assert await find_answering_region(target=STATIC_IPS[0]) == FRANKFURT

    async def opened() -> bool:
        return edge.status().accelerators[0].listeners[0].problem == ""

    await async_eventually(opened)
    async with run_load_balancer(FRANKFURT):
        assert await find_answering_region(target=STATIC_IPS[1]) == FRANKFURT


async def test_a_change_keeps_the_ports_that_stay_wanted_open() -> None:
    opened: list[OpenPort] = []
    closed: list[OpenPort] = []
    ports = Ports(on_opened=opened.append, on_closing=closed.append)
    kept, added = (STATIC_IPS[0], PORT), (STATIC_IPS[0], PORT + 1)
    try:
        ports.set_wanted({kept: "old"})
        ports.set_wanted({kept: "new", added: "new"})

        assert [(port.ip, port.port) for port in opened] == [kept, added]
        assert closed == []
        assert opened[0].listener == "new"
    finally:
        ports.close()
    assert closed == opened

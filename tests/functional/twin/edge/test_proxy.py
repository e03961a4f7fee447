"""The connection to the endpoint: whose address it has, and what the client gets without one."""

import asyncio
import contextlib
import os
import socket
from functools import partial

import pytest

from tests.descriptors import only_reserved_descriptors
from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    HOME_IP,
    LISTENER,
    LONDON_IP,
    OREGON,
    PORT,
    STATIC_IPS,
    balancer_address,
    endpoint_group,
    find_answering_region,
    group_status,
    listener_of,
    run_load_balancer,
    topology_of,
)
from tests.functional.twin.edge.network_faults import cut_network, receives_nothing, slow_network
from tests.functional.twin.strangers import listen_as_stranger
from tests.waiting import async_eventually
from twin.core.faults import Faults
from twin.edge.edge import Edge


async def test_a_listener_without_an_endpoint_resets_its_clients_and_counts_them(
    edge: Edge,
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    edge.apply_topology(topology_of(listener_of(), version=2))

    with pytest.raises(ConnectionResetError):
        await find_answering_region()

    assert edge.status().accelerators[0].listeners[0].dropped_connections == 1
    assert edge.status().accelerators[0].listeners[0].arn == LISTENER


async def test_the_endpoint_sees_the_clients_own_address(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.html"""
    async with run_load_balancer(FRANKFURT) as load_balancer:
        await find_answering_region(LONDON_IP)

    assert load_balancer.clients == [LONDON_IP]


async def test_without_preservation_the_endpoint_sees_the_accelerator(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.html"""
    group = endpoint_group(FRANKFURT, client_ip_preservation=False)
    edge.apply_topology(topology_of(listener_of(group), version=2))
    async with run_load_balancer(FRANKFURT) as load_balancer:
        await find_answering_region(LONDON_IP, STATIC_IPS[1])

    assert load_balancer.clients == [STATIC_IPS[1]]


async def test_a_refusing_endpoint_gets_the_client_a_reset_and_no_other_region(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html"""
    async with run_load_balancer(OREGON) as other:
        with pytest.raises(ConnectionResetError):
            await find_answering_region(HOME_IP)

    assert other.clients == []
    assert group_status(edge, FRANKFURT).refused_connections == 1
    assert group_status(edge, FRANKFURT).open_connections == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
async def test_another_users_program_gets_no_client_of_a_dead_load_balancer(edge: Edge) -> None:
    with listen_as_stranger((balancer_address(FRANKFURT), PORT)) as listener:
        listener.setblocking(False)

        with pytest.raises(ConnectionResetError):
            await find_answering_region(HOME_IP)

        with pytest.raises(BlockingIOError):
            listener.accept()
    assert group_status(edge, FRANKFURT).refused_connections == 1


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


async def test_a_new_connection_waits_for_the_time_out_and_gets_a_reset(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html"""
    async with run_load_balancer(FRANKFURT) as fake:
        edge.apply_faults(cut_network())
        reader, writer = await asyncio.open_connection(STATIC_IPS[0], PORT)
        with contextlib.closing(writer):
            got_nothing = await receives_nothing(0.15, reader)

            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(), 5)

    assert got_nothing
    assert fake.clients == []
    assert group_status(edge, FRANKFURT).refused_connections == 1


@pytest.mark.parametrize("faults", [cut_network(), slow_network(60_000)], ids=["cut", "slow"])
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


async def test_connections_leave_descriptors_to_the_edge(edge: Edge) -> None:
    """Whoever holds thousands of connections must not keep it from hearing of its Regions."""
    async with run_load_balancer(FRANKFURT):
        with only_reserved_descriptors(), pytest.raises(ConnectionResetError):
            await find_answering_region()

        assert edge.status().accelerators[0].listeners[0].dropped_connections == 1
        assert await find_answering_region() == FRANKFURT


async def test_a_silent_client_makes_room_for_a_new_one(edge: Edge) -> None:
    """Whoever opens thousands of connections and sends nothing must not keep others out."""
    with contextlib.ExitStack() as silent:
        silent.enter_context(socket.create_server((balancer_address(FRANKFURT), PORT)))
        first = silent.enter_context(socket.create_connection((STATIC_IPS[0], PORT)))
        first.setblocking(False)
        await async_eventually(partial(_has_open_connections, edge, 1))

        with only_reserved_descriptors():
            silent.enter_context(socket.create_connection((STATIC_IPS[0], PORT)))

            loop = asyncio.get_running_loop()
            assert await asyncio.wait_for(loop.sock_recv(first, 1), 5) == b""
            await async_eventually(partial(_has_open_connections, edge, 1))

    assert edge.status().accelerators[0].listeners[0].dropped_connections == 0


async def _has_open_connections(edge: Edge, count: int) -> bool:
    return group_status(edge, FRANKFURT).open_connections == count

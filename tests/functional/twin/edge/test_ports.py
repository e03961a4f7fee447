"""Ports of the static addresses, opened and kept open."""

import socket
from dataclasses import replace

from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    PORT,
    STATIC_IPS,
    both_regions,
    find_answering_region,
    run_load_balancer,
)
from tests.waiting import async_eventually
from twin.edge.edge import Edge
from twin.edge.ports import OpenPort, Ports


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

"""Where new connections go, by dials, distance and health; open ones keep their endpoint."""

import asyncio
from dataclasses import replace

import pytest

from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    HOME_IP,
    LONDON_IP,
    OREGON,
    PORT,
    PORTLAND_IP,
    STATIC_IPS,
    balancer_arn,
    both_regions,
    connect_client,
    endpoint_group,
    find_answering_region,
    group_status,
    health_report,
    listener_of,
    run_load_balancer,
    topology_of,
    with_intervals,
)
from tests.functional.twin.edge.network_faults import cut_network, receives_nothing, slow_network
from tests.waiting import async_eventually
from twin.edge.edge import Edge
from twin.internal_api.schemas import EndpointState
from twin.topology.model import PortOverride, Topology

HEALTHY, UNHEALTHY = EndpointState.HEALTHY, EndpointState.UNHEALTHY


async def await_answers_from(region: str, source: str = HOME_IP) -> None:
    async def is_answering() -> bool:
        return await find_answering_region(source) == region

    await async_eventually(is_answering)


@pytest.mark.parametrize("target", STATIC_IPS, ids=("first", "second"))
async def test_the_nearest_region_answers_on_both_static_addresses(edge: Edge, target: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):
        assert await find_answering_region(HOME_IP, target) == FRANKFURT
        assert await find_answering_region(LONDON_IP, target) == FRANKFURT
        assert await find_answering_region(PORTLAND_IP, target) == OREGON


async def test_a_dial_moves_new_connections_and_leaves_open_ones(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON), connect_client() as before:
        edge.apply_topology(both_regions(frankfurt=0, version=2))

        assert await find_answering_region() == OREGON
        assert before.region == FRANKFURT
        assert await before.echoed("hello") == "hello"


async def test_with_both_dials_at_50_each_region_serves_half(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html

    Of 200 connections four standard deviations are 57.
    """
    edge.apply_topology(both_regions(50, 50, version=2))
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):
        served = [await find_answering_region() for _ in range(200)]

    assert abs(served.count(FRANKFURT) - 100) < 29
    assert group_status(edge, FRANKFURT).new_connections == served.count(FRANKFURT)


async def test_source_ip_affinity_keeps_a_client_in_one_region(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-listeners-client-affinity.html"""
    groups = (endpoint_group(FRANKFURT, 50), endpoint_group(OREGON, 50))
    edge.apply_topology(
        topology_of(replace(listener_of(*groups), client_affinity="SOURCE_IP"), version=2)
    )
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):
        served = {await find_answering_region(HOME_IP, ip) for _ in range(20) for ip in STATIC_IPS}

    assert len(served) == 1


async def test_a_failure_moves_new_connections_and_leaves_open_ones(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON), connect_client() as before:
        edge.take_health_report(health_report(FRANKFURT, UNHEALTHY))

        await await_answers_from(OREGON)
        assert await before.echoed("hello") == "hello"


async def test_health_failover_reaches_a_region_at_dial_0(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    edge.apply_topology(both_regions(oregon=0, version=2))
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):
        edge.take_health_report(health_report(FRANKFURT, UNHEALTHY))

        await await_answers_from(OREGON)


async def test_with_every_region_unhealthy_the_closest_one_gets_the_connections(
    edge: Edge,
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    edge.apply_topology(both_regions(frankfurt=0, version=2))
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):
        assert await find_answering_region() == OREGON
        edge.take_health_report(health_report(OREGON, UNHEALTHY))
        await await_answers_from(FRANKFURT)  # the refuge
        edge.take_health_report(health_report(FRANKFURT, UNHEALTHY))

        async def both_unhealthy() -> bool:
            return group_status(edge, FRANKFURT).endpoints[0].state is UNHEALTHY

        await async_eventually(both_unhealthy)
        assert await find_answering_region() == FRANKFURT


async def test_traffic_returns_after_the_recovery(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    loop = asyncio.get_running_loop()
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):
        edge.take_health_report(health_report(FRANKFURT, UNHEALTHY))
        await await_answers_from(OREGON)
        healthy_again = loop.time()
        edge.take_health_report(health_report(FRANKFURT, HEALTHY))

        await await_answers_from(FRANKFURT)
        assert loop.time() - healthy_again >= 0.39


async def test_a_silent_region_loses_its_connections_to_the_next(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    edge.apply_topology(with_intervals(both_regions(version=2), interval_s=0.1, timeout_s=0.1))
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):

        async def oregon_alone_reports() -> bool:
            edge.take_health_report(health_report(OREGON))
            return await find_answering_region() == OREGON

        await async_eventually(oregon_alone_reports)

    assert "silent" in group_status(edge, FRANKFURT).endpoints[0].reason


async def test_an_endpoint_that_is_no_load_balancer_is_unhealthy_with_a_reason(edge: Edge) -> None:
    known = both_regions(version=2)
    edge.apply_topology(replace(known, regions={OREGON: known.regions[OREGON]}))

    (endpoint,) = group_status(edge, FRANKFURT).endpoints

    assert (endpoint.state, endpoint.reason) == (UNHEALTHY, "no load balancer has this ARN")
    async with run_load_balancer(OREGON):
        assert await find_answering_region() == OREGON


@pytest.mark.parametrize(
    "changed",
    [
        topology_of(listener_of(endpoint_group(OREGON)), version=2),
        topology_of(listener_of(), version=2),
        topology_of(version=2),
        replace(both_regions(version=2), accelerators=()),
        topology_of(listener_of(endpoint_group(FRANKFURT)), version=2, enabled=False),
    ],
    ids=["group removed", "all groups", "listener", "accelerator", "disabled"],
)
async def test_open_connections_survive_the_removal_of_their_route(
    edge: Edge, changed: Topology
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON), connect_client() as before:
        edge.apply_topology(changed)

        assert await before.echoed("hello") == "hello"


async def test_a_disabled_accelerator_accepts_no_connection_until_it_is_enabled(
    edge: Edge,
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):
        edge.apply_topology(
            topology_of(listener_of(endpoint_group(FRANKFURT)), version=2, enabled=False)
        )
        with pytest.raises(ConnectionRefusedError):
            await find_answering_region()

        edge.apply_topology(both_regions(version=3))
        assert await find_answering_region() == FRANKFURT


async def test_a_listener_that_moves_to_another_port_is_reachable_there_only(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT, port=PORT + 1), run_load_balancer(OREGON):
        edge.apply_topology(
            topology_of(listener_of(endpoint_group(FRANKFURT), port=PORT + 1), version=2)
        )

        assert await find_answering_region(port=PORT + 1) == FRANKFURT
        with pytest.raises(ConnectionRefusedError):
            await find_answering_region(port=PORT)


async def test_an_older_version_of_the_topology_is_applied_as_well(edge: Edge) -> None:
    edge.apply_topology(both_regions(frankfurt=0, version=9))
    edge.apply_topology(both_regions(version=3))
    async with run_load_balancer(FRANKFURT):
        assert await find_answering_region() == FRANKFURT

    assert edge.status().topology_version == 3


async def test_a_port_override_leads_to_another_port_of_the_endpoint(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-port-override.html"""
    override = PortOverride(listener_port=PORT, endpoint_port=PORT + 5)
    group = replace(endpoint_group(FRANKFURT), port_overrides=(override,))
    edge.apply_topology(topology_of(listener_of(group), version=2))
    async with run_load_balancer(FRANKFURT, port=PORT + 5):
        assert await find_answering_region() == FRANKFURT


async def test_status_counts_open_and_new_connections_of_each_group(edge: Edge) -> None:
    async with run_load_balancer(FRANKFURT), run_load_balancer(OREGON):
        await find_answering_region()
        async with connect_client():
            group = group_status(edge, FRANKFURT)
            assert (group.endpoints[0].id, group.new_connections) == (balancer_arn(FRANKFURT), 2)

            async def one_open() -> bool:
                return group_status(edge, FRANKFURT).open_connections == 1

            await async_eventually(one_open)

        async def none_open() -> bool:
            return group_status(edge, FRANKFURT).open_connections == 0

        await async_eventually(none_open)


async def test_health_reports_of_a_cut_region_do_not_arrive(edge: Edge) -> None:
    edge.apply_faults(cut_network())

    arrived = edge.take_health_report(health_report(FRANKFURT, EndpointState.UNHEALTHY))

    assert not arrived
    assert edge.take_health_report(health_report(OREGON))


async def test_a_cut_does_not_affect_other_regions(edge: Edge) -> None:
    async with (
        run_load_balancer(FRANKFURT),
        run_load_balancer(OREGON),
        connect_client(PORTLAND_IP) as connected,
    ):
        edge.apply_faults(cut_network())

        assert connected.region == OREGON
        assert await connected.echoed() == "still there"
        assert await find_answering_region(PORTLAND_IP) == OREGON


async def test_health_reports_of_a_slow_region_arrive_late_and_not_over_a_cut(edge: Edge) -> None:
    edge.apply_faults(slow_network(100))
    unhealthy = health_report(FRANKFURT, EndpointState.UNHEALTHY)

    accepted = edge.take_health_report(unhealthy)
    state_at_once = group_status(edge, FRANKFURT).endpoints[0].state
    edge.apply_faults(cut_network())
    await receives_nothing(0.3, asyncio.StreamReader())
    state_after_cut = group_status(edge, FRANKFURT).endpoints[0].state
    edge.apply_faults(slow_network(100))
    edge.take_health_report(unhealthy)

    async def is_unhealthy() -> bool:
        return group_status(edge, FRANKFURT).endpoints[0].state is EndpointState.UNHEALTHY

    assert accepted
    assert state_at_once is state_after_cut is EndpointState.HEALTHY
    await async_eventually(is_unhealthy)

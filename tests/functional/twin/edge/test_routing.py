"""Where connections go, and that open ones stay."""

import asyncio
from dataclasses import replace

import pytest

from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    HOME_IP,
    LISTENER,
    LONDON_IP,
    OREGON,
    PORT,
    PORTLAND_IP,
    STATIC_IPS,
    answering_region,
    balancer_arn,
    both_regions,
    connect_client,
    endpoint_group,
    group_status,
    listener_of,
    report,
    run_balancer,
    topology_of,
    with_intervals,
)
from tests.waiting import async_eventually
from twin.edge.edge import Edge
from twin.internal_api.schemas import EndpointState
from twin.topology.model import PortOverride, Topology

HEALTHY, UNHEALTHY = EndpointState.HEALTHY, EndpointState.UNHEALTHY


async def now_answering(region: str, source: str = HOME_IP) -> None:
    async def asked() -> bool:
        return await answering_region(source) == region

    await async_eventually(asked)


# -- distance and dials


@pytest.mark.parametrize("target", STATIC_IPS, ids=("first", "second"))
async def test_the_nearest_region_answers_on_both_static_addresses(edge: Edge, target: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    async with run_balancer(FRANKFURT), run_balancer(OREGON):
        assert await answering_region(HOME_IP, target) == FRANKFURT
        assert await answering_region(LONDON_IP, target) == FRANKFURT
        assert await answering_region(PORTLAND_IP, target) == OREGON


async def test_a_dial_moves_new_connections_and_leaves_open_ones(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    async with run_balancer(FRANKFURT), run_balancer(OREGON), connect_client() as before:
        edge.apply(both_regions(frankfurt=0, version=2))

        assert await answering_region() == OREGON
        assert before.region == FRANKFURT
        assert await before.echoed("hello") == "hello"


async def test_with_both_dials_at_50_each_region_serves_half(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html

    Of 200 connections four standard deviations are 57.
    """
    edge.apply(both_regions(50, 50, version=2))
    async with run_balancer(FRANKFURT), run_balancer(OREGON):
        served = [await answering_region() for _ in range(200)]

    assert abs(served.count(FRANKFURT) - 100) < 29
    assert group_status(edge, FRANKFURT).new_connections == served.count(FRANKFURT)


async def test_source_ip_affinity_keeps_a_client_in_one_region(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-listeners-client-affinity.html"""
    groups = (endpoint_group(FRANKFURT, 50), endpoint_group(OREGON, 50))
    edge.apply(topology_of(replace(listener_of(*groups), client_affinity="SOURCE_IP"), version=2))
    async with run_balancer(FRANKFURT), run_balancer(OREGON):
        served = {await answering_region(HOME_IP, ip) for _ in range(20) for ip in STATIC_IPS}

    assert len(served) == 1


# -- health


async def test_a_failure_moves_new_connections_and_leaves_open_ones(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    async with run_balancer(FRANKFURT), run_balancer(OREGON), connect_client() as before:
        edge.hear(report(FRANKFURT, UNHEALTHY))

        await now_answering(OREGON)
        assert await before.echoed("hello") == "hello"


async def test_health_failover_reaches_a_region_at_dial_0(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    edge.apply(both_regions(oregon=0, version=2))
    async with run_balancer(FRANKFURT), run_balancer(OREGON):
        edge.hear(report(FRANKFURT, UNHEALTHY))

        await now_answering(OREGON)


async def test_with_every_region_unhealthy_the_closest_one_still_gets_them(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    edge.apply(both_regions(frankfurt=0, version=2))
    async with run_balancer(FRANKFURT), run_balancer(OREGON):
        assert await answering_region() == OREGON
        edge.hear(report(OREGON, UNHEALTHY))
        await now_answering(FRANKFURT)  # the refuge
        edge.hear(report(FRANKFURT, UNHEALTHY))

        async def both_down() -> bool:
            return group_status(edge, FRANKFURT).endpoints[0].state is UNHEALTHY

        await async_eventually(both_down)
        assert await answering_region() == FRANKFURT


async def test_traffic_returns_by_itself_after_the_recovery(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    loop = asyncio.get_running_loop()
    async with run_balancer(FRANKFURT), run_balancer(OREGON):
        edge.hear(report(FRANKFURT, UNHEALTHY))
        await now_answering(OREGON)
        healthy_again = loop.time()
        edge.hear(report(FRANKFURT, HEALTHY))

        await now_answering(FRANKFURT)
        assert loop.time() - healthy_again >= 0.39


async def test_a_silent_region_loses_its_connections_to_the_next(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    edge.apply(with_intervals(both_regions(version=2), interval_s=0.1, timeout_s=0.1))
    async with run_balancer(FRANKFURT), run_balancer(OREGON):

        async def oregon_alone_reports() -> bool:
            edge.hear(report(OREGON))
            return await answering_region() == OREGON

        await async_eventually(oregon_alone_reports)

    assert "silent" in group_status(edge, FRANKFURT).endpoints[0].reason


async def test_an_endpoint_that_is_no_load_balancer_is_unhealthy_with_a_reason(edge: Edge) -> None:
    known = both_regions(version=2)
    edge.apply(replace(known, regions={OREGON: known.regions[OREGON]}))

    (endpoint,) = group_status(edge, FRANKFURT).endpoints

    assert (endpoint.state, endpoint.reason) == (UNHEALTHY, "no load balancer has this ARN")
    async with run_balancer(OREGON):
        assert await answering_region() == OREGON


# -- changes


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
async def test_what_is_taken_away_keeps_its_open_connections(edge: Edge, changed: Topology) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    async with run_balancer(FRANKFURT), run_balancer(OREGON), connect_client() as before:
        edge.apply(changed)

        assert await before.echoed("hello") == "hello"


async def test_a_disabled_accelerator_takes_no_connection_until_it_is_enabled(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    async with run_balancer(FRANKFURT), run_balancer(OREGON):
        edge.apply(topology_of(listener_of(endpoint_group(FRANKFURT)), version=2, enabled=False))
        with pytest.raises(ConnectionRefusedError):
            await answering_region()

        edge.apply(both_regions(version=3))
        assert await answering_region() == FRANKFURT


async def test_a_listener_that_moves_to_another_port_is_found_there_only(edge: Edge) -> None:
    async with run_balancer(FRANKFURT, port=PORT + 1), run_balancer(OREGON):
        edge.apply(topology_of(listener_of(endpoint_group(FRANKFURT), port=PORT + 1), version=2))

        assert await answering_region(port=PORT + 1) == FRANKFURT
        with pytest.raises(ConnectionRefusedError):
            await answering_region(port=PORT)


async def test_an_older_version_is_taken_as_well(edge: Edge) -> None:
    edge.apply(both_regions(frankfurt=0, version=9))
    edge.apply(both_regions(version=3))
    async with run_balancer(FRANKFURT):
        assert await answering_region() == FRANKFURT

    assert edge.status().topology_version == 3


async def test_a_port_override_leads_to_another_port_of_the_endpoint(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-port-override.html"""
    override = PortOverride(listener_port=PORT, endpoint_port=PORT + 5)
    group = replace(endpoint_group(FRANKFURT), port_overrides=(override,))
    edge.apply(topology_of(listener_of(group), version=2))
    async with run_balancer(FRANKFURT, port=PORT + 5):
        assert await answering_region() == FRANKFURT


async def test_a_listener_without_an_endpoint_resets_its_clients_and_counts_them(
    edge: Edge,
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    edge.apply(topology_of(listener_of(), version=2))

    with pytest.raises(ConnectionResetError):
        await answering_region()

    assert edge.status().accelerators[0].listeners[0].dropped_connections == 1
    assert edge.status().accelerators[0].listeners[0].arn == LISTENER


# -- what the endpoint sees


async def test_the_endpoint_sees_the_clients_own_address(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.html"""
    async with run_balancer(FRANKFURT) as seen:
        await answering_region(LONDON_IP)

    assert seen.clients == [LONDON_IP]


async def test_without_preservation_the_endpoint_sees_the_accelerator(edge: Edge) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.html"""
    group = endpoint_group(FRANKFURT, client_ip_preservation=False)
    edge.apply(topology_of(listener_of(group), version=2))
    async with run_balancer(FRANKFURT) as seen:
        await answering_region(LONDON_IP, STATIC_IPS[1])

    assert seen.clients == [STATIC_IPS[1]]


async def test_status_counts_open_and_new_connections_of_each_group(edge: Edge) -> None:
    async with run_balancer(FRANKFURT), run_balancer(OREGON):
        await answering_region()
        async with connect_client():
            group = group_status(edge, FRANKFURT)
            assert (group.endpoints[0].id, group.new_connections) == (balancer_arn(FRANKFURT), 2)

            async def one_open() -> bool:
                return group_status(edge, FRANKFURT).open_connections == 1

            await async_eventually(one_open)

        async def none_open() -> bool:
            return group_status(edge, FRANKFURT).open_connections == 0

        await async_eventually(none_open)

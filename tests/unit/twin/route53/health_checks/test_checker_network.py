"""How long checks wait for the network of a Region."""

import asyncio

import pytest

from tests.clocks import ManualClock
from twin.core.faults import Link, NetworkState
from twin.route53.health_checks.checker_network import CheckerNetwork
from twin.topology.apigateway import ApiGatewayTopology
from twin.topology.model import LoadBalancer, RegionTopology, Topology

BALANCER, GATEWAY, STATIC = "127.120.9.1", "127.140.9.3", "127.75.2.106"
REGION = "eu-central-1"
TOPOLOGY = Topology(
    regions={
        REGION: RegionTopology(
            load_balancers=(
                LoadBalancer(arn="a", name="b", address=BALANCER, scheme="internal", listeners=()),
            ),
            api_gateway=ApiGatewayTopology(address=GATEWAY),
        ),
    }
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(0.0)


@pytest.fixture
def network(clock: ManualClock) -> CheckerNetwork:
    network = CheckerNetwork(clock)
    network.configure(TOPOLOGY)
    return network


def set_link(network: CheckerNetwork, link: Link) -> None:
    network.state = NetworkState(links={REGION: link})


async def test_a_clear_network_takes_no_time(network: CheckerNetwork, clock: ManualClock) -> None:
    for address in (BALANCER, GATEWAY, STATIC):
        await network.connect(address)
        await network.exchange(address)
    assert clock.slept == []


async def test_a_slow_network_delays_both_ways(network: CheckerNetwork, clock: ManualClock) -> None:
    set_link(network, Link(delay_s=0.2))
    await network.connect(BALANCER)
    await network.exchange(BALANCER)
    assert clock.slept == [0.4, 0.4]


async def test_an_api_gateway_delays_exchanges_by_itself(
    network: CheckerNetwork, clock: ManualClock
) -> None:
    set_link(network, Link(delay_s=0.2))
    await network.connect(GATEWAY)
    await network.exchange(GATEWAY)
    assert clock.slept == [0.4]


@pytest.mark.parametrize("address", [BALANCER, GATEWAY])
async def test_connections_wait_for_a_cut_network_until_it_is_healed(
    network: CheckerNetwork, address: str
) -> None:
    set_link(network, Link(cut=True))
    async with asyncio.TaskGroup() as group:
        connecting = group.create_task(network.connect(address))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not connecting.done()
        set_link(network, Link())


async def test_the_edge_minds_the_network_behind_static_addresses(
    network: CheckerNetwork, clock: ManualClock
) -> None:
    set_link(network, Link(cut=True))
    await network.connect(STATIC)
    assert clock.slept == []

"""A SOCKS entrance leads to the ports that the Topology opens, and to no other program's."""

from pathlib import Path

import pytest

from twin.cities.served_ports import ServedPorts
from twin.runtime.instance import Instance
from twin.topology.apigateway import ApiGatewayTopology
from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    ListenerAction,
    LoadBalancer,
    LoadBalancerListener,
    PortRange,
    RegionTopology,
    Topology,
)

INSTANCE = Instance(Path("home"), 3)
LISTENER = LoadBalancerListener(
    arn="l", port=80, protocol="HTTP", default_action=ListenerAction(type="fixed-response")
)
BALANCER = LoadBalancer(
    arn="b", name="b", address="127.123.9.1", scheme="internal", listeners=(LISTENER,)
)
TOPOLOGY = Topology(
    accelerators=(
        Accelerator(
            arn="a",
            name="a",
            enabled=True,
            ips=("127.78.2.106", "127.102.19.244"),
            listeners=(
                AcceleratorListener(arn="l", port_ranges=(PortRange(from_port=80, to_port=81),)),
            ),
        ),
    ),
    regions={
        "eu-central-1": RegionTopology(
            load_balancers=(BALANCER,),
            api_gateway=ApiGatewayTopology(address="127.143.9.3", port=8443),
        )
    },
)
SERVED = ServedPorts(INSTANCE, TOPOLOGY)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("127.78.2.106", 80),
        ("127.102.19.244", 81),
        ("127.123.9.1", 80),
        ("127.143.9.3", 8443),
        INSTANCE.name_server_addresses[0],
    ],
)
def test_what_the_topology_opens_is_served(address: str, port: int) -> None:
    assert SERVED.include(address, port)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("127.78.2.106", 22),
        ("127.78.2.106", 82),
        ("127.123.9.1", 3306),
        ("127.143.9.3", 443),
        ("127.123.9.2", 80),
        (INSTANCE.name_server_addresses[0][0], 80),
        INSTANCE.region_address("eu-central-1"),
    ],
)
def test_another_port_may_be_another_programs(address: str, port: int) -> None:
    assert not SERVED.include(address, port)

"""What makes a Topology unusable for its readers."""

from dataclasses import replace

import pytest

from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    FunctionAlias,
    FunctionVersion,
    LambdaFunction,
    ListenerAction,
    LoadBalancer,
    LoadBalancerListener,
    PortRange,
    RegionTopology,
    Topology,
    WeightedTargetGroup,
)
from twin.topology.validation import UnusableTopology, check_topology

FORWARD = ListenerAction(type="forward", target_groups=(WeightedTargetGroup(arn="group"),))
LISTENER = LoadBalancerListener(arn="listener", port=80, protocol="HTTP", default_action=FORWARD)
VERSION = FunctionVersion(
    version="1", handler="a.b", runtime="python3.13", timeout_s=3, memory_mb=128, code_sha256="0"
)


def with_listener(listener: LoadBalancerListener) -> Topology:
    balancer = LoadBalancer(
        arn="alb", name="alb", address="127.120.1.1", scheme="internal", listeners=(listener,)
    )
    return Topology(regions={"us-west-2": RegionTopology(load_balancers=(balancer,))})


def with_alias(alias: FunctionAlias) -> Topology:
    function = LambdaFunction(arn="app", name="app", versions=(VERSION,), aliases=(alias,))
    return Topology(regions={"us-west-2": RegionTopology(functions=(function,))})


def with_ports(ports: PortRange) -> Topology:
    listener = AcceleratorListener(
        arn="listener", protocol="TCP", port_ranges=(ports,), client_affinity="NONE"
    )
    accelerator = Accelerator(arn="a", name="a", enabled=True, ips=(), listeners=(listener,))
    return Topology(accelerators=(accelerator,))


@pytest.mark.parametrize(
    "topology",
    [
        Topology(),
        with_listener(LISTENER),
        with_alias(FunctionAlias(name="live", version="1")),
        with_ports(PortRange(from_port=1, to_port=65535)),
    ],
)
def test_a_usable_topology_passes(topology: Topology) -> None:
    check_topology(topology)


@pytest.mark.parametrize(
    ("topology", "problem"),
    [
        (with_listener(replace(LISTENER, port=65536)), "65536 is no port"),
        (with_listener(replace(LISTENER, port=-1)), "-1 is no port"),
        (
            with_listener(replace(LISTENER, default_action=ListenerAction(type="forward"))),
            "no target group",
        ),
        (
            with_listener(replace(LISTENER, default_action=ListenerAction(type="fixed-response"))),
            "'' is no status code",
        ),
        (with_alias(FunctionAlias(name="live", version="2")), "alias live names no version: 2"),
        (with_ports(PortRange(from_port=0, to_port=80)), "0-80 are no ports"),
    ],
)
def test_what_a_reader_could_not_use_is_refused(topology: Topology, problem: str) -> None:
    with pytest.raises(UnusableTopology, match=problem):
        check_topology(topology)

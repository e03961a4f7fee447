"""What makes a Topology unusable for its readers."""

from dataclasses import replace

import pytest

from twin import codec
from twin.errors import CodecError
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
from twin.topology.route53 import HostedZone, ResourceRecordSet, Route53Topology
from twin.topology.validation import CheckedWriter, UnusableTopology, check_topology

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


RECORD = ResourceRecordSet(name="a.example.com.", type="A", ttl_s=60, values=("192.0.2.1",))


def with_records(*records: ResourceRecordSet) -> Topology:
    zone = HostedZone(id="Z1", name="example.com.", records=records)
    return Topology(route53=Route53Topology(zones=(zone,)))


def test_a_checked_text_is_that_of_the_codec() -> None:
    writer = CheckedWriter()

    for topology in (with_records(RECORD), with_records(RECORD, replace(RECORD, weight=1))):
        assert writer.dumps(topology) == codec.dumps(topology)


def test_a_record_that_no_reader_could_decode_is_found_each_time() -> None:
    writer = CheckedWriter()
    wrong = replace(RECORD, ttl_s="a minute")  # type: ignore[arg-type]  # what the test is about

    for _ in range(2):
        with pytest.raises(CodecError, match="ttl_s"):
            writer.dumps(with_records(RECORD, wrong))


def test_what_is_around_the_records_is_checked_too() -> None:
    with pytest.raises(UnusableTopology, match="are no ports"):
        CheckedWriter().dumps(with_ports(PortRange(from_port=0, to_port=65535)))

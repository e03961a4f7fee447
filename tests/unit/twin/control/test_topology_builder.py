"""Accelerators and Regions become one Topology."""

from twin.control.globalaccelerator.model import AcceleratorRecord, ServiceState
from twin.control.topology_publisher import build_topology, load_balancers_by_arn
from twin.topology.model import (
    AcceleratorListener,
    EndpointConfiguration,
    EndpointGroup,
    LoadBalancer,
    PortOverride,
    PortRange,
    RegionTopology,
)

ENDPOINT = EndpointConfiguration(id="lb", weight=7, client_ip_preservation=False)
OVERRIDE = PortOverride(listener_port=80, endpoint_port=8080)
GROUP = EndpointGroup(
    arn="g", region="eu-central-1", endpoints=(ENDPOINT,), dial=12.5, port_overrides=(OVERRIDE,)
)
LISTENER = AcceleratorListener(
    arn="l",
    port_ranges=(PortRange(from_port=80, to_port=81),),
    client_affinity="SOURCE_IP",
    groups=(GROUP,),
)
ACCELERATOR = AcceleratorRecord(
    arn="a",
    name="mine",
    enabled=False,
    ordinal=3,
    dns_name="a.awsglobalaccelerator.com",
    created=1.0,
    modified=2.0,
    listeners=(LISTENER,),
)
BALANCER = LoadBalancer(arn="lb", name="lb", address="127.131.9.1", scheme="internet-facing")
REGIONS = {"eu-central-1": RegionTopology(load_balancers=(BALANCER,))}


def test_everything_that_routes_is_in_the_topology() -> None:
    built = build_topology(
        "123456789012",
        REGIONS,
        ServiceState(accelerators=(ACCELERATOR,)),
        lambda ordinal: (f"127.75.0.{ordinal}", f"127.99.0.{ordinal}"),
    )

    accelerator = built.accelerators[0]
    assert (accelerator.name, accelerator.enabled) == ("mine", False)
    assert accelerator.ips == ("127.75.0.3", "127.99.0.3")
    listener = accelerator.listeners[0]
    assert listener.port_ranges == LISTENER.port_ranges
    assert listener.client_affinity == "SOURCE_IP"
    group = listener.groups[0]
    assert (group.region, group.dial) == ("eu-central-1", 12.5)
    assert group.endpoints == (ENDPOINT,)
    assert group.port_overrides == (OVERRIDE,)
    assert built.regions == REGIONS


def test_load_balancers_are_found_by_arn() -> None:
    load_balancers = load_balancers_by_arn(REGIONS)

    facts = load_balancers["lb"]
    assert (facts.region, facts.scheme) == ("eu-central-1", "internet-facing")
    assert "other" not in load_balancers

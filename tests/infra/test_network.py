"""One Region's network."""

from typing import Any

import pytest

from infra.protection.accelerator_group import HOOK_NAME
from tests.infra.graph import TWO_REGIONS, ResourceGraph, build_graph


@pytest.mark.parametrize("region", TWO_REGIONS)
def test_a_region_has_two_subnets_in_two_ordinary_zones(region: str) -> None:
    """Local Zones sort first and can't hold a load balancer of the Region."""
    subnets = build_graph("prod").of("subnet:Subnet", region)

    assert {subnet.inputs["availabilityZone"] for subnet in subnets} == {f"{region}a", f"{region}b"}
    assert len({subnet.inputs["cidrBlock"] for subnet in subnets}) == 2
    assert not any(subnet.inputs["mapPublicIpOnLaunch"] for subnet in subnets)


def test_looked_up_zones_are_kept_and_configured_zones_applied() -> None:
    zones = {"us-west-2": ["us-west-2d", "us-west-2b"]}

    graph = build_graph("prod", availability_zones=zones)

    looked_up, configured = (graph.of("subnet:Subnet", region) for region in TWO_REGIONS)
    assert all(subnet.ignored == ("availabilityZone",) for subnet in looked_up)
    assert all(subnet.ignored == () for subnet in configured)
    placed = {subnet.name: subnet.inputs["availabilityZone"] for subnet in configured}
    assert placed == {
        "us-west-2-subnet-b": "us-west-2b",
        "us-west-2-subnet-d": "us-west-2d",
    }


@pytest.mark.parametrize("before", [None, {"us-west-2": ["us-west-2a", "us-west-2b"]}])
def test_a_zone_that_is_given_or_changed_later_gets_a_subnet_beside_the_old_one(
    before: dict[str, list[str]] | None,
) -> None:
    """Two subnets of a VPC can't overlap, and Pulumi makes the new one first.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    """
    after = {"us-west-2": ["us-west-2c", "us-west-2a"]}
    graphs = [build_graph("prod", availability_zones=zones) for zones in (before, after)]
    old, new = ({s.urn: s.inputs for s in g.of("subnet:Subnet", "us-west-2")} for g in graphs)

    kept = old.keys() & new.keys()
    assert all(old[urn] == new[urn] for urn in kept)
    added = {new[urn]["cidrBlock"] for urn in new.keys() - kept}
    assert added.isdisjoint({one["cidrBlock"] for one in old.values()})


def subnets_of(graph: ResourceGraph) -> dict[str, Any]:
    return {node.urn: node.inputs for node in graph.of("subnet:Subnet")}


def test_the_order_of_two_zones_changes_nothing() -> None:
    zones = ["us-west-2a", "us-west-2b"]
    one, other = (
        build_graph("prod", availability_zones={"us-west-2": order})
        for order in (zones, zones[::-1])
    )

    assert subnets_of(one) == subnets_of(other)
    assert {n.urn: n.inputs["subnets"] for n in one.of(":LoadBalancer")} == {
        n.urn: n.inputs["subnets"] for n in other.of(":LoadBalancer")
    }


def test_an_internal_load_balancer_has_a_gateway_and_no_routes() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/secure-vpc-connections.html"""
    graph = build_graph("prod")

    assert all(balancer.inputs["internal"] for balancer in graph.of(":LoadBalancer"))
    assert len(graph.of(":InternetGateway")) == 2
    assert graph.of(":RouteTable") == []
    assert "InternetGateway" in graph.dependencies(graph.one(":LoadBalancer", "us-west-2"))


def test_a_public_load_balancer_has_a_route_to_the_internet() -> None:
    graph = build_graph("prod", alb_scheme="internet-facing")

    assert not any(balancer.inputs["internal"] for balancer in graph.of(":LoadBalancer"))
    for region in TWO_REGIONS:
        (route,) = graph.one(":RouteTable", region).inputs["routes"]
        assert (route["cidrBlock"], route["gatewayId"]) == ("0.0.0.0/0", f"{region}-internet-id")
        assert len(graph.of(":RouteTableAssociation", region)) == 2
        needed = graph.dependencies(graph.one(":LoadBalancer", region))
        assert {"InternetGateway", "RouteTable", "RouteTableAssociation"} <= needed


def test_each_vpc_has_a_hook_that_deletes_the_accelerator_s_group_before_it() -> None:
    """https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/"""
    graph = build_graph("prod")

    assert {vpc.before_delete for vpc in graph.of(":Vpc")} == {(HOOK_NAME,)}
    assert all(
        "Vpc" in graph.dependencies(group)
        for group in graph.of("globalaccelerator/endpointGroup:EndpointGroup")
    )

"""What Pulumi and AWS refuse to delete, in the stack as a whole."""

from typing import Any

import pytest

from tests.infra.graph import BOTH_DOORS, DNS_ALONE, THREE_REGIONS, build_graph

LEAVING = "us-west-2"
DRAINING: dict[str, Any] = {
    "regions": THREE_REGIONS,
    "draining_regions": [LEAVING],
    "protect": True,
}


def test_destroy_of_prod_is_refused_at_addresses_data_and_each_region() -> None:
    """The engine refuses a protected resource in the preview of a deletion.

    https://www.pulumi.com/docs/iac/concepts/resources/options/protect/
    https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html
    """
    protected = [node for node in build_graph("prod").nodes if node.protected]

    assert sorted(node.name for node in protected) == [
        "control-table",
        "eu-central-1-alb",
        "eu-central-1-function",
        "front-door-accelerator",
        "front-door-listener",
        "items-table",
        "us-west-2-alb",
        "us-west-2-function",
    ]


def test_the_dns_front_door_is_refused_at_its_zone_and_each_api() -> None:
    """A deleted zone comes back with other name servers.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/GetInfoAboutHostedZone.html
    """
    graph = build_graph("prod", **{**DNS_ALONE, "dns_zone_id": None})

    protected = {node.name for node in graph.nodes if node.protected}
    assert {"dns-zone", "eu-central-1-api", "us-west-2-api"} <= protected


def test_load_balancers_have_deletion_protection_of_their_own() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html"""
    balancers = build_graph("prod").of(":LoadBalancer")

    assert [node.inputs["enableDeletionProtection"] for node in balancers] == [True, True]


def test_without_protection_everything_can_be_deleted() -> None:
    graph = build_graph("prod", protect=False)

    assert not any(node.protected for node in graph.nodes)
    assert not any(n.inputs["enableDeletionProtection"] for n in graph.of(":LoadBalancer"))


@pytest.mark.parametrize("doors", [{}, BOTH_DOORS], ids=["one-door", "both-doors"])
def test_a_draining_region_leaves_the_doors_and_keeps_its_parts(doors: dict[str, Any]) -> None:
    before = build_graph("prod", **doors, regions=THREE_REGIONS)
    draining = build_graph("prod", **doors, **DRAINING)

    gone = {node.urn for node in before.nodes} - {node.urn for node in draining.nodes}
    names = sorted(urn.rpartition("::")[2] for urn in gone)
    dns = [
        *(f"dns-front-door-{LEAVING}-{part}" for part in ("check", "own", "shared")),
        f"alarms-us-east-1-health-check-{LEAVING}",
    ]
    assert names == sorted([f"front-door-{LEAVING}", *(dns if doors else [])])
    assert set(draining.outputs["regions"]) == set(THREE_REGIONS) - {LEAVING}


def test_a_draining_region_s_own_parts_alone_may_be_deleted() -> None:
    protected = [n for n in build_graph("prod", **BOTH_DOORS, **DRAINING).nodes if n.protected]

    assert not any(node.region == LEAVING for node in protected)
    assert {n.region for n in protected if n.kind in ("Api", "Function", "LoadBalancer")} == {
        "ap-northeast-1",
        "eu-central-1",
    }

"""The stack as a whole: what each Region adds, outputs and names."""

import json
from collections import Counter

import pytest

from tests.infra.graph import (
    EIGHT_REGIONS,
    PER_REGION,
    STATIC_IPS,
    TWO_REGIONS,
    ResourceGraph,
    ResourceNode,
    build_graph,
)

ONCE = Counter(Table=2, Accelerator=1, Listener=1)


def kinds(graph: ResourceGraph) -> Counter[str]:
    return Counter(node.kind for node in graph.nodes if node.custom)


@pytest.mark.parametrize("stack", ["local", "prod"])
@pytest.mark.parametrize("regions", [TWO_REGIONS, EIGHT_REGIONS])
def test_each_region_adds_the_same_resources(stack: str, regions: tuple[str, ...]) -> None:
    graph = build_graph(stack, regions=regions)

    wanted = Counter(ONCE)
    for _ in regions:
        wanted.update(PER_REGION)
    assert kinds(graph) == wanted


def test_every_resource_has_a_component_as_parent() -> None:
    graph = build_graph("prod")
    components = {node.urn for node in graph.nodes if not node.custom}

    assert [
        node.name for node in graph.nodes if node.custom and node.parent not in components
    ] == []


def test_the_listeners_port_is_configuration() -> None:
    graph = build_graph("local", listener_port=8080)

    assert {node.inputs["port"] for node in graph.of("lb/listener:Listener")} == {8080}
    for group in graph.of(":SecurityGroup"):
        assert [rule["fromPort"] for rule in group.inputs["ingress"]] == [8080]
    (ports,) = graph.one("globalaccelerator/listener:Listener").inputs["portRanges"]
    assert ports == {"fromPort": 8080, "toPort": 8080}
    assert graph.outputs["url"] == f"http://{STATIC_IPS[0]}:8080"


def test_the_outputs_are_the_fixed_ones() -> None:
    outputs = build_graph("prod").outputs

    assert outputs["static_ips"] == STATIC_IPS
    assert outputs["accelerator_dns"] == "a1.awsglobalaccelerator.com"
    assert outputs["accelerator_arn"].endswith("accelerator/muster-prod")
    assert (outputs["table"], outputs["control_table"]) == (
        "muster-prod-items",
        "muster-prod-control",
    )
    assert outputs["home_region"] == "eu-central-1"
    assert set(outputs) == {
        "static_ips",
        "accelerator_dns",
        "accelerator_arn",
        "url",
        "regions",
        "table",
        "control_table",
        "home_region",
    }
    assert set(outputs["regions"]) == set(TWO_REGIONS)
    for region, own in outputs["regions"].items():
        assert own["alb_dns"] == f"muster-prod.{region}.elb.amazonaws.com"
        assert own["alb_arn"].startswith(f"arn:aws:lb:{region}:")
        assert own["endpoint_group_arn"].endswith(f"front-door-{region}")
        assert "targetGroup" in own["target_group_arn"]
        assert own["function_name"] == "muster-prod"
        assert own["declared_dial"] == 100
        assert len(own) == 6


def test_two_stacks_of_one_account_share_no_name() -> None:
    def names(stack: str) -> set[tuple[str, str, str | None]]:
        named = (node for node in build_graph(stack).nodes if "name" in node.inputs)
        unique = (
            n for n in named if n.kind not in {"RolePolicy", "Alias"}
        )  # unique within another resource
        return {(node.type, node.inputs["name"], node.region) for node in unique}

    assert names("prod") & names("local") == set()


def test_names_that_are_unique_in_an_account_differ_between_regions() -> None:
    roles = [role.inputs["name"] for role in build_graph("prod", regions=EIGHT_REGIONS).of(":Role")]

    assert len(set(roles)) == len(EIGHT_REGIONS)


def test_without_a_domain_there_is_only_http() -> None:
    graph = build_graph("prod")

    assert {n.inputs["protocol"] for n in graph.of("lb/listener:Listener")} == {"HTTP"}
    assert graph.outputs["url"] == f"http://{STATIC_IPS[0]}"


def comparable(node: ResourceNode) -> str:
    """Everything that Pulumi compares between two runs."""
    inputs = {name: value for name, value in node.inputs.items() if name != "code"}
    return json.dumps([inputs, sorted(node.dependencies), node.ignored, node.parent])


@pytest.mark.parametrize(
    "larger", [("ap-south-1", *TWO_REGIONS), (TWO_REGIONS[0], "ap-south-1", TWO_REGIONS[1])]
)
def test_an_added_region_changes_no_other(larger: tuple[str, ...]) -> None:
    """Of the others' resources only the tables' replicas change."""
    before = {node.urn: node for node in build_graph("prod").nodes}
    after = {node.urn: node for node in build_graph("prod", regions=larger).nodes}

    new = [after[urn] for urn in after.keys() - before.keys()]
    changed = [node for urn, node in before.items() if comparable(node) != comparable(after[urn])]

    assert all("ap-south-1" in node.name for node in new)
    assert sum(PER_REGION.values()) == sum(node.custom for node in new)
    assert {node.kind for node in changed} == {"Table"}
    for node in changed:
        more = [r["regionName"] for r in after[node.urn].inputs["replicas"]]
        assert more == ["ap-south-1", "us-west-2"]
        old, now = ({**n.inputs, "replicas": None} for n in (node, after[node.urn]))
        assert old == now


def test_the_order_of_the_regions_does_not_matter() -> None:
    first = {node.urn: comparable(node) for node in build_graph("prod").nodes}
    second = {
        node.urn: comparable(node) for node in build_graph("prod", regions=TWO_REGIONS[::-1]).nodes
    }

    assert first == second


def test_a_removed_region_may_stay_in_the_other_keys() -> None:
    graph = build_graph("prod", regions=["eu-central-1", "us-east-1"], dials={"us-west-2": 25})

    assert {node.region for node in graph.of(":EndpointGroup")} == {"eu-central-1", "us-east-1"}

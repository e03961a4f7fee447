"""Adding or removing a Region is one line of configuration and changes no other Region."""

import json

import pytest

from tests.infra.graph import PER_REGION, ResourceNode, build_graph

TWO = ("eu-central-1", "us-west-2")


def comparable(node: ResourceNode) -> str:
    """Everything that Pulumi compares between two runs."""
    inputs = {name: value for name, value in node.inputs.items() if name != "code"}
    return json.dumps([inputs, sorted(node.dependencies), node.ignored, node.parent])


@pytest.mark.parametrize("larger", [("ap-south-1", *TWO), (TWO[0], "ap-south-1", TWO[1])])
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
    second = {node.urn: comparable(node) for node in build_graph("prod", regions=TWO[::-1]).nodes}

    assert first == second


def test_a_removed_region_may_stay_in_the_other_keys() -> None:
    graph = build_graph("prod", regions=["eu-central-1", "us-east-1"], dials={"us-west-2": 25})

    assert {node.region for node in graph.of(":EndpointGroup")} == {"eu-central-1", "us-east-1"}

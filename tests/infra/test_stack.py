"""The stack as a whole: what each Region adds, outputs and names."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.infra.graph import (
    BOTH_DOORS,
    DNS_ALONE,
    EIGHT_REGIONS,
    FOUR_SERVICES,
    HARDENED_REGION,
    PER_REGION,
    PER_REGION_WITH_DNS,
    STATIC_IPS,
    TWO_REGIONS,
    ResourceGraph,
    ResourceNode,
    build_graph,
    build_keeping_graph,
    stack_file,
)

ONCE = Counter(Table=1, Accelerator=1, Listener=1)
"""Beside a table for each service."""
ONCE_WITH_DNS = ONCE + Counter(Zone=1, Record=1)


MONITORING = ("MetricAlarm", "Dashboard")
"""tests/infra/monitoring has these."""


def kinds(graph: ResourceGraph) -> Counter[str]:
    return Counter(node.kind for node in graph.nodes if node.custom and node.kind not in MONITORING)


@pytest.mark.parametrize("stack", ["local", "prod"])
@pytest.mark.parametrize("regions", [TWO_REGIONS, EIGHT_REGIONS])
@pytest.mark.parametrize(
    ("doors", "once", "added"),
    [
        ({"front_doors": ["accelerator"]}, ONCE, PER_REGION),
        ({**BOTH_DOORS, "dns_zone_id": None}, ONCE_WITH_DNS, PER_REGION_WITH_DNS),
    ],
    ids=["one-door", "both-doors"],
)
def test_each_region_adds_the_same_resources(
    doors: dict[str, Any],
    once: Counter[str],
    added: Counter[str],
    regions: tuple[str, ...],
    stack: str,
) -> None:
    graph = build_graph(stack, **doors, regions=regions)

    wanted = Counter(once)
    wanted.update(Table=len(stack_file(stack)["muster:services"]))
    for _ in regions:
        wanted.update(added)
        wanted.update(HARDENED_REGION if stack == "prod" else {})
    assert kinds(graph) == wanted


def test_every_resource_has_a_component_as_parent() -> None:
    graph = build_graph("prod")
    components = {node.urn for node in graph.nodes if not node.custom}

    assert [
        node.name for node in graph.nodes if node.custom and node.parent not in components
    ] == []


def test_the_listeners_port_is_configuration() -> None:
    graph = build_graph("local", **BOTH_DOORS, listener_port=8080)

    assert {node.inputs["port"] for node in graph.of("lb/listener:Listener")} == {8080}
    assert graph.outputs["dns"]["https_port"] == 443
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
    assert outputs["services"] == {"items": "muster-prod-items"}
    assert outputs["home_region"] == "eu-central-1"
    assert set(outputs) == {
        "static_ips",
        "accelerator_dns",
        "accelerator_arn",
        "url",
        "regions",
        "services",
        "table",
        "control_table",
        "home_region",
        "alarms",
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


def test_each_door_alone_has_nothing_of_the_other() -> None:
    both = {node.urn: node.kind for node in build_graph("prod", **BOTH_DOORS).nodes if node.custom}
    dns = {node.urn: node.kind for node in build_graph("prod", **DNS_ALONE).nodes if node.custom}
    accelerator = {node.urn: node.kind for node in build_graph("prod").nodes if node.custom}

    assert dns.keys() | accelerator.keys() == both.keys()
    shared = dns.keys() & accelerator.keys()
    assert {both[urn] for urn in shared} == {
        *("Table", "LogGroup", "Role", "RolePolicy", "Function", "Alias", *MONITORING)
    }


def test_the_accelerators_outputs_are_absent_without_it() -> None:
    outputs = build_graph("prod", **DNS_ALONE).outputs

    assert set(outputs) == {
        *("url", "regions", "dns", "services", "table", "control_table", "home_region"),
        "alarms",
    }
    assert outputs["url"] == "https://api.example.com"
    for own in outputs["regions"].values():
        assert set(own) == {"function_name", "declared_dial"}


def test_the_dns_door_changes_nothing_of_the_accelerators() -> None:
    """But what the functions answer on GET /endpoints, and what the dashboard shows."""
    with_dns = {node.urn: node for node in build_graph("prod", **BOTH_DOORS).nodes}

    for node in build_graph("prod").nodes:
        if node.kind == "Dashboard":
            continue
        assert comparable(without_endpoints(with_dns[node.urn])) == comparable(
            without_endpoints(node)
        )
    after = dict(build_graph("prod", **BOTH_DOORS).outputs)
    before = dict(build_graph("prod").outputs)
    assert after.pop("dns")
    alarms, alarms_before = after.pop("alarms"), before.pop("alarms")
    assert after == before
    for region, own in alarms_before.items():
        assert own.items() <= alarms[region].items()


def test_two_stacks_of_one_account_share_no_name() -> None:
    def names(stack: str) -> set[tuple[str, str, str | None]]:
        named = (node for node in build_graph(stack).nodes if "name" in node.inputs)
        within_another = {"RolePolicy", "Alias", "Stage", "Record", "TrafficPolicyInstance"}
        unique = (n for n in named if n.kind not in within_another)
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


def changed_nodes(
    before: dict[str, ResourceNode], after: dict[str, ResourceNode]
) -> list[ResourceNode]:
    """Those that an update changes, without the dashboard, which shows all of the others."""
    return [
        node
        for urn, node in before.items()
        if comparable(node) != comparable(after[urn]) and node.kind != "Dashboard"
    ]


def without_endpoints(node: ResourceNode) -> ResourceNode:
    """A function as it would be if it knew no endpoints; another resource as it is."""
    if node.kind != "Function":
        return node
    variables = {**node.inputs["environment"]["variables"], "ENDPOINTS": ""}
    return replace(node, inputs={**node.inputs, "environment": {"variables": variables}})


@pytest.mark.parametrize("service", ["keyvalues", "hits", "bookmarks"])
def test_a_service_comes_and_goes_without_a_change_of_the_others(service: str) -> None:
    """It has a table and the function's variables and permissions for it."""
    rest = [name for name in FOUR_SERVICES["services"] if name != service]
    without = build_graph("prod", **{**FOUR_SERVICES, "services": rest})
    before = {node.urn: node for node in without.nodes}
    after = {node.urn: node for node in build_graph("prod", **FOUR_SERVICES).nodes}

    new = [after[urn] for urn in after.keys() - before.keys()]
    alarms = [node for node in new if node.kind == "MetricAlarm"]
    changed = changed_nodes(before, after)

    assert before.keys() < after.keys()
    assert all(f"-{service}-" in node.name for node in alarms)
    assert {(node.kind, node.name) for node in new if node not in alarms} == {
        ("GlobalTable", service),
        ("Table", f"{service}-table"),
    }
    assert Counter(node.kind for node in changed) == {"Function": 2, "RolePolicy": 2}
    for node in changed:
        if node.kind == "RolePolicy":
            old, now = (json.loads(n.inputs["policy"]) for n in (node, after[node.urn]))
            assert [s for s in now["Statement"] if s not in old["Statement"]] != []
            assert [s for s in old["Statement"] if s not in now["Statement"]] == []
        else:
            old, now = (n.inputs["environment"]["variables"] for n in (node, after[node.urn]))
            own = {name for name in now if service.upper() in name}
            assert {**now, "SERVICES": ""} == {
                **old,
                "SERVICES": "",
                **{name: now[name] for name in own},
            }


@pytest.mark.parametrize(
    "larger", [("ap-south-1", *TWO_REGIONS), (TWO_REGIONS[0], "ap-south-1", TWO_REGIONS[1])]
)
@pytest.mark.parametrize(
    ("doors", "added"), [({}, PER_REGION), (BOTH_DOORS, PER_REGION_WITH_DNS)], ids=["one", "both"]
)
def test_an_added_region_changes_no_other(
    doors: dict[str, Any], added: Counter[str], larger: tuple[str, ...]
) -> None:
    """Of the others' resources only the tables' replicas change, and the lists of endpoints."""
    before = {node.urn: node for node in build_graph("prod", **doors).nodes}
    after = {node.urn: node for node in build_graph("prod", **doors, regions=larger).nodes}

    new = [after[urn] for urn in after.keys() - before.keys()]
    changed = changed_nodes(before, after)

    assert all("ap-south-1" in node.name for node in new)
    wanted = sum(added.values()) + sum(HARDENED_REGION.values())
    assert wanted == sum(node.custom and node.kind not in MONITORING for node in new)
    endpoints = [node for node in changed if node.kind == "Function"]
    assert len(endpoints) == (len(TWO_REGIONS) if doors else 0)
    for node in endpoints:
        assert comparable(without_endpoints(node)) == comparable(without_endpoints(after[node.urn]))
    tables = [node for node in changed if node.kind == "Table"]
    assert len(tables) + len(endpoints) == len(changed)
    assert tables
    for node in tables:
        more = [r["regionName"] for r in after[node.urn].inputs["replicas"]]
        assert more == ["ap-south-1", "us-west-2"]
        old, now = ({**n.inputs, "replicas": None} for n in (node, after[node.urn]))
        assert old == now


@pytest.mark.parametrize("doors", [{}, BOTH_DOORS], ids=["one", "both"])
def test_the_order_of_the_regions_does_not_matter(doors: dict[str, Any]) -> None:
    turned = build_graph("prod", **doors, regions=TWO_REGIONS[::-1])
    first = {node.urn: comparable(node) for node in build_graph("prod", **doors).nodes}
    second = {node.urn: comparable(node) for node in turned.nodes}

    assert first == second


def test_a_removed_region_may_stay_in_the_other_keys() -> None:
    graph = build_graph("prod", regions=["eu-central-1", "us-east-1"], dials={"us-west-2": 25})

    assert {node.region for node in graph.of(":EndpointGroup")} == {"eu-central-1", "us-east-1"}


def test_the_outputs_are_kept_once_they_are_known(tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    path.write_text("{}")

    graph = build_keeping_graph("local", tmp_path)

    assert json.loads(path.read_text()) == graph.outputs

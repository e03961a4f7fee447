"""What the stacks declare, resource by resource."""

from collections import Counter
from typing import Any

import pulumi
import pytest

from tests.infra.graph import EIGHT_REGIONS, PER_REGION, STATIC_IPS, ResourceGraph, build_graph

TWO = ("eu-central-1", "us-west-2")
ONCE = Counter(Table=2, Accelerator=1, Listener=1)


def kinds(graph: ResourceGraph) -> Counter[str]:
    return Counter(node.kind for node in graph.nodes if node.custom)


@pytest.mark.parametrize("stack", ["local", "prod"])
@pytest.mark.parametrize("regions", [TWO, EIGHT_REGIONS])
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


# -- network


@pytest.mark.parametrize("region", TWO)
def test_a_region_has_two_subnets_in_two_ordinary_zones(region: str) -> None:
    """Local Zones sort first and can't hold a load balancer of the Region."""
    subnets = build_graph("prod").of("subnet:Subnet", region)

    assert {subnet.inputs["availabilityZone"] for subnet in subnets} == {f"{region}a", f"{region}b"}
    assert len({subnet.inputs["cidrBlock"] for subnet in subnets}) == 2
    assert not any(subnet.inputs["mapPublicIpOnLaunch"] for subnet in subnets)


def test_looked_up_zones_are_kept_and_configured_zones_applied() -> None:
    zones = {"us-west-2": ["us-west-2d", "us-west-2b"]}

    graph = build_graph("prod", availability_zones=zones)

    looked_up, configured = (graph.of("subnet:Subnet", region) for region in TWO)
    assert all(subnet.ignored == ("availabilityZone",) for subnet in looked_up)
    assert all(subnet.ignored == () for subnet in configured)
    placed = {subnet.name: subnet.inputs["availabilityZone"] for subnet in configured}
    assert [placed[f"us-west-2-subnet-{n}"] for n in (0, 1)] == zones["us-west-2"]


def test_networks_of_regions_do_not_overlap() -> None:
    networks = [
        vpc.inputs["cidrBlock"] for vpc in build_graph("prod", regions=EIGHT_REGIONS).of(":Vpc")
    ]

    assert len(set(networks)) == len(EIGHT_REGIONS)


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
    for region in TWO:
        (route,) = graph.one(":RouteTable", region).inputs["routes"]
        assert (route["cidrBlock"], route["gatewayId"]) == ("0.0.0.0/0", f"{region}-internet-id")
        assert len(graph.of(":RouteTableAssociation", region)) == 2
        needed = graph.dependencies(graph.one(":LoadBalancer", region))
        assert {"RouteTable", "RouteTableAssociation"} <= needed


# -- function


@pytest.mark.parametrize("region", TWO)
def test_the_function_runs_a_published_version_behind_its_alias(region: str) -> None:
    graph = build_graph("prod")
    function, alias = graph.one(":Function", region), graph.one("alias:Alias", region)

    assert function.inputs["runtime"] == "python3.13"
    assert function.inputs["architectures"] == ["arm64"]
    assert function.inputs["publish"] is True
    assert function.inputs["handler"] == "app.handler.handle"
    assert (alias.inputs["name"], alias.inputs["functionVersion"]) == ("live", "1")
    assert alias.inputs["functionName"] == function.inputs["name"]


def test_the_function_depends_on_its_role_and_log_group() -> None:
    graph = build_graph("prod")

    needed = graph.dependencies(graph.one(":Function", "us-west-2"))

    assert {"Role", "RolePolicy", "LogGroup", "Table"} <= needed


def test_the_log_group_is_lambdas_default_with_a_retention() -> None:
    graph = build_graph("prod", log_retention_days=90)

    for region in TWO:
        group, function = graph.one(":LogGroup", region), graph.one(":Function", region)
        assert group.inputs["name"] == f"/aws/lambda/{function.inputs['name']}"
        assert group.inputs["retentionInDays"] == 90


@pytest.mark.parametrize(("stack", "budget"), [("prod", "3.5"), ("local", "1.5")])
def test_the_function_knows_its_tables_and_answers_before_the_check_ends(
    stack: str, budget: str
) -> None:
    graph = build_graph(stack)

    for function in graph.of(":Function"):
        variables = function.inputs["environment"]["variables"]
        assert variables == {
            "TABLE": f"muster-{stack}-items",
            "CONTROL_TABLE": f"muster-{stack}-control",
            "TABLE_BUDGET_S": budget,
        }


def test_the_archive_has_only_sources() -> None:
    code = build_graph("prod").of(":Function")[0].inputs["code"]

    assert isinstance(code, pulumi.AssetArchive)
    assert "app/handler.py" in code.assets
    assert all(name.startswith("app/") and name.endswith(".py") for name in code.assets)
    assert all(
        isinstance(asset, pulumi.FileAsset) and asset.path == name
        for name, asset in code.assets.items()
    )


# -- load balancer


NUMBERS = {
    "prod": {"interval": 10, "timeout": 5, "healthyThreshold": 3, "unhealthyThreshold": 2},
    "local": {"interval": 5, "timeout": 2, "healthyThreshold": 2, "unhealthyThreshold": 2},
}


@pytest.mark.parametrize("stack", ["prod", "local"])
def test_the_health_check_sets_every_value(stack: str) -> None:
    """The defaults for functions differ between AWS's own pages:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """
    graph = build_graph(stack)

    for group in graph.of(":TargetGroup"):
        wanted = {"enabled": True, "path": "/health", "matcher": "200", **NUMBERS[stack]}
        assert group.inputs["healthCheck"] == wanted
        assert group.inputs["targetType"] == "lambda"
    assert {f.inputs["timeout"] for f in graph.of(":Function")} == {4}


def test_only_the_target_group_may_invoke_the_alias_and_is_permitted_first() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    graph = build_graph("prod")

    for region in TWO:
        permission = graph.one(":Permission", region)
        target = graph.one(":TargetGroupAttachment", region)
        groups_arn = f"arn:aws:lb:{region}:123456789012:targetGroup/muster-prod"
        assert permission.inputs["principal"] == "elasticloadbalancing.amazonaws.com"
        assert permission.inputs["sourceArn"] == groups_arn
        assert permission.inputs["qualifier"] == "live"
        assert permission.inputs["action"] == "lambda:InvokeFunction"
        assert permission.replaced_in_place
        assert target.inputs["targetId"].endswith(":alias/live")
        assert permission.urn in target.dependencies


def test_the_listeners_port_is_configuration() -> None:
    graph = build_graph("local", listener_port=8080)

    assert {node.inputs["port"] for node in graph.of("lb/listener:Listener")} == {8080}
    for group in graph.of(":SecurityGroup"):
        assert [rule["fromPort"] for rule in group.inputs["ingress"]] == [8080]
    (ports,) = graph.one("globalaccelerator/listener:Listener").inputs["portRanges"]
    assert ports == {"fromPort": 8080, "toPort": 8080}
    assert graph.outputs["url"] == f"http://{STATIC_IPS[0]}:8080"


# -- tables


@pytest.mark.parametrize("name", ["items", "control"])
@pytest.mark.parametrize(("stack", "protected"), [("prod", True), ("local", False)])
def test_a_table_has_a_replica_in_each_region(name: str, stack: str, protected: bool) -> None:
    table = table_of(build_graph(stack), name)

    assert table["region"] == "eu-central-1"
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["hashKey"] == "item_id"
    assert table["attributes"] == [{"name": "item_id", "type": "S"}]
    assert (table["streamEnabled"], table["streamViewType"]) == (True, "NEW_AND_OLD_IMAGES")
    assert table["ttl"] == {"attributeName": "expires_at", "enabled": True}
    assert table["pointInTimeRecovery"] == {"enabled": protected}
    assert table["deletionProtectionEnabled"] is protected
    assert table["replicas"] == [
        {
            "regionName": "us-west-2",
            "consistencyMode": "EVENTUAL",
            "pointInTimeRecovery": protected,
            "deletionProtectionEnabled": protected,
            "propagateTags": True,
        }
    ]


def test_the_tables_home_region_is_configured_separately() -> None:
    table = table_of(build_graph("prod", home_region="us-west-2"), "items")

    assert table["region"] == "us-west-2"
    assert [replica["regionName"] for replica in table["replicas"]] == ["eu-central-1"]


def table_of(graph: ResourceGraph, name: str) -> dict[str, Any]:
    (table,) = (node.inputs for node in graph.of(":Table") if node.name == f"{name}-table")
    return table


# -- accelerator


def test_later_changes_of_dials_are_ignored() -> None:
    graph = build_graph("prod", dials={"us-west-2": 25})

    dials = {n.region: n.inputs["trafficDialPercentage"] for n in graph.of(":EndpointGroup")}
    assert dials == {"eu-central-1": 100, "us-west-2": 25}
    assert all(n.ignored == ("trafficDialPercentage",) for n in graph.of(":EndpointGroup"))
    assert graph.outputs["regions"]["us-west-2"]["declared_dial"] == 25


def test_an_endpoint_group_has_its_regions_load_balancer() -> None:
    graph = build_graph("prod")

    for region in TWO:
        group = graph.one(":EndpointGroup", region)
        (endpoint,) = group.inputs["endpointConfigurations"]
        assert endpoint["endpointId"].startswith(f"arn:aws:lb:{region}:")
        assert endpoint["weight"] == 100
        assert endpoint["clientIpPreservationEnabled"] is True
        assert {"TargetGroupAttachment", "Listener"} <= graph.dependencies(group)


def test_the_front_door_is_tcp_without_affinity() -> None:
    listener = build_graph("prod").one("globalaccelerator/listener:Listener").inputs

    assert (listener["protocol"], listener["clientAffinity"]) == ("TCP", "NONE")
    assert listener["portRanges"] == [{"fromPort": 80, "toPort": 80}]


# -- outputs and names


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
    assert set(outputs["regions"]) == set(TWO)
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

"""Route 53's part of the DNS front door: names, health checks, records by policy."""

import json
from typing import Any

import pytest

from tests.infra.graph import BOTH_DOORS, TWO_REGIONS, ResourceGraph, ResourceNode, build_graph

DOMAIN = "api.example.com"


def shared_records(graph: ResourceGraph) -> dict[str, ResourceNode]:
    """By set identifier."""
    return {
        node.inputs["setIdentifier"]: node
        for node in graph.of(":Record")
        if node.inputs["name"] == DOMAIN
    }


def test_a_health_check_asks_each_region_by_its_own_name() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"""
    graph = build_graph("prod", **BOTH_DOORS, dns_check_interval_s="30", dns_check_threshold=2)

    checks = {node.inputs["fqdn"]: node for node in graph.of(":HealthCheck")}
    assert set(checks) == {f"{region}.{DOMAIN}" for region in TWO_REGIONS}
    for node in checks.values():
        assert (node.inputs["type"], node.inputs["port"]) == ("HTTPS", 443)
        assert (node.inputs["resourcePath"], node.inputs["enableSni"]) == ("/health", True)
        assert (node.inputs["requestInterval"], node.inputs["failureThreshold"]) == (30, 2)
        assert {"Record", "ApiMapping"} <= graph.dependencies(node)


def test_a_regions_own_name_leads_to_it_alone() -> None:
    graph = build_graph("prod", **BOTH_DOORS)

    for region in TWO_REGIONS:
        (record,) = (n for n in graph.of(":Record") if n.inputs["name"] == f"{region}.{DOMAIN}")
        assert "setIdentifier" not in record.inputs
        (alias,) = record.inputs["aliases"]
        assert alias["name"] == f"d-{region}-own-domain.execute-api.{region}.amazonaws.com"
        assert alias["zoneId"] == f"Z{region}"


@pytest.mark.parametrize(
    ("policy", "argument", "values"),
    [
        (
            "latency",
            "latencyRoutingPolicies",
            {region: [{"region": region}] for region in TWO_REGIONS},
        ),
        (
            "weighted",
            "weightedRoutingPolicies",
            {region: [{"weight": 100}] for region in TWO_REGIONS},
        ),
        (
            "geolocation",
            "geolocationRoutingPolicies",
            {"eu-central-1": [{"country": "*"}], "us-west-2": [{"continent": "NA"}]},
        ),
        (
            "failover",
            "failoverRoutingPolicies",
            {"eu-central-1": [{"type": "PRIMARY"}], "us-west-2": [{"type": "SECONDARY"}]},
        ),
    ],
)
def test_the_shared_name_is_an_alias_of_each_region(
    policy: str, argument: str, values: dict[str, Any]
) -> None:
    graph = build_graph("prod", **BOTH_DOORS, dns_policy=policy)

    records = shared_records(graph)
    assert {region: node.inputs[argument] for region, node in records.items()} == values
    for region, node in records.items():
        policies = {name for name in node.inputs if name.endswith(("Policies", "Policy"))}
        assert policies == {argument}
        (alias,) = node.inputs["aliases"]
        assert alias == {
            "name": f"d-{region}-shared-domain.execute-api.{region}.amazonaws.com",
            "zoneId": f"Z{region}",
            "evaluateTargetHealth": True,
        }
        assert node.inputs["healthCheckId"] == f"dns-front-door-{region}-check-id"
        assert "ttl" not in node.inputs


def test_multivalue_answers_have_addresses() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-multivalue.html"""
    addresses = {"eu-central-1": ["192.0.2.1"], "us-west-2": ["192.0.2.2", "192.0.2.3"]}

    graph = build_graph(
        "prod", **BOTH_DOORS, dns_policy="multivalue", dns_addresses=addresses, dns_ttl_s=30
    )

    for region, node in shared_records(graph).items():
        assert node.inputs["multivalueAnswerRoutingPolicy"] is True
        assert (node.inputs["records"], node.inputs["ttl"]) == (addresses[region], 30)
        assert "aliases" not in node.inputs


def test_another_ttl_than_an_aliass_makes_a_cname() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html"""
    graph = build_graph("prod", **BOTH_DOORS, dns_ttl_s=10)

    for region, node in shared_records(graph).items():
        assert (node.inputs["type"], node.inputs["ttl"]) == ("CNAME", 10)
        assert node.inputs["records"] == [
            f"d-{region}-shared-domain.execute-api.{region}.amazonaws.com"
        ]


def test_a_traffic_policy_leads_to_each_region() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html"""
    graph = build_graph("prod", **BOTH_DOORS, dns_policy="traffic-policy", dns_ttl_s=20)

    document = json.loads(graph.one(":TrafficPolicy").inputs["document"])
    assert document["RecordType"] == "CNAME"
    assert document["Endpoints"]["us-west-2"] == {
        "Type": "value",
        "Value": "d-us-west-2-shared-domain.execute-api.us-west-2.amazonaws.com",
    }
    instance = graph.one(":TrafficPolicyInstance").inputs
    assert (instance["name"], instance["ttl"]) == (DOMAIN, 20)
    assert shared_records(graph) == {}
    assert graph.outputs["dns"]["traffic_policy_instance_id"].endswith("policy-instance-id")


def test_what_is_turned_at_run_time_stays() -> None:
    graph = build_graph("prod", **BOTH_DOORS, dns_policy="weighted")

    for node in graph.of(":HealthCheck"):
        assert node.ignored == ("invertHealthcheck",)
    for node in shared_records(graph).values():
        assert node.ignored == ("weightedRoutingPolicies",)


def test_the_output_names_what_there_is() -> None:
    dns = build_graph("prod", **BOTH_DOORS).outputs["dns"]

    assert dns == {
        "domain": DOMAIN,
        "url": f"https://{DOMAIN}",
        "https_port": 443,
        "zone_id": "Z0DNS",
        "zone_name": "example.com",
        "name_servers": ["ns-9"],
        "policy": "latency",
        "ttl_s": 60,
        "regions": {
            region: {
                "name": f"{region}.{DOMAIN}",
                "health_check_id": f"dns-front-door-{region}-check-id",
                "set_identifier": region,
                "api_id": f"{region}-api-id",
                "regional_domain": (f"d-{region}-shared-domain.execute-api.{region}.amazonaws.com"),
            }
            for region in TWO_REGIONS
        },
    }


def test_the_twins_port_is_in_url_and_health_check() -> None:
    graph = build_graph("local", **BOTH_DOORS, dns_https_port=8443)

    assert graph.outputs["dns"]["url"] == "https://api.example.com:8443"
    assert {node.inputs["port"] for node in graph.of(":HealthCheck")} == {8443}

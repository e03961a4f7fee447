"""Reads all that `prod` may declare as a reviewer does: what is open, unlimited, or unguarded.

Every rule is about all resources of a kind, so that it holds for the next one too.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.infra.graph import (
    BOTH_DOORS,
    FOUR_SERVICES,
    TWO_REGIONS,
    ResourceGraph,
    build_graph,
    https_settings,
)

KEPT = {"Accelerator", "Api", "Function", "LoadBalancer", "Table", "Zone"}
"""Kinds that hold data, addresses or a name, or stand for a Region or a door."""
PORTS = {80, 443}
WITHOUT_RESOURCES = ["tag:GetResources"]
"""Actions of which IAM knows no resources; it reads names and tags:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html"""


def everything() -> ResourceGraph:
    return build_graph(
        "prod",
        **{**BOTH_DOORS, "dns_zone_id": None},
        **FOUR_SERVICES,
        **https_settings(*TWO_REGIONS),
        insecure_http=None,
        fault_injection=True,
    )


def documents(graph: ResourceGraph) -> Iterator[tuple[str, dict[str, Any]]]:
    """(Name of the resource, a statement) of all policies."""
    for node in graph.nodes:
        for name in ("policy", "assumeRolePolicy"):
            if name in node.inputs:
                for statement in json.loads(node.inputs[name])["Statement"]:
                    yield node.name, statement


def test_clients_reach_load_balancers_on_two_ports_and_nothing_else() -> None:
    graph = everything()

    for group in graph.of(":SecurityGroup"):
        assert {rule["fromPort"] for rule in group.inputs["ingress"]} <= PORTS
        assert all(rule["fromPort"] == rule["toPort"] for rule in group.inputs["ingress"])
        assert group.inputs["egress"] == []
    for group in graph.of(":DefaultSecurityGroup"):
        assert (group.inputs["ingress"], group.inputs["egress"]) == ([], [])
    assert len(graph.of(":DefaultSecurityGroup")) == len(graph.of(":Vpc"))


def test_nobody_is_allowed_and_nothing_is_opened_by_a_star() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"""
    for name, statement in documents(everything()):
        if statement["Effect"] == "Allow" and statement["Action"] != WITHOUT_RESOURCES:
            assert "*" not in (statement.get("Principal"), statement.get("Resource")), name


def test_a_service_may_invoke_for_one_source_only() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html"""
    for permission in everything().of(":Permission"):
        assert permission.inputs["sourceArn"].count("*") <= 1
        assert permission.inputs["sourceArn"].startswith("arn:")


def test_buckets_are_closed_and_not_emptied_by_a_deletion() -> None:
    graph = everything()

    closed = {node.inputs["bucket"]: node.inputs for node in graph.of(":BucketPublicAccessBlock")}
    for bucket in graph.of(":Bucket"):
        block = closed[f"{bucket.name}-id"]
        assert all(
            value is True for name, value in block.items() if name not in ("bucket", "region")
        )
        assert bucket.inputs["forceDestroy"] is False


def test_everything_that_is_called_has_a_limit() -> None:
    graph = everything()

    for function in graph.of("function:Function"):
        assert function.inputs["reservedConcurrentExecutions"] > 0
    for table in graph.of(":Table"):
        assert set(table.inputs["onDemandThroughput"]) == {
            "maxReadRequestUnits",
            "maxWriteRequestUnits",
        }
    for stage in graph.of(":Stage"):
        assert stage.inputs["defaultRouteSettings"]["throttlingRateLimit"] > 0
    balancers = {node.region for node in graph.of(":LoadBalancer")}
    assert {node.region for node in graph.of(":WebAclAssociation")} == balancers


def test_what_is_stored_ends_at_some_time() -> None:
    graph = everything()

    for group in graph.of(":LogGroup"):
        assert group.inputs["retentionInDays"] > 0
    rules = {n.inputs["bucket"]: n.inputs for n in graph.of(":BucketLifecycleConfiguration")}
    for bucket in graph.of(":Bucket"):
        (rule,) = rules[f"{bucket.name}-id"]["rules"]
        assert rule["expiration"]["days"] > 0


def test_no_command_deletes_what_can_not_be_had_again() -> None:
    """https://www.pulumi.com/docs/iac/concepts/resources/options/protect/"""
    for node in everything().nodes:
        if node.custom and node.kind in KEPT:
            assert node.protected, node.name
    for table in everything().of(":Table"):
        assert table.inputs["deletionProtectionEnabled"]
        assert table.inputs["pointInTimeRecovery"]["enabled"]
        for replica in table.inputs["replicas"]:
            assert replica["deletionProtectionEnabled"]
            assert replica["pointInTimeRecovery"]


def test_every_listener_for_clients_speaks_tls_or_redirects_to_it() -> None:
    for listener in everything().of("lb/listener:Listener"):
        (action,) = listener.inputs["defaultActions"]
        assert listener.inputs["protocol"] == "HTTPS" or action["type"] == "redirect"
    for api in everything().of(":Api"):
        assert api.inputs["disableExecuteApiEndpoint"] is True

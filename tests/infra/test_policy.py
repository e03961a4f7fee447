"""Rules for every resource of every stack."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pulumi_aws.acm
import pulumi_aws.apigatewayv2
import pulumi_aws.budgets
import pulumi_aws.cloudwatch
import pulumi_aws.dynamodb
import pulumi_aws.ec2
import pulumi_aws.globalaccelerator
import pulumi_aws.iam
import pulumi_aws.lambda_
import pulumi_aws.lb
import pulumi_aws.route53
import pulumi_aws.s3
import pulumi_aws.wafv2
import pytest

from infra.configuration.services import table_actions
from tests.infra.graph import (
    DNS_ALONE,
    EIGHT_REGIONS,
    FOUR_SERVICES,
    TWO_REGIONS,
    ResourceGraph,
    ResourceNode,
    build_graph,
    https_settings,
)

MODULES = (
    pulumi_aws.acm,
    pulumi_aws.apigatewayv2,
    pulumi_aws.budgets,
    pulumi_aws.cloudwatch,
    pulumi_aws.dynamodb,
    pulumi_aws.ec2,
    pulumi_aws.globalaccelerator,
    pulumi_aws.iam,
    pulumi_aws.lambda_,
    pulumi_aws.lb,
    pulumi_aws.route53,
    pulumi_aws.s3,
    pulumi_aws.wafv2,
)
DEPLOYMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "local": ("local", {}),
    "prod": ("prod", {}),
    "eight-regions": ("prod", {"regions": EIGHT_REGIONS}),
    "services": ("prod", FOUR_SERVICES),
    "https": ("prod", https_settings(*TWO_REGIONS)),
    "dns": ("prod", {**DNS_ALONE, "dns_policy": "traffic-policy"}),
    "internet-facing": ("prod", {"alb_scheme": "internet-facing", "tags": {"team": "a"}}),
}


@pytest.fixture(params=DEPLOYMENTS)
def graph(request: pytest.FixtureRequest) -> ResourceGraph:
    stack, changes = DEPLOYMENTS[request.param]
    return build_graph(stack, **changes)


def arguments(node: ResourceNode) -> set[str]:
    """Names of the arguments of the resource's class."""
    for module in MODULES:
        cls = getattr(module, node.kind, None)
        if cls is not None and getattr(cls, "pulumi_type", node.type) == node.type:
            return set(inspect.signature(cls._internal_init).parameters)
    raise AssertionError(f"no class for {node.type}")


def statements(graph: ResourceGraph) -> Iterator[dict[str, Any]]:
    for policy in graph.of(":RolePolicy"):
        yield from json.loads(policy.inputs["policy"])["Statement"]
    for role in graph.of("role:Role"):
        yield from json.loads(role.inputs["assumeRolePolicy"])["Statement"]


def test_every_taggable_resource_has_tags(graph: ResourceGraph) -> None:
    taggable = [node for node in graph.nodes if node.custom and "tags" in arguments(node)]

    assert len(taggable) > len(graph.nodes) / 3
    for node in taggable:
        tags = node.inputs.get("tags") or {}
        assert {"project", "stack", "managed-by"} <= set(tags), node.urn
        assert tags["project"] == "muster"


def test_every_regional_resource_names_its_region(graph: ResourceGraph) -> None:
    silent = [
        node.urn
        for node in graph.nodes
        if node.custom and "region" in arguments(node) and not node.inputs.get("region")
    ]

    assert silent == []


def test_no_statement_has_a_wildcard_for_an_action(graph: ResourceGraph) -> None:
    found = [action for statement in statements(graph) for action in as_list(statement["Action"])]

    assert found
    assert [action for action in found if "*" in action] == []


def test_no_statement_has_a_wildcard_resource_except_log_streams(
    graph: ResourceGraph,
) -> None:
    for policy in graph.of(":RolePolicy"):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            for resource in as_list(statement["Resource"]):
                plain = resource.removesuffix(":*") if ":cloudwatch:" in resource else resource
                assert "*" not in plain


def test_the_function_has_only_these_permissions(graph: ResourceGraph) -> None:
    for policy in graph.of(":RolePolicy"):
        region = policy.name.removesuffix("-policy")
        allowed = {
            (action, statement["Resource"])
            for statement in json.loads(policy.inputs["policy"])["Statement"]
            for action in statement["Action"]
        }
        stack = policy.urn.split(":")[2]
        tables = f"arn:aws:dynamodb:{region}:123456789012:table/muster-{stack}"
        log = f"arn:aws:cloudwatch:{region}:123456789012:logGroup//aws/lambda/muster-{stack}:*"
        services = graph.outputs["services"]
        assert allowed == {
            *(
                (action, f"{tables}-{service}")
                for service in services
                for action in table_actions(
                    service,
                    probed=service == "items",
                    scanned=service == "bookmarks" and stack == "local",
                )
            ),
            ("dynamodb:GetItem", f"{tables}-control"),
            ("logs:CreateLogStream", log),
            ("logs:PutLogEvents", log),
        }


def test_only_lambda_may_assume_the_role(graph: ResourceGraph) -> None:
    for role in graph.of("role:Role"):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"


def test_only_the_listeners_ports_are_open(graph: ResourceGraph) -> None:
    open_to_all = [
        (node.kind, node.region, rule["protocol"], rule["fromPort"], rule["toPort"])
        for node in graph.nodes
        for rule in (*node.inputs.get("ingress", ()), *node.inputs.get("egress", ()))
        if "0.0.0.0/0" in rule.get("cidrBlocks", ()) or rule.get("ipv6CidrBlocks")
    ]
    listening = [
        ("SecurityGroup", node.region, "tcp", node.inputs["port"], node.inputs["port"])
        for node in graph.of("lb/listener:Listener")
    ]

    assert sorted(open_to_all) == sorted(listening)
    assert all(group.inputs["egress"] == [] for group in graph.of(":SecurityGroup"))


def test_no_table_has_a_resource_policy(graph: ResourceGraph) -> None:
    assert [node for node in graph.nodes if "ResourcePolicy" in node.type] == []


def test_every_permission_to_invoke_names_its_source(graph: ResourceGraph) -> None:
    for permission in graph.of(":Permission"):
        assert permission.inputs["principal"] != "*"
        assert permission.inputs["sourceArn"]


def test_no_function_has_a_url(graph: ResourceGraph) -> None:
    assert graph.of(":FunctionUrl") == []


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value

"""Terraform's provider for AWS makes, reads, changes, imports and removes what the twin serves."""

import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.functional.twin.provider.comparison.accelerator_group import delete_accelerator_group
from tests.interop.conftest import make_ec2_client
from tests.interop.terraform.workspace import (
    ACCELERATOR,
    TerraformFailed,
    TerraformMissing,
    Workspace,
    make_workspace,
)
from twin.runtime.instance import Instance

CODE = 'def handler(event, context):\n    return {"step": event.get("step")}\n'

IMPORTED = {
    "accelerator": (
        "aws_globalaccelerator_accelerator.main",
        "aws_globalaccelerator_listener.main",
        "aws_globalaccelerator_endpoint_group.frankfurt",
    ),
    "domain": (
        "aws_route53_zone.main",
        "aws_route53_record.simple",
        "aws_route53_record.alias",
        'aws_route53_record.weighted["blue"]',
        "aws_route53_health_check.http",
    ),
    "function": ("aws_cloudwatch_log_group.main",),
    "http_api": (
        "aws_apigatewayv2_api.main",
        "aws_apigatewayv2_domain_name.main",
    ),
    "identity": (
        "aws_iam_role.main",
        "aws_iam_policy.table",
        "aws_iam_role_policy.inline",
        "aws_iam_instance_profile.main",
        "aws_iam_group.main",
    ),
    "load_balancer": (
        "aws_lb.main",
        "aws_lb_listener.http",
        "aws_lb_listener_rule.weighted",
        "aws_security_group.balancer",
    ),
    "monitoring": (
        "aws_cloudwatch_metric_alarm.simple",
        "aws_cloudwatch_composite_alarm.both",
        "aws_cloudwatch_dashboard.main",
    ),
    "network": (
        "aws_vpc.main",
        "aws_subnet.public[0]",
        "aws_internet_gateway.main",
        "aws_route_table.public",
        "aws_security_group.inline",
        "aws_vpc_security_group_ingress_rule.web",
        "aws_vpc_endpoint.tables",
    ),
    "rest_api": ("aws_api_gateway_rest_api.main", "aws_api_gateway_domain_name.main"),
    "routing": (
        "aws_route53_traffic_policy_instance.main",
        'aws_route53_record.near["us-west-2"]',
        'aws_route53_record.client["home"]',
        "aws_route53_health_check.https",
        "aws_route53_cidr_location.home",
    ),
    "tables": ("aws_dynamodb_table.provisioned",),
}
"""Configuration -> addresses of resources that are imported again."""

NEW_ID = {
    "aws_api_gateway_base_path_mapping",
    "aws_iam_group_policy_attachment",
    "aws_lambda_invocation",
    "aws_route_table_association",
}
"""Types of resources whose id a change in place may change, on AWS too."""

Open = Callable[[str], Workspace]


@pytest.fixture
def open_workspace(twin: Instance, tmp_path: Path) -> Open:
    """Makes workspaces; skips the test where Terraform is missing."""
    code = tmp_path / "code.zip"
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), CODE)

    def opened(configuration: str) -> Workspace:
        try:
            return make_workspace(tmp_path / configuration, configuration, twin.endpoint_url, code)
        except TerraformMissing as exc:
            pytest.skip(str(exc))

    return opened


def expect_no_changes(workspace: Workspace, step: int) -> None:
    plan = workspace.plan(step)
    assert not plan.has_changes, plan.text


@pytest.mark.parametrize("configuration", sorted(IMPORTED))
def test_terraform_finds_what_it_made(
    twin: Instance, open_workspace: Open, configuration: str
) -> None:
    workspace = open_workspace(configuration)

    workspace.apply()
    expect_no_changes(workspace, 1)
    made = {resource["address"]: resource["values"] for resource in workspace.resources()}

    workspace.apply(step=2)
    expect_no_changes(workspace, 2)
    changed = {resource["address"]: resource["values"] for resource in workspace.resources()}
    replaced = {
        address
        for address, values in changed.items()
        if made.get(address, values).get("id") != values.get("id")
    }
    assert {address.partition(".")[0] for address in replaced} <= NEW_ID

    ids = {address: changed[address]["id"] for address in IMPORTED[configuration]}
    imported = workspace.import_again(ids, step=2)
    assert f"{len(ids)} imported, 0 added, 0 changed, 0 destroyed" in imported
    expect_no_changes(workspace, 2)

    if ACCELERATOR in changed:
        workspace.destroy_with_accelerator(partial(delete_accelerator_group, make_ec2_client(twin)))
    else:
        workspace.destroy(step=2)
    assert workspace.resources() == []


def test_custom_routing_is_refused_in_words(open_workspace: Open) -> None:
    workspace = open_workspace("custom_routing")

    with pytest.raises(TerraformFailed) as failed:
        workspace.apply()

    assert "docs/services.md" in " ".join(str(failed.value).split())

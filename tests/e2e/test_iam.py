"""A deployed system whose twin enforces IAM: what each identity can and can't do.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json

import pytest

from tests.e2e.checkout import Checkout
from tests.e2e.system import OREGON_REGION, deployed_system
from tests.waiting import eventually


def run_as(checkout: Checkout, role: str, line: str) -> str:
    """The output of a shell line as the deployer or the operator."""
    return checkout.run_in_shell(f". {checkout.home}/{role}.env && {line}").output


@pytest.mark.parametrize("role", ["deployer", "operator"])
def test_each_shell_is_one_user(deployed: Checkout, role: str) -> None:
    identity = json.loads(run_as(deployed, role, "aws sts get-caller-identity"))

    assert identity["Arn"].endswith(f":user/muster-{role}")


def test_the_operator_reaches_nothing_beyond_the_tool(deployed: Checkout) -> None:
    outputs = deployed.outputs()
    item = """--item '{"item_id": {"S": "x"}}'"""
    region = f"--region {OREGON_REGION}"
    for line in (
        f"aws dynamodb put-item {region} --table-name {outputs['table']} {item}",
        f"aws dynamodb scan {region} --table-name {outputs['control_table']}",
        f"aws lambda delete-function {region} --function-name muster-local",
        "aws iam list-users",
        f"aws ec2 describe-vpcs {region}",
    ):
        refused = run_as(deployed, "operator", line)
        assert "is not authorized to perform" in refused, refused
        assert "because no identity-based policy allows" in refused


def test_a_revoked_permission_stops_the_operator_at_once(deployed: Checkout) -> None:
    system = deployed_system(deployed)
    iam = deployed.client("iam", "us-east-1")
    attached = iam.list_attached_user_policies(UserName="muster-operator")["AttachedPolicies"]
    (policy,) = (entry["PolicyArn"] for entry in attached)

    iam.detach_user_policy(UserName="muster-operator", PolicyArn=policy)
    try:
        refused = deployed.run_in_shell("muster dial us-west-2 50 --yes")
    finally:
        iam.attach_user_policy(UserName="muster-operator", PolicyArn=policy)
    allowed = deployed.run_in_shell("muster dial us-west-2 50 --yes")
    system.set_dial(OREGON_REGION, 100)

    assert refused.code != 0
    assert "AccessDenied" in refused.output, refused.output
    allowed.ok()


def test_without_one_statement_a_deployment_is_refused(deployed: Checkout) -> None:
    iam = deployed.client("iam", "us-east-1")
    policy = "arn:aws:iam::123456789012:policy/muster-deployer"
    default = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
    version = iam.get_policy_version(PolicyArn=policy, VersionId=default)["PolicyVersion"]
    document = version["Document"]
    kept = [s for s in document["Statement"] if s["Sid"] != "MakeFunctions"]
    change = "pulumi up --stack local --yes --skip-preview --config muster:function_timeout=3"

    lesser = iam.create_policy_version(
        PolicyArn=policy,
        PolicyDocument=json.dumps({**document, "Statement": kept}),
        SetAsDefault=True,
    )["PolicyVersion"]["VersionId"]
    try:
        refused = run_as(deployed, "deployer", change)
    finally:
        iam.set_default_policy_version(PolicyArn=policy, VersionId=default)
        iam.delete_policy_version(PolicyArn=policy, VersionId=lesser)

    assert "user/muster-deployer is not authorized to perform: lambda:" in refused, refused


def test_a_function_without_its_roles_policy_reads_no_tables(deployed: Checkout) -> None:
    """The service's health says so, and is well again once the policy is back."""
    system = deployed_system(deployed)
    iam = deployed.client("iam", "us-east-1")
    name = {"RoleName": f"muster-local-{OREGON_REGION}", "PolicyName": "tables-and-log"}
    document = json.dumps(iam.get_role_policy(**name)["PolicyDocument"])
    address = system.outputs["regions"][OREGON_REGION]["alb_dns"]

    def status() -> int:
        return system.get("/get/foobar", ip=address).status

    assert status() == 200
    iam.delete_role_policy(**name)
    try:
        assert status() >= 500
    finally:
        iam.put_role_policy(**name, PolicyDocument=document)
    assert status() == 200
    eventually(lambda: system.get("/health", ip=address).status == 200)

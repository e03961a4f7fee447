"""AWS's own managed policies over boto3."""

from typing import TYPE_CHECKING

import pytest

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import ControlProcess
from tests.lambda_function import TRUST

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"


@pytest.fixture
def iam(shared: ControlProcess) -> "IAMClient":
    client: IAMClient = shared.client("iam", "us-east-1")
    return client


def make_role(iam: "IAMClient", name: str) -> str:
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    return name


def attachment_count(iam: "IAMClient", arn: str) -> int:
    return iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"]


def test_a_managed_policy_of_aws_has_a_document(iam: "IAMClient") -> None:
    """https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html"""
    policy = iam.get_policy(PolicyArn=BASIC)["Policy"]
    version = iam.get_policy_version(PolicyArn=BASIC, VersionId=policy["DefaultVersionId"])

    assert policy["PolicyName"] == "AWSLambdaBasicExecutionRole"
    assert policy == iam.get_policy(PolicyArn=BASIC)["Policy"]
    document = version["PolicyVersion"]["Document"]
    assert "logs:PutLogEvents" in document["Statement"][0]["Action"]  # type: ignore[index]


def test_all_of_them_are_listed_beside_the_accounts_own(iam: "IAMClient") -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html"""
    pages = list(iam.get_paginator("list_policies").paginate(Scope="AWS"))
    arns = {policy["Arn"] for page in pages for policy in page["Policies"]}
    own = iam.list_policies(Scope="Local")["Policies"]

    assert len(arns) > 1000
    assert {BASIC, READ_ONLY} <= arns
    assert not {policy["Arn"] for policy in own} & arns


def test_one_is_attached_once_and_detached(iam: "IAMClient") -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html"""
    role = make_role(iam, "attached")
    for _ in range(2):
        iam.attach_role_policy(RoleName=role, PolicyArn=READ_ONLY)

    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [READ_ONLY]
    assert attachment_count(iam, READ_ONLY) == 1

    iam.detach_role_policy(RoleName=role, PolicyArn=READ_ONLY)

    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    assert attachment_count(iam, READ_ONLY) == 0


def test_one_that_aws_does_not_have_is_not_attached(iam: "IAMClient") -> None:
    """The words are AWS's, since clients match them."""
    role = make_role(iam, "unattached")
    missing = "arn:aws:iam::aws:policy/service-role/Missing"

    error = expect_aws_error(
        "NoSuchEntity", iam.attach_role_policy, RoleName=role, PolicyArn=missing
    )

    assert f"Policy {missing} does not exist or is not attachable." in str(error)
    expect_aws_error("NoSuchEntity", iam.get_policy, PolicyArn=missing)

"""Policies that are too large for IAM, over boto3."""

import json

import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess
from twin.moto.patches.iam.quotas import policy_size

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)


@pytest.fixture(scope="module")
def iam(shared: ControlProcess) -> Client:
    return shared.client("iam", PARIS)


def document(size: int) -> str:
    """A policy of this size, with white space that does not count."""
    statement = {"Sid": "", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    statement["Sid"] = "a" * (size - policy_size(json.dumps(policy)))
    return json.dumps(policy, indent=4)


def test_a_managed_policy_has_its_largest_size(iam: Client) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    made = iam.create_policy(PolicyName="largest", PolicyDocument=document(6144))["Policy"]

    first = expect_aws_error(
        "LimitExceeded", iam.create_policy, PolicyName="larger", PolicyDocument=document(6145)
    )
    version = expect_aws_error(
        "LimitExceeded",
        iam.create_policy_version,
        PolicyArn=made["Arn"],
        PolicyDocument=document(6145),
    )

    for error in (first, version):
        assert error_message(error) == "Cannot exceed quota for PolicySize: 6144"
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 409


@pytest.mark.parametrize(("kind", "most"), [("user", 2048), ("group", 5120), ("role", 10_240)])
def test_the_inline_policies_of_an_identity_have_one_quota(
    iam: Client, kind: str, most: int
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    identity = {f"{kind.title()}Name": f"large-{kind}"}
    trust = {"AssumeRolePolicyDocument": TRUST} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**identity, **trust)
    put = getattr(iam, f"put_{kind}_policy")
    put(**identity, PolicyName="a", PolicyDocument=document(most - 500))
    put(**identity, PolicyName="b", PolicyDocument=document(500))
    put(**identity, PolicyName="b", PolicyDocument=document(400))

    error = expect_aws_error(
        "LimitExceeded", put, **identity, PolicyName="b", PolicyDocument=document(501)
    )

    assert (
        error_message(error)
        == f"Maximum policy size of {most} bytes exceeded for {kind} large-{kind}"
    )


def test_a_trust_policy_has_its_largest_size(iam: Client) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    large = json.loads(TRUST)
    large["Statement"]["Sid"] = "a" * 2048
    iam.create_role(RoleName="trusting", AssumeRolePolicyDocument=TRUST + " " * 4096)

    for call, arguments in (
        (iam.create_role, {"AssumeRolePolicyDocument": json.dumps(large)}),
        (iam.update_assume_role_policy, {"PolicyDocument": json.dumps(large)}),
    ):
        error = expect_aws_error("LimitExceeded", call, RoleName="trusting", **arguments)
        assert error_message(error) == "Cannot exceed quota for ACLSizePerRole: 2048"
